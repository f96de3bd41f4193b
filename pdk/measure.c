/* SPDX-License-Identifier: MIT */
/* Is a disk what a catalog says? */
#include "pdk/measure.h"

#include "base/buf.h"
#include "base/guid.h"

#include <string.h>

#define LAYOUT(err, ...)                                                       \
	err_reason(err, SHVM_E_VERIFY, "layout-changed", __VA_ARGS__)

static const struct shvm_partition *find_partition(
	const struct shvm_disk_info *disk, const struct shvm_guid *guid)
{
	for (size_t i = 0; i < disk->partition_count; i++)
		if (guid_equal(&disk->partitions[i].guid, guid))
			return &disk->partitions[i];
	return NULL;
}

int measure_layout(struct shvm_disk *disk, const struct shvm_catalog_info *info,
		   struct shvm_err *err)
{
	const struct shvm_disk_info *d = shvm_disk_info(disk);

	if (d->table != SHVM_TABLE_GPT)
		return LAYOUT(err, "disk: no partition table (GPT) any more");
	if (!guid_equal(&d->table_guid, &info->disk_guid))
		return LAYOUT(err, "disk: its GUID is another one");
	for (size_t i = 0; i < info->volume_count; i++) {
		const struct shvm_catalog_volume *v = &info->volumes[i];
		const struct shvm_partition *p = find_partition(d, &v->guid);
		const char *role = shvm_role_name(v->role);

		if (!p)
			return LAYOUT(err, "volume %s: is not on the disk",
				      role);
		if (!guid_equal(&p->type_guid, &v->type_guid))
			return LAYOUT(err,
				      "volume %s: its partition type changed",
				      role);
		if (p->offset != v->offset || p->size != v->size)
			return LAYOUT(
				err,
				"volume %s: %ju bytes at %ju, the catalog says %ju at %ju",
				role, (uintmax_t)p->size, (uintmax_t)p->offset,
				(uintmax_t)v->size, (uintmax_t)v->offset);
	}
	return SHVM_OK;
}

/* Progress of one volume as a part of all. */
struct part {
	shvm_progress_fn fn;
	void *ctx;
	uint64_t before, total; /* bytes */
};

static int part_progress(void *ctx, uint64_t done, uint64_t total)
{
	const struct part *p = ctx;

	(void)total;
	return p->fn(p->ctx, p->before + done, p->total);
}

static int measure_one(struct shvm_disk *disk,
		       const struct shvm_catalog_volume *v,
		       const struct shvm_digest_params *params,
		       struct shvm_err *err)
{
	char expected[2 * SHVM_HASH_SIZE_MAX + 1];
	char actual[2 * SHVM_HASH_SIZE_MAX + 1];
	struct shvm_digest digest;
	int r;

	r = shvm_disk_digest(disk, v->offset, v->size, params, &digest, err);
	if (r < 0)
		return r;
	if (digest.hash_size == v->hash_size &&
	    memcmp(digest.digest, v->digest, v->hash_size) == 0)
		return SHVM_OK;
	hex_format(v->digest, v->hash_size, expected);
	hex_format(digest.digest, digest.hash_size, actual);
	return err_reason(err, SHVM_E_VERIFY, "digest-mismatch",
			  "volume %s: digest is %s, the catalog says %s",
			  shvm_role_name(v->role), actual, expected);
}

int measure_digests(struct shvm_disk *disk,
		    const struct shvm_catalog_info *info,
		    const struct shvm_digest_params *params,
		    struct shvm_err *err)
{
	struct part part = { .fn = params->progress,
			     .ctx = params->progress_ctx };
	struct shvm_digest_params p = *params;

	for (size_t i = 0; i < info->volume_count; i++)
		part.total += info->volumes[i].size;
	if (part.fn) {
		p.progress = part_progress;
		p.progress_ctx = &part;
	}
	for (size_t i = 0; i < info->volume_count; i++) {
		const struct shvm_catalog_volume *v = &info->volumes[i];
		int r;

		p.algorithm = v->algorithm;
		p.block_size = v->block_size;
		r = measure_one(disk, v, &p, err);
		if (r < 0)
			return r;
		part.before += v->size;
	}
	return SHVM_OK;
}
