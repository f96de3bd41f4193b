/* SPDX-License-Identifier: MIT */
/* The row of raw disks: files and devices whose bytes are those of the disk. */
#include "disk/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Image formats that are not read, and are not raw bytes by mistake either. */
static const struct {
	const char *magic;
	size_t len;
	const char *name;
} foreign[] = {
	{ "QFI\xfb", 4, "qcow2" },
	{ "KDMV", 4, "VMDK" },
	{ "# Disk Descriptor", 17, "VMDK" },
};

/* Raw is the guess of last resort: refuse what is plainly something else. */
static int check_foreign(struct source *file, const char *path,
			 struct shvm_err *err)
{
	uint8_t start[512];
	int r;

	if (file->size < sizeof(start))
		return SHVM_OK;
	r = source_read(file, 0, start, sizeof(start), err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		if (memcmp(start, foreign[i].magic, foreign[i].len) != 0)
			continue;
		return err_reason(err, SHVM_E_UNSUPPORTED, "foreign-format",
				  "%s: this is a %s image, which is not "
				  "supported; convert it to VHDX",
				  path, foreign[i].name);
	}
	return SHVM_OK;
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

/* Its size and the time of the last change, alike on all machines. */
static int raw_identity(struct source *disk, char ret[SHVM_IDENTITY_MAX],
			struct shvm_err *err)
{
	struct timespec t;
	int r = source_write_time(disk, &t, err);

	if (r < 0)
		return r;
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
