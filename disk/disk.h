/* SPDX-License-Identifier: MIT */
/*
 * What the layers above may use of an open disk, in addition to <shvm/disk.h>.
 */
#ifndef DISK_DISK_H
#define DISK_DISK_H

#include "base/buf.h"
#include "disk/gpt.h"
#include "source/source.h"

#include <shvm/digest.h>
#include <shvm/disk.h>

/* The names of these enums, which the formats also have, in their order. */
extern const char *const role_words[SHVM_ROLE_DATA + 1];
extern const char *const disk_type_words[SHVM_DISK_LINUX + 1];
extern const char *const coverage_words[SHVM_COVERAGE_OS + 1];

/* The whole virtual disk; belongs to the disk. */
struct source *disk_source(struct shvm_disk *disk);
/* The name under which it was opened; belongs to the disk. */
const char *disk_path(const struct shvm_disk *disk);
/* How it was opened, without outputs; belongs to the disk. */
const struct shvm_disk_params *disk_how(const struct shvm_disk *disk);

/* The partition table; empty without a GPT. Belongs to the disk. */
const struct gpt *disk_gpt(const struct shvm_disk *disk);

/*
 * shvm_disk_open() on any source of bytes, which then belongs to the disk, also
 * on failure. path names it in texts and is where the search for an image's
 * parents starts.
 */
int disk_open_on(struct source *file, const char *path,
		 const struct shvm_disk_params *params, struct shvm_disk **ret,
		 struct shvm_err *err);

/* What identifies the disk and its contents, for `disk digest --plan`. */
int disk_identity(struct shvm_disk *disk, char ret[SHVM_IDENTITY_MAX],
		  struct shvm_err *err);

/* Does the disk's format have user metadata items? */
bool disk_has_items(const struct shvm_disk *disk);

/* The data of an item, appended to ret; *found false when there is none. */
int disk_user_item(struct shvm_disk *disk, const struct shvm_guid *id,
		   struct buf *ret, bool *found, struct shvm_err *err);

/*
 * Bytes of a range that other readers of the image may see differently, and
 * where the first of them is.
 */
int disk_undefined(struct shvm_disk *disk, uint64_t at, uint64_t len,
		   uint64_t *ret_at, uint64_t *ret_bytes, struct shvm_err *err);

/*
 * Is there room for an item of len bytes? If not, SHVM_E_UNSUPPORTED with the
 * reason in the text.
 */
int disk_check_room(struct shvm_disk *disk, const struct shvm_guid *id,
		    size_t len, struct shvm_err *err);

#endif
