/* SPDX-License-Identifier: MIT */
/* SHA-256 of two leaves at once with the SHA instructions of x86. */
#include "hash/sha2.h"

#ifdef SHA2_X86

#include "hash/sha256_ni.h"

enum {
	STREAMS = 2
};

static int ni_hash(void *ctx, const uint8_t *const *data, size_t n, size_t len,
		   uint8_t *out, struct shvm_err *err)
{
	(void)ctx;
	(void)err;
	for (; n >= STREAMS; n -= STREAMS, data += STREAMS) {
		hash_streams(STREAMS, data, len, out);
		out += STREAMS * HASH;
	}
	if (n)
		hash_streams(1, data, len, out);
	return SHVM_OK;
}

const struct kernel sha256_ni2 = {
	.name = "sha-ni-2",
	.algorithm = SHVM_HASH_SHA256,
	.lanes = STREAMS,
	.is_usable = ni_is_usable,
	.hash = ni_hash,
};

#endif
