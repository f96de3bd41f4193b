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
		 uint32_t leaf_room, struct shvm_err *err)
{
	const size_t hash = c->tree->tree->hash_size;
	const size_t size = ((size_t)room + leaf_room) * hash;

	c->ring_size = (uint64_t)threads * SLOTS_A_THREAD;
	c->ring = calloc(c->ring_size, sizeof(*c->ring));
	c->memory = calloc(c->ring_size, size);
	if (!c->ring || !c->memory)
		return err_nomem(err, "ring of segments");

	for (uint64_t i = 0; i < c->ring_size; i++) {
		c->ring[i].hashes = c->memory + i * size;
		c->ring[i].leaves = c->ring[i].hashes + room * hash;
	}
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
	struct treehash *t = c->tree;

	slot->is_full = false;
	TRY(treehash_zeros(t, slot->first, err));
	if (slot->leaf_count)
		TRY(t->store(t->store_ctx, 0, slot->first, slot->leaves,
			     slot->leaf_count, err));
	if (!slot->is_zero)
		TRY(treehash_add(t, c->level, slot->hashes, slot->count, err));
	return report(c, c->next + 1, err);
}

/* Store it in a slot until its turn. */
static void fill(struct reorder_slot *slot, uint64_t first,
		 const struct reorder_hashes *from, size_t hash)
{
	assert(!slot->is_full);
	slot->is_full = true;
	slot->is_zero = !from;
	slot->first = first;
	slot->count = slot->leaf_count = 0;
	if (!from)
		return;
	slot->count = from->count;
	slot->leaf_count = from->leaf_count;
	memcpy(slot->hashes, from->hashes, from->count * hash);
	if (from->leaf_count)
		memcpy(slot->leaves, from->leaves, from->leaf_count * hash);
}

static int put(struct reorder *c, uint64_t job, uint64_t first,
	       const struct reorder_hashes *hashes, struct shvm_err *err)
{
	struct reorder_slot *slot;

	while (!c->stop && job - c->next >= c->ring_size)
		(void)pthread_cond_wait(&c->moved, &c->lock);
	if (c->stop)
		return SHVM_OK; /* the other job reports why */

	fill(&c->ring[job % c->ring_size], first, hashes,
	     c->tree->tree->hash_size);
	for (slot = &c->ring[c->next % c->ring_size]; slot->is_full;
	     slot = &c->ring[c->next % c->ring_size]) {
		TRY(take(c, slot, err));
		c->next++;
		(void)pthread_cond_broadcast(&c->moved);
	}
	return SHVM_OK;
}

int reorder_put(struct reorder *c, uint64_t job, uint64_t first,
		const struct reorder_hashes *hashes, struct shvm_err *err)
{
	int r;

	lock(c);
	r = put(c, job, first, hashes, err);
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
