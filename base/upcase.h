/* SPDX-License-Identifier: MIT */
/*
 * Names that Windows takes for one: NTFS compares them in upper case, each
 * character for itself. Characters above U+FFFF have no case there.
 */
#ifndef BASE_UPCASE_H
#define BASE_UPCASE_H

#include <stdbool.h>
#include <stdint.h>

uint32_t upcase(uint32_t c);

/* Of UTF-8; what is malformed is equal to itself only. */
bool upcase_equal(const char *a, const char *b);

#endif
