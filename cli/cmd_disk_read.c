/* SPDX-License-Identifier: MIT */
/* disk read: bytes of a disk to standard output or into a sparse file. */
#include "cli/cmd_disk.h"

#include "base/file.h"
#include "cli/result.h"
#include "cli/signals.h"

#include <errno.h>
#include <unistd.h>

enum {
	CHUNK = 1 << 20
}; /* bytes per read */

#define ARGS struct disk_read_args
const struct cli_opt disk_read_opts[] = {
	DISK_OPEN_OPTS(disk),
	DISK_PARTITION_OPT(
		disk,
		"number of the partition to read instead of the whole disk"),
	OPT(offset, CLI_SIZE,
	    .help = "offset of the first byte, from the start of the disk or partition"),
	OPT(length, CLI_SIZE,
	    .help = "number of bytes (default and 0: all up to the end)"),
	OPT(out, CLI_OUT, .meta = "FILE",
	    .help = "sparse output file to write instead of standard output",
	    .more = "The file appears complete or not at all."),
	OPT_END,
};
#undef ARGS

struct reading {
	struct shvm_disk *disk;
	struct out *out;
	uint64_t at, size; /* bytes of the disk */
	const char *path;  /* NULL: standard output */
	uint8_t *chunk;
	const uint8_t *zeros; /* CHUNK of them */
	uint64_t stored;      /* bytes that were not left as holes */
};

static int write_all(int fd, const uint8_t *data, size_t len,
		     struct shvm_err *err)
{
	while (len > 0) {
		const ssize_t n = write(fd, data, len);

		/* A signal can also truncate a write. */
		if (signals_caught())
			return err_set(err, SHVM_E_CANCELLED, "interrupted");
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_errno(err, "standard output");
		data += n;
		len -= (size_t)n;
	}
	return SHVM_OK;
}

/* Copy a run that begins at place `from` of the range; file says where to. */
static int copy_run(struct reading *r, const struct shvm_extent *run,
		    uint64_t from, int fd, struct shvm_err *err)
{
	const bool is_data = run->state == SHVM_EXTENT_DATA;
	const uint8_t *bytes = is_data ? r->chunk : r->zeros;
	uint64_t len = run->size;

	while (len > 0) {
		const size_t n = len < CHUNK ? (size_t)len : CHUNK;

		if (is_data)
			TRY(shvm_disk_read(r->disk, r->at + from, r->chunk, n,
					   err));
		TRY(r->path ? file_pwrite(fd, r->path, bytes, n, from, err)
			    : write_all(fd, bytes, n, err));
		from += n;
		len -= n;
		r->stored += n;
		if (out_progress(r->out, from, r->size))
			return err_set(err, SHVM_E_CANCELLED, "interrupted");
	}
	return SHVM_OK;
}

/* file_fill_fn; also used for standard output. */
static int reading_fill(void *ctx, int fd, struct shvm_err *err)
{
	struct reading *r = ctx;
	struct shvm_extent run;

	for (uint64_t done = 0; done < r->size; done += run.size) {
		TRY(shvm_disk_extent(r->disk, r->at + done, r->size - done,
				     &run, err));
		if (r->path && run.state != SHVM_EXTENT_DATA)
			continue; /* stays a hole */
		TRY(copy_run(r, &run, done, fd, err));
	}
	if (r->path && ftruncate(fd, (off_t)r->size) < 0)
		return err_set_errno(err, "%s: size", r->path);
	return SHVM_OK;
}

static int range_narrow(const struct disk_read_args *a, uint64_t *at,
			uint64_t *size, struct shvm_err *err)
{
	if (a->offset > *size || a->length > *size - a->offset)
		return err_set(
			err, SHVM_E_ARG,
			"cannot read %ju bytes at offset %ju: the size is %ju bytes",
			(uintmax_t)a->length, (uintmax_t)a->offset,
			(uintmax_t)*size);
	*at += a->offset;
	*size = a->length ? a->length : *size - a->offset;
	return SHVM_OK;
}

static int reading_run(struct reading *r, struct out *out, struct shvm_err *err)
{
	AUTOFREE uint8_t *chunk = malloc(CHUNK);
	AUTOFREE uint8_t *zeros = calloc(1, CHUNK);

	TRY(err_null(err, chunk && zeros ? chunk : NULL, "buffer"));
	r->chunk = chunk;
	r->zeros = zeros;
	if (!r->path)
		return reading_fill(r, STDOUT_FILENO, err);

	TRY(file_fill_atomic(r->path, reading_fill, r,
			     shvm_disk_info(r->disk)->copy_mode,
			     out->common.force, err));
	return out_json(out,
			OBJECT(M("out", r->path), M("offset", r->at),
			       M("size", r->size),
			       M("bytes_stored", r->stored)),
			err);
}

int disk_read_run(const void *args, char *const *operands, struct out *out,
		  struct shvm_err *err)
{
	const struct disk_read_args *a = args;
	struct reading reading = { .out = out, .path = a->out };
	struct disk_args how = a->disk;
	AUTO(disk_ptr) disk = NULL;

	if (!a->out && out_is_json(out))
		return err_set(err, SHVM_E_ARG, "--json requires --out");
	if (!a->out && isatty(STDOUT_FILENO))
		return err_set(
			err, SHVM_E_ARG,
			"refusing to write bytes of a disk to a terminal: use --out or a pipe");
	how.partition = 0; /* any partition is allowed here */
	TRY(disk_open(operands[0], &how, &disk, err));
	reading.disk = disk;
	if (a->out)
		TRY(shvm_disk_check_output(disk, a->out, err));
	TRY(disk_range(disk, a->disk.partition, &reading.at, &reading.size,
		       err));
	TRY(range_narrow(a, &reading.at, &reading.size, err));
	return reading_run(&reading, out, err);
}
