/* SPDX-License-Identifier: MIT */
/*
 * The structures of a tree file: docs/FORMAT-TREE.md. Arithmetic, encoding, and
 * the hash of a node from its record; no I/O.
 */
#ifndef HASH_DISKTREE_FORM_H
#define HASH_DISKTREE_FORM_H

#include "base/buf.h"
#include "hash/zeros.h"

enum {
	DISKTREE_HEADER = 32,
	DISKTREE_ENTRY = 32,
	DISKTREE_RECORD = 8, /* before the items of a record */
	DISKTREE_PARTS_MAX = 4096
};

struct disktree_header {
	uint32_t part_count;
	uint64_t table_at;
};

/* A part according to the file. */
struct disktree_entry {
	uint64_t offset, size; /* bytes of the disk */
	enum shvm_hash algorithm;
	uint32_t block_size;
	uint64_t root_at; /* the record of the root; 0: all is zeros */
};

/*
 * A stored hash of the tree. Level 0: that of a leaf; a higher level: that of a
 * node, whose record is at @at.
 */
struct disktree_item {
	uint64_t index, at;
	uint32_t level;
	uint8_t hash[SHVM_HASH_SIZE_MAX];
};

/*
 * A node with the items stored below it: for each child that is not zeros
 * either one node, which may be some levels down if all nodes in between have
 * one child, or up to disktree_inline_max() leaves. Sorted by place, without
 * overlaps.
 */
struct disktree_node {
	uint32_t level; /* level of its hash: 1 or more */
	uint64_t index;
	struct disktree_item *items;
	size_t count;
};

void disktree_header_encode(const struct disktree_header *h,
			    uint8_t ret[DISKTREE_HEADER]);
int disktree_header_decode(const uint8_t *data, size_t len,
			   struct disktree_header *ret, struct shvm_err *err);
void disktree_entry_encode(const struct disktree_entry *e,
			   uint8_t ret[DISKTREE_ENTRY]);
/* Is it a possible part? Also gives the tree of its size. */
int disktree_entry_decode(const uint8_t data[DISKTREE_ENTRY],
			  struct disktree_entry *ret, struct tree *ret_tree,
			  struct shvm_err *err);

/*
 * Subtrees of up to this many leaves have no record; their leaves are items of
 * the node above. 0 for large blocks: proving such a node would mean to hash
 * one block for each, and their trees are small anyway.
 */
uint32_t disktree_inline_max(const struct tree *tree);

/* The first of level `level` below the hash item->index of item->level. */
static inline uint64_t disktree_first(const struct tree *tree,
				      const struct disktree_item *item)
{
	return item->index * tree->span[item->level];
}

/* Maximum number of items and bytes in a record of a node of this level. */
size_t disktree_items_max(const struct tree *tree, uint32_t level);
size_t disktree_record_max(const struct tree *tree, uint32_t level);

void disktree_record_encode(const struct tree *tree,
			    const struct disktree_node *node, struct buf *ret);
/*
 * The items of the record of node (ret->level, ret->index), at the start of
 * data; the bytes after them are ignored. Release them with free().
 */
int disktree_record_decode(const struct tree *tree, const uint8_t *data,
			   size_t len, struct disktree_node *ret,
			   struct shvm_err *err);

/* Room for one block per level. */
struct disktree_scratch {
	uint8_t *block[TREE_LEVELS_MAX]; /* 1: the node over leaves, ... */
};

/*
 * The hash of a node, whose hashes are then in scratch->block[node->level].
 * Nodes in between are hashed on the way.
 */
int disktree_node_hash(const struct tree *tree, const struct tree_zeros *zeros,
		       struct hasher *hasher,
		       const struct disktree_scratch *scratch,
		       const struct disktree_node *node, uint8_t *ret,
		       struct shvm_err *err);

#endif
