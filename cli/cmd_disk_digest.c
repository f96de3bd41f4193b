/* SPDX-License-Identifier: MIT */
/* disk digest: the digest of a volume, a partition or a whole disk. */
#include "cli/cmd_disk.h"

#include "base/buf.h"

#include <shvm/digest.h>
#include <string.h>

const struct cli_opt disk_digest_opts[] = {
	DISK_OPEN_OPTS(struct disk_digest_args, disk),
	DISK_PARTITION_OPT(struct disk_digest_args, disk,
			   "this partition in place of the OS volume"),
	{ "whole", CLI_FLAG, offsetof(struct disk_digest_args, whole), false, 0,
	  0, NULL, "the whole disk in place of the OS volume" },
	{ "algorithm", CLI_CHOICE, offsetof(struct disk_digest_args, algorithm),
	  false, 0, 0, "sha256|sha512", "the hash, sha256 by default" },
	{ "block-size", CLI_SIZE, offsetof(struct disk_digest_args, block_size),
	  false, 0, 0, "SIZE", "bytes a leaf, 4K to 1M, 4K by default" },
	{ 0 },
};

/* The OS volume, when neither --whole nor --partition says otherwise. */
static int digest_range(struct shvm_disk *disk,
			const struct disk_digest_args *a, uint64_t *ret_at,
			uint64_t *ret_size, struct shvm_err *err)
{
	struct shvm_volume volumes[2];
	size_t count;
	int r;

	if (a->whole && a->disk.partition)
		return err_set(err, SHVM_E_ARG,
			       "--whole and --partition exclude each other");
	if (a->whole || a->disk.partition)
		return disk_range(disk, a->disk.partition, ret_at, ret_size,
				  err);
	r = shvm_disk_volumes(disk, SHVM_DISK_WINDOWS, volumes, &count, err);
	if (r < 0)
		return r;
	*ret_at = volumes[0].offset;
	*ret_size = volumes[0].size;
	return SHVM_OK;
}

static int digest_put(struct out *out, const struct shvm_digest *d,
		      struct shvm_err *err)
{
	char root[2 * SHVM_HASH_SIZE_MAX + 1];
	char digest[2 * SHVM_HASH_SIZE_MAX + 1];
	char hashed[32], skipped[32];

	hex_format(d->root, d->hash_size, root);
	hex_format(d->digest, d->hash_size, digest);
	out_field(out, "digest", "%s", digest);
	out_field(out, "root", "%s", root);
	out_field(out, "algorithm", "%s", shvm_hash_name(d->algorithm));
	out_field(out, "block size", "%u", d->block_size);
	out_field(out, "size", "%ju", (uintmax_t)d->size);
	out_field(out, "hashed", "%s", out_size(d->bytes_hashed, hashed));
	out_field(out, "skipped", "%s", out_size(d->bytes_skipped, skipped));
	out_field(out, "speed", "%.1f s with %u jobs, kernel %s", d->seconds,
		  d->jobs, d->kernel);
	return out_json(
		out,
		json_pack("{s:s, s:I, s:I, s:s, s:s, s:I, s:I, s:s, s:I, s:f}",
			  "algorithm", shvm_hash_name(d->algorithm),
			  "block_size", (json_int_t)d->block_size, "size",
			  (json_int_t)d->size, "root", root, "digest", digest,
			  "bytes_hashed", (json_int_t)d->bytes_hashed,
			  "bytes_skipped", (json_int_t)d->bytes_skipped,
			  "kernel", d->kernel, "jobs", (json_int_t)d->jobs,
			  "seconds", d->seconds),
		err);
}

int disk_digest_run(const void *args, char *const *operands, struct out *out,
		    struct shvm_err *err)
{
	const struct disk_digest_args *a = args;
	struct shvm_digest_params params = {
		.algorithm = a->algorithm && strcmp(a->algorithm, "sha512") == 0
				     ? SHVM_HASH_SHA512
				     : SHVM_HASH_SHA256,
		.jobs = out->common.jobs,
		.progress = out_progress,
		.progress_ctx = out,
	};
	struct disk_args how = a->disk;
	AUTO(disk_ptr) disk = NULL;
	struct shvm_digest digest;
	uint64_t at, size;
	int r;

	if (a->block_size > UINT32_MAX)
		return err_set(err, SHVM_E_ARG, "block size is too large");
	params.block_size = (uint32_t)a->block_size;
	how.partition = 0; /* any partition will do here */
	r = disk_open(operands[0], &how, &disk, err);
	if (r < 0)
		return r;
	r = digest_range(disk, a, &at, &size, err);
	if (r < 0)
		return r;
	r = shvm_disk_digest(disk, at, size, &params, &digest, err);
	if (r < 0)
		return r;
	return digest_put(out, &digest, err);
}
