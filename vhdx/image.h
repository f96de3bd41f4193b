/* SPDX-License-Identifier: MIT */
/*
 * VHDX images as a source: opens an image, checks everything first, keeps the
 * result unchanged, then serves reads and extents. Never writes.
 */
#ifndef VHDX_IMAGE_H
#define VHDX_IMAGE_H

#include "base/buf.h"
#include "base/checks.h"
#include "source/source.h"

#include <shvm/disk.h>

/* Start as { 0 }. */
struct image_params {
	const char *parent;    /* this file is the parent; NULL: the locator */
	bool no_parent_lookup; /* do not follow a locator */
	bool parent_anywhere;  /* also follow it outside the child's folder */
	bool no_replay;	       /* refuse a dirty log instead of replaying */
};

/* The properties of the image; native values. */
struct image_info {
	const char *variant;   /* dynamic, fixed or differencing */
	uint64_t virtual_size; /* bytes */
	uint32_t block_size;   /* bytes */
	uint32_t logical_sector_size, physical_sector_size;
	bool log_replayed; /* the log was dirty; it is replayed in an overlay */
	struct shvm_guid disk_id, data_write_guid, file_write_guid;
	char creator[1024]; /* UTF-8, for display only */
	char *parent_path;  /* NULL without one */
};

/*
 * Open a source of bytes as a VHDX. It then belongs to the image, also on
 * failure. path names it in error texts and is where the search for the parent
 * starts. A refusal has a stable reason ("BAT_EOF", ...), see
 * docs/FORMAT-VHDX.md. SHVM_E_UNSUPPORTED with reason "NOT_VHDX" when the file
 * does not begin with the VHDX signature.
 */
int image_open_on(struct source *file, const char *path,
		  const struct image_params *params, struct source **ret,
		  struct shvm_err *err);

/* For a source that image_open_on() returned; lives as long as the source. */
const struct image_info *image_info(const struct source *s);
/* Warnings that came up while opening. */
const struct checks *image_checks(const struct source *s);

/*
 * Append the data of the user metadata item with this id to ret; *found: there
 * is one. Reads through the log overlay.
 */
int image_user_item(struct source *s, const struct shvm_guid *id,
		    struct buf *ret, bool *found, struct shvm_err *err);

/*
 * Bytes of [at, at + len) in blocks of state UNDEFINED for which the file has
 * stored bytes, and where the first of them is. We read zeros there; the
 * specification also allows the stored bytes.
 */
int image_undefined(const struct source *s, uint64_t at, uint64_t len,
		    uint64_t *ret_at, uint64_t *ret_bytes,
		    struct shvm_err *err);

/*
 * Is there room for such an item in the metadata? SHVM_E_UNSUPPORTED, with the
 * reason in the text, if not.
 */
int image_check_room(const struct source *s, const struct shvm_guid *id,
		     size_t len, const char *path, struct shvm_err *err);

#endif
