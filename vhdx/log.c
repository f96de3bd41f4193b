/* SPDX-License-Identifier: MIT */
/*
 * The log: finds the active sequence and turns it into patches over the file.
 *
 * The time is linear in the log's size, regardless of its content: a sector
 * that begins like an entry ends any entry before it, because the other sectors
 * of an entry begin in other ways. So no sector belongs to two entries whose
 * checksum is computed, and each entry has at most one successor.
 */
#include "vhdx/log.h"

#include "base/array.h"
#include "base/crc32c.h"
#include "base/le.h"
#include "vhdx/log_patch.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

enum {
	SECTOR = VHDX_LOG_SECTOR,
	SCAN_STEP = 64 * SECTOR,
	NONE = UINT32_MAX,
};

#define PATCHES_MAX                                                            \
	(UINT32_C(1) << 18) /* our limit: 1 GiB of log in data
					   pages */

/* What a sector of the log begins with. */
enum kind {
	KIND_OTHER,
	KIND_ENTRY,
	KIND_DESCRIPTOR,
	KIND_DATA
};

struct entry {
	uint32_t sector; /* where it starts */
	uint32_t sectors;
	uint32_t tail; /* its tail: the sector where the sequence starts */
	uint32_t descriptors;
	uint32_t next; /* index of the entry that follows in the chain */
	uint32_t last; /* index of the last entry of its chain */
	bool has_prior;
	uint64_t sequence;
	uint64_t flushed_size, last_size;
};

struct log {
	struct view *view;
	const struct vhdx_header *header;
	struct rules *rules;
	uint32_t sectors;      /* of the ring */
	uint8_t *kinds;	       /* enum kind of each sector */
	struct entry *entries; /* valid ones, by sector */
	size_t count;
	struct log_record *records;
	size_t record_count;
};

static void log_done(struct log *l)
{
	free(l->kinds);
	free(l->entries);
	free(l->records);
}

static uint64_t sector_at(const struct log *l, uint64_t sector)
{
	return l->header->log_offset + sector % l->sectors * SECTOR;
}

static int read_sector(const struct log *l, uint64_t sector,
		       uint8_t buf[SECTOR], struct shvm_err *err)
{
	return source_read(l->view->file, sector_at(l, sector), buf, SECTOR,
			   err);
}

static enum kind kind_of(const uint8_t *sector)
{
	if (memcmp(sector, "loge", 4) == 0)
		return KIND_ENTRY;
	if (memcmp(sector, "desc", 4) == 0 || memcmp(sector, "zero", 4) == 0)
		return KIND_DESCRIPTOR;
	if (memcmp(sector, "data", 4) == 0)
		return KIND_DATA;
	return KIND_OTHER;
}

/* Read the first bytes of each sector, skipping holes. */
static int scan_kinds(struct log *l, struct shvm_err *err)
{
	AUTOFREE uint8_t *buf = malloc(SCAN_STEP);
	const uint64_t start = l->header->log_offset;
	const uint64_t end = start + l->header->log_length;
	uint64_t at = start;

	l->kinds = calloc(l->sectors, 1);
	if (!buf || !l->kinds)
		return err_nomem(err, "log");

	while (at < end) {
		size_t len;

		at = view_next_data(l->view, at, end) / SECTOR * SECTOR;
		if (at >= end)
			break;
		len = end - at < SCAN_STEP ? (size_t)(end - at) : SCAN_STEP;
		TRY(source_read(l->view->file, at, buf, len, err));
		for (size_t i = 0; i < len; i += SECTOR)
			l->kinds[(at - start + i) / SECTOR] =
				(uint8_t)kind_of(buf + i);
		at += len;
	}
	return SHVM_OK;
}

/*
 * Sectors of a header and its descriptors: 126 in the first, then 128 in each.
 */
static uint64_t descriptor_sectors(uint32_t descriptors)
{
	return ((uint64_t)descriptors *
			sizeof(struct vhdx_log_descriptor_disk) +
		sizeof(struct vhdx_log_entry_disk) + SECTOR - 1) /
	       SECTOR;
}

/*
 * The cheap half of the check: fields of the header and first bytes of the
 * sectors.
 */
static bool is_plausible(const struct log *l, uint32_t sector,
			 const uint8_t *buf, struct entry *ret)
{
	const struct vhdx_log_entry_disk *d = (const void *)buf;
	const uint32_t length = le32_get(d->length);
	const uint32_t tail = le32_get(d->tail);
	const uint32_t count = le32_get(d->descriptors);
	const uint64_t ahead = descriptor_sectors(count);
	const struct shvm_guid guid = guid_load(d->log_guid);

	*ret = (struct entry){
		.sector = sector,
		.sectors = length / SECTOR,
		.tail = tail / SECTOR,
		.descriptors = count,
		.next = NONE,
		.sequence = le64_get(d->sequence),
		.flushed_size = le64_get(d->flushed_size),
		.last_size = le64_get(d->last_size),
	};
	if (length % SECTOR != 0 || ret->sectors > l->sectors ||
	    tail % SECTOR != 0 || ret->tail >= l->sectors ||
	    ret->sequence == 0 || ret->flushed_size % VHDX_MIB != 0 ||
	    ret->last_size % VHDX_MIB != 0 || ahead > ret->sectors ||
	    !guid_equal(&guid, &l->header->log_guid))
		return false;

	for (uint32_t i = 1; i < ret->sectors; i++) {
		const enum kind want = i < ahead ? KIND_DESCRIPTOR : KIND_DATA;

		if (l->kinds[(sector + i) % l->sectors] != want)
			return false;
	}
	return true;
}

/* The descriptors in one sector; counts those that have a data sector. */
static bool descriptors_are_right(const struct entry *e, const uint8_t *sector,
				  uint32_t index, uint32_t *data)
{
	const uint32_t each = sizeof(struct vhdx_log_descriptor_disk);
	const uint32_t first = index == 0 ? 2 : 0; /* after the header */
	const uint32_t done = index == 0 ? 0 : 126 + (index - 1) * 128;

	for (uint32_t i = first; i < SECTOR / each; i++) {
		const struct vhdx_log_descriptor_disk *d =
			(const void *)(sector + (size_t)i * each);

		if (done + i - first >= e->descriptors)
			break;
		if (le64_get(d->sequence) != e->sequence ||
		    le64_get(d->offset) % SECTOR != 0)
			return false;
		if (memcmp(d->signature, "desc", 4) == 0)
			(*data)++;
		else if (memcmp(d->signature, "zero", 4) != 0 ||
			 le64_get(d->leading) % SECTOR != 0)
			return false;
	}
	return true;
}

static bool data_is_right(const struct entry *e, const uint8_t *sector)
{
	const struct vhdx_log_data_disk *d = (const void *)sector;

	return le32_get(d->sequence_high) == e->sequence >> 32 &&
	       le32_get(d->sequence_low) == (uint32_t)e->sequence;
}

/*
 * The other half of the check: every descriptor, every data sector, the
 * checksum.
 */
static int check_body(const struct log *l, const struct entry *e, bool *valid,
		      struct shvm_err *err)
{
	const uint64_t ahead = descriptor_sectors(e->descriptors);
	uint32_t crc = 0, stored = 0, data = 0;
	uint8_t buf[SECTOR];

	*valid = false;
	for (uint32_t i = 0; i < e->sectors; i++) {
		TRY(read_sector(l, (uint64_t)e->sector + i, buf, err));
		if (i < ahead ? !descriptors_are_right(e, buf, i, &data)
			      : !data_is_right(e, buf))
			return SHVM_OK;
		if (i == 0) {
			stored = le32_get(buf + 4);
			le32_put(buf + 4, 0);
		}
		crc = crc32c(crc, buf, SECTOR);
	}
	*valid = crc == stored && data == e->sectors - ahead;
	return SHVM_OK;
}

static int add_entry(struct log *l, const struct entry *e, struct shvm_err *err)
{
	TRY(err_null(err, ARRAY_GROW(l->entries, l->count), "log"));
	l->entries[l->count++] = *e;
	return SHVM_OK;
}

static int find_entries(struct log *l, struct shvm_err *err)
{
	uint8_t buf[SECTOR];

	for (uint32_t s = 0; s < l->sectors; s++) {
		struct entry e;
		bool valid;

		if (l->kinds[s] != KIND_ENTRY)
			continue;
		TRY(read_sector(l, s, buf, err));
		if (!is_plausible(l, s, buf, &e))
			continue;
		TRY(check_body(l, &e, &valid, err));
		if (valid)
			TRY(add_entry(l, &e, err));
	}
	return SHVM_OK;
}

/* Index of the entry that starts at this sector, or NONE. */
static uint32_t entry_at(const struct log *l, uint32_t sector)
{
	size_t low = 0, high = l->count;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;

		if (l->entries[mid].sector < sector)
			low = mid + 1;
		else
			high = mid;
	}
	return low < l->count && l->entries[low].sector == sector
		       ? (uint32_t)low
		       : NONE;
}

/*
 * The next entry directly follows, with a number one higher; 0 is not a number.
 */
static void link_entries(struct log *l)
{
	for (size_t i = 0; i < l->count; i++) {
		struct entry *e = &l->entries[i];
		const uint64_t after = (uint64_t)e->sector + e->sectors;
		const uint32_t next =
			entry_at(l, (uint32_t)(after % l->sectors));

		if (next != NONE &&
		    l->entries[next].sequence == e->sequence + 1) {
			e->next = next;
			l->entries[next].has_prior = true;
		}
	}
}

/*
 * Store in each entry where its chain ends. Numbers grow, so each chain ends.
 */
static void find_ends(struct log *l)
{
	for (uint32_t i = 0; i < l->count; i++) {
		uint32_t last = i;

		if (l->entries[i].has_prior)
			continue;
		while (l->entries[last].next != NONE)
			last = l->entries[last].next;
		for (uint32_t k = i; k != NONE; k = l->entries[k].next)
			l->entries[k].last = last;
	}
}

/*
 * The active sequence (2.3.2): of all chains whose last entry has its tail
 * inside the chain, the one with the highest last number.
 */
static int choose_sequence(const struct log *l, uint32_t *tail, uint32_t *head,
			   struct shvm_err *err)
{
	const uint64_t at = l->header->log_offset;
	bool tie = false;

	*head = NONE;
	for (uint32_t i = 0; i < l->count; i++) {
		const struct entry *e = &l->entries[i];
		uint32_t first;

		if (e->next != NONE)
			continue;
		first = entry_at(l, e->tail);
		if (first == NONE || l->entries[first].last != i)
			continue;
		if (*head != NONE &&
		    e->sequence <= l->entries[*head].sequence) {
			tie = tie || e->sequence == l->entries[*head].sequence;
			continue;
		}
		tie = false;
		*head = i;
		*tail = first;
	}
	if (*head == NONE)
		return rules_fatal(l->rules, "LOG_NO_SEQUENCE", at, err,
				   "the log is in use but contains no "
				   "sequence to replay (%zu valid entries)",
				   l->count);
	if (tie)
		return rules_fatal(l->rules, "LOG_TIE", at, err,
				   "two sequences in the log end in number "
				   "%" PRIu64,
				   l->entries[*head].sequence);
	return SHVM_OK;
}

/* May the log write there? *ok false: no, and the broken rule was noted. */
static int check_target(const struct log *l, const struct view_patch *p,
			bool *ok, struct shvm_err *err)
{
	const uint64_t log_at = l->header->log_offset;
	const char *rule = NULL;
	const char *what = "";

	if (p->at > VHDX_FILE_MAX || p->len > VHDX_FILE_MAX - p->at) {
		rule = "LOG_TARGET_HUGE";
		what = "beyond 256 TiB";
	} else if (p->at < VHDX_REGIONS1_AT) {
		rule = "LOG_TARGET_HEADER";
		what = "in the headers";
	} else if (p->at < log_at + l->header->log_length &&
		   log_at < p->at + p->len) {
		rule = "LOG_TARGET_LOG";
		what = "in the log itself";
	}
	*ok = !rule;
	if (*ok)
		return SHVM_OK;
	return rules_error(l->rules, rule, log_at, err,
			   "the log writes %" PRIu64 " bytes at %#" PRIx64
			   ", %s",
			   p->len, p->at, what);
}

static int add_record(struct log *l, const struct view_patch *p,
		      struct shvm_err *err)
{
	bool ok;
	int r;

	if (p->len == 0)
		return SHVM_OK;
	r = check_target(l, p, &ok, err);
	if (r < 0 || !ok)
		return r;
	if (l->record_count >= PATCHES_MAX)
		return rules_fatal(l->rules, "LOG_FLOOD", l->header->log_offset,
				   err, "the log has more than %u descriptors",
				   PATCHES_MAX);
	TRY(err_null(err, ARRAY_GROW(l->records, l->record_count), "log"));
	l->records[l->record_count] = (struct log_record){
		.patch = *p,
		.order = (uint32_t)l->record_count,
	};
	l->record_count++;
	return SHVM_OK;
}

/* The patches of one entry, in the order of its descriptors. */
static int replay_entry(struct log *l, const struct entry *e,
			struct shvm_err *err)
{
	const uint64_t ahead = descriptor_sectors(e->descriptors);
	uint64_t data = (uint64_t)e->sector + ahead;
	uint8_t buf[SECTOR];
	uint32_t slot = 2; /* in units of 32 bytes; the header is two of them */
	uint32_t index = 0;

	for (uint32_t i = 0; i < e->descriptors; i++, slot++) {
		const struct vhdx_log_descriptor_disk *d;
		struct view_patch p = { 0 };

		if (i == 0 || slot == SECTOR / sizeof(*d)) {
			slot = i == 0 ? 2 : 0;
			TRY(read_sector(l, (uint64_t)e->sector + index++, buf,
					err));
		}
		d = (const void *)(buf + slot * sizeof(*d));
		p.at = le64_get(d->offset);
		p.len = le64_get(d->leading);
		if (memcmp(d->signature, "desc", 4) == 0) {
			p.len = SECTOR;
			p.data_at = sector_at(l, data++);
			memcpy(p.leading, d->leading, sizeof(p.leading));
			memcpy(p.trailing, d->trailing, sizeof(p.trailing));
		}
		/*
		 * This was checked before, but the file was read again since.
		 */
		if (p.at % SECTOR != 0 || p.len % SECTOR != 0)
			return err_reason(err, SHVM_E_IO, "changed",
					  "the log changed while it was read");
		TRY(add_record(l, &p, err));
	}
	return SHVM_OK;
}

static int check_head(const struct log *l, const struct entry *head,
		      struct shvm_err *err)
{
	const uint64_t at = sector_at(l, head->sector);

	if (head->flushed_size > l->view->stored_size)
		return rules_fatal(l->rules, "LOG_TRUNCATED", at, err,
				   "the file has %" PRIu64 " bytes, but had at "
				   "least %" PRIu64 " when the log was written",
				   l->view->stored_size, head->flushed_size);
	if (head->last_size > VHDX_FILE_MAX)
		return rules_fatal(l->rules, "LOG_TARGET_HUGE", at, err,
				   "the log extends the file to %" PRIu64
				   " bytes",
				   head->last_size);
	return SHVM_OK;
}

/* Turn the sequence into patches of the view, and grow the view. */
static int replay(struct log *l, uint32_t tail, uint32_t head,
		  struct log_summary *ret, struct shvm_err *err)
{
	const struct entry *last = &l->entries[head];
	struct view *v = l->view;

	TRY(check_head(l, last, err));
	for (uint32_t i = tail; i != NONE; i = l->entries[i].next)
		TRY(replay_entry(l, &l->entries[i], err));
	TRY(log_patch_flatten(l->records, l->record_count, v, err));

	if (v->size < last->last_size)
		v->size = last->last_size;
	if (v->patch_count > 0) {
		const struct view_patch *p = &v->patches[v->patch_count - 1];

		if (v->size < p->at + p->len)
			v->size = p->at + p->len;
	}
	*ret = (struct log_summary){
		.dirty = true,
		.first = l->entries[tail].sequence,
		.last = last->sequence,
		.descriptors = l->record_count,
		.flushed_size = last->flushed_size,
		.last_size = last->last_size,
	};
	return SHVM_OK;
}

int log_load(struct view *view, const struct vhdx_header *header,
	     struct rules *rules, struct log_summary *ret, struct shvm_err *err)
{
	AUTO_DONE(log) l = { .view = view, .header = header, .rules = rules };
	uint32_t tail = NONE, head = NONE;

	TRY(header_check_log_place(header, view->stored_size, rules, err));
	if (guid_is_zero(&header->log_guid)) {
		*ret = (struct log_summary){ 0 };
		return SHVM_OK;
	}
	if (header->log_version != 0)
		return rules_fatal_as(rules, SHVM_E_UNSUPPORTED,
				      "BAD_LOG_VERSION", header->log_offset,
				      err, "the log has version %u, not 0",
				      header->log_version);

	l.sectors = header->log_length / SECTOR;
	TRY(scan_kinds(&l, err));
	TRY(find_entries(&l, err));
	link_entries(&l);
	find_ends(&l);
	TRY(choose_sequence(&l, &tail, &head, err));
	return replay(&l, tail, head, ret, err);
}
