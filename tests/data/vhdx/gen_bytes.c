/* SPDX-License-Identifier: MIT */
/* Contents of generated disks: seeds, sector bits, and what a read returns. */
#include "tests/data/vhdx/vhdxgen.h"

#include "base/le.h"

#include <string.h>

static uint64_t mix(uint64_t x) /* splitmix64's finisher */
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

void gen_bytes(uint64_t seed, uint64_t at, void *buf, size_t len)
{
	uint8_t *out = buf;

	if (seed == 0) {
		memset(buf, 0, len);
		return;
	}
	for (size_t i = 0; i < len;) {
		uint64_t v = mix(seed * UINT64_C(0x9e3779b97f4a7c15) +
				 (at + i) / 8 + 1);

		if ((at + i) % 8 == 0 && len - i >= 8) {
			le64_put(out + i, v);
			i += 8;
			continue;
		}
		for (uint64_t k = (at + i) % 8; k < 8 && i < len; k++)
			out[i++] = (uint8_t)(v >> (8 * k));
	}
}

/* table[n]: of a byte followed by n others. */
static void crc_tables(uint32_t table[8][256])
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ 0x82f63b78 : c >> 1;
		table[0][i] = c;
	}
	for (int n = 1; n < 8; n++)
		for (uint32_t i = 0; i < 256; i++)
			table[n][i] = table[n - 1][i] >> 8 ^
				      table[0][table[n - 1][i] & 0xff];
}

/* Eight bytes at once: the fuzzers seal 128 KiB for each file they make. */
uint32_t gen_crc32c(const void *data, size_t len)
{
	static uint32_t table[8][256];
	const uint8_t *p = data;
	uint32_t crc = 0xffffffff;

	if (!table[0][1])
		crc_tables(table);
	for (; len >= 8; p += 8, len -= 8) {
		crc ^= le32_get(p);
		crc = table[7][crc & 0xff] ^ table[6][crc >> 8 & 0xff] ^
		      table[5][crc >> 16 & 0xff] ^ table[4][crc >> 24] ^
		      table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^
		      table[0][p[7]];
	}
	for (; len > 0; p++, len--)
		crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
	return ~crc;
}

void gen_seal(uint8_t *structure, size_t len)
{
	uint32_t crc;

	memset(structure + 4, 0, 4);
	crc = gen_crc32c(structure, len);
	for (int i = 0; i < 4; i++)
		structure[4 + i] = (uint8_t)(crc >> (8 * i));
}

struct shvm_guid gen_guid(uint32_t n)
{
	struct shvm_guid g;

	gen_bytes(UINT64_C(0x6775696400000000) + n, 0, g.bytes, 16);
	return g;
}

const struct gen_block *gen_block_of(const struct gen_disk *d, uint64_t block)
{
	for (size_t i = 0; i < d->block_count; i++)
		if (d->blocks[i].block == block)
			return &d->blocks[i];
	return NULL;
}

bool gen_bit(const struct gen_layout *l, const struct gen_block *b, uint64_t k)
{
	switch (b->bits) {
	case GEN_BITS_MIXED:
		break;
	case GEN_BITS_ALL:
		return true;
	case GEN_BITS_NONE:
		return false;
	case GEN_BITS_FIRST:
		return k == 0;
	case GEN_BITS_LAST:
		return k == l->block_size / l->lss - 1;
	case GEN_BITS_ODD:
		return k & 1;
	}
	return mix(b->seed + k / 3) & 1;
}

/* One run inside a block; at is a virtual offset. */
static void block_bytes(const struct gen_layout *l, const struct gen_block *b,
			uint64_t at, uint8_t *buf, size_t len)
{
	uint64_t in = at % l->block_size;
	size_t held = len;

	if (b->len && in >= b->len)
		held = 0;
	else if (b->len && len > b->len - in)
		held = (size_t)(b->len - in);
	gen_bytes(b->seed, at, buf, held);
	memset(buf + held, 0, len - held);
}

/* len bytes inside one logical sector. */
static void sector_bytes(const struct gen_disk *d, const struct gen_layout *l,
			 uint64_t at, uint8_t *buf, size_t len)
{
	uint64_t block = at / l->block_size;
	const struct gen_block *b = gen_block_of(d, block);
	const struct gen_block fill = {
		.block = block,
		.state = d->kind == GEN_FIXED ? GEN_PRESENT : GEN_NOT_PRESENT,
		.seed = d->fill_seed,
		.len = d->fill_len,
	};

	if (!b)
		b = &fill;
	if (b->state == GEN_PRESENT ||
	    (b->state == GEN_PARTIAL &&
	     gen_bit(l, b, at % l->block_size / l->lss)))
		block_bytes(l, b, at, buf, len);
	else if (d->parent &&
		 (b->state == GEN_NOT_PRESENT || b->state == GEN_PARTIAL))
		gen_expect(d->parent, at, buf, len);
	else
		memset(buf, 0, len);
}

void gen_expect(const struct gen_disk *d, uint64_t at, void *buf, size_t len)
{
	struct gen_layout l;
	uint8_t *out = buf;

	gen_layout_of(d, &l);
	while (len > 0) {
		size_t n = (size_t)(l.lss - at % l.lss);

		if (n > len)
			n = len;
		if (at >= d->size)
			memset(out, 0, n);
		else
			sector_bytes(d, &l, at, out, n);
		at += n;
		out += n;
		len -= n;
	}
}
