/* SPDX-License-Identifier: MIT */
/*
 * Brings the leaves of a segment that are not in holes to memory, one batch
 * after another. One feed belongs to one thread; what the feeds of a run share
 * is in struct feed_shared.
 */
#ifndef HASH_FEED_H
#define HASH_FEED_H

#include "hash/tree.h"
#include "source/source.h"

#include <pthread.h>

/* How bytes come to memory. */
enum feed_way {
	FEED_AUTO,   /* what is in the page cache by READ, the rest by DIRECT */
	FEED_READ,   /* the source reads into a buffer: always works */
	FEED_DIRECT, /* O_DIRECT, several requests in flight, past the cache */
	FEED_MMAP,   /* the file is mapped; see feed_mmap.c for the price */
};

enum {
	FEED_RUNS_MAX = 32,
	FEED_BATCHES = 4,
	FEED_FILES_MAX = 16
};

/* Leaves that follow each other, and their bytes once the batch is filled. */
struct feed_run {
	uint64_t leaf; /* of the volume */
	uint32_t count;
	int fd; /* they lie in this file in one piece; -1: they do not */
	uint64_t fd_at;
	const uint8_t *data; /* count * block size */
	bool is_pending;     /* a request is under way */
	bool is_done;	     /* the bytes are there */
	bool by_ring;	     /* they came by io_uring */
};

struct feed_batch {
	struct feed_run runs[FEED_RUNS_MAX];
	uint32_t run_count, leaves;
	uint8_t *buffer;
};

/* A second descriptor for a file of the source, for O_DIRECT. */
struct feed_file {
	int fd;	       /* of the source */
	int direct_fd; /* ours; -1: the file system refuses O_DIRECT */
};

/* Bytes that came from the source, by how they came. */
struct feed_bytes {
	uint64_t read;	 /* pread() through the page cache */
	uint64_t direct; /* pread() with O_DIRECT */
	uint64_t ring;	 /* io_uring with O_DIRECT */
	uint64_t mapped;
};

struct feed_shared {
	enum feed_way way;
	uint32_t read_size, direct_size; /* bytes of a batch */
	bool is_ready;
	pthread_mutex_t lock; /* of files */
	struct feed_file files[FEED_FILES_MAX];
	uint32_t file_count;
};

/* For so many feeds at once: the more, the less memory for each. */
int feed_shared_init(struct feed_shared *shared, enum feed_way way,
		     unsigned int feeds, struct shvm_err *err);
void feed_shared_done(struct feed_shared *shared);

struct feed_uring;  /* feed_direct.c */
struct feed_window; /* feed_mmap.c */

struct feed {
	struct feed_shared *shared;
	struct source *source;
	const struct tree *tree;
	enum feed_way way; /* of this segment; never FEED_AUTO */
	uint64_t at, end;  /* leaves still to plan */
	struct extent extent;
	uint32_t room; /* leaves that a batch's buffer takes */
	struct feed_batch batches[FEED_BATCHES];
	uint32_t ahead;		    /* batches that are filled at once */
	uint32_t oldest, in_flight; /* of batches */
	bool has_batch;		    /* the caller holds the oldest */
	struct feed_uring *uring;   /* NULL: not needed yet, or refused */
	bool uring_refused;
	struct feed_window *window; /* NULL: not needed yet */
	struct feed_bytes bytes;
};

void feed_init(struct feed *f, struct feed_shared *shared, struct source *s,
	       const struct tree *tree);
void feed_done(struct feed *f);

/* Begin the segment of the leaves first..end-1. */
int feed_begin(struct feed *f, uint64_t first, uint64_t end,
	       struct shvm_err *err);

/* The next batch; NULL at the end. It lives until the next call. */
int feed_next(struct feed *f, const struct feed_batch **ret,
	      struct shvm_err *err);

/* Give up what is under way after a failure. */
void feed_abandon(struct feed *f);

/* SHVM_E_IO when mapped bytes went away while they were hashed. */
int feed_check(struct feed *f, struct shvm_err *err);

#endif
