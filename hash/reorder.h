/* SPDX-License-Identifier: MIT */
/*
 * Takes the hashes of segments from many threads in any order and puts them
 * into the tree in order. Hashes wait in a ring of fixed size: a thread that is
 * too far ahead of the slowest one waits here, so memory stays bounded.
 */
#ifndef HASH_REORDER_H
#define HASH_REORDER_H

#include "hash/segments.h"
#include "hash/treehash.h"

#include <pthread.h>
#include <shvm/types.h>

struct reorder_slot {
	bool is_full, is_zero;
	uint64_t first;	 /* leaf */
	uint32_t count;	 /* hashes */
	uint8_t *hashes; /* in the ring's one block of memory */
	uint32_t leaf_count;
	uint8_t *leaves; /* after them */
};

/* The result of a job. Leaves are for the tree's store, if it has one. */
struct reorder_hashes {
	const uint8_t *hashes; /* of the ring's level */
	uint32_t count;
	const uint8_t *leaves; /* of level 0, if it is another level */
	uint32_t leaf_count;
};

struct reorder {
	struct treehash *tree;
	uint32_t level; /* of the incoming hashes */
	shvm_progress_fn progress;
	void *progress_ctx;
	uint64_t progress_size; /* bytes */
	uint64_t jobs;		/* total number of jobs */

	pthread_mutex_t lock; /* of the members below, and of tree */
	pthread_cond_t moved;
	bool is_ready, stop;
	uint64_t next; /* the job whose turn it is */
	struct reorder_slot *ring;
	uint64_t ring_size;
	uint8_t *memory;
};

/*
 * room, leaf_room: maximum number of hashes per job. The caller set the public
 * members.
 */
int reorder_init(struct reorder *c, unsigned int threads, uint32_t room,
		 uint32_t leaf_room, struct shvm_err *err);
void reorder_done(struct reorder *c);

/*
 * The hashes of a job, whose segment starts at leaf first; NULL: it is all
 * zeros. May wait for earlier jobs.
 */
int reorder_put(struct reorder *c, uint64_t job, uint64_t first,
		const struct reorder_hashes *hashes, struct shvm_err *err);

/* A job failed and will never come: no job may wait for it. */
void reorder_stop(struct reorder *c);

/*
 * Call the progress callback; SHVM_E_CANCELLED if it requests to stop. Takes
 * the lock.
 */
int reorder_progress(struct reorder *c, uint64_t jobs_done,
		     struct shvm_err *err);

#endif
