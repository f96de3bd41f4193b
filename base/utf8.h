/* SPDX-License-Identifier: MIT */
/* UTF-8, strict: is text valid, and its characters one by one. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The character at the start of len bytes: its size in bytes (1 to 4), and its
 * number in *ret. 0 for an empty, malformed, overlong or cut one; NUL is a
 * character.
 */
size_t utf8_next(const void *text, size_t len, uint32_t *ret);

/* Is it UTF-8 without NUL? Overlong forms and surrogates are not. */
bool utf8_is_valid(const void *text, size_t len);

/* The bytes of a character in ret; how many. */
enum {
	UTF8_MAX = 4
};
size_t utf8_put(uint32_t c, char ret[UTF8_MAX]);

/* Controls of ASCII, and U+0080 to U+009F where the bytes are UTF-8. */
bool utf8_has_control(const void *text, size_t len);

#endif
