/* SPDX-License-Identifier: MIT */
/* The metadata region of generated disks: table, items, parent locator. */
#include "tests/data/vhdx/gen_internal.h"

#include "base/le.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_SIZE UINT32_C(65536)

/* As they lie on disk; [MS-VHDX] 2.6.2. */
static const uint8_t system_ids[6][16] = {
	{ 0x37, 0x67, 0xa1, 0xca, 0x36, 0xfa, 0x43, 0x4d, 0xb3, 0xb6, 0x33,
	  0xf0, 0xaa, 0x44, 0xe7, 0x6b }, /* file parameters */
	{ 0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48, 0xb2, 0x11, 0x5d,
	  0xbe, 0xd8, 0x3b, 0xf4, 0xb8 }, /* virtual disk size */
	{ 0xab, 0x12, 0xca, 0xbe, 0xe6, 0xb2, 0x23, 0x45, 0x93, 0xef, 0xc3,
	  0x09, 0xe0, 0x00, 0xc7, 0x46 }, /* virtual disk id */
	{ 0x1d, 0xbf, 0x41, 0x81, 0x6f, 0xa9, 0x09, 0x47, 0xba, 0x47, 0xf2,
	  0x33, 0xa8, 0xfa, 0xab, 0x5f }, /* logical sector size */
	{ 0xc7, 0x48, 0xa3, 0xcd, 0x5d, 0x44, 0x71, 0x44, 0x9c, 0xc9, 0xe9,
	  0x88, 0x52, 0x51, 0xc5, 0x56 }, /* physical sector size */
	{ 0x2d, 0x5f, 0xd3, 0xa8, 0x0b, 0xb3, 0x4d, 0x45, 0xab, 0xf7, 0xd3,
	  0xd8, 0x48, 0x34, 0xab, 0x0c }, /* parent locator */
};
static const uint8_t locator_type[16] = { 0xb7, 0xef, 0x4a, 0xb0, 0x9e, 0xd1,
					  0x81, 0x4a, 0xb7, 0x89, 0x25, 0xb8,
					  0xe9, 0x44, 0x59, 0x13 };

static size_t put_utf16(uint8_t *at, const char *ascii)
{
	size_t n = strlen(ascii);

	for (size_t i = 0; i < n; i++)
		le16_put(at + 2 * i, (uint8_t)ascii[i]);
	return 2 * n;
}

/* The locator in buf, which is large enough for anything that tests want. */
static uint32_t locator_encode(const struct gen_disk *d, uint8_t *buf)
{
	size_t at = 20 + 12 * d->pair_count;

	memcpy(buf, locator_type, 16);
	le16_put(buf + 18, (uint16_t)d->pair_count);
	for (size_t i = 0; i < d->pair_count; i++) {
		uint8_t *entry = buf + 20 + 12 * i;
		size_t n;

		le32_put(entry, (uint32_t)at);
		n = put_utf16(buf + at, d->pairs[i].key);
		le16_put(entry + 8, (uint16_t)n);
		at += n;
		le32_put(entry + 4, (uint32_t)at);
		n = put_utf16(buf + at, d->pairs[i].value);
		le16_put(entry + 10, (uint16_t)n);
		at += n;
	}
	return (uint32_t)at;
}

/* Table entry and data of one item. */
static int item_put(struct gen_out *o, uint8_t *table, const uint8_t *id,
		    uint32_t flags, const void *data, uint32_t len,
		    uint32_t *next)
{
	uint8_t *entry = table + 32 + 32 * o->item_count;

	if (o->item_count == GEN_ITEMS_MAX) {
		errno = E2BIG;
		return -1;
	}
	memcpy(entry, id, 16);
	if (len > 0)
		le32_put(entry + 16, *next);
	le32_put(entry + 20, len);
	le32_put(entry + 24, flags);
	o->item_at[o->item_count] = *next;
	o->item_len[o->item_count] = len;
	o->item_count++;
	if (len > 0 && gen_put(o, o->l.meta_at + *next, data, len))
		return -1;
	*next += len;
	return 0;
}

static int system_items_put(struct gen_out *o, uint8_t *table, uint32_t *next)
{
	const struct gen_disk *d = o->d;
	uint8_t small[8], *locator;
	uint32_t n;
	int r;

	le32_put(small, o->l.block_size);
	le32_put(small + 4, (d->kind == GEN_FIXED ? 1 : 0) |
				    (d->kind == GEN_CHILD ? 2 : 0));
	if (item_put(o, table, system_ids[0], 4, small, 8, next))
		return -1;
	le64_put(small, d->size);
	if (item_put(o, table, system_ids[1], 6, small, 8, next))
		return -1;
	if (item_put(o, table, system_ids[2], 6, gen_guid(77).bytes, 16, next))
		return -1;
	le32_put(small, o->l.lss);
	if (item_put(o, table, system_ids[3], 6, small, 4, next))
		return -1;
	le32_put(small, o->l.pss);
	if (item_put(o, table, system_ids[4], 6, small, 4, next))
		return -1;
	if (!d->pair_count)
		return 0;

	locator = calloc(1, TABLE_SIZE);
	if (!locator)
		return -1;
	n = locator_encode(d, locator);
	r = item_put(o, table, system_ids[5], 4, locator, n, next);
	free(locator);
	return r;
}

static int more_items_put(struct gen_out *o, uint8_t *table, uint32_t *next)
{
	const struct gen_disk *d = o->d;

	for (size_t i = 0;
	     i < d->item_count + d->filler_items + d->optional_items; i++) {
		const struct gen_item filler = {
			.id = gen_guid(0x10000 + (uint32_t)i),
			.flags = i < d->item_count + d->filler_items,
			.len = d->filler_len,
			.seed = 0x10000 + i
		};
		const struct gen_item *item =
			i < d->item_count ? &d->items[i] : &filler;
		uint32_t at = item->offset ? item->offset : *next;
		uint8_t *data = calloc(1, item->len + 1);
		int r;

		if (!data)
			return -1;
		if (item->data)
			memcpy(data, item->data, item->len);
		else
			gen_bytes(item->seed, 0, data, item->len);
		r = item_put(o, table, item->id.bytes, item->flags, data,
			     item->len, &at);
		free(data);
		if (r)
			return -1;
		if (at > *next)
			*next = at;
	}
	return 0;
}

int gen_metadata_write(struct gen_out *o)
{
	uint32_t next = TABLE_SIZE;
	uint8_t *table = calloc(1, TABLE_SIZE);
	int r;

	if (!table)
		return -1;
	memcpy(table, "metadata", 8);
	r = system_items_put(o, table, &next);
	if (!r)
		r = more_items_put(o, table, &next);
	le16_put(table + 10, (uint16_t)o->item_count);
	if (!r)
		r = gen_put(o, o->l.meta_at, table, TABLE_SIZE);
	free(table);
	return r;
}
