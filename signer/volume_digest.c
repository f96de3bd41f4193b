/* SPDX-License-Identifier: MIT */
/* Public API of <shvm/digest.h>. */
#include "signer/digest.h"
#include "vhdx/disk.h"

#include <assert.h>
#include <shvm/digest.h>
#include <string.h>

static_assert((int)SHVM_HASH_SHA256 == (int)HASH_SHA256 &&
		      (int)SHVM_HASH_SHA512 == (int)HASH_SHA512,
	      "the public numbers are the internal ones");
static_assert((int)SHVM_HASH_SIZE_MAX == (int)HASH_SIZE_MAX, "sizes");

const char *shvm_hash_name(enum shvm_hash algorithm)
{
	return hash_name((enum hash_algorithm)algorithm);
}

int shvm_disk_digest(struct shvm_disk *disk, uint64_t offset, uint64_t size,
		     const struct shvm_digest_params *params,
		     struct shvm_digest *ret, struct shvm_err *err)
{
	static const struct shvm_digest_params defaults;
	const struct shvm_digest_params *p = params ? params : &defaults;
	const struct digest_params run = {
		.algorithm = (enum hash_algorithm)p->algorithm,
		.block_size = p->block_size,
		.jobs = p->jobs,
		.kernel = p->kernel,
		.progress = p->progress,
		.progress_ctx = p->progress_ctx,
	};
	AUTO(source_ptr) window = NULL;
	struct digest d;
	int r;

	r = source_window(disk_source(disk), offset, size, &window, err);
	if (r < 0)
		return r;
	r = digest_run(window, &run, &d, err);
	if (r < 0)
		return r;

	*ret = (struct shvm_digest){
		.algorithm = p->algorithm,
		.block_size = d.tree.block_size,
		.hash_size = d.tree.hash_size,
		.size = d.tree.data_size,
		.bytes_hashed = d.bytes_hashed,
		.bytes_skipped = d.bytes_skipped,
		.kernel = d.kernel,
		.jobs = d.jobs,
		.seconds = d.seconds,
	};
	memcpy(ret->root, d.root, d.tree.hash_size);
	memcpy(ret->digest, d.digest, d.tree.hash_size);
	return SHVM_OK;
}
