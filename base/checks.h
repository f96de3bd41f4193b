/* SPDX-License-Identifier: MIT */
/* A growing list of struct shvm_check that owns its texts. */
#ifndef BASE_CHECKS_H
#define BASE_CHECKS_H

#include "base/auto.h"
#include "base/err.h"

#include <shvm/check.h>
#include <stdbool.h>

struct checks {
	struct shvm_check *items;
	size_t count;
};

enum {
	CHECKS_MAX = 1000
}; /* our limit: of later ones checks_add() keeps only the worst level */

void checks_done(struct checks *c);

/*
 * Add one that failed or, at level NOTE, passed with a remark. id and fix must
 * be string constants (fix may be NULL), the text is formatted and kept. offset
 * UINT64_MAX: none.
 */
int checks_add(struct checks *c, const char *id, enum shvm_level level,
	       uint64_t offset, const char *fix, struct shvm_err *err,
	       const char *fmt, ...) PRINTF_LIKE(7, 8);

/*
 * Add a copy of one, with the formatted text: its id, fix and source must be
 * constants. There is no limit here: the caller limits what it checks.
 */
int checks_put(struct checks *c, const struct shvm_check *check,
	       struct shvm_err *err, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* The same with a copy of each of another list. */
int checks_put_all(struct checks *c, const struct checks *from,
		   struct shvm_err *err);

/* Is the list so long that checks_add() would not keep the next one? */
bool checks_are_full(const struct checks *c);

/* The worst level of those that failed; NOTE without any. */
enum shvm_level checks_worst(const struct checks *c);

/* Hand the list over to a verdict, which has none yet. */
void checks_give(struct checks *c, struct shvm_verdict *verdict);

#endif
