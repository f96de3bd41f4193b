/* SPDX-License-Identifier: MIT */
/*
 * Cuts a volume of a given size into leaves and levels of a hash tree; pure
 * arithmetic, no I/O. Linux fs-verity's construction (kernel documentation,
 * "fs-verity: Merkle tree") and, for whole blocks, dm-verity's (hash type 1).
 */
#ifndef HASH_TREE_H
#define HASH_TREE_H

#include "base/err.h"

#include <shvm/digest.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BLOCK_SIZE_MIN = 4096,
	BLOCK_SIZE_MAX = 1 << 20
};
enum {
	TREE_LEVELS_MAX = 8,
	DESCRIPTOR_SIZE = 256
};

uint32_t hash_size(enum shvm_hash algorithm); /* bytes: 32 or 64 */

/*
 * Level 0 is the hashes of the leaves; each node holds fanout hashes; the top
 * level has one hash, the root.
 */
struct tree {
	enum shvm_hash algorithm;
	uint32_t block_size; /* bytes */
	uint32_t hash_size;  /* bytes */
	uint32_t fanout;     /* block_size / hash_size */
	uint64_t data_size;  /* bytes */
	uint32_t levels;
	uint64_t hashes[TREE_LEVELS_MAX]; /* of each level, 0 first */
	uint64_t span[TREE_LEVELS_MAX];	  /* leaves below one hash, if full */
};

int tree_plan(uint64_t data_size, uint32_t block_size, enum shvm_hash algorithm,
	      struct tree *ret, struct shvm_err *err);

/* Data bytes of the leaves first..end-1; the last leaf may be short. */
uint64_t tree_bytes(const struct tree *tree, uint64_t first, uint64_t end);

/* The 256-byte fs-verity descriptor (version 1, no salt) over a root. */
void tree_descriptor(const struct tree *tree, const uint8_t *root,
		     uint8_t ret[DESCRIPTOR_SIZE]);

#endif
