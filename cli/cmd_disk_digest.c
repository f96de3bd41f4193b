/* SPDX-License-Identifier: MIT */
/* disk digest: the digest of a volume, a partition or a whole disk. */
#include "base/encode.h"
#include "cli/cmd_disk.h"

#include "base/buf.h"
#include "base/version.h"
#include "cli/digest_part.h"
#include "cli/result.h"
#include "cli/size.h"

#include <shvm/digest.h>
#include <string.h>

#define ARGS struct disk_digest_args
const struct cli_opt disk_digest_opts[] = {
	DISK_OPEN_OPTS(disk),
	DISK_PARTITION_OPT(
		disk,
		"number of the partition to hash instead of the OS volume"),
	OPT(whole, CLI_FLAG,
	    .help = "hash the whole disk instead of the OS volume"),
	HASH_ALGORITHM_OPT(algorithm),
	HASH_BLOCK_SIZE_OPT(block_size),
	HASH_KERNEL_OPT(kernel),
	OPT(mmap, CLI_FLAG,
	    .help = "read through mmap instead of pread; the disk must not be written to",
	    .more = "Concurrent writes of another program may be seen in part. If the file is truncated meanwhile, the command fails."),
	OPT(tree_out, CLI_OUT,
	    .help = "output file for the hash tree, in the format of veritysetup",
	    .more = "The tree includes holes; with blocks of 4K its size is 0.8 % of the volume (FORMAT-DIGEST.md)."),
	OPT(plan, CLI_UINT, .min = 1, .max = SHVM_RANGES_MAX,
	    .help = "number of ranges to divide the volume into; print them and hash nothing",
	    .more = "One range per computer, each with an equal share of the stored bytes. The ranges are printed with the identity of the disk. Only the headers, the block table, the GPT and the first 256 KiB of each partition are read; the latter identify the OS volume."),
	OPT(range, CLI_TEXT, .meta = "I/N",
	    .help = "range to hash: range I of N, written as a part to --out",
	    .more = "The ranges are those that --plan N prints; I starts at 1. Hashing a range again gives the same file, on any computer."),
	OPT(out, CLI_OUT, .meta = "FILE",
	    .help = "output file for the part of --range",
	    .more = "A JSON file (FORMAT-DIGEST.md)."),
	OPT(merge, CLI_FLAG,
	    .help = "compute the digest from all PARTs of a disk",
	    .more = "The parts may be given in any order. Parts of different disks, volumes or parameters, gaps and overlaps are refused. The computers that created the parts are trusted."),
	OPT_END,
};
#undef ARGS

AUTO_DEFINE(part_owned, struct shvm_digest_part *, shvm_digest_part_free);

/* The OS volume, when neither --whole nor --partition says otherwise. */
static int digest_range(struct shvm_disk *disk,
			const struct disk_digest_args *a, uint64_t *ret_at,
			uint64_t *ret_size, struct shvm_err *err)
{
	struct shvm_volume volumes[2];
	size_t count;

	if (a->whole && a->disk.partition)
		return err_set(
			err, SHVM_E_ARG,
			"--whole and --partition cannot be used together");
	if (a->whole || a->disk.partition)
		return disk_range(disk, a->disk.partition, ret_at, ret_size,
				  err);
	TRY(shvm_disk_volumes(disk, SHVM_DISK_WINDOWS, volumes, &count, err));
	*ret_at = volumes[0].offset;
	*ret_size = volumes[0].size;
	return SHVM_OK;
}

static json_t *io_json(const struct shvm_io_bytes *io)
{
	return OBJECT(M("read", io->read), M("direct", io->direct),
		      M("io_uring", io->io_uring), M("mmap", io->mapped));
}

/* "1.0 GiB by io_uring, 3.0 MiB by pread"; zeros are left out. */
static void io_put(struct out *out, const struct shvm_io_bytes *io)
{
	const struct {
		const char *name;
		uint64_t bytes;
	} ways[] = {
		{ "io_uring and O_DIRECT", io->io_uring },
		{ "pread and O_DIRECT", io->direct },
		{ "pread", io->read },
		{ "mmap", io->mapped },
	};
	char text[256] = "";

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		const size_t len = strlen(text);
		char size[32];

		if (ways[i].bytes)
			(void)snprintf(text + len, sizeof(text) - len,
				       "%s%s by %s", len ? ", " : "",
				       size_format(ways[i].bytes, size),
				       ways[i].name);
	}
	out_field(out, "read", "%s", *text ? text : "nothing");
}

static const struct row digest_rows[] = {
	FIELD("digest", "{digest}"),
	FIELD("root", "{root}"),
	FIELD("algorithm", "{algorithm}"),
	FIELD("block size", "{block_size}"),
	FIELD("size", "{size}"),
	FIELD("hashed", "{bytes_hashed:size}"),
	FIELD("skipped", "{bytes_skipped:size}"),
	{ 0 },
};

static int digest_put(struct out *out, const struct shvm_digest *d,
		      struct shvm_err *err)
{
	TRY(result_put(out, digest_rows,
		       OBJECT(M("algorithm", shvm_hash_name(d->algorithm)),
			      M("block_size", d->block_size),
			      M("size", d->size),
			      M("root", result_hex(d->root, d->hash_size)),
			      M("digest", result_hex(d->digest, d->hash_size)),
			      M("bytes_hashed", d->bytes_hashed),
			      M("bytes_skipped", d->bytes_skipped),
			      M("kernel", d->kernel), M("jobs", d->jobs),
			      M("seconds", json_real(d->seconds)),
			      M("io", io_json(&d->io))),
		       err));
	if (d->jobs) { /* else merged from parts of other computers */
		io_put(out, &d->io);
		out_field(out, "speed", "%.1f s with %u jobs, kernel %s",
			  d->seconds, d->jobs, d->kernel);
	}
	return SHVM_OK;
}

static int plan_put(struct out *out, const struct shvm_digest_range *ranges,
		    uint32_t n, const char *identity, struct shvm_err *err)
{
	json_t *list = json_array();

	out_field(out, "disk", "%s", identity);
	out_text(out, "%6s %16s %16s %16s", "range", "offset", "size", "data");
	for (uint32_t i = 0; i < n; i++) {
		const struct shvm_digest_range *r = &ranges[i];

		out_text(out, "%6u %16ju %16ju %16ju", i + 1,
			 (uintmax_t)r->offset, (uintmax_t)r->size,
			 (uintmax_t)r->data);
		out_list_add(&list,
			     OBJECT(M("range", i + 1), M("offset", r->offset),
				    M("size", r->size), M("data", r->data)));
	}
	return out_json(out, OBJECT(M("identity", identity), M("ranges", list)),
			err);
}

static int plan_run(struct shvm_disk *disk, struct shvm_span volume,
		    const struct shvm_digest_params *params, uint32_t n,
		    struct out *out, struct shvm_err *err)
{
	AUTOFREE struct shvm_digest_range *ranges = calloc(n, sizeof(*ranges));
	char identity[SHVM_IDENTITY_MAX];

	TRY(err_null(err, ranges, "ranges"));
	TRY(shvm_disk_digest_plan(disk, volume, params, n, ranges, identity,
				  err));
	return plan_put(out, ranges, n, identity, err);
}

/* "I/N", I from 1 to N. */
static int range_parse(const char *text, uint32_t *ret_i, uint32_t *ret_n,
		       struct shvm_err *err)
{
	const char *slash = strchr(text, '/');
	char first[16];
	uint64_t i, n;

	if (!slash || (size_t)(slash - text) >= sizeof(first))
		return err_set(err, SHVM_E_ARG,
			       "--range must be I/N, for example 1/4");
	memcpy(first, text, (size_t)(slash - text));
	first[slash - text] = '\0';
	if (number_parse(slash + 1, 1, SHVM_RANGES_MAX, &n, err) < 0 ||
	    number_parse(first, 1, n, &i, err) < 0)
		return err_prefix(err, SHVM_E_ARG, "--range %.32s", text);
	*ret_i = (uint32_t)i;
	*ret_n = (uint32_t)n;
	return SHVM_OK;
}

static int range_run(struct shvm_disk *disk, struct shvm_span volume,
		     const struct shvm_digest_params *params,
		     const struct disk_digest_args *a, struct out *out,
		     struct shvm_err *err)
{
	AUTO(part_owned) part = NULL;
	AUTO(json_ptr) json = NULL;
	AUTOFREE char *text = NULL;
	uint32_t i = 0, n = 0;

	TRY(range_parse(a->range, &i, &n, err));
	/* Check this first: hashing may take an hour. */
	TRY(out_check(out, a->out, err));
	TRY(shvm_disk_check_output(disk, a->out, err));
	TRY(shvm_disk_digest_part(disk, volume, params, i - 1, n, &part, err));
	json = digest_part_encode(part);
	text = json ? json_dumps(json, JSON_INDENT(1)) : NULL;
	TRY(err_null(err, text, "json of the part"));
	TRY(out_file(out, a->out, text, strlen(text),
		     shvm_disk_info(disk)->copy_mode, err));
	out_field(out, "part", "%s", a->out);
	return out_json(out,
			OBJECT(M("part", a->out), M("range", i), M("ranges", n),
			       M("bytes_hashed", part->bytes_hashed),
			       M("kernel", part->kernel), M("jobs", part->jobs),
			       M("seconds", json_real(part->seconds)),
			       M("io", io_json(&part->io))),
			err);
}

/* Check which options were combined. */
static int check_args(const struct disk_digest_args *a, char *const *operands,
		      struct shvm_err *err)
{
	if ((a->plan != 0) + (a->range != NULL) + a->merge +
		    (a->tree_out != NULL) >
	    1)
		return err_set(
			err, SHVM_E_ARG,
			"--plan, --range, --merge and --tree-out cannot be used together");
	if ((a->range != NULL) != (a->out != NULL))
		return err_set(err, SHVM_E_ARG,
			       "--range and --out must be given together");
	if (!a->merge && operands[1])
		return err_set(
			err, SHVM_E_ARG,
			"unexpected operand %s: give one DISK, or --merge with PARTs",
			operands[1]);
	if (a->merge && (a->disk.partition || a->whole || a->kernel ||
			 a->mmap || a->algorithm || a->block_size))
		return err_set(err, SHVM_E_ARG,
			       "--merge accepts PARTs and no other option");
	return SHVM_OK;
}

static int digest_disk(struct shvm_disk *disk, const struct disk_digest_args *a,
		       const struct shvm_digest_params *params, struct out *out,
		       struct shvm_err *err)
{
	const struct shvm_tree_output tree = { .path = a->tree_out,
					       .replace = out->common.force };
	struct shvm_digest digest;
	struct shvm_span volume;

	TRY(digest_range(disk, a, &volume.offset, &volume.size, err));
	if (a->plan)
		return plan_run(disk, volume, params, a->plan, out, err);
	if (a->range)
		return range_run(disk, volume, params, a, out, err);
	TRY(shvm_disk_digest(disk, volume, params, a->tree_out ? &tree : NULL,
			     &digest, err));
	return digest_put(out, &digest, err);
}

static int merge_run(char *const *operands, struct out *out,
		     struct shvm_err *err)
{
	struct shvm_digest digest;

	TRY(digest_parts_merge_files(operands, &digest, err));
	return digest_put(out, &digest, err);
}

int disk_digest_run(const void *args, char *const *operands, struct out *out,
		    struct shvm_err *err)
{
	const struct disk_digest_args *a = args;
	const struct shvm_digest_params params = {
		.algorithm = a->algorithm && strcmp(a->algorithm, "sha512") == 0
				     ? SHVM_HASH_SHA512
				     : SHVM_HASH_SHA256,
		.block_size = (uint32_t)a->block_size,
		.jobs = out->common.jobs,
		.kernel = a->kernel,
		.io = a->mmap ? SHVM_IO_MMAP : SHVM_IO_AUTO,
		.progress = out_progress,
		.progress_ctx = out,
	};
	struct disk_args how = a->disk;
	AUTO(disk_ptr) disk = NULL;

	TRY(check_args(a, operands, err));
	if (a->merge)
		return merge_run(operands, out, err);
	if (a->mmap)
		TRY(shvm_mapping_guard(err));
	how.partition = 0; /* any partition is allowed here */
	TRY(disk_open(operands[0], &how, &disk, err));
	return digest_disk(disk, a, &params, out, err);
}
