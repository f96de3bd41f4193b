/* SPDX-License-Identifier: MIT */
/*
 * Reads the leaves of a segment that are not in holes into memory, one batch
 * after another. One leaf reader belongs to one thread; state shared by those
 * of a run is in struct leaf_reader_shared.
 */
#ifndef HASH_LEAF_READER_H
#define HASH_LEAF_READER_H

#include "hash/tree.h"
#include "source/source.h"

#include <pthread.h>

enum {
	LEAF_READER_RUNS_MAX = 32,
	LEAF_READER_BATCHES = 4,
	LEAF_READER_FILES_MAX = 16
};

/* Leaves that follow each other, and their bytes once the batch is filled. */
struct leaf_reader_run {
	uint64_t leaf; /* of the volume */
	uint32_t count;
	int fd; /* they are contiguous in this file; -1: they are not */
	uint64_t fd_at;
	const uint8_t *data; /* count * block size */
	bool is_pending;     /* a request is under way */
	bool is_done;	     /* the bytes are in memory */
	bool by_ring;	     /* they were read by io_uring */
};

struct leaf_reader_batch {
	struct leaf_reader_run runs[LEAF_READER_RUNS_MAX];
	uint32_t run_count, leaves;
	uint8_t *buffer;
};

/* A second descriptor for a file of the source, for O_DIRECT. */
struct leaf_reader_file {
	int fd;	       /* of the source */
	int direct_fd; /* ours; -1: the file system refuses O_DIRECT */
};

struct leaf_reader_shared {
	enum shvm_digest_io way;
	uint32_t read_size, direct_size; /* bytes of a batch */
	bool is_ready;
	pthread_mutex_t lock; /* of files */
	struct leaf_reader_file files[LEAF_READER_FILES_MAX];
	uint32_t file_count;
};

/* For this many leaf readers at once: the more, the less memory for each. */
int leaf_reader_shared_init(struct leaf_reader_shared *shared,
			    enum shvm_digest_io way, unsigned int readers,
			    struct shvm_err *err);
void leaf_reader_shared_done(struct leaf_reader_shared *shared);

struct leaf_reader_uring;  /* leaf_reader_direct.c */
struct leaf_reader_window; /* leaf_reader_mmap.c */

struct leaf_reader {
	struct leaf_reader_shared *shared;
	struct source *source;
	const struct tree *tree;
	enum shvm_digest_io way; /* of this segment; never SHVM_IO_AUTO */
	uint64_t at, end;	 /* leaves still to plan */
	struct extent extent;
	uint32_t room; /* leaves that fit in a batch's buffer */
	struct leaf_reader_batch batches[LEAF_READER_BATCHES];
	uint32_t ahead;			 /* batches that are filled at once */
	uint32_t oldest, in_flight;	 /* of batches */
	bool has_batch;			 /* the caller uses the oldest */
	struct leaf_reader_uring *uring; /* NULL: not needed yet, or refused */
	bool uring_refused;
	struct leaf_reader_window *window; /* NULL: not needed yet */
	struct shvm_io_bytes bytes;
};

void leaf_reader_init(struct leaf_reader *f, struct leaf_reader_shared *shared,
		      struct source *s, const struct tree *tree);
void leaf_reader_done(struct leaf_reader *f);

/* Begin the segment of the leaves first..end-1. */
int leaf_reader_begin(struct leaf_reader *f, uint64_t first, uint64_t end,
		      struct shvm_err *err);

/* The next batch; NULL at the end. It lives until the next call. */
int leaf_reader_next(struct leaf_reader *f,
		     const struct leaf_reader_batch **ret,
		     struct shvm_err *err);

/* Cancel pending requests after a failure. */
void leaf_reader_abandon(struct leaf_reader *f);

/* SHVM_E_IO if mapped bytes disappeared while they were hashed. */
int leaf_reader_check(struct leaf_reader *f, struct shvm_err *err);

#endif
