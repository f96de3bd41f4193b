/* SPDX-License-Identifier: MIT */
/* Looks at runs of bytes. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* len >= 1. glibc's memcmp runs at the speed of memory; data differ at once. */
static inline bool bytes_are_zero(const uint8_t *p, size_t len)
{
	return p[0] == 0 && memcmp(p, p + 1, len - 1) == 0;
}

#endif
