/* SPDX-License-Identifier: MIT */
/* The hashes of a tree over zeros. */
#include "hash/zeros.h"

#include "base/auto.h"

#include <string.h>

/*
 * Hashes 0..n-1 of a node are those of full subtrees, the last one is
 * different.
 */
static int hash_last(struct tree_zeros *z, const struct tree *tree,
		     uint32_t level, uint8_t *block, struct hasher *hasher,
		     struct shvm_err *err)
{
	const uint32_t size = tree->hash_size;
	const uint64_t in_front = (tree->hashes[level] - 1) * tree->fanout;
	const size_t count = (size_t)(tree->hashes[level - 1] - in_front);

	memset(block, 0, tree->block_size);
	for (size_t i = 0; i < count - 1; i++)
		memcpy(block + i * size, z->full[level - 1], size);
	memcpy(block + (count - 1) * size, z->last[level - 1], size);
	return hasher_one(hasher, block, tree->block_size, z->last[level], err);
}

int tree_zeros_init(struct tree_zeros *z, const struct tree *tree,
		    struct hasher *hasher, struct shvm_err *err)
{
	const uint32_t size = tree->hash_size;
	AUTOFREE uint8_t *block = calloc(1, tree->block_size);

	TRY(err_null(err, block, "tree node"));
	TRY(hasher_one(hasher, block, tree->block_size, z->full[0], err));
	memcpy(z->last[0], z->full[0], size); /* padded with zeros, if short */

	for (uint32_t level = 1; level < tree->levels; level++) {
		for (uint32_t i = 0; i < tree->fanout; i++)
			memcpy(block + (size_t)i * size, z->full[level - 1],
			       size);
		TRY(hasher_one(hasher, block, tree->block_size, z->full[level],
			       err));
		TRY(hash_last(z, tree, level, block, hasher, err));
	}
	return SHVM_OK;
}
