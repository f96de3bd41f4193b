/* SPDX-License-Identifier: MIT */
/* The blocks of a fixed disk, in the order that the description asks for. */
#include "tests/data/vhdx/gen_internal.h"

#include "base/le.h"

#include <stdlib.h>

enum {
	ROW = 8192 /* entries that are written at once */
};

/* Entries of the block table that lie side by side. */
struct row {
	uint64_t first; /* index in the table */
	size_t count;
	uint8_t bytes[ROW * 8];
};

static int row_write(struct gen_out *o, struct row *row)
{
	const size_t len = row->count * 8;

	row->count = 0;
	return gen_put(o, o->l.bat_at + row->first * 8, row->bytes, len);
}

static int row_add(struct gen_out *o, struct row *row, uint64_t index,
		   uint64_t entry)
{
	if (row->count &&
	    (row->count == ROW || index != row->first + row->count) &&
	    row_write(o, row))
		return -1;
	if (row->count == 0)
		row->first = index;
	le64_put(row->bytes + row->count++ * 8, entry);
	return 0;
}

/* Change the order of 2^bits numbers. Each step has an inverse. */
static uint64_t stir(uint64_t i, unsigned int bits)
{
	const uint64_t mask = (UINT64_C(1) << bits) - 1;

	for (int round = 0; round < 2; round++) {
		i = (i * UINT64_C(0x9e3779b97f4a7c15) + 0x3c6ef372) & mask;
		i ^= i >> (bits / 2 + 1);
	}
	return i;
}

/* The place of block i of n: a number below n, another for each. */
static uint64_t place_of(enum gen_order order, uint64_t i, uint64_t n)
{
	unsigned int bits = 1;

	switch (order) {
	case GEN_IN_ORDER:
		break;
	case GEN_PAIRS:
		return (i ^ 1) < n ? i ^ 1 : i;
	case GEN_HALVES:
		return (i + n / 2) % n;
	case GEN_SCATTERED:
		while (n > UINT64_C(1) << bits)
			bits++;
		/* On a circle of the larger range: it comes back below n. */
		do
			i = stir(i, bits);
		while (i >= n);
		break;
	}
	return i;
}

int gen_fill_write(struct gen_out *o, uint64_t at)
{
	const struct gen_disk *d = o->d;
	const uint64_t n = o->l.block_count - d->block_count;
	struct row *row = calloc(1, sizeof(*row));
	uint64_t k = 0;
	int r = row ? 0 : -1;

	for (uint64_t i = 0; !r && i < o->l.block_count; i++) {
		const struct gen_block b = { .block = i,
					     .state = GEN_PRESENT,
					     .seed = d->fill_seed,
					     .len = d->fill_len };
		uint64_t place;

		if (d->block_count && gen_block_of(d, i))
			continue;
		place = at + place_of(d->fill_order, k++, n) * o->l.block_size;
		r = row_add(o, row, gen_bat_index(&o->l, i),
			    place | GEN_PRESENT) ||
		    gen_payload_write(o, &b, place);
	}
	if (!r && row->count)
		r = row_write(o, row);
	free(row);
	return r ? -1 : 0;
}
