/* SPDX-License-Identifier: MIT */
/* Finds the known word that was probably meant: the one with the smallest number
 * of inserted, deleted, replaced or swapped characters. */
#include "cli/nearest.h"

#include <stdint.h>
#include <string.h>

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment; both are at most NEAREST_WORD_MAX long. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][NEAREST_WORD_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		last[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *spare = before;

		now[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			const size_t other = a[i - 1] != b[j - 1];

			now[j] = least(least(last[j], now[j - 1]) + 1,
				       last[j - 1] + other);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[b_len];
}

void nearest_init(struct nearest *n, const char *typed, size_t len)
{
	*n = (struct nearest){ .typed = typed,
			       .len = len,
			       .distance = SIZE_MAX };
}

void nearest_try(struct nearest *n, const char *word, size_t len)
{
	size_t d;

	if (n->len == 0 || n->len > NEAREST_WORD_MAX || len > NEAREST_WORD_MAX)
		return;
	d = distance(n->typed, n->len, word, len);
	if (d >= n->distance || d * 3 > least(len, n->len) + 1)
		return;
	n->distance = d;
	memcpy(n->best, word, len);
	n->best[len] = '\0';
}

const char *nearest_word(const struct nearest *n)
{
	return n->distance == SIZE_MAX ? NULL : n->best;
}
