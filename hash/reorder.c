/* SPDX-License-Identifier: MIT */
/* Puts the hashes of segments into the tree in order. */
#include "hash/reorder.h"

#include <assert.h>
#include <string.h>

enum {
	SLOTS_A_THREAD = 4
};

/* A plain mutex that is used rightly cannot fail. */
static void lock(struct reorder *c)
{
	(void)pthread_mutex_lock(&c->lock);
}

static void unlock(struct reorder *c)
{
	(void)pthread_mutex_unlock(&c->lock);
}

int reorder_init(struct reorder *c, unsigned int threads, uint32_t room,
		 struct shvm_err *err)
{
	const size_t size = (size_t)room * c->tree->tree->hash_size;

	c->ring_size = (uint64_t)threads * SLOTS_A_THREAD;
	c->ring = calloc(c->ring_size, sizeof(*c->ring));
	c->memory = calloc(c->ring_size, size);
	if (!c->ring || !c->memory)
		return err_nomem(err, "ring of segments");

	for (uint64_t i = 0; i < c->ring_size; i++)
		c->ring[i].hashes = c->memory + i * size;
	if (pthread_mutex_init(&c->lock, NULL) != 0)
		return err_nomem(err, "mutex");
	if (pthread_cond_init(&c->moved, NULL) != 0) {
		(void)pthread_mutex_destroy(&c->lock);
		return err_nomem(err, "condition variable");
	}
	c->is_ready = true;
	return SHVM_OK;
}

void reorder_done(struct reorder *c)
{
	if (c->is_ready) {
		(void)pthread_cond_destroy(&c->moved);
		(void)pthread_mutex_destroy(&c->lock);
	}
	free(c->ring);
	free(c->memory);
	*c = (struct reorder){ 0 };
}

/*
 * Work is counted in segments with data; the bytes of holes are spread evenly
 * over them, so that the time left can be told from the bytes left.
 */
static int report(struct reorder *c, uint64_t jobs_done, struct shvm_err *err)
{
	uint64_t done = c->progress_size;

	if (!c->progress)
		return SHVM_OK;
	if (jobs_done < c->jobs)
		done = (uint64_t)((unsigned __int128)done * jobs_done /
				  c->jobs);
	if (c->progress(c->progress_ctx, done, c->progress_size))
		return err_set(err, SHVM_E_CANCELLED, "digest: cancelled");
	return SHVM_OK;
}

int reorder_progress(struct reorder *c, uint64_t jobs_done,
		     struct shvm_err *err)
{
	int r;

	lock(c);
	r = report(c, jobs_done, err);
	unlock(c);
	return r;
}

static int take(struct reorder *c, struct reorder_slot *slot,
		struct shvm_err *err)
{
	slot->is_full = false;
	TRY(treehash_zeros(c->tree, slot->first, err));
	if (!slot->is_zero)
		TRY(treehash_add(c->tree, c->level, slot->hashes, slot->count,
				 err));
	return report(c, c->next + 1, err);
}

static int put(struct reorder *c, uint64_t job, uint64_t first,
	       const uint8_t *hashes, uint32_t n, struct shvm_err *err)
{
	struct reorder_slot *slot;

	while (!c->stop && job - c->next >= c->ring_size)
		(void)pthread_cond_wait(&c->moved, &c->lock);
	if (c->stop)
		return SHVM_OK; /* another job says why */

	slot = &c->ring[job % c->ring_size];
	assert(!slot->is_full);
	slot->is_full = true;
	slot->is_zero = !hashes;
	slot->first = first;
	slot->count = n;
	if (hashes)
		memcpy(slot->hashes, hashes,
		       (size_t)n * c->tree->tree->hash_size);
	for (slot = &c->ring[c->next % c->ring_size]; slot->is_full;
	     slot = &c->ring[c->next % c->ring_size]) {
		TRY(take(c, slot, err));
		c->next++;
		(void)pthread_cond_broadcast(&c->moved);
	}
	return SHVM_OK;
}

int reorder_put(struct reorder *c, uint64_t job, uint64_t first,
		const uint8_t *hashes, uint32_t n, struct shvm_err *err)
{
	int r;

	lock(c);
	r = put(c, job, first, hashes, n, err);
	unlock(c);
	return r;
}

void reorder_stop(struct reorder *c)
{
	lock(c);
	c->stop = true;
	(void)pthread_cond_broadcast(&c->moved);
	unlock(c);
}
