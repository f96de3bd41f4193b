/* SPDX-License-Identifier: MIT */
/* Does a disk still hold what its catalog says? Volumes, then digests. */
#include "base/encode.h"
#include "base/guid.h"
#include "signer/template.h"

#include <stdio.h>
#include <string.h>

static const struct shvm_partition *find_partition(
	const struct shvm_disk_info *info, const struct shvm_guid *guid)
{
	for (size_t i = 0; i < info->partition_count; i++)
		if (guid_equal(&info->partitions[i].guid, guid))
			return &info->partitions[i];
	return NULL;
}

static int check_volume(const struct shvm_disk_info *info,
			const struct shvm_catalog_volume *v,
			struct shvm_err *err)
{
	const struct shvm_partition *p = find_partition(info, &v->guid);
	const char *role = shvm_role_name(v->role);
	char guid[SHVM_GUID_TEXT];

	if (!p)
		return err_reason(err, SHVM_E_VERIFY, "layout-changed",
				  "volume %s: no partition %s on the disk",
				  role, shvm_guid_format(&v->guid, guid));
	if (p->offset != v->offset || p->size != v->size)
		return err_reason(
			err, SHVM_E_VERIFY, "layout-changed",
			"volume %s: %ju bytes at %ju, the catalog says %ju at %ju",
			role, (uintmax_t)p->size, (uintmax_t)p->offset,
			(uintmax_t)v->size, (uintmax_t)v->offset);
	if (!guid_equal(&p->type_guid, &v->type_guid))
		return err_reason(err, SHVM_E_VERIFY, "layout-changed",
				  "volume %s: its partition type is now %s",
				  role, shvm_guid_format(&p->type_guid, guid));
	return SHVM_OK;
}

/* Bytes that another reader of the image may see differently. */
static int check_defined(struct shvm_disk *disk,
			 const struct shvm_catalog_info *catalog,
			 struct shvm_err *err)
{
	for (size_t i = 0; i < catalog->volume_count; i++) {
		const struct shvm_catalog_volume *v = &catalog->volumes[i];
		uint64_t at = 0, bytes = 0;

		TRY(disk_undefined(disk, v->offset, v->size, &at, &bytes, err));
		if (bytes > 0)
			TRY(err_reason(
				err, SHVM_E_VERIFY, "undefined-blocks",
				"volume %s: %ju bytes, the first at %ju "
				"of the disk, in blocks of state "
				"UNDEFINED for which the file has stored "
				"bytes",
				shvm_role_name(v->role), (uintmax_t)bytes,
				(uintmax_t)at));
	}
	return SHVM_OK;
}

int template_check_form(struct shvm_disk *disk,
			const struct shvm_catalog_info *catalog,
			bool allow_differencing, struct shvm_err *err)
{
	const struct shvm_disk_info *info = shvm_disk_info(disk);

	if (info->parent && !allow_differencing)
		return err_reason(err, SHVM_E_VERIFY, "differencing",
				  "disk: a differencing disk of %s, of which "
				  "another parent makes another disk",
				  info->parent);
	TRY(template_check_layout(disk, catalog, err));
	return check_defined(disk, catalog, err);
}

int template_check_coverage(enum shvm_coverage covered,
			    enum shvm_coverage require, struct shvm_err *err)
{
	if (require == SHVM_COVERAGE_OS || covered == SHVM_COVERAGE_DISK)
		return SHVM_OK;
	return err_reason(
		err, SHVM_E_VERIFY, "coverage",
		"the catalog covers the OS volumes only (os), but the whole disk (disk) is required");
}

int template_check_layout(const struct shvm_disk *disk,
			  const struct shvm_catalog_info *catalog,
			  struct shvm_err *err)
{
	const struct shvm_disk_info *info = shvm_disk_info(disk);
	char guid[SHVM_GUID_TEXT];

	if (info->table != SHVM_TABLE_GPT)
		return err_reason(err, SHVM_E_VERIFY, "layout-changed",
				  "disk: has no GPT any more");
	if (!guid_equal(&info->table_guid, &catalog->disk_guid))
		return err_reason(err, SHVM_E_VERIFY, "layout-changed",
				  "disk: its GUID is now %s",
				  shvm_guid_format(&info->table_guid, guid));
	if (info->logical_sector_size != catalog->sector_size)
		return err_reason(err, SHVM_E_VERIFY, "layout-changed",
				  "disk: sectors of %u bytes, the catalog "
				  "says %u",
				  info->logical_sector_size,
				  catalog->sector_size);
	for (size_t i = 0; i < catalog->volume_count; i++)
		TRY(check_volume(info, &catalog->volumes[i], err));
	return SHVM_OK;
}

enum {
	CHANGES_MAX = 1000
}; /* ours: ranges that a result names */

/* The one place that decides: the digest of what was read is the signed one. */
static void take_digest(struct shvm_part_result *part, const uint8_t *actual)
{
	const uint32_t size = part->expected.hash_size;

	memcpy(part->actual, actual, size);
	part->checked = true;
	part->match = memcmp(actual, part->expected.digest, size) == 0;
}

/*
 * By the tree file: all of the volume, or a sample. A file that is not the
 * signed one is bad input; it says nothing about the disk.
 */
static int check_by_tree(struct shvm_disk *disk,
			 const struct shvm_digest_params *digest,
			 const struct shvm_verify_params *params,
			 struct shvm_part_result *part, struct shvm_err *err)
{
	const struct shvm_span volume = { part->offset, part->size };
	struct shvm_signed_tree tree = {
		.digest = part->expected.digest,
		.algorithm = part->expected.algorithm,
		.block_size = part->expected.block_size,
	};
	AUTOFREE char *name = NULL;
	int r;

	TRY(template_tree_name(params->tree_file, part->role, &name, err));
	tree.file = name;
	if (params->sample)
		r = shvm_disk_sample(disk, volume, &tree, params->sample,
				     &part->changes, err);
	else
		r = shvm_disk_compare(disk, volume, digest, &tree, CHANGES_MAX,
				      &part->changes, err);
	if (r == SHVM_E_VERIFY && err)
		err->code = SHVM_E_FORMAT;
	if (r < 0)
		return r == SHVM_E_VERIFY ? SHVM_E_FORMAT : r;

	if (params->sample)
		part->match = part->changes.blocks_changed == 0;
	else
		take_digest(part, part->changes.digest);
	return SHVM_OK;
}

static int check_digest(struct shvm_disk *disk,
			const struct shvm_digest_params *params,
			struct shvm_part_result *part, struct shvm_err *err)
{
	const struct shvm_span volume = { part->offset, part->size };
	struct shvm_digest d;
	int r = shvm_disk_digest(disk, volume, params, NULL, &d, err);

	if (r < 0)
		return err_prefix(err, r, "%s", disk_path(disk));
	take_digest(part, d.digest);
	return SHVM_OK;
}

static int mismatch(const struct shvm_part_result *part, struct shvm_err *err)
{
	const uint32_t size = part->expected.hash_size;
	char expected[2 * SHVM_HASH_SIZE_MAX + 1],
		actual[2 * SHVM_HASH_SIZE_MAX + 1];
	char name[PART_NAME_MAX];

	part_name(part, name);
	if (!part->checked)
		return err_reason(err, SHVM_E_VERIFY, "digest-mismatch",
				  "%s: %ju blocks of the sample are not what "
				  "was signed",
				  name,
				  (uintmax_t)part->changes.blocks_changed);
	hex_format(part->expected.digest, size, expected);
	hex_format(part->actual, size, actual);
	return err_reason(err, SHVM_E_VERIFY, "digest-mismatch",
			  "%s: digest is %s, the catalog says %s", name, actual,
			  expected);
}

int template_check_digests(struct shvm_disk *disk,
			   const struct shvm_verify_params *params,
			   struct parts *parts, struct shvm_err *err)
{
	struct template_progress progress = { .params = &params->digest,
					      .total = parts_size(parts) };
	size_t i;

	for (i = 0; i < parts->count; i++) {
		struct shvm_part_result *part = &parts->items[i];
		struct shvm_digest_params p =
			template_next_part(&progress, part->size);

		p.algorithm = part->expected.algorithm;
		p.block_size = part->expected.block_size;
		TRY(params->tree_file
			    ? check_by_tree(disk, &p, params, part, err)
			    : check_digest(disk, &p, part, err));
		if (!part->match)
			break;
	}
	/* First: bytes that change while they are read prove nothing. */
	TRY(template_check_unchanged(disk, err));
	return i == parts->count ? SHVM_OK : mismatch(&parts->items[i], err);
}
