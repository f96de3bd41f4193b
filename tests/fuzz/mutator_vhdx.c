/* SPDX-License-Identifier: MIT */
/*
 * A mutator that knows the packed VHDX files of tests/data/vhdx/sparse.h: it changes
 * fields where fields are and leaves the packing whole. Checksums are made
 * right when the input is unpacked, so that what it makes passes.
 *
 * libFuzzer: a target includes this file. AFL++: build it with -DWITH_AFL as a
 * shared object and name that in AFL_CUSTOM_MUTATOR_LIBRARY.
 */
#include "base/le.h"
#include "tests/data/vhdx/sparse.h"

#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max)
	__attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned int seed);

enum {
	PIECES_MAX = 512
};

static uint64_t mutator_random(uint64_t *state)
{
	*state ^= *state << 13; /* xorshift64, Marsaglia 2003 */
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* What is likely to be near a limit of VHDX: places, lengths, counts, states. */
static uint64_t mutator_value(uint64_t *state)
{
	static const uint64_t values[] = {
		0,
		1,
		6,
		7,
		8,
		512,
		2047,
		2048,
		4096,
		65535,
		65536,
		0x100000,
		0x200000,
		0x300000,
		0x400000,
		0x400006,
		0x500006,
		0x500007,
		0x7fffffff,
		0xffffffff,
		UINT64_C(1) << 44,
		UINT64_C(1) << 46,
		(UINT64_C(1) << 48) - 0x100000,
		INT64_MAX,
		UINT64_MAX - 0xfffff,
		UINT64_MAX,
	};
	const uint64_t r = mutator_random(state);

	if (r % 4 == 0)
		return r >> 40 << 20; /* some MiB */
	if (r % 4 == 1)
		return r >> 58;
	return values[(r >> 8) % (sizeof(values) / sizeof(values[0]))];
}

/* A field of 1, 2, 4 or 8 bytes at a place that fits its width. */
static void mutator_field(uint8_t *p, size_t len, uint64_t *state)
{
	const size_t width = (size_t)1 << mutator_random(state) % 4;
	const uint64_t v = mutator_value(state);
	size_t at;

	if (len < width)
		return;
	at = mutator_random(state) % (len - width + 1);
	if (mutator_random(state) % 4)
		at -= at % width;
	for (size_t i = 0; i < width; i++)
		p[at + i] = (uint8_t)(v >> (8 * i));
}

/* Copy an aligned record, as table entries and descriptors are, elsewhere. */
static void mutator_record(uint8_t *p, size_t len, uint64_t *state)
{
	const size_t size = mutator_random(state) % 2 ? 32 : 8;
	const size_t slots = len / size;

	if (slots < 2)
		return;
	memmove(p + mutator_random(state) % slots * size,
		p + mutator_random(state) % slots * size, size);
}

static void mutator_bits(uint8_t *p, size_t len, uint64_t *state)
{
	const uint64_t r = mutator_random(state);

	if (len > 0)
		p[r % len] ^= (uint8_t)(1 << (r >> 32) % 8);
}

/* Move a piece to another place, mostly to where it fits again. */
static void mutator_move(uint8_t *head, uint64_t *state)
{
	static const int64_t steps[] = { 4096,	   -4096,     65536, -65536,
					 0x100000, -0x100000, 8,     32 };
	const uint64_t r = mutator_random(state);
	const uint64_t at = le32_get(head) | (uint64_t)head[4] << 32;
	const uint64_t to = at + (uint64_t)steps[r % 8];

	le32_put(head, (uint32_t)to);
	head[4] = (uint8_t)(to >> 32);
}

/* A second piece over the first, e.g. one log entry at two places. */
static size_t mutator_double(uint8_t *data, size_t size, size_t max,
			     const struct sparse_piece *p, uint64_t *state)
{
	const size_t len = p->len + SPARSE_PIECE;

	if (len > max - size)
		return size;
	memcpy(data + size, data + p->offset - SPARSE_PIECE, len);
	mutator_move(data + size, state);
	return size + len;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
			       unsigned int seed)
{
	uint64_t state = (seed + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
	struct sparse_piece pieces[PIECES_MAX];
	size_t count = 0, pos = SPARSE_HEAD;

	while (count < PIECES_MAX &&
	       sparse_next(data, size, &pos, &pieces[count]))
		count++;
	if (count == 0 ||
	    (LLVMFuzzerMutate && mutator_random(&state) % 16 == 0))
		return LLVMFuzzerMutate ? LLVMFuzzerMutate(data, size, max)
					: size;

	for (uint64_t n = 1 + mutator_random(&state) % 3; n > 0; n--) {
		const struct sparse_piece *p =
			&pieces[mutator_random(&state) % count];

		switch (mutator_random(&state) % 12) {
		default:
			mutator_field(data + p->offset, p->len, &state);
			break;
		case 7:
			mutator_record(data + p->offset, p->len, &state);
			break;
		case 8:
			mutator_bits(data + p->offset, p->len, &state);
			break;
		case 9:
			mutator_move(data + p->offset - SPARSE_PIECE, &state);
			break;
		case 10:
			size = mutator_double(data, size, max, p, &state);
			break;
		case 11: /* the file's size */
			mutator_field(data + 1, 3, &state);
			break;
		}
	}
	return size;
}

#ifdef WITH_AFL
struct mutator_afl {
	unsigned int seed;
	uint8_t *buf;
	size_t cap;
};

void *afl_custom_init(void *afl, unsigned int seed);
size_t afl_custom_fuzz(struct mutator_afl *m, uint8_t *in, size_t size,
		       uint8_t **out, uint8_t *other, size_t other_size,
		       size_t max);
void afl_custom_deinit(struct mutator_afl *m);

void *afl_custom_init(void *afl, unsigned int seed)
{
	struct mutator_afl *m = calloc(1, sizeof(*m));

	(void)afl;
	if (m)
		m->seed = seed;
	return m;
}

size_t afl_custom_fuzz(struct mutator_afl *m, uint8_t *in, size_t size,
		       uint8_t **out, uint8_t *other, size_t other_size,
		       size_t max)
{
	(void)other;
	(void)other_size;
	if (max > m->cap) {
		uint8_t *buf = realloc(m->buf, max);

		if (!buf)
			return 0;
		m->buf = buf;
		m->cap = max;
	}
	memcpy(m->buf, in, size);
	*out = m->buf;
	return LLVMFuzzerCustomMutator(m->buf, size, max, m->seed++);
}

void afl_custom_deinit(struct mutator_afl *m)
{
	free(m->buf);
	free(m);
}
#endif
