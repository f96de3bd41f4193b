/* SPDX-License-Identifier: MIT */
/*
 * Image formats: one row each. All differences between them are here; no code
 * outside of this table depends on the format of a disk. A new format is one
 * file with its row, and the row's name in format.c.
 */
#ifndef DISK_FORMAT_H
#define DISK_FORMAT_H

#include "base/buf.h"
#include "base/checks.h"
#include "source/source.h"

#include <shvm/digest.h>
#include <shvm/disk.h>

/* An open image: the virtual disk, and the format's data about it. */
struct disk_opened {
	struct source *source;
	struct checks checks; /* warnings and notes about the image */
	struct shvm_disk_info info;
};

struct disk_format {
	const char *name; /* as in shvm_disk_info.format */
	/* File name extensions that imply this format, ended by NULL. */
	const char *endings[3];
	/*
	 * Do the bytes identify this format? NULL: used if no other format
	 * matches.
	 */
	int (*probe)(struct source *file, bool *ret, struct shvm_err *err);
	/*
	 * Open and check it; ret starts zeroed and is released by the caller in
	 * any case. file then belongs to the image, also on failure.
	 */
	int (*open)(struct source *file, const char *path,
		    const struct shvm_disk_params *params,
		    struct disk_opened *ret, struct shvm_err *err);
	/* What identifies this disk and its contents. */
	int (*identity)(struct source *disk, char ret[SHVM_IDENTITY_MAX],
			struct shvm_err *err);
	/* Append the item with this id; NULL: the format has no items. */
	int (*user_item)(struct source *disk, const struct shvm_guid *id,
			 struct buf *ret, bool *found, struct shvm_err *err);
	/* Is there room for such an item? Set if user_item is set. */
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
	 * Note every broken rule of the format; file as in open. Fills ret
	 * except for the findings and their numbers. NULL: it has no rules.
	 */
	int (*check)(struct source *file, const char *path,
		     const struct shvm_disk_params *params,
		     struct checks *found, struct shvm_disk_check *ret,
		     struct shvm_err *err);
};

/*
 * The format of a file: by its bytes, else by its name (opening then reports
 * what is missing), else raw. If the bytes match two formats: refused with
 * reason "ambiguous-format".
 */
int disk_format_find(struct source *file, const char *path,
		     const struct shvm_disk_params *params,
		     const struct disk_format **ret, struct shvm_err *err);

/* Do the bytes identify a disk image, of any format? */
int disk_format_is_image(struct source *file, bool *ret, struct shvm_err *err);

#endif
