/* SPDX-License-Identifier: MIT */
/* Lists the hash kernels, tests them against known answers, chooses one. */
#include "signer/kernels.h"

#include "base/auto.h"
#include "signer/sha2.h"

#include <string.h>
#include <time.h>

static const struct kernel *const all[] = {
	&sha256_openssl,
	&sha512_openssl,
	NULL,
};

const struct kernel *const *kernels_all(void)
{
	return all;
}

const struct kernel *kernel_openssl(enum hash_algorithm algorithm)
{
	return algorithm == HASH_SHA512 ? &sha512_openssl : &sha256_openssl;
}

int hasher_init(struct hasher *h, const struct kernel *kernel,
		struct shvm_err *err)
{
	void *ctx = NULL;
	int r;

	if (kernel->open) {
		r = kernel->open(&ctx, err);
		if (r < 0)
			return r;
	}
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
