/* SPDX-License-Identifier: MIT */
/* Lays a generated disk out and writes it, see vhdxgen.h. */
#include "tests/data/vhdx/gen_internal.h"

#include "base/le.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PIECE = 1 << 16,
	REGION_TABLE = 1 << 16
};

const struct shvm_guid gen_bat_guid = { { 0x66, 0x77, 0xc2, 0x2d, 0x23, 0xf6,
					  0x00, 0x42, 0x9d, 0x64, 0x11, 0x5e,
					  0x9b, 0xfd, 0x4a, 0x08 } };
const struct shvm_guid gen_meta_guid = { { 0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47,
					   0x9a, 0x4b, 0xb8, 0xfe, 0x57, 0x5f,
					   0x05, 0x0f, 0x88, 0x6e } };
const struct shvm_guid gen_log_guid = { { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
					  13, 14, 15, 16 } };

int gen_put(struct gen_out *o, uint64_t at, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len > 0) {
		ssize_t n = pwrite(o->fd, p, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		p += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

int gen_get(struct gen_out *o, uint64_t at, void *data, size_t len)
{
	ssize_t n = pread(o->fd, data, len, (off_t)at);

	if (n < 0)
		return -1;
	memset((uint8_t *)data + n, 0, len - (size_t)n);
	return 0;
}

void gen_patch_apply(const struct gen_patch *p, uint64_t at, uint8_t *buf,
		     size_t len)
{
	unsigned int width = p->width ? p->width : 8;

	for (unsigned int i = 0; i < width && at + i < len; i++)
		buf[at + i] = (uint8_t)(p->bytes ? (uint8_t)p->bytes[i]
						 : p->value >> (8 * i));
}

uint64_t gen_bat_index(const struct gen_layout *l, uint64_t block)
{
	return block + block / l->ratio;
}

uint64_t gen_bitmap_index(const struct gen_layout *l, uint64_t chunk)
{
	return (chunk + 1) * l->ratio + chunk;
}

/* Has the chunk a PARTIAL block, and so a bitmap? */
static bool has_bitmap(const struct gen_disk *d, const struct gen_layout *l,
		       uint64_t chunk)
{
	for (size_t i = 0; i < d->block_count; i++)
		if (d->blocks[i].state == GEN_PARTIAL &&
		    d->blocks[i].block / l->ratio == chunk)
			return true;
	return false;
}

static bool has_data(const struct gen_block *b)
{
	return b->state == GEN_PRESENT || b->state == GEN_PARTIAL;
}

/* Place of block number i of the list; 0 for none. */
static uint64_t block_at(const struct gen_disk *d, const struct gen_layout *l,
			 size_t i)
{
	uint64_t at = l->blocks_at;

	if (d->blocks[i].at_mb)
		return d->blocks[i].at_mb * GEN_MIB;
	if (!has_data(&d->blocks[i]))
		return 0;
	for (size_t k = 0; k < i; k++)
		if (has_data(&d->blocks[k]) && !d->blocks[k].at_mb)
			at += l->block_size;
	return at;
}

static uint64_t up_mib(uint64_t n)
{
	return (n + GEN_MIB - 1) & ~(GEN_MIB - 1);
}

static uint64_t mb_or(uint32_t mb, uint64_t usual)
{
	return mb ? mb * GEN_MIB : usual;
}

static uint64_t max_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void regions_place(const struct gen_disk *d, struct gen_layout *l)
{
	uint64_t end;

	l->log_len = mb_or(d->log_len_mb, GEN_MIB);
	l->log_at = mb_or(d->log_mb, GEN_MIB);
	l->meta_at = mb_or(d->meta_mb, 2 * GEN_MIB);
	l->meta_len = mb_or(d->meta_len_mb, GEN_MIB);
	l->bat_at = mb_or(d->bat_mb, 3 * GEN_MIB);
	l->bat_len = mb_or(d->bat_len_mb,
			   max_of(up_mib(l->bat_entries * 8), GEN_MIB));
	end = max_of(l->log_at + l->log_len,
		     max_of(l->meta_at + l->meta_len, l->bat_at + l->bat_len));
	for (size_t i = 0; i < d->region_count; i++)
		end = max_of(end, (d->regions[i].at_mb +
				   (uint64_t)d->regions[i].len_mb) *
					  GEN_MIB);
	l->data_at = mb_or(d->data_mb, end);
	l->file_size = max_of(end, l->data_at);
}

void gen_layout_of(const struct gen_disk *d, struct gen_layout *l)
{
	memset(l, 0, sizeof(*l));
	l->block_size = d->block_size ? d->block_size : (uint32_t)GEN_MIB;
	l->lss = d->lss ? d->lss : 512;
	l->pss = d->pss ? d->pss : 4096;
	l->block_count =
		d->size / l->block_size + (d->size % l->block_size ? 1 : 0);
	l->ratio = (UINT64_C(1) << 23) * l->lss / l->block_size;
	l->chunk_count = (l->block_count + l->ratio - 1) / l->ratio;
	l->bat_entries = l->block_count;
	if (d->kind == GEN_CHILD)
		l->bat_entries = l->chunk_count * (l->ratio + 1);
	else if (l->block_count)
		l->bat_entries += (l->block_count - 1) / l->ratio;
	regions_place(d, l);

	l->blocks_at = l->data_at;
	if (d->kind == GEN_CHILD)
		for (uint64_t c = 0; c < l->chunk_count; c++)
			l->blocks_at += has_bitmap(d, l, c) ? GEN_MIB : 0;
	l->file_size = max_of(l->file_size, l->blocks_at);
	for (size_t i = 0; i < d->block_count; i++)
		if (has_data(&d->blocks[i]))
			l->file_size =
				max_of(l->file_size,
				       block_at(d, l, i) + l->block_size);
	if (d->kind == GEN_FIXED)
		l->file_size =
			max_of(l->file_size,
			       l->blocks_at + l->block_count * l->block_size);
}

static int headers_write(struct gen_out *o)
{
	const struct gen_disk *d = o->d;
	const char *creator = d->creator ? d->creator : "shvm test generator";
	uint8_t id[PIECE] = "vhdxfile", header[4096] = "head";
	struct shvm_guid zero = { { 0 } }, guid = d->data_write_guid;

	for (size_t i = 0; creator[i] && i < 256; i++)
		le16_put(id + 8 + 2 * i, (uint8_t)creator[i]);
	if (gen_put(o, 0, id, sizeof(id)))
		return -1;

	if (!memcmp(&guid, &zero, sizeof(zero)))
		guid = gen_guid(2);
	memcpy(header + 16, gen_guid(1).bytes, 16);
	memcpy(header + 32, guid.bytes, 16);
	if ((d->log_count || d->log_guid_set) && !d->log_guid_zero)
		memcpy(header + 48, gen_log_guid.bytes, 16);
	le16_put(header + 66, 1);
	le32_put(header + 68, (uint32_t)o->l.log_len);
	le64_put(header + 72, o->l.log_at);
	for (int i = 0; i < 2; i++) {
		uint64_t seq = i ? d->seq2 : d->seq1;

		le64_put(header + 8, seq ? seq : 5 + (uint64_t)i);
		gen_seal(header, sizeof(header));
		if (gen_put(o, 65536 + (uint64_t)i * 65536, header,
			    sizeof(header)))
			return -1;
	}
	return 0;
}

static void region_put(uint8_t *table, const struct shvm_guid *id, uint64_t at,
		       uint64_t len, uint32_t required)
{
	uint32_t n = le32_get(table + 8);
	uint8_t *entry = table + 16 + 32 * n;

	memcpy(entry, id->bytes, 16);
	le64_put(entry + 16, at);
	le32_put(entry + 24, (uint32_t)len);
	le32_put(entry + 28, required);
	le32_put(table + 8, n + 1);
}

static int regions_write(struct gen_out *o)
{
	const struct gen_disk *d = o->d;
	const uint32_t required = d->regions_optional ? 0 : 1;
	uint8_t table[REGION_TABLE] = "regi";

	if (d->regions_swapped)
		region_put(table, &gen_meta_guid, o->l.meta_at, o->l.meta_len,
			   required);
	region_put(table, &gen_bat_guid, o->l.bat_at, o->l.bat_len, required);
	if (!d->regions_swapped)
		region_put(table, &gen_meta_guid, o->l.meta_at, o->l.meta_len,
			   required);
	for (size_t i = 0; i < d->region_count; i++)
		region_put(table, &d->regions[i].id,
			   d->regions[i].at_mb * GEN_MIB,
			   d->regions[i].len_mb * GEN_MIB,
			   d->regions[i].required);
	gen_seal(table, sizeof(table));
	if (gen_put(o, 3 * 65536, table, sizeof(table)))
		return -1;
	return gen_put(o, 4 * 65536, table, sizeof(table));
}

static int bat_put(struct gen_out *o, uint64_t index, uint64_t at,
		   unsigned int state)
{
	uint8_t entry[8];

	le64_put(entry, at | state);
	return gen_put(o, o->l.bat_at + index * 8, entry, sizeof(entry));
}

/* Payload of one block; sectors that a bitmap hides get other bytes. */
int gen_payload_write(struct gen_out *o, const struct gen_block *b, uint64_t at)
{
	const uint64_t held =
		b->len && b->len < o->l.block_size ? b->len : o->l.block_size;
	uint8_t buf[PIECE];

	if (b->seed == 0 && b->state != GEN_PARTIAL)
		return 0;
	for (uint64_t in = 0; in < held; in += sizeof(buf)) {
		size_t n = held - in < PIECE ? (size_t)(held - in) : PIECE;

		gen_bytes(b->seed, b->block * o->l.block_size + in, buf, n);
		for (size_t k = 0; b->state == GEN_PARTIAL && k < n;
		     k += o->l.lss)
			if (!gen_bit(&o->l, b, (in + k) / o->l.lss))
				memset(buf + k, 0xbd,
				       n - k < o->l.lss ? n - k : o->l.lss);
		if (gen_put(o, at + in, buf, n))
			return -1;
	}
	return 0;
}

static int bitmap_write(struct gen_out *o, uint64_t chunk, uint64_t at)
{
	const uint64_t sectors = o->l.block_size / o->l.lss;
	uint8_t *bits = calloc(1, GEN_MIB);
	int r;

	if (!bits)
		return -1;
	for (size_t i = 0; i < o->d->block_count; i++) {
		const struct gen_block *b = &o->d->blocks[i];
		uint64_t first = b->block % o->l.ratio * sectors;

		if (b->state != GEN_PARTIAL || b->block / o->l.ratio != chunk)
			continue;
		for (uint64_t k = 0; k < sectors; k++)
			if (gen_bit(&o->l, b, k))
				bits[(first + k) / 8] |=
					(uint8_t)(1 << (first + k) % 8);
	}
	r = gen_put(o, at, bits, GEN_MIB);
	free(bits);
	if (r)
		return r;
	return bat_put(o, gen_bitmap_index(&o->l, chunk), at, 6);
}

static int blocks_write(struct gen_out *o)
{
	const struct gen_disk *d = o->d;
	uint64_t at = o->l.data_at, free_at = o->l.blocks_at;

	for (uint64_t c = 0; d->kind == GEN_CHILD && c < o->l.chunk_count; c++)
		if (has_bitmap(d, &o->l, c)) {
			if (bitmap_write(o, c, at))
				return -1;
			at += GEN_MIB;
		}
	for (size_t i = 0; i < d->block_count; i++) {
		const struct gen_block *b = &d->blocks[i];

		at = block_at(d, &o->l, i);
		if (bat_put(o, gen_bat_index(&o->l, b->block), at, b->state) ||
		    (has_data(b) && gen_payload_write(o, b, at)))
			return -1;
		if (has_data(b) && !b->at_mb)
			free_at += o->l.block_size;
	}
	return d->kind == GEN_FIXED ? gen_fill_write(o, free_at) : 0;
}

/* A sealed structure of the file with one patch in it. */
static int patch_structure(struct gen_out *o, const struct gen_patch *p,
			   uint64_t at, size_t len)
{
	uint8_t *buf = calloc(1, len);
	int r;

	if (!buf)
		return -1;
	r = gen_get(o, at, buf, len);
	gen_patch_apply(p, p->at, buf, len);
	if (!p->unsealed)
		gen_seal(buf, len);
	if (!r)
		r = gen_put(o, at, buf, len);
	free(buf);
	return r;
}

static int patch_raw(struct gen_out *o, const struct gen_patch *p, uint64_t at)
{
	uint8_t buf[PIECE];
	unsigned int width = p->width ? p->width : 8;

	gen_patch_apply(p, 0, buf, sizeof(buf));
	return gen_put(o, at, buf, width);
}

static int patch_write(struct gen_out *o, const struct gen_patch *p)
{
	switch (p->place) {
	case GEN_FILE:
		return patch_raw(o, p, p->at);
	case GEN_HEADER1:
		return patch_structure(o, p, 65536, 4096);
	case GEN_HEADER2:
		return patch_structure(o, p, 2 * 65536, 4096);
	case GEN_HEADERS:
		return patch_structure(o, p, 65536, 4096) ||
		       patch_structure(o, p, 2 * 65536, 4096);
	case GEN_REGION1:
		return patch_structure(o, p, 3 * 65536, REGION_TABLE);
	case GEN_REGION2:
		return patch_structure(o, p, 4 * 65536, REGION_TABLE);
	case GEN_REGIONS:
		return patch_structure(o, p, 3 * 65536, REGION_TABLE) ||
		       patch_structure(o, p, 4 * 65536, REGION_TABLE);
	case GEN_META:
		return patch_raw(o, p, o->l.meta_at + p->at);
	case GEN_ITEM:
		return patch_raw(o, p,
				 o->l.meta_at + o->item_at[p->index] + p->at);
	case GEN_BAT:
		return patch_raw(o, p, o->l.bat_at + 8 * p->at);
	case GEN_LOG:
		return patch_raw(o, p, o->l.log_at + p->at);
	case GEN_ENTRY: /* done while the entry was made */
		break;
	}
	return 0;
}

int gen_write_fd(const struct gen_disk *d, int fd)
{
	struct gen_out *o = calloc(1, sizeof(*o));
	int r;

	if (!o)
		return -1;
	o->d = d;
	o->fd = fd;
	gen_layout_of(d, &o->l);
	r = ftruncate(fd, (off_t)o->l.file_size) || headers_write(o) ||
	    regions_write(o) || gen_metadata_write(o) || blocks_write(o);
	/* Patches before the log: its pages carry them, too. */
	for (size_t i = 0; !r && i < d->patch_count; i++)
		if (d->patches[i].place != GEN_LOG)
			r = patch_write(o, &d->patches[i]);
	if (!r)
		r = gen_log_write(o);
	for (size_t i = 0; !r && i < d->patch_count; i++)
		if (d->patches[i].place == GEN_LOG)
			r = patch_write(o, &d->patches[i]);
	if (!r && d->truncate)
		r = ftruncate(fd, (off_t)d->truncate);
	if (!r && d->grow)
		r = ftruncate(fd, (off_t)(o->l.file_size + d->grow));
	free(o);
	return r ? -1 : 0;
}

int gen_write(const struct gen_disk *d, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int r;

	if (fd < 0)
		return -1;
	r = gen_write_fd(d, fd);
	if (close(fd))
		r = -1;
	return r;
}
