/* SPDX-License-Identifier: MIT */
/*
 * Cuts a volume into segments, the unit of work of a thread, and finds those
 * with data: one bit per segment, so that a 64 TiB disk needs 1 MiB and its
 * holes cost nothing afterwards.
 */
#ifndef HASH_SEGMENTS_H
#define HASH_SEGMENTS_H

#include "hash/tree.h"
#include "source/source.h"

enum {
	SEGMENT_SIZE = 8 << 20
}; /* bytes; ours */

struct segments {
	struct source *source; /* of the volume; must outlive it */
	uint64_t count;	       /* segments of the whole volume */
	uint32_t leaves;       /* of each but the last */
	uint32_t level;	       /* of the hashes that a segment is reduced to */
	uint64_t *bits;	       /* which have data */
	uint64_t *ranks;       /* bits set before each group of words */
	uint64_t set;	       /* how many have */
};

/* Consecutive segments: first..end-1, which may be empty. */
struct range {
	uint64_t first, end;
	uint64_t data; /* segments with data among them */
};

/* all: every segment counts as data; the extents are ignored. */
int segments_init(struct segments *g, const struct tree *tree, struct source *s,
		  bool all, struct shvm_err *err);
void segments_done(struct segments *g);

/* The segment that is number n, from 0, among those with data; n < set. */
uint64_t segments_find(const struct segments *g, uint64_t n);
/* How many of the segments 0..end-1 have data. */
uint64_t segments_rank(const struct segments *g, uint64_t end);

#endif
