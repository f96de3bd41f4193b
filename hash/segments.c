/* SPDX-License-Identifier: MIT */
/* Cuts a volume into segments and finds those with data. */
#include "hash/segments.h"

#include <assert.h>
#include <string.h>

enum {
	GROUP = 8
}; /* words of 64 bits per rank: 12.5 % in addition to the bits */

/*
 * A segment is SEGMENT_SIZE of data. Where that is a multiple of what a node
 * of level 0 covers, a segment is reduced to hashes of level 1; for large
 * blocks a node covers more than a segment, and the few hashes of level 0 are
 * passed on unchanged.
 */
static void shape_init(struct segments *g, const struct tree *tree)
{
	g->leaves = SEGMENT_SIZE / tree->block_size;
	g->level = tree->levels > 1 && g->leaves % tree->fanout == 0 ? 1 : 0;
	g->count = (tree->hashes[0] - 1) / g->leaves + 1;
}

static void set_range(struct segments *g, uint64_t first, uint64_t end)
{
	uint64_t i = first;

	for (; i < end && i % 64; i++)
		g->bits[i / 64] |= UINT64_C(1) << i % 64;
	for (; end - i >= 64; i += 64)
		g->bits[i / 64] = UINT64_MAX;
	for (; i < end; i++)
		g->bits[i / 64] |= UINT64_C(1) << i % 64;
}

static int find_data(struct segments *g, const struct tree *tree,
		     struct source *s, struct shvm_err *err)
{
	const uint64_t size = tree->data_size;
	struct extent e;
	uint64_t next;

	for (uint64_t at = 0; at < size; at = next) {
		TRY(source_extent(s, at, size - at, &e, err));
		assert(e.at == at && e.len && e.len <= size - at);
		next = at + e.len;
		if (e.state != SHVM_EXTENT_DATA)
			continue;

		/* The rest of the last segment is known now: jump over it. */
		uint64_t end = (next - 1) / SEGMENT_SIZE + 1;

		set_range(g, at / SEGMENT_SIZE, end);
		if (end < g->count)
			next = end * SEGMENT_SIZE;
		else
			next = size;
	}
	return SHVM_OK;
}

int segments_init(struct segments *g, const struct tree *tree, struct source *s,
		  bool all, struct shvm_err *err)
{
	uint64_t words, groups;

	*g = (struct segments){ .source = s };
	shape_init(g, tree);
	words = (g->count - 1) / 64 + 1;
	groups = (words - 1) / GROUP + 1;
	g->bits = calloc(words, sizeof(*g->bits));
	g->ranks = calloc(groups, sizeof(*g->ranks));
	if (!g->bits || !g->ranks)
		return err_nomem(err, "map of segments");

	if (all) {
		set_range(g, 0, g->count);
	} else {
		TRY(find_data(g, tree, s, err));
	}
	for (uint64_t w = 0; w < words; w++) {
		if (w % GROUP == 0)
			g->ranks[w / GROUP] = g->set;
		g->set += (uint64_t)__builtin_popcountll(g->bits[w]);
	}
	return SHVM_OK;
}

void segments_done(struct segments *g)
{
	free(g->bits);
	free(g->ranks);
	*g = (struct segments){ 0 };
}

uint64_t segments_rank(const struct segments *g, uint64_t end)
{
	uint64_t n, w;

	if (end >= g->count)
		return g->set;
	w = end / 64;
	n = g->ranks[w / GROUP];
	for (uint64_t i = w / GROUP * GROUP; i < w; i++)
		n += (uint64_t)__builtin_popcountll(g->bits[i]);
	if (end % 64)
		n += (uint64_t)__builtin_popcountll(
			g->bits[w] & ((UINT64_C(1) << end % 64) - 1));
	return n;
}

uint64_t segments_find(const struct segments *g, uint64_t n)
{
	uint64_t low = 0, high = (g->count - 1) / 64 / GROUP + 1;
	uint64_t w, bits;

	assert(n < g->set);
	while (high - low > 1) { /* ranks[low] <= n */
		uint64_t mid = low + (high - low) / 2;

		if (g->ranks[mid] <= n)
			low = mid;
		else
			high = mid;
	}
	n -= g->ranks[low];
	for (w = low * GROUP;; w++) {
		uint64_t here = (uint64_t)__builtin_popcountll(g->bits[w]);

		if (n < here)
			break;
		n -= here;
	}
	for (bits = g->bits[w]; n; n--)
		bits &= bits - 1;
	return w * 64 + (uint64_t)__builtin_ctzll(bits);
}
