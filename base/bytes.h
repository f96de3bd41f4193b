/* SPDX-License-Identifier: MIT */
/* Examines runs of bytes. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * len >= 1. glibc's memcmp runs at the speed of memory, and ends at once for
 * data that differ.
 */
static inline bool bytes_are_zero(const uint8_t *p, size_t len)
{
	return p[0] == 0 && memcmp(p, p + 1, len - 1) == 0;
}

#endif
