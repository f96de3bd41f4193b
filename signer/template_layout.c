/* SPDX-License-Identifier: MIT */
/* Compares the partition table and the size of a disk with the catalog. */
#include "base/guid.h"
#include "disk/partition.h"
#include "signer/template.h"

#include <stdio.h>
#include <string.h>

/* A disk that is compared with its catalog. */
struct layout {
	const struct shvm_disk_info *info;
	const struct gpt *gpt;
	const struct shvm_catalog_info *c;
	struct checks *found;
};

#define CHANGED(l, err, ...)                                                   \
	checks_add((l)->found, "layout", SHVM_LEVEL_ERROR, UINT64_MAX, NULL,   \
		   err, __VA_ARGS__)

static int compare_disk(const struct layout *l, struct shvm_err *err)
{
	const struct shvm_catalog_info *c = l->c;
	const struct gpt_header *h = &l->gpt->header;
	char guid[SHVM_GUID_TEXT];

	if (!guid_equal(&l->info->table_guid, &c->disk_guid))
		TRY(CHANGED(l, err, "disk: the GUID changed to %s",
			    shvm_guid_format(&l->info->table_guid, guid)));
	if (c->coverage != SHVM_COVERAGE_DISK)
		return SHVM_OK;
	if (l->info->virtual_size != c->disk_size)
		TRY(CHANGED(l, err, "disk: %ju bytes, the catalog has %ju",
			    (uintmax_t)l->info->virtual_size,
			    (uintmax_t)c->disk_size));
	if (h->first_usable_lba != c->first_usable ||
	    h->last_usable_lba != c->last_usable)
		TRY(CHANGED(
			l, err,
			"table: the usable LBAs are %ju to %ju, the catalog has %ju to %ju",
			(uintmax_t)h->first_usable_lba,
			(uintmax_t)h->last_usable_lba,
			(uintmax_t)c->first_usable, (uintmax_t)c->last_usable));
	if (h->entry_count != c->entry_count)
		TRY(CHANGED(l, err, "table: %u entries, the catalog has %u",
			    h->entry_count, c->entry_count));
	return SHVM_OK;
}

static const struct gpt_entry *find_entry(const struct gpt *gpt,
					  const struct shvm_guid *guid)
{
	for (size_t i = 0; i < gpt->count; i++)
		if (guid_equal(&gpt->entries[i].guid, guid))
			return &gpt->entries[i];
	return NULL;
}

/* Compares all values of an existing partition. */
static int compare_entry(const struct layout *l,
			 const struct shvm_catalog_volume *v,
			 const struct gpt_entry *e, const char *name,
			 struct shvm_err *err)
{
	char guid[SHVM_GUID_TEXT];

	if (e->number != v->number)
		TRY(CHANGED(l, err, "%s: the number changed to %u", name,
			    e->number));
	if (e->offset != v->offset || e->size != v->size)
		TRY(CHANGED(l, err,
			    "%s: %ju bytes at %ju, the catalog has %ju at %ju",
			    name, (uintmax_t)e->size, (uintmax_t)e->offset,
			    (uintmax_t)v->size, (uintmax_t)v->offset));
	else if (e->offset + e->size > l->info->virtual_size)
		TRY(CHANGED(l, err,
			    "%s: %ju bytes at %ju, but the disk ends at %ju",
			    name, (uintmax_t)e->size, (uintmax_t)e->offset,
			    (uintmax_t)l->info->virtual_size));
	if (!guid_equal(&e->type_guid, &v->type_guid))
		TRY(CHANGED(l, err, "%s: the partition type changed to %s",
			    name, shvm_guid_format(&e->type_guid, guid)));
	if (e->attributes != v->attributes)
		TRY(CHANGED(l, err,
			    "%s: the attributes are 0x%016jx, the catalog has "
			    "0x%016jx",
			    name, (uintmax_t)e->attributes,
			    (uintmax_t)v->attributes));
	if (strcmp(e->name, v->name) != 0)
		TRY(CHANGED(l, err,
			    "%s: the name is \"%s\", the catalog has \"%s\"",
			    name, e->name, v->name));
	return SHVM_OK;
}

static int compare_volumes(const struct layout *l, struct shvm_err *err)
{
	char name[PART_NAME_MAX], guid[SHVM_GUID_TEXT];

	for (size_t i = 0; i < l->c->volume_count; i++) {
		const struct shvm_catalog_volume *v = &l->c->volumes[i];
		const struct gpt_entry *e = find_entry(l->gpt, &v->guid);

		(void)snprintf(name, sizeof(name), "partition %u (%s)",
			       v->number, shvm_role_name(v->role));
		if (e)
			TRY(compare_entry(l, v, e, name, err));
		else
			TRY(CHANGED(l, err, "%s: no partition %s on the disk",
				    name, shvm_guid_format(&v->guid, guid)));
	}
	return SHVM_OK;
}

static bool is_signed(const struct shvm_catalog_info *c,
		      const struct shvm_guid *guid)
{
	for (size_t i = 0; i < c->volume_count; i++)
		if (guid_equal(&c->volumes[i].guid, guid))
			return true;
	return false;
}

/* Partitions that are not in a catalog of the whole disk. */
static int compare_others(const struct layout *l, struct shvm_err *err)
{
	char guid[SHVM_GUID_TEXT];

	for (size_t i = 0; i < l->gpt->count; i++) {
		const struct gpt_entry *e = &l->gpt->entries[i];

		if (!is_signed(l->c, &e->guid))
			TRY(CHANGED(l, err,
				    "partition %u (%s), %s: not in the catalog",
				    e->number,
				    partition_type_name(&e->type_guid),
				    shvm_guid_format(&e->guid, guid)));
	}
	return SHVM_OK;
}

int template_compare_table(struct shvm_disk *disk,
			   const struct shvm_catalog_info *c, const char *id,
			   struct checks *found, struct shvm_err *err)
{
	AUTOFREE struct gpt_entry *entries =
		calloc(c->volume_count + 1, sizeof(*entries));
	struct gpt_values v;

	TRY(err_null(err, entries, "catalog"));
	v = parts_table(c, entries);
	return gpt_check_copies(disk_source(disk), &v, id, found, err);
}

static int compare_all(struct shvm_disk *disk, const struct layout *l,
		       struct shvm_err *err)
{
	if (l->info->table == SHVM_TABLE_MBR)
		return CHANGED(
			l, err,
			"LBA 0: the MBR is not protective, so the disk no longer has a GPT");
	if (l->info->table != SHVM_TABLE_GPT)
		return CHANGED(l, err, "disk: there is no GPT");
	if (l->info->logical_sector_size != l->c->sector_size)
		return CHANGED(l, err,
			       "disk: sectors of %u bytes, the catalog has %u",
			       l->info->logical_sector_size, l->c->sector_size);
	TRY(compare_disk(l, err));
	TRY(compare_volumes(l, err));
	if (l->c->coverage != SHVM_COVERAGE_DISK)
		return SHVM_OK;
	TRY(compare_others(l, err));
	/* Bytes are compared only if all values are equal. */
	return l->found->count > 0
		       ? SHVM_OK
		       : template_compare_table(disk, l->c, "layout", l->found,
						err);
}

int template_differences(int code, const char *reason,
			 const struct checks *found, struct shvm_err *err)
{
	const size_t more = found->count - 1;

	if (more == 0)
		return err_reason(err, code, reason, "%s",
				  found->items[0].text);
	return err_reason(err, code, reason, "%s; and %zu more",
			  found->items[0].text, more);
}

int template_check_layout(struct shvm_disk *disk,
			  const struct shvm_catalog_info *catalog,
			  struct checks *found, struct shvm_err *err)
{
	const struct layout l = { shvm_disk_info(disk), disk_gpt(disk), catalog,
				  found };

	TRY(compare_all(disk, &l, err));
	return found->count > 0
		       ? template_differences(SHVM_E_VERIFY, "layout-changed",
					      found, err)
		       : SHVM_OK;
}
