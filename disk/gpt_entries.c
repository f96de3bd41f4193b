/* SPDX-License-Identifier: MIT */
/* The entries of a GPT: each one alone, then all of them together. */
#include "disk/gpt.h"

#include "base/guid.h"
#include "base/le.h"
#include "base/utf16.h"
#include "disk/gpt_disk.h"

#include <assert.h>
#include <string.h>

static int entry_decode(const uint8_t *buf, const struct gpt_header *h,
			uint32_t number, uint32_t sector_size,
			struct gpt_entry *ret, struct shvm_err *err)
{
	const struct gpt_entry_disk *d = (const void *)buf;
	struct gpt_entry e = { .number = number };
	AUTO_DONE(buf) name = { 0 };

	e.type_guid = guid_load(d->type_guid);
	e.guid = guid_load(d->guid);
	if (guid_is_zero(&e.guid))
		return err_reason(err, SHVM_E_FORMAT, "gpt-entry",
				  "gpt: partition %u has no unique GUID",
				  number);

	e.first_lba = le64_get(d->first_lba);
	e.last_lba = le64_get(d->last_lba);
	if (e.first_lba > e.last_lba)
		return err_reason(err, SHVM_E_FORMAT, "gpt-entry",
				  "gpt: partition %u ends at LBA %ju before "
				  "its start at LBA %ju",
				  number, (uintmax_t)e.last_lba,
				  (uintmax_t)e.first_lba);
	if (e.first_lba < h->first_usable_lba ||
	    e.last_lba > h->last_usable_lba)
		return err_reason(err, SHVM_E_FORMAT, "gpt-entry",
				  "gpt: partition %u, LBA %ju to %ju, is not "
				  "within the usable range, LBA %ju to %ju",
				  number, (uintmax_t)e.first_lba,
				  (uintmax_t)e.last_lba,
				  (uintmax_t)h->first_usable_lba,
				  (uintmax_t)h->last_usable_lba);

	/* The disk's size in bytes fits 64 bits, so these cannot wrap. */
	e.offset = e.first_lba * sector_size;
	e.size = (e.last_lba - e.first_lba + 1) * sector_size;
	e.attributes = le64_get(d->attributes);

	utf16_to_display(d->name, sizeof(d->name), &name);
	TRY(buf_check(&name, "gpt: partition name", err));
	assert(name.len < sizeof(e.name)); /* 36 units, 3 bytes each at most */
	if (name.len > 0)
		memcpy(e.name, name.data, name.len);

	*ret = e;
	return SHVM_OK;
}

static int by_first_lba(const void *a, const void *b)
{
	const struct gpt_entry *const *x = a, *const *y = b;

	return ((*x)->first_lba > (*y)->first_lba) -
	       ((*x)->first_lba < (*y)->first_lba);
}

static int by_guid(const void *a, const void *b)
{
	const struct gpt_entry *const *x = a, *const *y = b;

	return memcmp(&(*x)->guid, &(*y)->guid, sizeof((*x)->guid));
}

/* No two partitions share a sector or a GUID. */
static int entries_check(const struct gpt_entry *entries, size_t count,
			 struct shvm_err *err)
{
	AUTOFREE const struct gpt_entry **order = NULL;
	char text[SHVM_GUID_TEXT];

	if (count == 0)
		return SHVM_OK;
	order = calloc(count, sizeof(const struct gpt_entry *));
	TRY(err_null(err, order, "gpt: partitions"));
	for (size_t i = 0; i < count; i++)
		order[i] = &entries[i];

	qsort(order, count, sizeof(const struct gpt_entry *), by_first_lba);
	for (size_t i = 1; i < count; i++) {
		if (order[i]->first_lba > order[i - 1]->last_lba)
			continue;
		return err_reason(err, SHVM_E_FORMAT, "gpt-overlap",
				  "gpt: partitions %u and %u overlap at LBA "
				  "%ju",
				  order[i - 1]->number, order[i]->number,
				  (uintmax_t)order[i]->first_lba);
	}

	qsort(order, count, sizeof(const struct gpt_entry *), by_guid);
	for (size_t i = 1; i < count; i++) {
		if (!guid_equal(&order[i]->guid, &order[i - 1]->guid))
			continue;
		return err_reason(err, SHVM_E_FORMAT, "gpt-entry",
				  "gpt: partitions %u and %u have the same "
				  "GUID %s",
				  order[i - 1]->number, order[i]->number,
				  shvm_guid_format(&order[i]->guid, text));
	}
	return SHVM_OK;
}

int gpt_entries_decode(const uint8_t *buf, const struct gpt_header *h,
		       uint32_t sector_size, struct gpt_entry **ret,
		       size_t *ret_count, struct shvm_err *err)
{
	AUTOFREE struct gpt_entry *entries = NULL;
	size_t count = 0;

	entries = calloc(h->entry_count, sizeof(*entries));
	TRY(err_null(err, entries, "gpt: partitions"));

	for (uint32_t i = 0; i < h->entry_count; i++) {
		const uint8_t *d = buf + (size_t)i * h->entry_size;
		const struct shvm_guid type = guid_load(d);

		if (guid_is_zero(&type))
			continue;
		TRY(entry_decode(d, h, i + 1, sector_size, &entries[count],
				 err));
		count++;
	}
	TRY(entries_check(entries, count, err));

	*ret = STEAL(entries);
	*ret_count = count;
	return SHVM_OK;
}

/* Which partitions are beyond the end of the disk? */
int gpt_check_end(const struct source *disk, const struct gpt *gpt,
		  struct checks *f, struct shvm_err *err)
{
	for (size_t i = 0; i < gpt->count; i++) {
		const struct gpt_entry *e = &gpt->entries[i];
		const uint64_t end = e->offset + e->size;

		if (end <= disk->size)
			continue;
		TRY(checks_add(f, GPT_RULE_CUT_OFF, e->offset, NULL, err, "%s",
			       FOUND_TEXT(GPT_CUT_PARTITION, FOUND(e->number),
					  FOUND(end),
					  FOUND(end - disk->size))));
	}
	return SHVM_OK;
}
