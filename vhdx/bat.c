/* SPDX-License-Identifier: MIT */
/* The block allocation table: its arithmetic and its compact, checked form. */
#include "vhdx/bat.h"

#include "base/le.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	PIECE = 256 * 1024,
	STATE_BITS = 3,
	OWNER_SEARCHES = 32 /* each goes through all blocks */
};

/*
 * A word is state | MiB << 3: file offsets below 256 TiB are below 2^28 MiB.
 * Without words, block i of the page has the word base + i * step.
 */
struct bat_page {
	uint32_t *words;
	uint32_t base, step;
};

struct loader {
	const struct view *view;
	const struct vhdx_region *region;
	struct space *space;
	struct rules *rules;
	struct bat *bat;
	uint32_t scratch[BAT_PAGE]; /* the page that is being read */
	uint64_t page;		    /* its number; UINT64_MAX: none */
	uint8_t *partial; /* chunks with a PARTIALLY_PRESENT block: one bit */
	bool junk_warned, padding_warned, cut_warned;
	unsigned int searches; /* for the owner of doubly used space */
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
	return b + b / s->ratio;
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

static uint64_t page_count(const struct bat_shape *s)
{
	return (s->blocks + BAT_PAGE - 1) / BAT_PAGE;
}

void bat_done(struct bat *b)
{
	if (b->pages)
		for (uint64_t i = 0; i < page_count(&b->shape); i++)
			free(b->pages[i].words);
	free(b->pages);
	free(b->bitmaps);
	*b = (struct bat){ 0 };
}

static uint32_t word_of(const struct bat *b, uint64_t block)
{
	const struct bat_page *p = &b->pages[block / BAT_PAGE];
	const uint32_t i = (uint32_t)(block % BAT_PAGE);

	return p->words ? p->words[i] : p->base + i * p->step;
}

/* By how much the word grows from one block of a piece to the next. */
static uint32_t step_of(const struct bat *b, uint32_t word)
{
	return word >> STATE_BITS ? (uint32_t)(b->shape.block_size / VHDX_MIB)
					    << STATE_BITS
				  : 0;
}

struct bat_block bat_get(const struct bat *b, uint64_t block)
{
	const uint32_t word = word_of(b, block);

	return (struct bat_block){
		.state = (enum vhdx_block_state)(word & VHDX_BAT_STATE),
		.at = (uint64_t)(word >> STATE_BITS) * VHDX_MIB,
	};
}

uint64_t bat_run(const struct bat *b, uint64_t block, uint64_t max)
{
	const uint32_t first = word_of(b, block);
	const uint32_t step = step_of(b, first);
	uint64_t n = 1;

	if (max > b->shape.blocks - block)
		max = b->shape.blocks - block;
	while (n < max) {
		const uint64_t next = block + n;
		const struct bat_page *p = &b->pages[next / BAT_PAGE];

		if (word_of(b, next) != first + (uint32_t)n * step)
			break;
		/* The rest of a page in one piece is in the run as well. */
		n += !p->words && p->step == step ? BAT_PAGE - next % BAT_PAGE
						  : 1;
	}
	return n < max ? n : max;
}

/* Put the page away: as a line where it is one, else word by word. */
static int finish_page(struct loader *l, struct shvm_err *err)
{
	const uint32_t *w = l->scratch;
	const struct bat_shape *s = &l->bat->shape;
	struct bat_page *p;
	uint32_t count = BAT_PAGE, step = 0;

	if (l->page == UINT64_MAX)
		return SHVM_OK;
	p = &l->bat->pages[l->page];
	if (s->blocks - l->page * BAT_PAGE < BAT_PAGE)
		count = (uint32_t)(s->blocks - l->page * BAT_PAGE);
	if (count > 1)
		step = w[1] - w[0];
	p->base = w[0];
	p->step = step;
	for (uint32_t i = 1; i < count; i++)
		if (w[i] != w[0] + i * step) {
			p->words = malloc(sizeof(l->scratch));
			if (!p->words)
				return err_nomem(err, "block table");
			memcpy(p->words, w, sizeof(l->scratch));
			break;
		}
	return SHVM_OK;
}

static int put_word(struct loader *l, uint64_t block, uint32_t word,
		    struct shvm_err *err)
{
	const uint64_t page = block / BAT_PAGE;

	if (page != l->page) {
		int r = finish_page(l, err);

		if (r < 0)
			return r;
		memset(l->scratch, 0, sizeof(l->scratch));
		l->page = page;
	}
	l->scratch[block % BAT_PAGE] = word;
	return SHVM_OK;
}

/* A block in words, for texts: which it is and where its entry lies. */
struct subject {
	const char *what; /* "payload block" or "sector bitmap of chunk" */
	uint64_t number;
	uint64_t entry_at; /* file offset of the BAT entry */
	uint64_t at;	   /* file offset that it names */
};

/* Is [at, at + size) in the file, of which need bytes count? */
static int check_range(struct loader *l, const struct subject *s, uint64_t size,
		       uint64_t need, bool *ok, struct shvm_err *err)
{
	const uint64_t end = l->view->size;

	*ok = false;
	if (s->at < VHDX_BODY_AT)
		return rules_error(l->rules, SHVM_E_FORMAT, "BAT_OFFSET",
				   s->entry_at, err,
				   "%s %" PRIu64 " is at %#" PRIx64
				   ", in the header section",
				   s->what, s->number, s->at);
	if (s->at >= end || need > end - s->at)
		return rules_error(l->rules, SHVM_E_FORMAT, "BAT_EOF",
				   s->entry_at, err,
				   "%s %" PRIu64 " at %#" PRIx64
				   " ends behind the file's end at %#" PRIx64,
				   s->what, s->number, s->at, end);
	*ok = true;
	if (size <= end - s->at || l->cut_warned)
		return SHVM_OK;
	/* qemu-img 7.2, subformat=fixed with block_state_zero=off. */
	l->cut_warned = true;
	return rules_warn(l->rules, "BAT_CUT", s->entry_at, err,
			  "%s %" PRIu64 " is cut by the file's end at "
			  "%#" PRIx64 ", behind the disk's last byte",
			  s->what, s->number, end);
}

/* Does this payload block, as its word says, hold the MiB? */
static bool holds(const struct bat *b, uint32_t word, uint64_t mib)
{
	const uint64_t first = word >> STATE_BITS;

	return first && mib >= first &&
	       mib - first < b->shape.block_size / VHDX_MIB;
}

/* Say in text whose the MiB is, as far as the table has been read. */
static void name_owner(struct loader *l, uint64_t mib, char *text, size_t size)
{
	const struct bat *b = l->bat;
	const uint64_t pages = l->page == UINT64_MAX ? 0 : l->page + 1;

	(void)snprintf(text, size, "something else");
	if (l->searches++ >= OWNER_SEARCHES)
		return;
	for (uint64_t c = 0; b->bitmaps && c < b->shape.chunks; c++)
		if (b->bitmaps[c] && b->bitmaps[c] == mib)
			(void)snprintf(text, size,
				       "the sector bitmap of chunk %" PRIu64,
				       c);
	for (uint64_t i = 0; i < pages * BAT_PAGE; i++) {
		const uint32_t word = i / BAT_PAGE == l->page
					      ? l->scratch[i % BAT_PAGE]
				      : i < b->shape.blocks ? word_of(b, i)
							    : 0;

		if (holds(b, word, mib))
			(void)snprintf(text, size, "payload block %" PRIu64, i);
	}
}

static int take_space(struct loader *l, const struct subject *s, uint64_t size,
		      bool *ok, struct shvm_err *err)
{
	uint64_t conflict;
	char owner[64];

	*ok = space_claim(l->space, s->at, size, &conflict);
	if (*ok)
		return SHVM_OK;
	name_owner(l, conflict / VHDX_MIB, owner, sizeof(owner));
	return rules_error(l->rules, SHVM_E_FORMAT, "BAT_OVERLAP", s->entry_at,
			   err,
			   "%s %" PRIu64 " at %#" PRIx64
			   " overlaps %s at %#" PRIx64,
			   s->what, s->number, s->at, owner, conflict);
}

static int load_bitmap(struct loader *l, uint64_t raw, uint64_t chunk,
		       uint64_t entry_at, struct shvm_err *err)
{
	const uint32_t state = raw & VHDX_BAT_STATE;
	const struct subject s = { "sector bitmap of chunk", chunk, entry_at,
				   raw & VHDX_BAT_OFFSET };
	bool ok = false;
	int r;

	if (!l->bat->shape.differencing) {
		/* qemu before 2023-04 wrote entries one place off. */
		if (l->junk_warned)
			return SHVM_OK;
		l->junk_warned = true;
		return rules_warn(l->rules, "BAT_SB_STATE", entry_at, err,
				  "%s %" PRIu64 " has an entry, %#" PRIx64
				  ", though there is no parent",
				  s.what, s.number, raw);
	}
	if (state != VHDX_NOT_PRESENT && state != VHDX_FULLY_PRESENT)
		return rules_error(l->rules, SHVM_E_FORMAT, "BAT_SB_STATE",
				   entry_at, err, "%s %" PRIu64 " has state %u",
				   s.what, s.number, state);
	if ((raw & VHDX_BAT_RESERVED) != 0)
		return rules_error(l->rules, SHVM_E_FORMAT, "BAT_RESERVED",
				   entry_at, err,
				   "%s %" PRIu64 " has reserved bits in "
				   "%#" PRIx64,
				   s.what, s.number, raw);
	if (state == VHDX_NOT_PRESENT)
		return SHVM_OK;
	r = check_range(l, &s, BAT_BITMAP_SIZE, BAT_BITMAP_SIZE, &ok, err);
	if (r < 0 || !ok)
		return r;
	r = take_space(l, &s, BAT_BITMAP_SIZE, &ok, err);
	if (r < 0 || !ok)
		return r;

	l->bat->bitmaps[chunk] = (uint32_t)(s.at / VHDX_MIB);
	return SHVM_OK;
}

/* Rules on the entry alone. */
static int check_entry(struct loader *l, uint64_t raw, uint64_t block,
		       uint64_t entry_at, bool *ok, struct shvm_err *err)
{
	const uint32_t state = raw & VHDX_BAT_STATE;

	*ok = false;
	if (state == 4 || state == 5)
		return rules_error(l->rules, SHVM_E_FORMAT, "BAT_STATE",
				   entry_at, err,
				   "payload block %" PRIu64 " has state %u",
				   block, state);
	if ((raw & VHDX_BAT_RESERVED) != 0)
		return rules_error(l->rules, SHVM_E_FORMAT, "BAT_RESERVED",
				   entry_at, err,
				   "payload block %" PRIu64 " has reserved "
				   "bits in %#" PRIx64,
				   block, raw);
	if (state == VHDX_PARTIALLY_PRESENT && !l->bat->shape.differencing)
		return rules_error(l->rules, SHVM_E_FORMAT,
				   "BAT_PARTIAL_NODIFF", entry_at, err,
				   "payload block %" PRIu64 " is partially "
				   "present, but there is no parent",
				   block);
	*ok = true;
	return SHVM_OK;
}

static int load_payload(struct loader *l, uint64_t raw, uint64_t block,
			uint64_t entry_at, struct shvm_err *err)
{
	const struct bat_shape *shape = &l->bat->shape;
	const uint32_t state = raw & VHDX_BAT_STATE;
	const bool stored = state >= VHDX_FULLY_PRESENT;
	const struct subject s = { "payload block", block, entry_at,
				   raw & VHDX_BAT_OFFSET };
	uint32_t word = state;
	bool ok = false;
	int r;

	r = check_entry(l, raw, block, entry_at, &ok, err);
	if (r < 0 || !ok)
		return r;

	/* Unmapped blocks may keep their space; that of the others is void. */
	if (stored ||
	    ((state == VHDX_UNMAPPED || state == VHDX_UNDEFINED) && s.at)) {
		r = check_range(l, &s, shape->block_size,
				stored ? bat_block_bytes(shape, block)
				       : shape->block_size,
				&ok, err);
		if (r < 0 || !ok)
			return r;
		r = take_space(l, &s, shape->block_size, &ok, err);
		if (r < 0 || !ok)
			return r;
	}
	if (stored) {
		word |= (uint32_t)(s.at / VHDX_MIB) << STATE_BITS;
		l->bat->present++;
	}
	if (state == VHDX_UNDEFINED)
		l->bat->undefined++;
	if (state == VHDX_PARTIALLY_PRESENT)
		l->partial[block / shape->ratio / 8] |=
			(uint8_t)(1u << block / shape->ratio % 8);
	return put_word(l, block, word, err);
}

/* Entries behind the last block: the table of a child has whole chunks. */
static int note_padding(struct loader *l, uint64_t entry_at,
			struct shvm_err *err)
{
	if (l->padding_warned)
		return SHVM_OK;
	l->padding_warned = true;
	return rules_warn(l->rules, "BAT_PADDING", entry_at, err,
			  "an entry behind the disk's last block is in use");
}

static int load_piece(struct loader *l, const uint8_t *buf, size_t len,
		      uint64_t at, struct shvm_err *err)
{
	const struct bat_shape *shape = &l->bat->shape;
	const uint64_t first = (at - l->region->at) / 8;
	uint64_t chunk = first / (shape->ratio + 1);
	uint64_t slot = first % (shape->ratio + 1);

	for (size_t i = 0; i + 8 <= len; i += 8) {
		const uint64_t raw = le64_get(buf + i);
		const uint64_t block = chunk * shape->ratio + slot;
		int r = SHVM_OK;

		if (slot == shape->ratio) {
			if (raw)
				r = load_bitmap(l, raw, chunk, at + i, err);
			chunk++;
			slot = 0;
		} else {
			if (raw && block >= shape->blocks)
				r = note_padding(l, at + i, err);
			else if (raw)
				r = load_payload(l, raw, block, at + i, err);
			slot++;
		}
		if (r < 0)
			return r;
	}
	return SHVM_OK;
}

static int load_all(struct loader *l, struct shvm_err *err)
{
	const uint64_t start = l->region->at;
	const uint64_t end = start + l->bat->shape.entries * 8;
	AUTOFREE uint8_t *buf = malloc(PIECE);
	uint64_t at = start;

	if (!buf)
		return err_nomem(err, "block table");
	while (at < end) {
		size_t len;
		int r;

		at = view_next_data(l->view, at, end) / 8 * 8;
		if (at >= end)
			break;
		len = end - at < PIECE ? (size_t)(end - at) : PIECE;
		r = view_read(l->view, at, buf, len, err);
		if (r < 0)
			return r;
		r = load_piece(l, buf, len, at, err);
		if (r < 0)
			return r;
		at += len;
	}
	return finish_page(l, err);
}

/* A partially present block is told by its chunk's bitmap. */
static int check_partial(struct loader *l, struct shvm_err *err)
{
	const struct bat_shape *s = &l->bat->shape;

	for (uint64_t c = 0; s->differencing && c < s->chunks; c++) {
		int r;

		if (!(l->partial[c / 8] & 1u << c % 8) || l->bat->bitmaps[c])
			continue;
		r = rules_error(l->rules, SHVM_E_FORMAT, "BAT_PARTIAL_NO_SB",
				l->region->at + bat_bitmap_index(s, c) * 8, err,
				"chunk %" PRIu64 " has a partially present "
				"block but no sector bitmap",
				c);
		if (r < 0)
			return r;
	}
	return SHVM_OK;
}

AUTO_DEFINE(bat_ptr, struct bat *, bat_done);

int bat_load(const struct view *view, const struct vhdx_region *region,
	     const struct bat_shape *shape, struct space *space,
	     struct rules *rules, struct bat *ret, struct shvm_err *err)
{
	struct bat b = { .shape = *shape };
	AUTO(bat_ptr) owner = &b;
	AUTOFREE uint8_t *partial = calloc(shape->chunks / 8 + 1, 1);
	AUTOFREE struct loader *l = calloc(1, sizeof(*l));
	int r;

	if (shape->entries > region->len / 8)
		return rules_fatal(rules, SHVM_E_FORMAT, "BAT_TOO_SMALL",
				   region->at, err,
				   "the BAT has room for %" PRIu64
				   " entries, but the disk needs %" PRIu64,
				   region->len / 8, shape->entries);
	b.pages = calloc(page_count(shape), sizeof(*b.pages));
	if (shape->differencing)
		b.bitmaps = calloc(shape->chunks, sizeof(*b.bitmaps));
	if (!b.pages || !partial || !l || (shape->differencing && !b.bitmaps))
		return err_nomem(err, "block table");

	*l = (struct loader){
		.view = view,
		.region = region,
		.space = space,
		.rules = rules,
		.bat = &b,
		.page = UINT64_MAX,
		.partial = partial,
	};
	r = load_all(l, err);
	if (r < 0)
		return r;
	r = check_partial(l, err);
	if (r < 0)
		return r;

	*ret = b;
	owner = NULL;
	return SHVM_OK;
}
