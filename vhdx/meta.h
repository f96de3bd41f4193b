/* SPDX-License-Identifier: MIT */
/* Decodes the metadata table and its items (2.6). */
#ifndef VHDX_META_H
#define VHDX_META_H

#include "vhdx/header.h"

struct meta_item {
	struct shvm_guid id;
	uint32_t offset; /* bytes from the start of the region; 0: empty */
	uint32_t length; /* bytes */
	uint32_t flags;	 /* enum vhdx_item_flags */
};

struct meta_table {
	struct meta_item *items; /* in the table's order */
	size_t count;
};

/* Values of the system items; checked. */
struct meta_params {
	uint64_t disk_size;  /* bytes */
	uint32_t block_size; /* bytes */
	uint32_t logical_sector_size, physical_sector_size;
	bool leave_allocated; /* a fixed disk */
	bool has_parent;
	struct shvm_guid disk_id;
};

/*
 * Decode the 64 KiB table: signature, count, each entry's flags, offset and
 * length within the region of region_len bytes at region_at of the file,
 * duplicates, overlaps, counts, unknown required items.
 */
int meta_table_decode(const uint8_t buf[VHDX_TABLE_SIZE], uint64_t region_at,
		      uint64_t region_len, struct rules *rules,
		      struct meta_table *ret, struct shvm_err *err);
void meta_table_done(struct meta_table *t);

/* The item with this id among the system's or the user's; or NULL. */
const struct meta_item *meta_find(const struct meta_table *t,
				  const struct shvm_guid *id, bool user);

/* Read and check the system items through the view. */
int meta_params_load(const struct view *view, const struct vhdx_region *region,
		     const struct meta_table *table, struct rules *rules,
		     struct meta_params *ret, struct shvm_err *err);

/* Append the data of one item to ret. */
int meta_item_read(const struct view *view, const struct vhdx_region *region,
		   const struct meta_item *item, struct buf *ret,
		   struct shvm_err *err);

/*
 * May the user item with this id be added to the table, or replace the existing
 * one? If not, SHVM_E_UNSUPPORTED with the limit as reason. path is for the
 * message.
 */
int meta_check_room(const struct meta_table *t, const struct shvm_guid *id,
		    size_t len, const char *path, struct shvm_err *err);

#endif
