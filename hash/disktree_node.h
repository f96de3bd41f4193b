/* SPDX-License-Identifier: MIT */
/* Proven nodes of an open tree file; only disktree*.c see this. */
#ifndef HASH_DISKTREE_NODE_H
#define HASH_DISKTREE_NODE_H

#include "hash/disktree.h"
#include "hash/disktree_form.h"

#include <pthread.h>
#include <stdatomic.h>

struct disktree_known {
	struct disktree_part part;
	struct tree tree;
	struct tree_zeros zeros;
	uint64_t root_at; /* 0: no record */
	bool is_zero;	  /* the whole record, which is proven */
	uint8_t root[SHVM_HASH_SIZE_MAX];
};

/* One node in memory; users counts its references, the one of the cache too. */
struct proven_node {
	size_t part;
	struct disktree_node node;
	uint8_t *block; /* of level 1: all its hashes; items is NULL */
	atomic_uint users;
};

/* Memory that one thread needs to prove a node. */
struct disktree_tools {
	struct disktree_tools *next;
	struct hasher hashers[2]; /* by algorithm */
	struct disktree_scratch scratch;
	uint8_t *record;
};

/*
 * Two tables: nodes over leaves, and the few above them. Many slots share a
 * lock, so that readers of different places seldom wait for each other.
 */
enum {
	NODE_LOCKS = 64
};
struct node_cache {
	struct proven_node **slots;
	size_t count; /* a power of two */
};

struct disktree {
	char *path;
	int fd;
	uint64_t table_at;
	struct disktree_known *parts;
	size_t part_count;
	size_t record_max; /* bytes */
	uint32_t block_max, levels_max;
	struct node_cache lower, upper;
	size_t lock_count;		   /* initialised */
	pthread_mutex_t locks[NODE_LOCKS]; /* of slots, see slot_lock() */
	pthread_mutex_t lock;		   /* of what follows */
	struct disktree_tools *tools;	   /* idle */
};

/* The place of a node, and its expected hash; NULL: any, see below. */
struct node_place {
	size_t part;
	uint32_t level;
	uint64_t index, at;
	const uint8_t *expected;
};

int node_cache_init(struct disktree *t, struct shvm_err *err);
void node_cache_done(struct disktree *t);

/*
 * The node, from memory or read and proven. Without an expected hash it is the
 * root: ret_hash receives its hash, which the caller must check. Release it
 * with node_put().
 */
int node_get(struct disktree *t, const struct node_place *place,
	     struct proven_node **ret, uint8_t *ret_hash, struct shvm_err *err);
/* From memory only; NULL: not in memory. */
struct proven_node *node_peek(struct disktree *t, size_t part, uint32_t level,
			      uint64_t index);
void node_put(struct proven_node *n); /* NULL is fine */

#endif
