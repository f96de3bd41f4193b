/* SPDX-License-Identifier: MIT */
/* The row of raw disks: files and devices whose bytes are those of the disk. */
#include "disk/format.h"
#include "source/foreign.h"

#include <inttypes.h>
#include <stdio.h>

/*
 * Raw is the last resort. Bytes that other programs open as another disk (qemu,
 * or an unpacker of archives) are refused: what we check must be what they run.
 */
static int check_foreign(struct source *file, const char *path,
			 struct shvm_err *err)
{
	const struct foreign *is = NULL;
	int r = foreign_find(file, &is, err);

	if (r < 0 || !is)
		return r;
	return err_reason(err, SHVM_E_UNSUPPORTED, "foreign-format",
			  "%s: this is %s, not a disk: %s, or have it read as "
			  "raw bytes",
			  path, is->name, is->advice);
}

static int raw_open(struct source *file, const char *path,
		    const struct shvm_disk_params *params,
		    struct disk_opened *ret, struct shvm_err *err)
{
	ret->source = file;
	ret->info.variant = "";
	ret->info.creator = "";
	ret->info.logical_sector_size = file->sector_size;
	ret->info.physical_sector_size = file->sector_size;
	return params->raw ? SHVM_OK : check_foreign(file, path, err);
}

/* Its size and the time of the last change, the same on all machines. */
static int raw_identity(struct source *disk, char ret[SHVM_IDENTITY_MAX],
			struct shvm_err *err)
{
	struct timespec t;

	TRY(source_write_time(disk, &t, err));
	(void)snprintf(ret, SHVM_IDENTITY_MAX, "raw:%" PRIu64 ":%jd.%09ld",
		       disk->size, (intmax_t)t.tv_sec, t.tv_nsec);
	return SHVM_OK;
}

const struct disk_format format_raw = {
	.name = "raw",
	.endings = { NULL },
	.open = raw_open,
	.identity = raw_identity,
};
