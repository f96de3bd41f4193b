/* SPDX-License-Identifier: MIT */
/* The parts of a leaf reader; only leaf_reader*.c see this. */
#ifndef HASH_LEAF_READER_WAYS_H
#define HASH_LEAF_READER_WAYS_H

#include "hash/leaf_reader.h"

/* Data bytes of a run; the rest of its last leaf is padding. */
static inline size_t run_bytes(const struct leaf_reader *f,
			       const struct leaf_reader_run *run)
{
	return (size_t)tree_bytes(f->tree, run->leaf, run->leaf + run->count);
}

/* Is most of this piece of a file in the page cache? True when unknown. */
bool leaf_reader_is_cached(int fd, uint64_t at, uint64_t len);

/*
 * Start reading the runs of a batch that can be read without the cache; the
 * others are not touched. Never fails: what could not be started is not
 * pending, and the source reads it.
 */
void direct_start(struct leaf_reader *f, struct leaf_reader_batch *batch);
/* Wait for the requests of a batch; a run that failed is not done. */
void direct_wait(struct leaf_reader *f, struct leaf_reader_batch *batch);
void direct_done(struct leaf_reader *f);

/* Map the file below a run and let it point there; false: read it instead. */
bool mmap_run(struct leaf_reader *f, struct leaf_reader_run *run);
/* Unmap all runs of a segment. */
void mmap_reset(struct leaf_reader *f);
void mmap_done(struct leaf_reader *f);
/* Was a mapped page lost? */
bool mmap_is_lost(const struct leaf_reader *f);

#endif
