/* SPDX-License-Identifier: MIT */
/* A growing list of struct shvm_finding that owns its texts. */
#ifndef BASE_FINDINGS_H
#define BASE_FINDINGS_H

#include "base/auto.h"
#include "base/err.h"

#include <shvm/types.h>
#include <stdbool.h>

struct findings {
	struct shvm_finding *items;
	size_t count, cap;
};

enum {
	FINDINGS_MAX = 1000
}; /* ours: of further ones only the worst level is kept */

void findings_done(struct findings *f);

/*
 * Add one. rule and hint must be string constants (hint may be NULL), the text
 * is formatted and kept. offset UINT64_MAX: none.
 */
int findings_add(struct findings *f, const char *rule, enum shvm_level level,
		 uint64_t offset, const char *hint, struct shvm_err *err,
		 const char *fmt, ...) PRINTF_LIKE(7, 8);

/* Is the list so long that the next one would not be kept? */
bool findings_are_full(const struct findings *f);

/* The worst level in the list; SHVM_LEVEL_OK for an empty one. */
enum shvm_level findings_worst(const struct findings *f);

#endif
