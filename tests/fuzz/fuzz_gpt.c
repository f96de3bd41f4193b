/* SPDX-License-Identifier: MIT */
/*
 * A disk of 64 sectors of 512 bytes, or as many as the input has. Where the
 * first byte is odd the CRCs are made right first, so that the input reaches
 * the checks after them.
 */
#include "base/le.h"
#include "disk/partition.h"
#include "tests/unit/support_gpt.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	SS = 512
};

static void seal(uint8_t *disk, size_t size, size_t at)
{
	uint8_t *h = disk + at;
	uint64_t table, len;

	if (at + SS > size)
		return;
	table = le64_get(h + 0x48);
	len = (uint64_t)le32_get(h + 0x50) * le32_get(h + 0x54);
	if (table < size / SS && len <= size - table * SS)
		le32_put(h + 0x58,
			 (uint32_t)crc32_z(0, disk + table * SS, len));
	le32_put(h + 0x10, 0);
	le32_put(h + 0x10, (uint32_t)crc32(0, h, 92));
}

/* Only of a disk that lost its end, partitions may be beyond it. */
static bool is_cut(const struct checks *found)
{
	for (size_t i = 0; i < found->count; i++)
		if (strcmp(found->items[i].id, "gpt-cut-off") == 0)
			return true;
	return false;
}

static void look_at_each(struct source *s, const struct gpt *gpt,
			 const struct checks *found)
{
	enum shvm_content content;

	for (size_t i = 0; i < gpt->count; i++) {
		const struct gpt_entry *e = &gpt->entries[i];

		if (e->offset > s->size || e->size > s->size - e->offset) {
			if (!is_cut(found))
				abort();
			continue;
		}
		if (partition_content(s, e->offset, e->size, &content, NULL) <
		    0)
			abort();
	}
}

/* What the values make has these values, and differs in no byte. */
static void check_encoded(const struct source *s, const struct gpt_values *v)
{
	AUTO_DONE(checks) found = { 0 };
	AUTO_DONE(gpt) again = { 0 };
	AUTO(source_ptr) made = NULL;
	AUTOFREE uint8_t *disk = calloc(1, s->size);
	enum shvm_table kind;
	struct shvm_err err;

	if (!disk || source_memory(disk, s->size, s->sector_size, &made, NULL))
		return;
	if (gpt_encode(v, GPT_PRIMARY, disk + gpt_copy_at(v, GPT_PRIMARY),
		       &err) < 0 ||
	    gpt_encode(v, GPT_BACKUP, disk + gpt_copy_at(v, GPT_BACKUP), &err) <
		    0 ||
	    gpt_read(made, &kind, &again, &found, &err) < 0 ||
	    kind != SHVM_TABLE_GPT || again.count != v->count)
		abort();
	for (size_t i = 0; i < v->count; i++)
		if (strcmp(again.entries[i].name, v->entries[i].name) != 0 ||
		    again.entries[i].attributes != v->entries[i].attributes)
			abort();
	checks_done(&found);
	if (gpt_check_copies(made, v, "id", &found, &err) < 0 ||
	    found.count > 0)
		abort();
}

/* Where a table is not canonical, as long as its values can be. */
static void look_at_form(struct source *s, const struct gpt *gpt)
{
	const struct gpt_values v = gpt_values_of(s, gpt);
	AUTO_DONE(checks) found = { 0 };
	uint8_t sector[4096];
	const char *what;
	struct shvm_err err;

	if (source_read(s, 0, sector, s->sector_size, &err) < 0)
		abort();
	(void)gpt_lba0_canonical(sector, v.sectors);
	if (!gpt_values_fit(&v, &what))
		return;
	if (gpt_check_copies(s, &v, "id", &found, &err) < 0)
		abort();
	check_encoded(s, &v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	__attribute__((cleanup(checks_done))) struct checks f = { 0 };
	__attribute__((cleanup(gpt_done))) struct gpt gpt = { 0 };
	AUTO(source_ptr) s = NULL;
	AUTOFREE uint8_t *disk = NULL;
	enum shvm_table kind;
	struct shvm_err err;

	if (size < 2 * SS)
		return 0;
	disk = malloc(size);
	if (!disk)
		return 0;
	memcpy(disk, data, size);
	if (disk[0] & 1) {
		seal(disk, size, SS);
		seal(disk, size, (size / SS - 1) * SS);
	}
	if (source_memory(disk, size, disk[0] & 2 ? 4096 : SS, &s, NULL) < 0)
		return 0;
	if (gpt_read(s, &kind, &gpt, &f, &err) == 0 && kind == SHVM_TABLE_GPT) {
		look_at_each(s, &gpt, &f);
		look_at_form(s, &gpt);
	}
	return 0;
}
