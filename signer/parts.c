/* SPDX-License-Identifier: MIT */
/* The parts of a disk, or of its signed area, according to its catalog. */
#include "signer/parts.h"

#include "hash/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void parts_done(struct parts *parts)
{
	for (size_t i = 0; i < parts->count; i++)
		shvm_changes_done(&parts->items[i].changes);
	free(parts->items);
	*parts = (struct parts){ 0 };
}

struct gpt_values parts_table(const struct shvm_catalog_info *c,
			      struct gpt_entry *entries)
{
	for (size_t i = 0; entries && i < c->volume_count; i++) {
		const struct shvm_catalog_volume *v = &c->volumes[i];

		entries[i] = (struct gpt_entry){
			.number = v->number,
			.type_guid = v->type_guid,
			.guid = v->guid,
			.first_lba = v->offset / c->sector_size,
			.last_lba = (v->offset + v->size) / c->sector_size - 1,
			.offset = v->offset,
			.size = v->size,
			.attributes = v->attributes,
		};
		memcpy(entries[i].name, v->name, sizeof(v->name));
	}
	return (struct gpt_values){
		.sector_size = c->sector_size,
		.sectors = c->disk_size / c->sector_size,
		.disk_guid = c->disk_guid,
		.first_usable_lba = c->first_usable,
		.last_usable_lba = c->last_usable,
		.entry_count = c->entry_count,
		.entries = entries,
		.count = entries ? c->volume_count : 0,
	};
}

size_t parts_gaps(const struct shvm_catalog_info *c, struct shvm_span *ret)
{
	const struct gpt_values v = parts_table(c, NULL);
	uint64_t at = gpt_copy_at(&v, GPT_PRIMARY) + gpt_copy_size(&v);
	size_t count = 0;

	for (size_t i = 0; i <= c->volume_count; i++) {
		const bool last = i == c->volume_count;
		const uint64_t end = last ? gpt_copy_at(&v, GPT_BACKUP)
					  : c->volumes[i].offset;

		if (end > at)
			ret[count++] = (struct shvm_span){ at, end - at };
		at = last ? end : end + c->volumes[i].size;
	}
	return count;
}

static void add_volume(struct parts *p, const struct shvm_catalog_volume *v)
{
	p->items[p->count++] = (struct shvm_part_result){
		.part = SHVM_PART_VOLUME,
		.role = v->role,
		.number = v->number,
		.offset = v->offset,
		.size = v->size,
		.expected = v->digest,
	};
}

static void add_table(struct parts *p, const struct gpt_values *v,
		      enum gpt_copy copy)
{
	p->items[p->count++] = (struct shvm_part_result){
		.part = SHVM_PART_TABLE,
		.offset = gpt_copy_at(v, copy),
		.size = gpt_copy_size(v),
	};
}

/* The region with the digest of a gap; NULL: the gap is zeros. */
static const struct shvm_catalog_region *region_at(
	const struct shvm_catalog_info *c, uint64_t offset)
{
	for (size_t i = 0; i < c->region_count; i++)
		if (c->regions[i].offset == offset)
			return &c->regions[i];
	return NULL;
}

/* The digest of zeros has the same parameters as that of LBA 0. */
static int expect_zeros(const struct shvm_catalog_info *c,
			struct shvm_part_result *part, struct shvm_err *err)
{
	const struct shvm_signed_digest *like = &c->regions[0].digest;
	const struct shvm_digest_params params = {
		.algorithm = like->algorithm,
		.block_size = like->block_size,
	};
	struct shvm_digest d;

	TRY(digest_zeros(&params, part->size, &d, err));
	part->expected = (struct shvm_signed_digest){
		.algorithm = like->algorithm,
		.block_size = like->block_size,
		.hash_size = d.hash_size,
	};
	memcpy(part->expected.digest, d.digest, d.hash_size);
	return SHVM_OK;
}

int parts_expect_zeros(const struct shvm_catalog_info *c, struct parts *parts,
		       struct shvm_err *err)
{
	for (size_t i = 0; i < parts->count; i++) {
		struct shvm_part_result *part = &parts->items[i];

		if (part->part == SHVM_PART_GAP &&
		    part->expected.hash_size == 0)
			TRY(expect_zeros(c, part, err));
	}
	return SHVM_OK;
}

static void add_gap(struct parts *p, const struct shvm_catalog_info *c,
		    const struct shvm_span *gap)
{
	const struct shvm_catalog_region *region = region_at(c, gap->offset);
	struct shvm_part_result *part = &p->items[p->count++];

	*part = (struct shvm_part_result){
		.part = SHVM_PART_GAP,
		.offset = gap->offset,
		.size = gap->size,
	};
	if (region)
		part->expected = region->digest;
}

/* LBA 0, a copy of the table, gaps and volumes, the other copy. */
static int plan_disk(const struct shvm_catalog_info *c, struct parts *p,
		     struct shvm_err *err)
{
	const struct gpt_values v = parts_table(c, NULL);
	AUTOFREE struct shvm_span *gaps =
		calloc(c->volume_count + 1, sizeof(*gaps));
	size_t count, g = 0;

	TRY(err_null(err, gaps, "catalog"));
	count = parts_gaps(c, gaps);
	p->items[p->count++] = (struct shvm_part_result){
		.part = SHVM_PART_LBA0,
		.size = c->sector_size,
		.expected = c->regions[0].digest,
	};
	add_table(p, &v, GPT_PRIMARY);
	for (size_t i = 0; i < c->volume_count; i++) {
		if (g < count && gaps[g].offset < c->volumes[i].offset)
			add_gap(p, c, &gaps[g++]);
		add_volume(p, &c->volumes[i]);
	}
	if (g < count)
		add_gap(p, c, &gaps[g]);
	add_table(p, &v, GPT_BACKUP);
	return SHVM_OK;
}

int parts_plan(const struct shvm_catalog_info *c, struct parts *ret,
	       struct shvm_err *err)
{
	AUTO_DONE(parts) parts = { 0 };

	/* LBA 0, two copies of the table, and gaps around the volumes. */
	parts.items = calloc(2 * c->volume_count + 4, sizeof(*parts.items));
	TRY(err_null(err, parts.items, "catalog"));
	if (c->coverage == SHVM_COVERAGE_DISK)
		TRY(plan_disk(c, &parts, err));
	for (size_t i = 0;
	     c->coverage == SHVM_COVERAGE_OS && i < c->volume_count; i++)
		add_volume(&parts, &c->volumes[i]);
	*ret = MOVE(parts);
	return SHVM_OK;
}

uint64_t parts_to_hash(const struct parts *parts)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < parts->count; i++)
		if (parts->items[i].part != SHVM_PART_TABLE)
			sum += parts->items[i].size;
	return sum;
}

uint64_t parts_equal(const struct parts *parts)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < parts->count; i++)
		if (parts->items[i].checked && parts->items[i].match)
			sum += parts->items[i].size;
	return sum;
}

bool parts_as_signed(const struct parts *parts,
		     const struct shvm_catalog_info *catalog,
		     uint64_t disk_size)
{
	const bool whole = catalog->coverage == SHVM_COVERAGE_DISK;
	uint64_t at = 0;

	for (size_t i = 0; i < parts->count; i++) {
		const struct shvm_part_result *p = &parts->items[i];

		if (!p->checked || !p->match || (whole && p->offset != at))
			return false;
		at = p->offset + p->size;
	}
	return parts->count > 0 && (!whole || at == disk_size);
}

void part_take(struct shvm_part_result *part, const uint8_t *digest)
{
	const uint32_t size = part->expected.hash_size;

	memcpy(part->actual, digest, size);
	part->checked = true;
	part->match =
		size > 0 && memcmp(digest, part->expected.digest, size) == 0;
}

const char *part_name(const struct shvm_part_result *part,
		      char ret[PART_NAME_MAX])
{
	switch (part->part) {
	case SHVM_PART_VOLUME:
		(void)snprintf(ret, PART_NAME_MAX, "partition %u (%s)",
			       part->number, shvm_role_name(part->role));
		break;
	case SHVM_PART_LBA0:
		(void)snprintf(ret, PART_NAME_MAX, "LBA 0");
		break;
	case SHVM_PART_TABLE: /* the primary copy starts at sector 1 */
		(void)snprintf(ret, PART_NAME_MAX, "%s GPT",
			       part->offset < part->size ? "primary"
							 : "backup");
		break;
	case SHVM_PART_GAP:
		(void)snprintf(ret, PART_NAME_MAX, "gap of %ju bytes at %ju",
			       (uintmax_t)part->size, (uintmax_t)part->offset);
		break;
	}
	return ret;
}
