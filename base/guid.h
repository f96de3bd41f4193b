/* SPDX-License-Identifier: MIT */
/* Mixed-endian GUIDs as they lie in VHDX and GPT, and their text form. */
#ifndef BASE_GUID_H
#define BASE_GUID_H

#include "base/err.h"

#include <shvm/types.h>
#include <stdbool.h>

/*
 * A constant from the parts of its text form: first three numbers as written,
 * then the eight bytes as written.
 */
#define GUID_INIT(a, b, c, d0, d1, d2, d3, d4, d5, d6, d7)                     \
	{                                                                      \
		{                                                              \
			(a) & 0xff, (a) >> 8 & 0xff, (a) >> 16 & 0xff,         \
				(a) >> 24 & 0xff, (b)&0xff, (b) >> 8 & 0xff,   \
				(c)&0xff, (c) >> 8 & 0xff, d0, d1, d2, d3, d4, \
				d5, d6, d7                                     \
		}                                                              \
	}

bool guid_equal(const struct shvm_guid *a, const struct shvm_guid *b);
bool guid_is_zero(const struct shvm_guid *g);
struct shvm_guid guid_load(const uint8_t *bytes);

/* 8-4-4-4-12 hexadecimal digits of either case, with or without braces. */
bool guid_parse(const char *text, struct shvm_guid *ret);

/* Random, version 4 (RFC 4122). */
int guid_random(struct shvm_guid *ret, struct shvm_err *err);

#endif
