/* SPDX-License-Identifier: MIT */
/* A hash kernel at work in one thread. */
#ifndef HASH_HASHER_H
#define HASH_HASHER_H

#include "hash/kernels.h"

/* A kernel and its context for one thread. Start as { 0 }. */
struct hasher {
	const struct kernel *kernel;
	void *ctx;
};
int hasher_init(struct hasher *h, const struct kernel *kernel,
		struct shvm_err *err);
void hasher_done(struct hasher *h);

/* The hash of one block; len as for hash above. */
int hasher_one(struct hasher *h, const void *data, size_t len, uint8_t *out,
	       struct shvm_err *err);

#endif
