/* SPDX-License-Identifier: MIT */
/*
 * Combines hashes that come in order, of any level, into a tree, keeping only
 * one open node per level. Works on the whole volume or on a run of its leaves;
 * a run gives the hashes that a merge needs.
 */
#ifndef HASH_TREEHASH_H
#define HASH_TREEHASH_H

#include "base/buf.h"
#include "hash/hasher.h"
#include "hash/zeros.h"

#include <shvm/digest.h>

/*
 * Called with the hashes of the tree in order, those in a node before the hash
 * of the node; for known zeros only the highest hash. One call at a time.
 */
typedef int (*tree_store_fn)(void *ctx, uint32_t level, uint64_t index,
			     const uint8_t *hashes, size_t n,
			     struct shvm_err *err);

struct treehash {
	const struct tree *tree;
	uint64_t first, end, at; /* leaves */
	struct hasher hasher;
	struct tree_zeros zeros;
	uint8_t *node[TREE_LEVELS_MAX]; /* the open node of each level */
	uint64_t node_first[TREE_LEVELS_MAX];
	uint32_t count[TREE_LEVELS_MAX];
	tree_store_fn store; /* NULL: none */
	void *store_ctx;
	/* The result: for a whole tree, the root alone. */
	struct shvm_digest_run *runs;
	size_t run_count;
	struct buf hashes;
};

/* For the leaves first..end-1; tree must outlive it. Start as { 0 }. */
int treehash_init(struct treehash *t, const struct tree *tree, uint64_t first,
		  uint64_t end, struct shvm_err *err);
void treehash_done(struct treehash *t);

/* The next n hashes, of this level. They must be the next ones in order. */
int treehash_add(struct treehash *t, uint32_t level, const uint8_t *hashes,
		 size_t n, struct shvm_err *err);

/* The leaves up to this one (exclusive) are zeros. */
int treehash_zeros(struct treehash *t, uint64_t end, struct shvm_err *err);

/* All leaves were added: runs and hashes are complete. */
int treehash_finish(struct treehash *t, struct shvm_err *err);

/* The digest of the descriptor over this root. */
int tree_digest(const struct tree *tree, const uint8_t *root, uint8_t *ret,
		struct shvm_err *err);

#endif
