/* SPDX-License-Identifier: MIT */
/*
 * Names that Windows considers equal: NTFS compares them in upper case,
 * character by character. Characters above U+FFFF have no case there.
 */
#ifndef BASE_UPCASE_H
#define BASE_UPCASE_H

#include <stdbool.h>
#include <stdint.h>

uint32_t upcase(uint32_t c);

/* For UTF-8; malformed text is equal only to itself. */
bool upcase_equal(const char *a, const char *b);

#endif
