/* SPDX-License-Identifier: MIT */
/* The digest of a source: leaves to kernels on the pool, combined in order. */
#ifndef HASH_DIGEST_H
#define HASH_DIGEST_H

#include "hash/leaf_reader.h"
#include "hash/segments.h"
#include "hash/treehash.h"
#include "source/source.h"

#include <shvm/digest.h>

/* Start as { 0 } and set what has no default. */
struct digest_params {
	enum hash_algorithm algorithm; /* default SHA-256 */
	uint32_t block_size;	       /* bytes; 0: 4096 */
	unsigned int jobs;	       /* threads; 0: one a CPU */
	const char *kernel;	       /* NULL: the fastest here */
	const struct kernel *untested; /* tests: this one, without its test */
	enum leaf_reader_way way;      /* default: what suits the cache */
	shvm_progress_fn progress;
	void *progress_ctx;
	uint64_t progress_done, progress_total; /* when part of a larger work */
	tree_store_fn store; /* NULL: nobody needs the hashes of the tree */
	void *store_ctx;
	/* For treefile_digest(): write the tree here; NULL: nowhere. */
	const char *tree_file;
	bool tree_replace;		   /* also when there is such a file */
	mode_t tree_mode;		   /* of tree_file; 0: 0666 */
	struct file_pending *tree_pending; /* there it waits for its name;
					      NULL: it has it at once */
};

struct digest {
	struct tree tree;
	uint8_t root[HASH_SIZE_MAX];
	uint8_t digest[HASH_SIZE_MAX]; /* of the descriptor: what is signed */
	uint64_t bytes_hashed, bytes_skipped;
	struct leaf_reader_bytes bytes;
	const char *kernel; /* the one that ran */
	unsigned int jobs;
	double seconds;
};

int digest_run(struct source *s, const struct digest_params *params,
	       struct digest *ret, struct shvm_err *err);

/* What a run over some segments of a volume did. */
struct digest_work {
	uint64_t bytes_hashed;
	struct leaf_reader_bytes bytes;
	const char *kernel;
	unsigned int jobs;
	double seconds;
};

/*
 * Hash the segments of a range. t was made for their leaves and is finished
 * afterwards: it holds the hashes that came out.
 */
int digest_segments(struct source *s, const struct digest_params *params,
		    const struct segments *segments, const struct range *range,
		    struct treehash *t, struct digest_work *ret,
		    struct shvm_err *err);

#endif
