/* SPDX-License-Identifier: MIT */
/* A hash kernel at work in one thread. */
#include "hash/hasher.h"

int hasher_init(struct hasher *h, const struct kernel *kernel,
		struct shvm_err *err)
{
	void *ctx = NULL;

	if (kernel->open)
		TRY(kernel->open(&ctx, err));
	h->kernel = kernel;
	h->ctx = ctx;
	return SHVM_OK;
}

void hasher_done(struct hasher *h)
{
	if (h->kernel && h->kernel->close)
		h->kernel->close(h->ctx);
	*h = (struct hasher){ 0 };
}

int hasher_one(struct hasher *h, const void *data, size_t len, uint8_t *out,
	       struct shvm_err *err)
{
	const uint8_t *p = data;

	return h->kernel->hash(h->ctx, &p, 1, len, out, err);
}
