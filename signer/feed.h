/* SPDX-License-Identifier: MIT */
/*
 * Brings the leaves of a segment that are not in holes to memory, one batch
 * after another. One feed belongs to one thread.
 */
#ifndef SIGNER_FEED_H
#define SIGNER_FEED_H

#include "signer/tree.h"
#include "vhdx/source.h"

enum {
	FEED_RUNS_MAX = 64,
	FEED_BATCH_MIN = 256 << 10
};

/* Leaves that follow each other, and their bytes once the batch is filled. */
struct feed_run {
	uint64_t leaf; /* of the volume */
	uint32_t count;
	const uint8_t *data; /* count * block size */
};

struct feed_batch {
	struct feed_run runs[FEED_RUNS_MAX];
	uint32_t run_count, leaves;
};

struct feed {
	struct source *source;
	const struct tree *tree;
	uint64_t at, end; /* leaves still to bring */
	struct extent extent;
	uint8_t *buffer;
	uint32_t room; /* leaves that the buffer takes */
	struct feed_batch batch;
};

int feed_init(struct feed *f, struct source *s, const struct tree *tree,
	      struct shvm_err *err);
void feed_done(struct feed *f);

/* Begin the segment of the leaves first..end-1. */
void feed_begin(struct feed *f, uint64_t first, uint64_t end);

/* The next batch; NULL at the end. It lives until the next call. */
int feed_next(struct feed *f, const struct feed_batch **ret,
	      struct shvm_err *err);

#endif
