/* SPDX-License-Identifier: MIT */
/*
 * Image formats: one row each. What is different between them is here; nothing
 * outside this table asks which one a disk has. A new format is one file with
 * its row, and the row's name in format.c.
 */
#ifndef DISK_FORMAT_H
#define DISK_FORMAT_H

#include "base/buf.h"
#include "base/checks.h"
#include "source/source.h"

#include <shvm/digest.h>
#include <shvm/disk.h>

/* An open image: the virtual disk, and what the format knows about it. */
struct disk_opened {
	struct source *source;
	struct checks checks; /* warnings and notes about the image */
	struct shvm_disk_info info;
};

struct disk_format {
	const char *name; /* as in shvm_disk_info.format */
	/* Endings of file names that promise this format, ended by NULL. */
	const char *endings[3];
	/* Do the bytes claim to be this format? NULL: what no other claims. */
	int (*probe)(struct source *file, bool *ret, struct shvm_err *err);
	/*
	 * Open and check it; ret starts zeroed and is released by the caller in
	 * any case. file belongs to the image then, also when this fails.
	 */
	int (*open)(struct source *file, const char *path,
		    const struct shvm_disk_params *params,
		    struct disk_opened *ret, struct shvm_err *err);
	/* What tells this disk and its contents from all others. */
	int (*identity)(struct source *disk, char ret[SHVM_IDENTITY_MAX],
			struct shvm_err *err);
	/* The item of this id, appended; NULL: it has no place for items. */
	int (*user_item)(struct source *disk, const struct shvm_guid *id,
			 struct buf *ret, bool *found, struct shvm_err *err);
	/* Is there room for such an item? Together with user_item. */
	int (*check_room)(const struct source *disk, const struct shvm_guid *id,
			  size_t len, const char *path, struct shvm_err *err);
	/*
	 * Bytes of a range that other readers may see differently, and where
	 * the first is. NULL: there are none.
	 */
	int (*undefined)(const struct source *disk, uint64_t at, uint64_t len,
			 uint64_t *ret_at, uint64_t *ret_bytes,
			 struct shvm_err *err);
	/*
	 * Note every broken rule of the format; file as in open. Of ret all but
	 * findings and their numbers. NULL: it has no rules.
	 */
	int (*check)(struct source *file, const char *path,
		     const struct shvm_disk_params *params,
		     struct checks *found, struct shvm_disk_check *ret,
		     struct shvm_err *err);
};

/*
 * The format of a file: what its bytes claim, else what its name promises
 * (opening then says what is missing), else raw. Two claims are refused with
 * reason "ambiguous-format".
 */
int disk_format_find(struct source *file, const char *path,
		     const struct shvm_disk_params *params,
		     const struct disk_format **ret, struct shvm_err *err);

/* Do the bytes claim to be a disk image, of whatever format? */
int disk_format_is_image(struct source *file, bool *ret, struct shvm_err *err);

#endif
