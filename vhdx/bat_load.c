/* SPDX-License-Identifier: MIT */
/* Reads the block allocation table and checks it against its rules. */
#include "base/le.h"
#include "vhdx/bat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	PIECE = 256 * 1024,
	AHEAD = 16,	       /* entries; to hide the latency of memory */
	OWNER_SEARCHES = 1000, /* as many as the findings that a check lists */
	OWNER_PAGES = 4096,    /* read again for them, in total */

	PARTIAL = 1 << VHDX_PARTIALLY_PRESENT,
	KNOWN_STATES = 1 << VHDX_NOT_PRESENT | 1 << VHDX_UNDEFINED |
		       1 << VHDX_ZERO | 1 << VHDX_UNMAPPED |
		       1 << VHDX_FULLY_PRESENT | PARTIAL
};

struct loader {
	const struct view *view;
	const struct vhdx_region *region;
	struct allocation *allocation;
	struct rules *rules;
	struct bat *bat;
	uint32_t scratch[BAT_PAGE]; /* the page that is being read */
	uint64_t page;		    /* its number; UINT64_MAX: none */
	uint8_t *partial; /* chunks with a PARTIALLY_PRESENT block: one bit */
	bool junk_warned, padding_warned;
	unsigned int searches; /* to find the owners of space that is used
				  twice */
	unsigned int reread;   /* pages, for the same */
};

/*
 * Store the page: as one word where the others follow from it, else as a
 * checksum.
 */
static void finish_page(struct loader *l)
{
	const struct bat_shape *s = &l->bat->shape;
	const uint32_t *w = l->scratch;
	const uint32_t step = bat_word_step(s, w[0]);
	struct bat_page *p;
	uint32_t count;

	if (l->page == UINT64_MAX)
		return;
	p = &l->bat->pages[l->page];
	count = bat_page_blocks(s, l->page);
	for (uint32_t i = 1; i < count && !p->scattered; i++)
		p->scattered = w[i] != w[0] + i * step;
	p->first = w[0];
	if (!p->scattered)
		return;
	p->first = UINT32_MAX;
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t mib = w[i] >> BAT_STATE_BITS;

		if (mib && mib < p->first)
			p->first = mib;
		if (mib > p->last)
			p->last = mib;
	}
	p->sum = bat_page_sum(w);
}

/* Where the words of a block and of those after it on its page are stored. */
static uint32_t *words_from(struct loader *l, uint64_t block)
{
	const uint64_t page = block / BAT_PAGE;

	if (page != l->page) {
		finish_page(l);
		memset(l->scratch, 0, sizeof(l->scratch));
		l->page = page;
	}
	return l->scratch + block % BAT_PAGE;
}

/* A block as error texts name it, and where its entry is. */
struct subject {
	const char *what; /* "payload block" or "sector bitmap of chunk" */
	uint64_t number;
	uint64_t entry_at; /* file offset of the BAT entry */
	uint64_t at;	   /* file offset in the entry */
};

/* Is [at, at + size) in the file, or at least its first need bytes? */
static int check_range(struct loader *l, const struct subject *s, uint64_t size,
		       uint64_t need, bool *ok, struct shvm_err *err)
{
	const uint64_t end = l->view->size;

	*ok = false;
	if (s->at < VHDX_BODY_AT)
		return rules_error(l->rules, "BAT_OFFSET", s->entry_at, err,
				   "%s %" PRIu64 " is at %#" PRIx64
				   ", in the header section",
				   s->what, s->number, s->at);
	if (s->at >= end || need > end - s->at)
		return rules_error(l->rules, "BAT_EOF", s->entry_at, err,
				   "%s %" PRIu64 " at %#" PRIx64 " ends after "
				   "the end of the file at %#" PRIx64,
				   s->what, s->number, s->at, end);
	*ok = true;
	if (size <= end - s->at)
		return SHVM_OK;
	/* qemu-img 7.2.22, subformat=fixed with block_state_zero=off. */
	return rules_warn(l->rules, "BAT_CUT", s->entry_at, err,
			  "%s %" PRIu64 " is truncated by the end of the file "
			  "at %#" PRIx64 ", after the disk's last byte",
			  s->what, s->number, end);
}

/* The block of the words that contains the MiB, or count. */
static uint32_t find_holder(const struct bat_shape *s, const uint32_t *words,
			    uint32_t count, uint64_t mib)
{
	for (uint32_t i = 0; i < count; i++) {
		const uint64_t first = words[i] >> BAT_STATE_BITS;

		if (first && mib >= first &&
		    mib - first < s->block_size / VHDX_MIB)
			return i;
	}
	return count;
}

/*
 * The same in a page that was read before; the number of such reads is limited.
 */
static uint32_t find_in_page(struct loader *l, uint64_t page, uint64_t mib)
{
	const struct bat_shape *s = &l->bat->shape;
	const uint32_t count = bat_page_blocks(s, page);
	const uint64_t in_block = s->block_size / VHDX_MIB;
	const struct bat_page *p = &l->bat->pages[page];
	uint32_t words[BAT_PAGE];

	if (page == l->page)
		return find_holder(s, l->scratch, count, mib);
	if (!p->scattered) {
		const uint64_t first = p->first >> BAT_STATE_BITS;

		return first && mib >= first && mib - first < count * in_block
			       ? (uint32_t)((mib - first) / in_block)
			       : count;
	}
	/* A failure only makes the text less exact. */
	if (mib < p->first || mib >= p->last + in_block ||
	    l->reread++ >= OWNER_PAGES ||
	    bat_page_read(l->bat, l->view, page, words, NULL) < 0)
		return count;
	return find_holder(s, words, count, mib);
}

/* Write to text what uses the MiB, as far as the table has been read. */
static void name_owner(struct loader *l, uint64_t mib, char *text, size_t size)
{
	const struct bat *b = l->bat;

	(void)snprintf(text, size, "something else");
	if (l->searches++ >= OWNER_SEARCHES)
		return;
	for (uint64_t c = 0; b->bitmaps && c < b->shape.chunks; c++)
		if (b->bitmaps[c] && b->bitmaps[c] == mib) {
			(void)snprintf(text, size,
				       "the sector bitmap of chunk %" PRIu64,
				       c);
			return;
		}
	for (uint64_t page = 0; l->page != UINT64_MAX && page <= l->page;
	     page++) {
		const uint32_t i = find_in_page(l, page, mib);

		if (i < bat_page_blocks(&b->shape, page)) {
			(void)snprintf(text, size, "payload block %" PRIu64,
				       page * BAT_PAGE + i);
			return;
		}
	}
}

static int take_space(struct loader *l, const struct subject *s, uint64_t size,
		      bool *ok, struct shvm_err *err)
{
	uint64_t conflict;
	char owner[64];

	*ok = allocation_claim(l->allocation, s->at, size, &conflict);
	if (*ok)
		return SHVM_OK;
	name_owner(l, conflict / VHDX_MIB, owner, sizeof(owner));
	return rules_error(l->rules, "BAT_OVERLAP", s->entry_at, err,
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
		/*
		 * qemu before 2023-04 wrote entries to the neighbouring slot
		 * (qemu issue 727).
		 */
		if (l->junk_warned)
			return SHVM_OK;
		l->junk_warned = true;
		return rules_warn(l->rules, "BAT_SB_STATE", entry_at, err,
				  "%s %" PRIu64 " has the entry %#" PRIx64 ", "
				  "but the disk has no parent",
				  s.what, s.number, raw);
	}
	if (state != VHDX_NOT_PRESENT && state != VHDX_FULLY_PRESENT)
		return rules_error(l->rules, "BAT_SB_STATE", entry_at, err,
				   "%s %" PRIu64 " has the invalid state %u",
				   s.what, s.number, state);
	if ((raw & VHDX_BAT_RESERVED) != 0)
		return rules_error(l->rules, "BAT_RESERVED", entry_at, err,
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
	if (!(KNOWN_STATES >> state & 1))
		return rules_error(l->rules, "BAT_STATE", entry_at, err,
				   "payload block %" PRIu64 " has the invalid "
				   "state %u",
				   block, state);
	if ((raw & VHDX_BAT_RESERVED) != 0)
		return rules_error(l->rules, "BAT_RESERVED", entry_at, err,
				   "payload block %" PRIu64 " has reserved "
				   "bits in %#" PRIx64,
				   block, raw);
	if (state == VHDX_PARTIALLY_PRESENT && !l->bat->shape.differencing)
		return rules_error(l->rules, "BAT_PARTIAL_NODIFF", entry_at,
				   err,
				   "payload block %" PRIu64 " is partially "
				   "present, but the disk has no parent",
				   block);
	*ok = true;
	return SHVM_OK;
}

/* Claim count blocks of one chunk. */
static void note_states(struct loader *l, uint64_t block,
			const uint64_t seen[8])
{
	const uint64_t chunk = block / l->bat->shape.ratio;

	l->bat->present +=
		seen[VHDX_FULLY_PRESENT] + seen[VHDX_PARTIALLY_PRESENT];
	if (seen[VHDX_PARTIALLY_PRESENT])
		l->partial[chunk / 8] |= (uint8_t)(1u << chunk % 8);
}

static int load_payload(struct loader *l, uint64_t raw, uint64_t block,
			uint64_t entry_at, struct shvm_err *err)
{
	const struct bat_shape *shape = &l->bat->shape;
	const uint32_t state = raw & VHDX_BAT_STATE;
	const bool stored = state >= VHDX_FULLY_PRESENT;
	uint64_t seen[8] = { 0 };
	const struct subject s = { "payload block", block, entry_at,
				   raw & VHDX_BAT_OFFSET };
	bool ok = false;
	int r;

	r = check_entry(l, raw, block, entry_at, &ok, err);
	if (r < 0 || !ok)
		return r;

	if (bat_has_place(raw)) {
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
	*words_from(l, block) = bat_word(raw);
	seen[state] = 1;
	l->bat->undefined += state == VHDX_UNDEFINED && bat_has_place(raw);
	note_states(l, block, seen);
	return SHVM_OK;
}

/* Entries after the last block: the table of a child has whole chunks. */
static int note_padding(struct loader *l, uint64_t entry_at,
			struct shvm_err *err)
{
	if (l->padding_warned)
		return SHVM_OK;
	l->padding_warned = true;
	return rules_warn(l->rules, "BAT_PADDING", entry_at, err,
			  "an entry after the disk's last block is in use");
}

/*
 * The fast path: how many entries of one page keep all rules, up to the first
 * that needs a closer look. A table has up to 2^26 entries, so nanoseconds
 * count here; only the last block and entries that break a rule take the slow
 * path.
 */
static size_t load_sound(struct loader *l, const uint8_t *entries, size_t n,
			 uint64_t block)
{
	const struct bat_shape *s = &l->bat->shape;
	const uint64_t size = s->block_size, end = l->view->size;
	const unsigned int known =
		s->differencing ? KNOWN_STATES : KNOWN_STATES & ~PARTIAL;
	uint32_t *words = words_from(l, block);
	uint64_t seen[8] = { 0 }; /* blocks of each state */
	uint64_t undefined = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		const uint64_t raw = le64_get(entries + i * 8);
		const uint64_t at = raw & VHDX_BAT_OFFSET;
		const unsigned int state = raw & VHDX_BAT_STATE;

		if (n - i > AHEAD)
			allocation_prefetch(l->allocation,
					    le64_get(entries +
						     (i + AHEAD) * 8));
		if ((raw & VHDX_BAT_RESERVED) != 0 || !(known >> state & 1))
			break;
		if (bat_has_place(raw) &&
		    (at >= end ||
		     size > end - at || /* the first MiB is always taken */
		     !allocation_claim_quickly(l->allocation, at, size)))
			break;
		words[i] = bat_word(raw);
		seen[state]++;
		undefined += state == VHDX_UNDEFINED && at != 0;
	}
	note_states(l, block, seen);
	l->bat->undefined += undefined;
	return i;
}

/* Entries from payload slot on that lie in one chunk and one page. */
static size_t count_together(const struct bat_shape *s, uint64_t slot,
			     uint64_t block, size_t n)
{
	if (n > s->ratio - slot)
		n = (size_t)(s->ratio - slot);
	if (n > BAT_PAGE - block % BAT_PAGE)
		n = BAT_PAGE - block % BAT_PAGE;
	return n < s->blocks - block ? n : (size_t)(s->blocks - block);
}

static int load_piece(struct loader *l, const uint8_t *buf, size_t len,
		      uint64_t at, struct shvm_err *err)
{
	const struct bat_shape *shape = &l->bat->shape;
	const uint64_t first = (at - l->region->at) / 8;
	uint64_t chunk = first / (shape->ratio + 1);
	uint64_t slot = first % (shape->ratio + 1);

	for (size_t i = 0, n; i + 8 <= len; i += n * 8, slot += n) {
		const uint64_t raw = le64_get(buf + i);
		const uint64_t block = chunk * shape->ratio + slot;
		int r = SHVM_OK;

		n = 1;
		if (slot > shape->ratio) {
			chunk++;
			slot = n = 0;
		} else if (raw && slot == shape->ratio) {
			r = load_bitmap(l, raw, chunk, at + i, err);
		} else if (raw && block >= shape->blocks) {
			r = note_padding(l, at + i, err);
		} else if (raw) {
			n = count_together(shape, slot, block, (len - i) / 8);
			n = load_sound(l, buf + i, n, block);
			if (n > 0)
				continue;
			n = 1;
			r = load_payload(l, raw, block, at + i, err);
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

	TRY(err_null(err, buf, "block table"));
	while (at < end) {
		size_t len;

		at = view_next_data(l->view, at, end) / 8 * 8;
		len = end - at < PIECE ? (size_t)(end - at) : PIECE;
		TRY(view_read(l->view, at, buf, len, err));
		TRY(load_piece(l, buf, len, at, err));
		/* A check whose list is full need not continue. */
		if (l->rules->broken && checks_are_full(l->rules->checks))
			return rules_fatal(l->rules, "CHECKS_MAX", at, err,
					   "the block table from %#" PRIx64
					   " on was not checked",
					   at + len);
		at += len;
	}
	finish_page(l);
	return SHVM_OK;
}

/* A partially present block needs the bitmap of its chunk. */
static int check_partial(struct loader *l, struct shvm_err *err)
{
	const struct bat_shape *s = &l->bat->shape;

	for (uint64_t c = 0; s->differencing && c < s->chunks; c++) {
		if (!(l->partial[c / 8] & 1u << c % 8) || l->bat->bitmaps[c])
			continue;
		TRY(rules_error(l->rules, "BAT_PARTIAL_NO_SB",
				l->region->at + bat_bitmap_index(s, c) * 8, err,
				"chunk %" PRIu64 " has a partially present "
				"block but no sector bitmap",
				c));
	}
	return SHVM_OK;
}

int bat_load(const struct view *view, const struct vhdx_region *region,
	     const struct bat_shape *shape, struct allocation *allocation,
	     struct rules *rules, struct bat *ret, struct shvm_err *err)
{
	AUTO_DONE(bat) b = { .shape = *shape, .table_at = region->at };
	AUTOFREE uint8_t *partial = calloc(shape->chunks / 8 + 1, 1);
	AUTOFREE struct loader *l = calloc(1, sizeof(*l));

	if (shape->entries > region->len / 8)
		return rules_fatal(rules, "BAT_TOO_SMALL", region->at, err,
				   "the BAT has room for %" PRIu64
				   " entries, but the disk needs %" PRIu64,
				   region->len / 8, shape->entries);
	b.pages = calloc(bat_page_count(shape), sizeof(*b.pages));
	if (shape->differencing)
		b.bitmaps = calloc(shape->chunks, sizeof(*b.bitmaps));
	if (!b.pages || !partial || !l || (shape->differencing && !b.bitmaps))
		return err_nomem(err, "block table");

	TRY(bat_cache_init(&b, err));
	*l = (struct loader){
		.view = view,
		.region = region,
		.allocation = allocation,
		.rules = rules,
		.bat = &b,
		.page = UINT64_MAX,
		.partial = partial,
	};
	TRY(load_all(l, err));
	TRY(check_partial(l, err));

	*ret = MOVE(b);
	return SHVM_OK;
}
