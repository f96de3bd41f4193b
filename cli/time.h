/* SPDX-License-Identifier: MIT */
/* Parses and formats times on the command line and in results. */
#ifndef CLI_TIME_H
#define CLI_TIME_H

#include <shvm/types.h>

/* "2026-11-23", "2026-11-23T10:20:30Z" or "@SECONDS"; after 1970. */
int time_parse(const char *text, int64_t *ret, struct shvm_err *err);

/* Unix time as "2026-11-23T10:20:30Z". Returns buf. */
const char *time_format(int64_t seconds, char buf[32]);

#endif
