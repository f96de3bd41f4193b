/* SPDX-License-Identifier: MIT */
/* Proves blocks of a disk, and keeps some; used only by verified*.c. */
#ifndef HASH_VERIFIED_BLOCKS_H
#define HASH_VERIFIED_BLOCKS_H

#include "hash/disktree.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
	CHUNK_SIZE = 256 << 10, /* or one block, if that is more */
	CHUNK_SLOTS = 16,
	STREAMS = 8,	/* that are read ahead */
	TOOLS_IDLE = 64 /* kept, at most */
};

/* Bytes of a part, from a place that is a multiple of their maximum size. */
struct chunk {
	size_t part;
	uint64_t at; /* bytes of the part */
	size_t len;
	uint8_t *data;
	bool is_filling, has_failed; /* neither flag: proven */
	unsigned int users;
};

/* Memory that one thread needs to hash the blocks of a chunk. */
struct block_tools {
	struct hasher hashers[2]; /* by algorithm */
	uint8_t *hashes;
	const uint8_t **data;
};

struct verified_blocks {
	struct source *disk;
	struct disktree *tree;
	const struct kernel *kernels[2]; /* by algorithm; NULL: not used */
	size_t blocks_max;		 /* of a chunk */
	/* A read of some blocks takes no lock */
	_Atomic(struct block_tools *) tools[TOOLS_IDLE];
	atomic_uint next_stream;
	atomic_uint_least64_t ends[STREAMS];	 /* of requests, on the disk */
	atomic_uint_least64_t keys[CHUNK_SLOTS]; /* what may be in the slots */
	bool is_ready;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t filled;
	struct chunk *slots[CHUNK_SLOTS];
	unsigned int next_slot;
};

int verified_blocks_init(struct verified_blocks *b, struct source *disk,
			 struct disktree *tree, struct shvm_err *err);
void verified_blocks_done(struct verified_blocks *b);

/* Record a request for these bytes of the disk: does it follow another one? */
bool verified_blocks_follow(struct verified_blocks *b, uint64_t at,
			    uint64_t len);

/* The bytes [at, at + len) of a part; follows: some more may be read. */
int verified_blocks_read(struct verified_blocks *b, size_t part, uint64_t at,
			 uint8_t *buf, size_t len, bool follows,
			 struct shvm_err *err);

#endif
