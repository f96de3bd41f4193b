/* SPDX-License-Identifier: MIT */
/* Public API of <shvm/digest.h>: the digest of a volume. */
#include "hash/volume_digest.h"

#include "disk/disk.h"
#include "hash/sigbus.h"
#include "hash/treefile.h"

#include <assert.h>
#include <string.h>

static_assert((int)SHVM_HASH_SHA256 == (int)HASH_SHA256 &&
		      (int)SHVM_HASH_SHA512 == (int)HASH_SHA512 &&
		      (int)SHVM_HASH_SIZE_MAX == (int)HASH_SIZE_MAX,
	      "the public numbers are the internal ones");
static_assert((int)SHVM_IO_AUTO == (int)LEAF_READER_AUTO &&
		      (int)SHVM_IO_READ == (int)LEAF_READER_READ &&
		      (int)SHVM_IO_DIRECT == (int)LEAF_READER_DIRECT &&
		      (int)SHVM_IO_MMAP == (int)LEAF_READER_MMAP,
	      "and so are these");

struct digest_params digest_params_of(const struct shvm_digest_params *params)
{
	if (!params)
		return (struct digest_params){ 0 };
	return (struct digest_params){
		.algorithm = (enum hash_algorithm)params->algorithm,
		.block_size = params->block_size,
		.jobs = params->jobs,
		.kernel = params->kernel,
		.way = (enum leaf_reader_way)params->io,
		.progress = params->progress,
		.progress_ctx = params->progress_ctx,
		.tree_file = params->tree_file,
		.tree_replace = params->tree_replace,
	};
}

struct shvm_io_bytes io_bytes_public(const struct leaf_reader_bytes *b)
{
	return (struct shvm_io_bytes){ .read = b->read,
				       .direct = b->direct,
				       .io_uring = b->ring,
				       .mapped = b->mapped };
}

struct shvm_digest digest_public(const struct digest *d)
{
	struct shvm_digest p = {
		.algorithm = (enum shvm_hash)d->tree.algorithm,
		.block_size = d->tree.block_size,
		.hash_size = d->tree.hash_size,
		.size = d->tree.data_size,
		.bytes_hashed = d->bytes_hashed,
		.bytes_skipped = d->bytes_skipped,
		.kernel = d->kernel,
		.jobs = d->jobs,
		.seconds = d->seconds,
		.io = io_bytes_public(&d->bytes),
	};

	memcpy(p.root, d->root, d->tree.hash_size);
	memcpy(p.digest, d->digest, d->tree.hash_size);
	return p;
}

const char *shvm_hash_name(enum shvm_hash algorithm)
{
	return hash_name((enum hash_algorithm)algorithm);
}

int shvm_mapping_guard(struct shvm_err *err)
{
	return sigbus_install(err);
}

int shvm_disk_digest(struct shvm_disk *disk, struct shvm_span volume,
		     const struct shvm_digest_params *params,
		     struct shvm_digest *ret, struct shvm_err *err)
{
	struct digest_params run = digest_params_of(params);
	AUTO(source_ptr) window = NULL;
	struct digest d;
	int r;

	run.tree_mode = shvm_disk_info(disk)->copy_mode;
	if (run.tree_file) {
		r = shvm_disk_check_output(disk, run.tree_file, err);
		if (r < 0)
			return r;
	}
	r = source_window(disk_source(disk), volume.offset, volume.size,
			  &window, err);
	if (r < 0)
		return r;
	r = treefile_digest(window, &run, &d, err);
	if (r < 0)
		return r;

	*ret = digest_public(&d);
	return SHVM_OK;
}
