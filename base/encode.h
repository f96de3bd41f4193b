/* SPDX-License-Identifier: MIT */
/* Bytes as base64 and hexadecimal text, and back. */
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include "base/buf.h"

/* Base64 (RFC 4648, one line, padded) of data, appended. */
void base64_encode(struct buf *b, const void *data, size_t len);
/*
 * Decode strict base64; white space between groups is skipped (xs:base64Binary
 * allows it). Other characters outside of the alphabet, wrong padding and
 * non-zero unused bits are refused. The result is appended to ret.
 */
int base64_decode(const char *text, size_t len, const char *what,
		  struct buf *ret, struct shvm_err *err);

/* Lower-case hexadecimal; text must have room for 2 * len + 1. */
void hex_format(const uint8_t *data, size_t len, char *text);
/* Decode exactly 2 * len hexadecimal digits of either case. */
bool hex_parse(const char *text, uint8_t *data, size_t len);

#endif
