/* SPDX-License-Identifier: MIT */
/* The block allocation table: its arithmetic and its compact form. */
#include "vhdx/bat.h"

#include "base/crc32c.h"
#include "base/le.h"

#include <pthread.h>
#include <string.h>

enum {
	/* Entries of a page and, as a chunk has at least 16 blocks, bitmaps. */
	ENTRIES_MAX = BAT_PAGE + BAT_PAGE / 16,
	SLOTS = 16,
};

struct bat_cache {
	pthread_mutex_t lock;
	uint64_t page[SLOTS]; /* UINT64_MAX: none */
	uint32_t words[SLOTS][BAT_PAGE];
};

struct bat_shape bat_shape_of(const struct meta_params *params)
{
	struct bat_shape s = {
		.disk_size = params->disk_size,
		.block_size = params->block_size,
		.sector_size = params->logical_sector_size,
		.differencing = params->has_parent,
	};

	/* At most 2^26 blocks by the limits on both sizes: nothing wraps. */
	s.ratio =
		(uint32_t)((UINT64_C(1) << 23) * s.sector_size / s.block_size);
	s.blocks = (s.disk_size + s.block_size - 1) / s.block_size;
	s.chunks = (s.blocks + s.ratio - 1) / s.ratio;
	s.entries = s.differencing ? s.chunks * (s.ratio + 1)
				   : s.blocks + (s.blocks - 1) / s.ratio;
	return s;
}

uint64_t bat_payload_index(const struct bat_shape *s, uint64_t b)
{
	/* A division would double the time of loading. */
	return b + (b >> __builtin_ctz(s->ratio));
}

uint64_t bat_bitmap_index(const struct bat_shape *s, uint64_t c)
{
	return (c + 1) * s->ratio + c;
}

uint64_t bat_block_bytes(const struct bat_shape *s, uint64_t b)
{
	const uint64_t rest = s->disk_size - b * s->block_size;

	return rest < s->block_size ? rest : s->block_size;
}

uint64_t bat_page_count(const struct bat_shape *s)
{
	return (s->blocks + BAT_PAGE - 1) / BAT_PAGE;
}

uint32_t bat_page_blocks(const struct bat_shape *s, uint64_t page)
{
	const uint64_t rest = s->blocks - page * BAT_PAGE;

	return rest < BAT_PAGE ? (uint32_t)rest : BAT_PAGE;
}

void bat_done(struct bat *b)
{
	if (b->cache)
		(void)pthread_mutex_destroy(&b->cache->lock);
	free(b->cache);
	free(b->pages);
	free(b->bitmaps);
	*b = (struct bat){ 0 };
}

uint32_t bat_word_step(const struct bat_shape *s, uint32_t word)
{
	return word >> BAT_STATE_BITS
		       ? (uint32_t)(s->block_size / VHDX_MIB) << BAT_STATE_BITS
		       : 0;
}

uint32_t bat_page_sum(const uint32_t words[BAT_PAGE])
{
	return crc32c(0, words, BAT_PAGE * sizeof(words[0]));
}

int bat_page_read(const struct bat *b, const struct view *view, uint64_t page,
		  uint32_t words[BAT_PAGE], struct shvm_err *err)
{
	const uint64_t block = page * BAT_PAGE;
	const uint32_t count = bat_page_blocks(&b->shape, page);
	const uint64_t start = bat_payload_index(&b->shape, block);
	const uint64_t end =
		bat_payload_index(&b->shape, block + count - 1) + 1;
	uint8_t raw[ENTRIES_MAX * 8];

	assert(end - start <= ENTRIES_MAX);
	TRY(view_read(view, b->table_at + start * 8, raw,
		      (size_t)(end - start) * 8, err));
	memset(words, 0, BAT_PAGE * sizeof(words[0]));
	for (uint32_t i = 0; i < count; i++) {
		const uint64_t at = bat_payload_index(&b->shape, block + i);

		words[i] = bat_word(le64_get(raw + (at - start) * 8));
	}
	return SHVM_OK;
}

int bat_cache_init(struct bat *b, struct shvm_err *err)
{
	b->cache = calloc(1, sizeof(*b->cache));
	if (!b->cache || pthread_mutex_init(&b->cache->lock, NULL) != 0)
		return err_nomem(err, "block table");
	memset(b->cache->page, 0xff, sizeof(b->cache->page));
	return SHVM_OK;
}

/* How many words from i on are want, want + step, ... */
static uint64_t count_alike(const uint32_t words[BAT_PAGE], uint32_t i,
			    uint32_t want, uint32_t step)
{
	uint32_t n = 0;

	while (i + n < BAT_PAGE && words[i + n] == want + n * step)
		n++;
	return n;
}

/* A word, by how much it grows, and how many blocks it stands for. */
struct word_run {
	uint32_t word, step;
	uint64_t count;
};

static struct word_run run_of(const struct bat *b, const uint32_t *words,
			      uint32_t i, const uint32_t *want)
{
	struct word_run run = { .word = want ? *want : words[i] };

	run.step = bat_word_step(&b->shape, run.word);
	run.count = count_alike(words, i, run.word, run.step);
	return run;
}

static int say_changed(uint64_t block, struct shvm_err *err)
{
	return err_reason(err, SHVM_E_IO, "changed",
			  "the block table changed while it was in use, at "
			  "the entry of block %ju",
			  (uintmax_t)block);
}

/*
 * Word i of a scattered page, unless the caller wants another (want is not
 * NULL), and how many from it on follow the same pattern. The words must be
 * those that were checked before.
 */
static int look_into(const struct bat *b, const struct view *view,
		     uint64_t page, uint32_t i, const uint32_t *want,
		     struct word_run *ret, struct shvm_err *err)
{
	struct bat_cache *cache = b->cache;
	uint32_t *slot = cache->words[page % SLOTS];
	uint32_t words[BAT_PAGE];
	bool hit;

	(void)pthread_mutex_lock(&cache->lock); /* cannot fail: not recursive */
	hit = cache->page[page % SLOTS] == page;
	if (hit)
		*ret = run_of(b, slot, i, want);
	(void)pthread_mutex_unlock(&cache->lock);
	if (hit)
		return SHVM_OK;

	TRY(bat_page_read(b, view, page, words, err));
	if (bat_page_sum(words) != b->pages[page].sum)
		return say_changed(page * BAT_PAGE, err);
	*ret = run_of(b, words, i, want);
	(void)pthread_mutex_lock(&cache->lock);
	cache->page[page % SLOTS] = page;
	memcpy(slot, words, sizeof(words));
	(void)pthread_mutex_unlock(&cache->lock);
	return SHVM_OK;
}

/*
 * Another process may write to the file in a way that keeps the checksum. So
 * what the reader relies on is checked again.
 */
static bool is_sound(const struct bat *b, uint64_t block, uint32_t word)
{
	const uint32_t state = word & VHDX_BAT_STATE;

	if (state == VHDX_PARTIALLY_PRESENT)
		return b->bitmaps && b->bitmaps[block / b->shape.ratio];
	return state <= VHDX_UNMAPPED || state == VHDX_FULLY_PRESENT;
}

int bat_find(const struct bat *b, const struct view *view, uint64_t block,
	     uint64_t max, struct bat_run *ret, struct shvm_err *err)
{
	const struct bat_page *p = &b->pages[block / BAT_PAGE];
	const uint32_t i = block % BAT_PAGE;
	struct word_run run = { .word = p->first }, more;
	uint64_t n;

	if (p->scattered) {
		TRY(look_into(b, view, block / BAT_PAGE, i, NULL, &run, err));
	} else {
		run.step = bat_word_step(&b->shape, p->first);
		run.word += i * run.step;
		run.count = BAT_PAGE - i;
	}
	if (!is_sound(b, block, run.word))
		return say_changed(block, err);
	if (max > b->shape.blocks - block)
		max = b->shape.blocks - block;
	for (n = run.count; n < max && (block + n) % BAT_PAGE == 0;
	     n += BAT_PAGE) {
		const uint64_t page = (block + n) / BAT_PAGE;
		const uint32_t want = run.word + (uint32_t)n * run.step;

		p = &b->pages[page];
		if (p->scattered) {
			TRY(look_into(b, view, page, 0, &want, &more, err));
			n += more.count;
			break;
		}
		if (p->first != want)
			break;
	}
	*ret = (struct bat_run){
		.state = (enum vhdx_block_state)(run.word & VHDX_BAT_STATE),
		.at = (uint64_t)(run.word >> BAT_STATE_BITS) * VHDX_MIB,
		.count = n < max ? n : max,
	};
	return SHVM_OK;
}
