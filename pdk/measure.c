/* SPDX-License-Identifier: MIT */
/* Does a disk still hold what its catalog says? */
#include "pdk/measure.h"

#include <string.h>

static int measure_one(struct shvm_disk *disk, const struct catalog_volume *v,
		       const struct digest_params *params,
		       struct template_progress *progress, struct shvm_err *err)
{
	char expected[2 * HASH_SIZE_MAX + 1], actual[2 * HASH_SIZE_MAX + 1];
	const uint32_t size = hash_size(v->algorithm);
	struct digest_params p = *params;
	struct digest d;
	int r;

	p.algorithm = v->algorithm;
	p.block_size = v->block_size;
	r = template_digest(disk, v->offset, v->size, &p, progress, &d, err);
	if (r < 0)
		return r;
	if (memcmp(d.digest, v->digest, size) == 0)
		return SHVM_OK;
	hex_format(v->digest, size, expected);
	hex_format(d.digest, size, actual);
	return err_reason(err, SHVM_E_VERIFY, "digest-mismatch",
			  "volume %s: digest is %s, the catalog says %s",
			  shvm_role_name(v->role), actual, expected);
}

int measure_digests(struct shvm_disk *disk, const struct catalog *catalog,
		    const struct shvm_digest_params *params,
		    struct shvm_err *err)
{
	const struct digest_params p = {
		.jobs = params->jobs,
		.kernel = params->kernel,
		.progress = params->progress,
		.progress_ctx = params->progress_ctx,
	};
	struct template_progress progress = { 0 };
	struct shvm_err why = { 0 };
	int r = SHVM_OK, changed;

	for (size_t i = 0; i < catalog->volume_count; i++)
		progress.total += catalog->volumes[i].size;
	for (size_t i = 0; r == SHVM_OK && i < catalog->volume_count; i++)
		r = measure_one(disk, &catalog->volumes[i], &p, &progress,
				&why);
	/* First: bytes that change while they are read prove nothing. */
	changed = template_check_unchanged(disk, err);
	if (changed < 0)
		return changed;
	if (r < 0 && err)
		*err = why;
	return r;
}
