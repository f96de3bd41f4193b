/* SPDX-License-Identifier: MIT */
/*
 * Logs of generated disks. The file is first written as it shall be after the
 * replay; here its pages move into log entries and are replaced by junk.
 */
#include "tests/data/vhdx/gen_internal.h"

#include "base/le.h"

#include <stdlib.h>
#include <string.h>

#define PAGE UINT64_C(4096)
#define JUNK 0xdb

static size_t desc_records(const struct gen_desc *desc)
{
	uint64_t len = desc->len ? desc->len : PAGE;

	if (desc->kind == GEN_ZEROS || desc->kind == GEN_OLD_ZEROS)
		return 1;
	return (size_t)(len / PAGE);
}

static size_t entry_records(const struct gen_entry *e, size_t *ret_data)
{
	size_t records = 0, data = 0;

	for (size_t i = 0; i < e->desc_count; i++) {
		size_t n = desc_records(&e->descs[i]);

		records += n;
		if (e->descs[i].kind == GEN_PAGES ||
		    e->descs[i].kind == GEN_JUNK)
			data += n;
	}
	*ret_data = data;
	return records;
}

static void data_put(uint8_t *desc, uint8_t *sector, const uint8_t page[4096],
		     uint64_t at, uint64_t seq)
{
	memcpy(desc, "desc", 4);
	memcpy(desc + 4, page + 4092, 4);
	memcpy(desc + 8, page, 8);
	le64_put(desc + 16, at);
	le64_put(desc + 24, seq);
	memcpy(sector, "data", 4);
	le32_put(sector + 4, (uint32_t)(seq >> 32));
	memcpy(sector + 8, page + 8, 4084);
	le32_put(sector + 4092, (uint32_t)seq);
}

/* All descriptors and data sectors of one entry. */
static int descs_put(struct gen_out *o, const struct gen_entry *e, uint8_t *buf,
		     uint8_t *sector)
{
	uint8_t *desc = buf + 64;

	for (size_t i = 0; i < e->desc_count; i++) {
		const struct gen_desc *g = &e->descs[i];
		uint64_t len = g->len ? g->len : PAGE;

		if (g->kind == GEN_ZEROS || g->kind == GEN_OLD_ZEROS) {
			memcpy(desc, "zero", 4);
			le64_put(desc + 8, len);
			le64_put(desc + 16, g->at);
			le64_put(desc + 24, e->seq);
			desc += 32;
			continue;
		}
		for (uint64_t k = 0; k < len / PAGE; k++) {
			uint8_t page[PAGE];

			gen_bytes(e->seq + k, 0, page, PAGE);
			if (g->kind == GEN_PAGES &&
			    gen_get(o, g->at + k * PAGE, page, PAGE))
				return -1;
			data_put(desc, sector, page, g->at + k * PAGE, e->seq);
			desc += 32;
			sector += PAGE;
		}
	}
	return 0;
}

static uint64_t size_or(uint64_t given, uint64_t usual)
{
	if (given == GEN_NOTHING)
		return 0;
	return given ? given : usual;
}

static void entry_patch(const struct gen_out *o, size_t index, uint8_t *buf,
			size_t len)
{
	bool sealed = false;
	uint32_t claimed;

	for (size_t i = 0; i < o->d->patch_count; i++) {
		const struct gen_patch *p = &o->d->patches[i];

		if (p->place != GEN_ENTRY || p->index != index)
			continue;
		gen_patch_apply(p, p->at, buf, len);
		sealed |= !p->unsealed;
	}
	claimed = le32_get(buf + 8);
	if (sealed)
		gen_seal(buf, claimed >= 64 && claimed < len ? claimed : len);
}

/* Write to the ring. */
static int ring_put(struct gen_out *o, uint32_t at, const uint8_t *buf,
		    size_t len)
{
	for (size_t i = 0; i < len; i += PAGE)
		if (gen_put(o, o->l.log_at + (at + i) % o->l.log_len, buf + i,
			    PAGE))
			return -1;
	return 0;
}

static int entry_write(struct gen_out *o, size_t index, uint32_t *next)
{
	const struct gen_entry *e = &o->d->log[index];
	const uint64_t end = (o->l.file_size + GEN_MIB - 1) & ~(GEN_MIB - 1);
	uint64_t now = o->d->truncate ? o->d->truncate : o->l.file_size;
	uint32_t at = e->at == GEN_NEXT ? *next : e->at;
	size_t data, records = entry_records(e, &data), head, len;
	struct shvm_guid guid = gen_log_guid;
	uint8_t *buf;
	int r;

	head = (64 + 32 * records + PAGE - 1) / PAGE * PAGE;
	len = head + data * PAGE;
	buf = calloc(1, len);
	if (!buf)
		return -1;
	if (e->flags & GEN_OTHER_GUID)
		guid = gen_guid(4711);
	memcpy(buf, "loge", 4);
	le32_put(buf + 8, (uint32_t)len);
	le32_put(buf + 12, e->tail == GEN_SELF ? at : e->tail);
	le64_put(buf + 16, e->seq);
	le32_put(buf + 24, (uint32_t)records);
	memcpy(buf + 32, guid.bytes, 16);
	le64_put(buf + 48, size_or(e->flushed, now & ~(GEN_MIB - 1)));
	le64_put(buf + 56, size_or(e->last, end));
	r = descs_put(o, e, buf, buf + head);
	gen_seal(buf, len);
	entry_patch(o, index, buf, len);
	if (e->flags & GEN_BAD_CRC)
		buf[4] ^= 1;
	if (!r)
		r = ring_put(o, at, buf,
			     e->flags & GEN_TORN ? len - PAGE : len);
	free(buf);
	*next = (uint32_t)((at + len) % o->l.log_len);
	return r;
}

static int wreck(struct gen_out *o, const struct gen_desc *g)
{
	uint64_t len = g->len ? g->len : PAGE;
	uint8_t junk[PAGE];

	if (g->kind != GEN_PAGES && g->kind != GEN_ZEROS)
		return 0;
	memset(junk, JUNK, sizeof(junk));
	for (uint64_t k = 0; k < len; k += PAGE)
		if (gen_put(o, g->at + k, junk, PAGE))
			return -1;
	return 0;
}

/* What makes a reader check the sum of all that follows, again and again. */
static int flood(struct gen_out *o)
{
	uint8_t head[64] = "loge";

	le32_put(head + 8, (uint32_t)o->l.log_len);
	le64_put(head + 16, 1);
	memcpy(head + 32, gen_log_guid.bytes, 16);
	for (uint64_t at = 0; at < o->l.log_len; at += PAGE)
		if (gen_put(o, o->l.log_at + at, head, sizeof(head)))
			return -1;
	return 0;
}

int gen_log_write(struct gen_out *o)
{
	const struct gen_disk *d = o->d;
	uint32_t next = 0;

	if (d->log_flood && flood(o))
		return -1;
	for (size_t i = 0; i < d->log_count; i++)
		if (entry_write(o, i, &next))
			return -1;
	for (size_t i = 0; i < d->log_count; i++)
		for (size_t k = 0; k < d->log[i].desc_count; k++)
			if (wreck(o, &d->log[i].descs[k]))
				return -1;
	return 0;
}
