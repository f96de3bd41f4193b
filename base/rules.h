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
	bool collect;	       /* note errors and continue */
	bool broken;	       /* an error was noted */
	uint64_t fatal_at;     /* offset of what rules_fatal() refused */
};

/*
 * The rule is broken at byte @at of the file: SHVM_E_FORMAT, or another code.
 * Fails with it and the rule as reason, or, when errors are collected, notes it
 * and returns 0: the caller then leaves the broken thing out and continues.
 */
#define rules_error(r, ...) rules_error_as(r, SHVM_E_FORMAT, __VA_ARGS__)
int rules_error_as(struct rules *r, int code, const char *rule, uint64_t at,
		   struct shvm_err *err, const char *fmt, ...)
	PRINTF_LIKE(6, 7);

/* The same where it is impossible to continue: fails in both cases. */
#define rules_fatal(r, ...) rules_fatal_as(r, SHVM_E_FORMAT, __VA_ARGS__)
int rules_fatal_as(struct rules *r, int code, const char *rule, uint64_t at,
		   struct shvm_err *err, const char *fmt, ...)
	PRINTF_LIKE(6, 7);

/*
 * Note a warning; or something that a known writer does and that changes
 * nothing: level ok, no reason to doubt the image. Fails only when out of
 * memory.
 */
#define rules_warn(r, ...) rules_note_as(r, SHVM_LEVEL_WARNING, __VA_ARGS__)
#define rules_note(r, ...) rules_note_as(r, SHVM_LEVEL_NOTE, __VA_ARGS__)
int rules_note_as(struct rules *r, enum shvm_level level, const char *rule,
		  uint64_t at, struct shvm_err *err, const char *fmt, ...)
	PRINTF_LIKE(6, 7);

#endif
