/* SPDX-License-Identifier: MIT */
/* A source made of runs in a table, and the slow way to its digest. */
#ifndef TESTS_SUPPORT_SPARSE_H
#define TESTS_SUPPORT_SPARSE_H

#include "hash/tree.h"
#include "source/source.h"

#include <stdatomic.h>

/* One run: data are pseudo-random from the seed, 0 gives written zeros. */
struct sparse_run {
	uint64_t len;
	enum shvm_extent_state state;
	unsigned int seed;
};

struct sparse {
	struct source source;
	const struct sparse_run *runs;
	size_t count;
	uint64_t fail_from; /* reads that reach this byte fail */
	bool changed;	    /* what check_unchanged says */
	int fd;		    /* of data extents, which lie at fd_skew + at */
	uint64_t fd_skew;
	atomic_uint_fast64_t read_bytes, hole_bytes_read;
};

void sparse_init(struct sparse *s, const struct sparse_run *runs, size_t count);

/* All bytes, from malloc(). */
uint8_t *sparse_bytes(struct sparse *s);

/* Root and descriptor digest, level by level with OpenSSL over whole buffers. */
void slow_digest(const uint8_t *data, uint64_t size, uint32_t block,
		 enum shvm_hash algorithm, uint8_t *root, uint8_t *digest);

#endif
