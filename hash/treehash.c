/* SPDX-License-Identifier: MIT */
/*
 * Combines hashes that come in order into a tree as it goes. Nodes are hashed
 * with OpenSSL: there is one for 64 MiB of data, or fewer.
 */
#include "hash/treehash.h"

#include "base/array.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum {
	RUNS_MAX = 1 << 20
}; /* our limit; far above the possible number */

int treehash_init(struct treehash *t, const struct tree *tree, uint64_t first,
		  uint64_t end, struct shvm_err *err)
{
	assert(first < end && end <= tree->hashes[0]);
	*t = (struct treehash){
		.tree = tree, .first = first, .end = end, .at = first
	};
	TRY(hasher_init(&t->hasher, kernel_openssl(tree->algorithm), err));

	return tree_zeros_init(&t->zeros, tree, &t->hasher, err);
}

void treehash_done(struct treehash *t)
{
	hasher_done(&t->hasher);
	for (uint32_t level = 0; level < TREE_LEVELS_MAX; level++)
		free(t->node[level]);
	free(t->runs);
	buf_done(&t->hashes);
	*t = (struct treehash){ 0 };
}

/* A hash that belongs to no node here: it is part of the result. */
static int emit(struct treehash *t, uint32_t level, uint64_t index,
		const uint8_t *hash, uint32_t n, struct shvm_err *err)
{
	struct shvm_digest_run *last =
		t->run_count ? &t->runs[t->run_count - 1] : NULL;

	buf_add(&t->hashes, hash, (size_t)n * t->tree->hash_size);
	if (last && last->level == level &&
	    last->index + last->count == index) {
		last->count += n;
		return SHVM_OK;
	}
	assert(t->run_count < RUNS_MAX);
	TRY(err_null(err, ARRAY_GROW(t->runs, t->run_count), "tree runs"));
	t->runs[t->run_count++] = (struct shvm_digest_run){ .level = level,
							    .count = n,
							    .index = index };
	return SHVM_OK;
}

static int store(struct treehash *t, uint32_t level, uint64_t index,
		 const uint8_t *hash, struct shvm_err *err)
{
	if (!t->store)
		return SHVM_OK;
	return t->store(t->store_ctx, level, index, hash, 1, err);
}

/* Put one hash in its node; a full node becomes a hash one level up. */
static int add_one(struct treehash *t, uint32_t level, uint64_t index,
		   const uint8_t *hash, struct shvm_err *err)
{
	const struct tree *tree = t->tree;
	const uint32_t size = tree->hash_size;
	uint8_t up[SHVM_HASH_SIZE_MAX];

	for (;; level++, index /= tree->fanout, hash = up) {
		const uint64_t node = index / tree->fanout;
		const uint32_t slot = (uint32_t)(index % tree->fanout);

		TRY(store(t, level, index, hash, err));
		/* The root, or a child of a node that starts before our run. */
		if (level == tree->levels - 1 ||
		    node * tree->span[level + 1] < t->first)
			return emit(t, level, index, hash, 1, err);

		if (!t->node[level])
			t->node[level] = malloc(tree->block_size);
		TRY(err_null(err, t->node[level], "tree node"));
		if (!slot) {
			t->node_first[level] = index;
			t->count[level] = 0;
		}
		assert(slot == t->count[level]);
		memcpy(t->node[level] + (size_t)slot * size, hash, size);
		t->count[level]++;
		if (slot != tree->fanout - 1 &&
		    index != tree->hashes[level] - 1)
			return SHVM_OK;

		memset(t->node[level] + (size_t)(slot + 1) * size, 0,
		       tree->block_size - (size_t)(slot + 1) * size);
		t->count[level] = 0;
		TRY(hasher_one(&t->hasher, t->node[level], tree->block_size, up,
			       err));
	}
}

int treehash_add(struct treehash *t, uint32_t level, const uint8_t *hashes,
		 size_t n, struct shvm_err *err)
{
	const struct tree *tree = t->tree;

	for (size_t i = 0; i < n; i++) {
		uint64_t span, end;

		if (level >= tree->levels || t->at >= t->end ||
		    t->at % tree->span[level])
			return err_set(err, SHVM_E_FORMAT,
				       "tree: a hash of level %" PRIu32
				       " does not fit at leaf %" PRIu64,
				       level, t->at);
		span = tree->span[level];
		end = span < tree->hashes[0] - t->at ? t->at + span
						     : tree->hashes[0];
		if (end > t->end)
			return err_set(err, SHVM_E_FORMAT,
				       "tree: a hash of level %" PRIu32
				       " at leaf %" PRIu64
				       " reaches beyond leaf %" PRIu64,
				       level, t->at, t->end);

		TRY(add_one(t, level, t->at / span,
			    hashes + i * tree->hash_size, err));
		t->at = end;
	}
	return SHVM_OK;
}

int treehash_zeros(struct treehash *t, uint64_t end, struct shvm_err *err)
{
	const struct tree *tree = t->tree;

	assert(end <= t->end);
	while (t->at < end) {
		uint32_t level = 0;

		while (level + 1 < tree->levels &&
		       t->at % tree->span[level + 1] == 0 &&
		       end - t->at >= tree->span[level + 1])
			level++;
		TRY(add_one(t, level, t->at / tree->span[level],
			    t->zeros.full[level], err));
		t->at += tree->span[level];
	}
	return SHVM_OK;
}

int treehash_finish(struct treehash *t, struct shvm_err *err)
{
	assert(t->at == t->end);
	/* Nodes that end after our run: their hashes, from the top down. */
	for (uint32_t level = t->tree->levels; level-- > 0;) {
		if (!t->count[level])
			continue;
		TRY(emit(t, level, t->node_first[level], t->node[level],
			 t->count[level], err));
		t->count[level] = 0;
	}
	return buf_check(&t->hashes, "tree hashes", err);
}

int tree_digest(const struct tree *tree, const uint8_t *root, uint8_t *ret,
		struct shvm_err *err)
{
	AUTO_DONE(hasher) h = { 0 };
	uint8_t descriptor[DESCRIPTOR_SIZE];

	TRY(hasher_init(&h, kernel_openssl(tree->algorithm), err));
	tree_descriptor(tree, root, descriptor);
	return hasher_one(&h, descriptor, sizeof(descriptor), ret, err);
}
