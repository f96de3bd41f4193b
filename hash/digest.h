/* SPDX-License-Identifier: MIT */
/*
 * The digest of a source: kernels in a pool of threads hash the leaves, whose
 * hashes are combined in order.
 */
#ifndef HASH_DIGEST_H
#define HASH_DIGEST_H

#include "hash/leaf_reader.h"
#include "hash/segments.h"
#include "hash/treehash.h"
#include "source/source.h"

#include <shvm/digest.h>

/* For writing and comparing trees, and for tests; start as { 0 }. */
struct digest_hooks {
	tree_store_fn store;
	void *store_ctx;
	bool all; /* the store also gets the hashes of holes, one by one */
	const struct kernel *untested; /* this one, without its test */
};

/* NULL becomes the defaults; reserved members are checked. */
int digest_params_check(const struct shvm_digest_params **params,
			struct shvm_err *err);

/* The tree for this many bytes with the params. */
int digest_tree(const struct shvm_digest_params *params, uint64_t size,
		struct tree *ret, struct shvm_err *err);

/* hooks may be NULL. */
int digest_run(struct source *s, const struct shvm_digest_params *params,
	       const struct digest_hooks *hooks, struct shvm_digest *ret,
	       struct shvm_err *err);

/* The digest of this many zeros, computed without hashing each byte. */
int digest_zeros(const struct shvm_digest_params *params, uint64_t size,
		 struct shvm_digest *ret, struct shvm_err *err);

/* The digest of a finished tree; the statistics of the run are set already. */
int digest_finish(const struct treehash *t, struct shvm_digest *d,
		  struct shvm_err *err);

/* Statistics of a run over some segments of a volume. */
struct digest_work {
	uint64_t bytes_hashed;
	struct shvm_io_bytes io;
	const char *kernel;
	unsigned int jobs;
	double seconds;
};

/*
 * Hash the segments of a range. t was created for their leaves and is finished
 * afterwards: it contains the resulting hashes.
 */
int digest_segments(const struct shvm_digest_params *params,
		    const struct digest_hooks *hooks,
		    const struct segments *segments, const struct range *range,
		    struct treehash *t, struct digest_work *ret,
		    struct shvm_err *err);

#endif
