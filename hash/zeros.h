/* SPDX-License-Identifier: MIT */
/* The hashes of a tree over zeros, whose subtrees need not be stored. */
#ifndef HASH_ZEROS_H
#define HASH_ZEROS_H

#include "hash/hasher.h"

/*
 * One hash per level is enough, and one more for the last of each level: the
 * nodes above the end of the data are not full, so their hashes differ.
 */
struct tree_zeros {
	uint8_t full[TREE_LEVELS_MAX][SHVM_HASH_SIZE_MAX];
	uint8_t last[TREE_LEVELS_MAX][SHVM_HASH_SIZE_MAX];
};

int tree_zeros_init(struct tree_zeros *z, const struct tree *tree,
		    struct hasher *hasher, struct shvm_err *err);

/* The hash number index of a level, if all below it is zeros. */
static inline const uint8_t *tree_zero(const struct tree_zeros *z,
				       const struct tree *tree, uint32_t level,
				       uint64_t index)
{
	return index == tree->hashes[level] - 1 ? z->last[level]
						: z->full[level];
}

#endif
