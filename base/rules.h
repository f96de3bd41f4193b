/* SPDX-License-Identifier: MIT */
/*
 * What to do about a broken rule of the format: stop at the first (to open an
 * image) or note each and go on (to check one). Warnings are always noted.
 */
#ifndef BASE_RULES_H
#define BASE_RULES_H

#include "base/checks.h"

#include <stdbool.h>
#include <stdint.h>

#define RULES_NOWHERE UINT64_MAX

/* Start as { .checks = ... }. */
struct rules {
	struct checks *checks; /* borrowed */
	bool collect;	       /* note errors and go on */
	bool broken;	       /* an error was noted */
	uint64_t fatal_at;     /* offset of what rules_fatal() refused */
};

/*
 * The rule is broken at byte @at of the file. Fails with code and the rule as
 * reason, or, when errors are collected, notes it and returns 0: the caller
 * then leaves the broken thing out and goes on.
 */
int rules_error(struct rules *r, int code, const char *rule, uint64_t at,
		struct shvm_err *err, const char *fmt, ...) PRINTF_LIKE(6, 7);

/* The same where nothing can go on: fails in both cases. */
int rules_fatal(struct rules *r, int code, const char *rule, uint64_t at,
		struct shvm_err *err, const char *fmt, ...) PRINTF_LIKE(6, 7);

/* Note a warning. Fails only for want of memory. */
int rules_warn(struct rules *r, const char *rule, uint64_t at,
	       struct shvm_err *err, const char *fmt, ...) PRINTF_LIKE(5, 6);

/*
 * Note something that a known writer does and that changes nothing: level ok,
 * no reason to doubt the image.
 */
int rules_note(struct rules *r, const char *rule, uint64_t at,
	       struct shvm_err *err, const char *fmt, ...) PRINTF_LIKE(5, 6);

#endif
