/* SPDX-License-Identifier: MIT */
/* Decodes the metadata table and its items (2.6). */
#include "vhdx/meta.h"

#include "base/bytes.h"
#include "base/le.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* openvmm's limits, vhdx/src/format.rs; [MS-VHDX] has no limits. */
#define REGION_SIZE_MAX (128 * VHDX_MIB)
#define ITEMS_SIZE_MAX (40 * VHDX_MIB)

enum {
	ANY_LENGTH = UINT32_MAX
};

/* The items that we know: their flags and length (2.6.2). */
static const struct known {
	struct shvm_guid id;
	const char *name;
	uint32_t flags, length;
} known[] = {
	{ VHDX_ITEM_FILE_PARAMETERS, "file parameters", 4, 8 },
	{ VHDX_ITEM_DISK_SIZE, "virtual disk size", 6, 8 },
	{ VHDX_ITEM_DISK_ID, "virtual disk id", 6, 16 },
	{ VHDX_ITEM_LOGICAL_SECTOR, "logical sector size", 6, 4 },
	{ VHDX_ITEM_PHYSICAL_SECTOR, "physical sector size", 6, 4 },
	{ VHDX_ITEM_PARENT_LOCATOR, "parent locator", 4, ANY_LENGTH },
	{ VHDX_ITEM_CHS, "CHS parameters", VHDX_ITEM_FLAGS, 8 },
	{ VHDX_ITEM_PMEM_LABEL, "PMEM label area", VHDX_ITEM_FLAGS,
	  ANY_LENGTH },
	{ VHDX_ITEM_INCOMPLETE, "marker of an incomplete file", VHDX_ITEM_FLAGS,
	  ANY_LENGTH },
};

static const struct shvm_guid id_physical = VHDX_ITEM_PHYSICAL_SECTOR;
static const struct shvm_guid id_incomplete = VHDX_ITEM_INCOMPLETE;

static const struct known *find_known(const struct meta_item *item)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (!(item->flags & VHDX_ITEM_USER) &&
		    guid_equal(&known[i].id, &item->id))
			return &known[i];
	return NULL;
}

void meta_table_done(struct meta_table *t)
{
	free(t->items);
	*t = (struct meta_table){ 0 };
}

const struct meta_item *meta_find(const struct meta_table *t,
				  const struct shvm_guid *id, bool user)
{
	for (size_t i = 0; i < t->count; i++)
		if (guid_equal(&t->items[i].id, id) &&
		    ((t->items[i].flags & VHDX_ITEM_USER) != 0) == user)
			return &t->items[i];
	return NULL;
}

/* *ok false: a broken rule was noted, and the item cannot be read. */
static int check_place(const struct meta_item *m, uint64_t region_len,
		       const char *name, uint64_t at, bool *ok,
		       struct rules *rules, struct shvm_err *err)
{
	*ok = false;
	if (m->length > VHDX_ITEM_SIZE_MAX)
		return rules_error(rules, "META_ITEM_SIZE", at, err,
				   "metadata item %s is %u bytes long, more "
				   "than 1 MiB",
				   name, m->length);
	if (m->length == 0 && m->offset != 0)
		return rules_error(rules, "META_ITEM_OFFSET", at, err,
				   "metadata item %s is empty but at offset "
				   "%#x",
				   name, m->offset);
	if (m->length != 0 && m->offset < VHDX_TABLE_SIZE)
		return rules_error(rules, "META_ITEM_OFFSET", at, err,
				   "metadata item %s at offset %#x lies in the "
				   "metadata table",
				   name, m->offset);
	if (m->offset > region_len || m->length > region_len - m->offset)
		return rules_error(rules, "META_ITEM_RANGE", at, err,
				   "metadata item %s at offset %#x, %u bytes "
				   "long, ends after the end of its region of "
				   "%#" PRIx64 " bytes",
				   name, m->offset, m->length, region_len);
	*ok = true;
	return SHVM_OK;
}

static int check_known(const struct meta_item *m, const struct known *k,
		       uint64_t at, struct rules *rules, struct shvm_err *err)
{
	const uint32_t flags = m->flags & VHDX_ITEM_FLAGS;

	if (guid_equal(&m->id, &id_incomplete))
		return rules_error(rules, "META_INCOMPLETE", at, err,
				   "the image is marked incomplete");
	if (k->length != ANY_LENGTH && m->length != k->length)
		return rules_error(rules, "META_ITEM_LENGTH", at, err,
				   "%s is %u bytes long, not %u", k->name,
				   m->length, k->length);
	if (k->flags == VHDX_ITEM_FLAGS || flags == k->flags)
		return SHVM_OK;
	/* "Early images", according to a comment in VirtualBox, VHDX.cpp. */
	if (guid_equal(&m->id, &id_physical) &&
	    (flags | VHDX_ITEM_REQUIRED) == k->flags)
		return rules_warn(rules, "META_FLAGS", at, err,
				  "%s is not marked required", k->name);
	return rules_error(rules, "META_FLAGS", at, err,
			   "%s has flags %#x, not %#x", k->name, flags,
			   k->flags);
}

static int check_item(struct meta_item *m, uint64_t region_len, uint64_t at,
		      struct rules *rules, struct shvm_err *err)
{
	const struct known *k = find_known(m);
	char name[SHVM_GUID_TEXT];
	bool ok;

	(void)shvm_guid_format(&m->id, name); /* returns name */
	TRY(check_place(m, region_len, name, at, &ok, rules, err));
	if (!ok) {
		/* A check continues as if the item did not exist. */
		m->offset = m->length = 0;
		return SHVM_OK;
	}
	if (k)
		return check_known(m, k, at, rules, err);

	if (guid_is_zero(&m->id))
		return rules_error(rules, "META_ZERO_ID", at, err,
				   "metadata item has a zero id");
	if ((m->flags & VHDX_ITEM_USER) && (m->flags & VHDX_ITEM_REQUIRED))
		return rules_error(rules, "META_FLAGS", at, err,
				   "metadata item %s has flags %#x: a user "
				   "item cannot be required",
				   name, m->flags);
	if (m->flags & VHDX_ITEM_REQUIRED)
		return rules_error_as(
			rules, SHVM_E_UNSUPPORTED, "META_UNKNOWN_REQUIRED", at,
			err, "metadata item %s is required but unknown", name);
	return SHVM_OK;
}

/* By offset, to find overlaps; empty items first. */
static int by_offset(const void *a, const void *b)
{
	const struct meta_item *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* By id and kind, to find duplicates. */
static int by_id(const void *a, const void *b)
{
	const struct meta_item *x = a, *y = b;
	const int order = memcmp(&x->id, &y->id, sizeof(x->id));

	return order ? order
		     : (int)(x->flags & VHDX_ITEM_USER) -
			       (int)(y->flags & VHDX_ITEM_USER);
}

static int check_overlaps(struct meta_item *sorted, size_t count,
			  uint64_t region_at, struct rules *rules,
			  struct shvm_err *err)
{
	qsort(sorted, count, sizeof(*sorted), by_offset);
	for (size_t i = 1; i < count; i++) {
		const struct meta_item *a = &sorted[i - 1], *b = &sorted[i];
		char name[2][SHVM_GUID_TEXT];

		if (b->offset - a->offset >= a->length)
			continue;
		TRY(rules_error(rules, "META_OVERLAP", region_at + b->offset,
				err,
				"metadata items %s and %s overlap at offset "
				"%#x",
				shvm_guid_format(&a->id, name[0]),
				shvm_guid_format(&b->id, name[1]), b->offset));
	}
	return SHVM_OK;
}

static int check_doubles(struct meta_item *sorted, size_t count,
			 uint64_t region_at, struct rules *rules,
			 struct shvm_err *err)
{
	qsort(sorted, count, sizeof(*sorted), by_id);
	for (size_t i = 1; i < count; i++) {
		char name[SHVM_GUID_TEXT];

		if (by_id(&sorted[i - 1], &sorted[i]) != 0)
			continue;
		TRY(rules_error(rules, "META_DUP", region_at, err,
				"metadata item %s is listed twice",
				shvm_guid_format(&sorted[i].id, name)));
	}
	return SHVM_OK;
}

/* Rules on the whole table. */
static int check_set(const struct meta_table *t, uint64_t region_at,
		     struct rules *rules, struct shvm_err *err)
{
	AUTOFREE struct meta_item *sorted = NULL;
	uint64_t bytes[2] = { 0, 0 };
	size_t users = 0;

	for (size_t i = 0; i < t->count; i++) {
		const bool user = t->items[i].flags & VHDX_ITEM_USER;

		users += user;
		bytes[user] += t->items[i].length;
	}
	if (users > VHDX_USER_ITEM_COUNT_MAX)
		TRY(rules_error(rules, "META_USER_COUNT", region_at, err,
				"metadata has %zu user items, more than %d",
				users, VHDX_USER_ITEM_COUNT_MAX));
	if (bytes[0] > ITEMS_SIZE_MAX || bytes[1] > ITEMS_SIZE_MAX)
		TRY(rules_error(rules, "META_TOO_BIG", region_at, err,
				"metadata items take %" PRIu64 " bytes, more "
				"than 40 MiB",
				bytes[0] > bytes[1] ? bytes[0] : bytes[1]));

	sorted = calloc(t->count + 1, sizeof(*sorted));
	TRY(err_null(err, sorted, "metadata table"));
	memcpy(sorted, t->items, t->count * sizeof(*sorted));
	TRY(check_doubles(sorted, t->count, region_at, rules, err));
	return check_overlaps(sorted, t->count, region_at, rules, err);
}

static int check_table(const struct vhdx_item_table_disk *d, uint64_t region_at,
		       uint64_t region_len, struct rules *rules,
		       struct shvm_err *err)
{
	if (memcmp(d->signature, "metadata", 8) != 0)
		return rules_fatal(rules, "META_SIGNATURE", region_at, err,
				   "metadata table has no signature");
	if (le16_get(d->count) > VHDX_ITEM_COUNT_MAX)
		return rules_fatal(rules, "META_COUNT", region_at, err,
				   "metadata table has %u entries, more than "
				   "%d",
				   le16_get(d->count), VHDX_ITEM_COUNT_MAX);
	if (region_len > REGION_SIZE_MAX)
		return rules_fatal(rules, "META_TOO_BIG", region_at, err,
				   "metadata region is %#" PRIx64
				   " bytes long, more than 128 MiB",
				   region_len);
	if (!bytes_are_zero(d->reserved, sizeof(d->reserved)) ||
	    !bytes_are_zero(d->reserved2, sizeof(d->reserved2)))
		return rules_warn(rules, "META_RESERVED", region_at, err,
				  "metadata table has data in reserved fields");
	return SHVM_OK;
}

int meta_table_decode(const uint8_t buf[VHDX_TABLE_SIZE], uint64_t region_at,
		      uint64_t region_len, struct rules *rules,
		      struct meta_table *ret, struct shvm_err *err)
{
	const struct vhdx_item_table_disk *d = (const void *)buf;
	const size_t count = le16_get(d->count);
	AUTO_DONE(meta_table) t = { 0 };

	TRY(check_table(d, region_at, region_len, rules, err));

	t.items = calloc(count + 1, sizeof(*t.items));
	TRY(err_null(err, t.items, "metadata table"));
	for (size_t i = 0; i < count; i++) {
		const size_t at = sizeof(*d) + i * 32;
		const struct vhdx_item_entry_disk *e = (const void *)(buf + at);
		struct meta_item *m = &t.items[t.count++];

		m->id = guid_load(e->guid);
		m->offset = le32_get(e->offset);
		m->length = le32_get(e->length);
		m->flags = le32_get(e->flags);
		if (!bytes_are_zero(e->reserved, sizeof(e->reserved)) ||
		    (m->flags & ~(uint32_t)VHDX_ITEM_FLAGS) != 0)
			TRY(rules_warn(
				rules, "META_RESERVED", region_at + at, err,
				"metadata entry %zu has data in reserved "
				"fields",
				i));
		m->flags &= VHDX_ITEM_FLAGS;
		TRY(check_item(m, region_len, region_at + at, rules, err));
	}
	TRY(check_set(&t, region_at, rules, err));

	*ret = MOVE(t);
	return SHVM_OK;
}

int meta_item_read(const struct view *view, const struct vhdx_region *region,
		   const struct meta_item *item, struct buf *ret,
		   struct shvm_err *err)
{
	uint8_t *p;

	if (item->length == 0)
		return SHVM_OK;
	assert(item->length <= VHDX_ITEM_SIZE_MAX &&
	       (uint64_t)item->offset + item->length <= region->len);
	p = buf_grow(ret, item->length);
	TRY(err_null(err, p, "metadata item"));
	return view_read(view, region->at + item->offset, p, item->length, err);
}

/* One of the small items that must be there, of exactly len bytes. */
static int read_known(const struct view *view, const struct vhdx_region *region,
		      const struct meta_table *table, size_t which,
		      struct rules *rules, uint8_t ret[16],
		      struct shvm_err *err)
{
	const struct known *k = &known[which];
	const struct meta_item *item = meta_find(table, &k->id, false);
	AUTO_DONE(buf) data = { 0 };

	if (!item)
		return rules_fatal(rules, "META_MISSING", region->at, err,
				   "metadata has no %s", k->name);
	if (item->length != k->length) /* noted, but must not be used */
		return rules_fatal(rules, "META_ITEM_LENGTH", region->at, err,
				   "%s is %u bytes long", k->name,
				   item->length);
	TRY(meta_item_read(view, region, item, &data, err));

	assert(data.data && data.len == k->length);
	memcpy(ret, data.data, data.len);
	return SHVM_OK;
}

static int check_params(const struct meta_params *p, uint32_t file_flags,
			uint64_t at, struct rules *rules, struct shvm_err *err)
{
	if (p->block_size < VHDX_BLOCK_MIN || p->block_size > VHDX_BLOCK_MAX ||
	    (p->block_size & (p->block_size - 1)) != 0)
		return rules_fatal(rules, "BLOCK_SIZE", at, err,
				   "block size is %u bytes, not a power of two "
				   "from 1 to 256 MiB",
				   p->block_size);
	if ((p->logical_sector_size != 512 && p->logical_sector_size != 4096) ||
	    (p->physical_sector_size != 512 && p->physical_sector_size != 4096))
		return rules_fatal(rules, "SECTOR_SIZE", at, err,
				   "sector sizes are %u and %u bytes, not 512 "
				   "or 4096",
				   p->logical_sector_size,
				   p->physical_sector_size);
	if (p->disk_size == 0 || p->disk_size > VHDX_DISK_MAX ||
	    p->disk_size % p->logical_sector_size != 0)
		return rules_fatal(rules, "DISK_SIZE", at, err,
				   "virtual disk size is %" PRIu64 " bytes, "
				   "not 64 TiB or less in whole sectors of %u",
				   p->disk_size, p->logical_sector_size);
	if ((file_flags & ~3u) != 0)
		return rules_error(rules, "FILEPARAM_RESERVED", at, err,
				   "file parameters have reserved bits: %#x",
				   file_flags);
	return SHVM_OK;
}

int meta_params_load(const struct view *view, const struct vhdx_region *region,
		     const struct meta_table *table, struct rules *rules,
		     struct meta_params *ret, struct shvm_err *err)
{
	uint8_t raw[5][16];
	struct meta_params p;
	uint32_t flags;

	for (size_t i = 0; i < ARRAY_SIZE(raw); i++)
		TRY(read_known(view, region, table, i, rules, raw[i], err));
	flags = le32_get(raw[0] + 4);
	p = (struct meta_params){
		.block_size = le32_get(raw[0]),
		.leave_allocated = (flags & VHDX_LEAVE_ALLOCATED) != 0,
		.has_parent = (flags & VHDX_HAS_PARENT) != 0,
		.disk_size = le64_get(raw[1]),
		.disk_id = guid_load(raw[2]),
		.logical_sector_size = le32_get(raw[3]),
		.physical_sector_size = le32_get(raw[4]),
	};
	TRY(check_params(&p, flags, region->at, rules, err));

	*ret = p;
	return SHVM_OK;
}

int meta_check_room(const struct meta_table *t, const struct shvm_guid *id,
		    size_t len, const char *path, struct shvm_err *err)
{
	const struct meta_item *old = meta_find(t, id, true);
	uint64_t bytes = len;
	size_t users = 0;

	if (len > VHDX_ITEM_SIZE_MAX)
		return err_reason(err, SHVM_E_ARG, "META_ITEM_SIZE",
				  "%s: an item of %zu bytes is longer than "
				  "1 MiB",
				  path, len);
	for (size_t i = 0; i < t->count; i++) {
		if (!(t->items[i].flags & VHDX_ITEM_USER) ||
		    &t->items[i] == old) /* then old is replaced, and the
					    count does not grow */
			continue;
		users++;
		bytes += t->items[i].length;
	}
	if (!old && t->count >= VHDX_ITEM_COUNT_MAX)
		return err_reason(err, SHVM_E_UNSUPPORTED, "META_COUNT",
				  "%s: the metadata table is full with %zu "
				  "items",
				  path, t->count);
	if (users >= VHDX_USER_ITEM_COUNT_MAX)
		return err_reason(err, SHVM_E_UNSUPPORTED, "META_USER_COUNT",
				  "%s: the metadata table is full with %zu "
				  "user items",
				  path, users);
	if (bytes > ITEMS_SIZE_MAX)
		return err_reason(err, SHVM_E_UNSUPPORTED, "META_TOO_BIG",
				  "%s: user items of %" PRIu64
				  " bytes together are more than 40 MiB",
				  path, bytes);
	return SHVM_OK;
}
