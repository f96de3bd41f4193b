/* SPDX-License-Identifier: MIT */
/* UTF-8 to UTF-16LE and back, strict. */
#ifndef BASE_UTF16_H
#define BASE_UTF16_H

#include "base/buf.h"

/* Append UTF-16LE to ret; false for malformed UTF-8 (nothing is appended). */
bool utf16_from_utf8(const char *text, size_t len, struct buf *ret);

/*
 * Append UTF-8 to ret (no terminator); len is bytes. false for an odd length,
 * a lone surrogate or a NUL unit (nothing is appended).
 */
bool utf16_to_utf8(const uint8_t *data, size_t len, struct buf *ret);

/*
 * A whole text as editors write it: its byte order mark is removed, and UTF-16
 * with one, of either order, becomes UTF-8. What has no mark is appended
 * unchanged, and may be anything. false: UTF-16 that is not well-formed.
 * *ret_wide, which may be NULL: it was UTF-16.
 */
bool utf16_marked_to_utf8(const uint8_t *data, size_t len, struct buf *ret,
			  bool *ret_wide);

/*
 * UTF-16LE for display, appended as UTF-8: stops at the first NUL unit, a
 * broken unit becomes U+FFFD, a control character a space. Never fails but for
 * memory.
 */
void utf16_to_display(const uint8_t *data, size_t len, struct buf *ret);

#endif
