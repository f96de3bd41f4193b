/* SPDX-License-Identifier: MIT */
/* Formats sizes with a unit. */
#ifndef CLI_SIZE_H
#define CLI_SIZE_H

#include <stdint.h>

/* "4.0 GiB". Returns buf. */
const char *size_format(uint64_t bytes, char buf[32]);

#endif
