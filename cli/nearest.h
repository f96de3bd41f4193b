/* SPDX-License-Identifier: MIT */
/* Which known word may have been meant? */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <stddef.h>

enum {
	NEAREST_WORD_MAX = 40
};

/* The best so far of the words that were tried. */
struct nearest {
	const char *typed;
	size_t len;
	size_t distance; /* of best */
	char best[NEAREST_WORD_MAX + 1];
};
void nearest_init(struct nearest *n, const char *typed, size_t len);
void nearest_try(struct nearest *n, const char *word, size_t len);

/* The word, NULL when none is near: more than a third of it would change. */
const char *nearest_word(const struct nearest *n);

#endif
