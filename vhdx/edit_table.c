/* SPDX-License-Identifier: MIT */
/*
 * The editor's view of the metadata region ([MS-VHDX] 2.6.1): where an item
 * fits, what the table looks like afterwards, and the move of a region that is
 * too small or too fragmented to the end of the file.
 *
 * New data never share a page of 4 KiB with data in use, so a torn write of
 * them damages nothing.
 */
#include "vhdx/edit_internal.h"

#include "base/crc32c.h"
#include "base/le.h"

#include <inttypes.h>
#include <string.h>

enum {
	TABLE = VHDX_TABLE_SIZE,
	HEAD = sizeof(struct vhdx_item_table_disk),
	ENTRY = sizeof(struct vhdx_item_entry_disk),
	OUR_FLAGS = VHDX_ITEM_USER | VHDX_ITEM_VIRTUAL_DISK,
};

static uint64_t page_up(uint64_t n)
{
	return (n + EDIT_PAGE - 1) & ~(uint64_t)(EDIT_PAGE - 1);
}

static const struct meta_item *find(const struct edit *e,
				    const struct edit_item *item)
{
	return meta_find(&e->layout.items, &item->id, true);
}

int edit_table_check(const struct edit *e, const struct edit_item *item,
		     struct shvm_err *err)
{
	return meta_check_room(&e->layout.items, &item->id, item->len, e->path,
			       err);
}

/* Does [at, at + len) touch the pages of an item? Then *next is its end. */
static bool is_taken(const struct meta_table *t, uint64_t at, uint64_t len,
		     uint64_t *next)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct meta_item *m = &t->items[i];
		const uint64_t end = (uint64_t)m->offset + m->length;

		if (m->offset < at + len && at < end) {
			*next = page_up(end);
			return true;
		}
	}
	return false;
}

/* The first whole pages that no item uses; false when there are not enough. */
static bool find_room(const struct meta_table *t, uint64_t region_len,
		      uint64_t len, uint64_t *ret)
{
	const uint64_t pages = page_up(len);
	uint64_t at = TABLE;

	/* An item has at most 1 MiB, a region at least 1 MiB. */
	assert(pages <= region_len);
	while (at <= region_len - pages)
		if (!is_taken(t, at, pages, &at)) {
			*ret = at;
			return true;
		}
	return false;
}

static void entry_put(uint8_t *entry, const struct edit_item *item, uint64_t at)
{
	struct vhdx_item_entry_disk *d = (void *)entry;

	memset(d, 0, sizeof(*d));
	memcpy(d->guid, item->id.bytes, sizeof(d->guid));
	le32_put(d->offset, (uint32_t)at);
	le32_put(d->length, (uint32_t)item->len);
	le32_put(d->flags, OUR_FLAGS);
}

/* Change the table in memory: replace, append, or remove. */
static void table_change(const struct edit *e, const struct edit_item *item,
			 uint64_t at, uint8_t *table)
{
	const struct meta_table *t = &e->layout.items;
	const struct meta_item *old = find(e, item);
	size_t slot = old ? (size_t)(old - t->items) : t->count;
	size_t count = t->count;

	if (item->data) {
		count += old ? 0 : 1;
		entry_put(table + HEAD + slot * ENTRY, item, at);
	} else {
		count--; /* the last entry moves to the free slot */
		memmove(table + HEAD + slot * ENTRY,
			table + HEAD + count * ENTRY, ENTRY);
		memset(table + HEAD + count * ENTRY, 0, ENTRY);
	}
	le16_put(((struct vhdx_item_table_disk *)(void *)table)->count,
		 (uint16_t)count);
}

static int table_load(const struct edit *e, uint8_t *old, uint8_t *new,
		      struct shvm_err *err)
{
	TRY(view_read(&e->layout.view, e->layout.regions.metadata.at, old,
		      TABLE, err));
	memcpy(new, old, TABLE);
	return SHVM_OK;
}

/* Table and items, packed, without the one that is replaced; whole pages. */
static int region_pack(const struct edit *e, const struct edit_item *item,
		       const uint8_t *table, struct buf *ret,
		       struct shvm_err *err)
{
	const struct vhdx_region *region = &e->layout.regions.metadata;
	const struct meta_table *t = &e->layout.items;
	const struct meta_item *old = find(e, item);
	AUTO_DONE(buf) data = { 0 };

	buf_add(ret, table, TABLE);
	for (size_t i = 0; i < t->count; i++) {
		const struct meta_item *m = &t->items[i];

		if (m == old || m->length == 0)
			continue;
		data.len = 0;
		TRY(meta_item_read(&e->layout.view, region, m, &data, err));
		buf_add_zeros(ret, -ret->len & 7);
		TRY(buf_check(ret, "metadata region", err));
		le32_put(((struct vhdx_item_entry_disk *)(void *)(ret->data +
								  HEAD +
								  i * ENTRY))
				 ->offset,
			 (uint32_t)ret->len);
		buf_add(ret, data.data, data.len);
	}
	buf_add_zeros(ret, -ret->len & (EDIT_PAGE - 1));
	return buf_check(ret, "metadata region", err);
}

/* Both region tables with the metadata region at its new place. */
static int regions_change(const struct edit *e, uint64_t at, uint64_t len,
			  struct edit_pages *ret, struct shvm_err *err)
{
	static const uint64_t place[2] = { VHDX_REGIONS1_AT, VHDX_REGIONS2_AT };
	const struct shvm_guid id = VHDX_REGION_METADATA;
	AUTOFREE uint8_t *buf = malloc(3 * TABLE);
	uint8_t *new = buf ? buf + 2 * TABLE : NULL;
	uint32_t count;

	TRY(err_null(err, buf, "region tables"));
	TRY(view_read(&e->layout.view, VHDX_REGIONS1_AT, buf, 2 * TABLE, err));

	/* This also repairs a damaged copy. */
	memcpy(new, e->layout.regions.valid[0] ? buf : buf + TABLE, TABLE);
	count = le32_get(new + 8);
	for (uint32_t i = 0; i < count; i++) {
		struct vhdx_region_entry_disk *d =
			(void *)(new + sizeof(struct vhdx_region_table_disk) +
				 i * sizeof(*d));

		if (memcmp(d->guid, id.bytes, sizeof(d->guid)) != 0)
			continue;
		le64_put(d->offset, at);
		le32_put(d->length, (uint32_t)len);
	}
	le32_put(new + 4, 0);
	le32_put(new + 4, crc32c(0, new, TABLE));
	for (int i = 0; i < 2; i++)
		TRY(edit_pages_add(ret, place[i], buf + i * TABLE, new, TABLE,
				   err));
	return SHVM_OK;
}

/* Write a packed region after the end of the file; its place goes to ret. */
static int region_move(struct edit *e, const struct edit_item *item,
		       uint8_t *table, struct edit_pages *ret,
		       struct shvm_err *err)
{
	const uint64_t at = (e->file_size + VHDX_MIB - 1) & ~(VHDX_MIB - 1);
	AUTO_DONE(buf) region = { 0 };
	uint64_t len;

	TRY(region_pack(e, item, table, &region, err));
	table_change(e, item, region.len, region.data);
	buf_add(&region, item->data, item->len);
	TRY(buf_check(&region, "metadata region", err));

	/* Room to replace the item later by another of the same length. */
	len = (region.len + 2 * page_up(item->len) + VHDX_MIB - 1) &
	      ~(VHDX_MIB - 1);
	/*
	 * At most 40 MiB of each kind of items, so below the limit of meta.c.
	 */
	if (at > VHDX_FILE_MAX - len)
		return err_reason(err, SHVM_E_UNSUPPORTED, "META_TOO_BIG",
				  "%s: no room for a metadata region of "
				  "%" PRIu64 " bytes at %#" PRIx64,
				  e->path, len, at);
	TRY(edit_resize(e, at + len, err));
	TRY(edit_write(e, region.data, region.len, at, err));
	return regions_change(e, at, len, ret, err);
}

int edit_table_plan(struct edit *e, const struct edit_item *item,
		    struct edit_pages *ret, struct shvm_err *err)
{
	const struct vhdx_region *region = &e->layout.regions.metadata;
	AUTOFREE uint8_t *buf = malloc(2 * TABLE);
	uint64_t at = 0;

	TRY(err_null(err, buf, "metadata table"));
	TRY(table_load(e, buf, buf + TABLE, err));
	/* An empty item is at 0. */
	if (item->len > 0) {
		if (!find_room(&e->layout.items, region->len, item->len, &at))
			return region_move(e, item, buf + TABLE, ret, err);
		TRY(edit_write(e, item->data, item->len, region->at + at, err));
	}
	table_change(e, item, at, buf + TABLE);
	return edit_pages_add(ret, region->at, buf, buf + TABLE, TABLE, err);
}
