/* SPDX-License-Identifier: MIT */
/* The hashed parts of a disk, for signing and verification. */
#include "signer/template.h"

int template_part_source(struct shvm_disk *disk,
			 const struct shvm_part_result *part,
			 uint8_t sector[PART_SECTOR_MAX], struct source **ret,
			 struct shvm_err *err)
{
	struct source *s = disk_source(disk);

	if (part->part != SHVM_PART_LBA0)
		return source_window(s, part->offset, part->size, ret, err);
	TRY(source_read(s, 0, sector, s->sector_size, err));
	(void)gpt_lba0_canonical(sector, s->size / s->sector_size);
	return source_memory(sector, s->sector_size, s->sector_size, ret, err);
}

bool part_has_tree(const struct shvm_part_result *part)
{
	return part->part == SHVM_PART_VOLUME || part->part == SHVM_PART_GAP;
}

/* Bytes that another reader of the image may see differently. */
int template_check_defined(struct shvm_disk *disk, const struct parts *parts,
			   int code, struct shvm_err *err)
{
	char name[PART_NAME_MAX];

	for (size_t i = 0; i < parts->count; i++) {
		const struct shvm_part_result *p = &parts->items[i];
		uint64_t at = 0, bytes = 0;

		TRY(disk_undefined(disk, p->offset, p->size, &at, &bytes, err));
		if (bytes > 0)
			return err_reason(
				err, code, "undefined-blocks",
				"%s: %ju bytes, the first at %ju of the disk, "
				"in blocks of state UNDEFINED for which the "
				"file has stored bytes",
				part_name(p, name), (uintmax_t)bytes,
				(uintmax_t)at);
	}
	return SHVM_OK;
}

/* shvm_progress_fn: for one volume, reports the total to the caller. */
static int add_progress(void *ctx, uint64_t done, uint64_t total)
{
	const struct template_progress *p = ctx;

	(void)total;
	return p->params->progress(p->params->progress_ctx, p->before + done,
				   p->total);
}

struct shvm_digest_params template_next_part(
	struct template_progress *progress, const struct shvm_part_result *part)
{
	struct shvm_digest_params params = *progress->params;

	progress->before += progress->size;
	progress->size = part->size;
	params.algorithm = part->expected.algorithm;
	params.block_size = part->expected.block_size;
	if (params.progress) {
		params.progress = add_progress;
		params.progress_ctx = progress;
	}
	return params;
}

int template_check_unchanged(struct shvm_disk *disk, struct shvm_err *err)
{
	int r = source_check_unchanged(disk_source(disk), err);

	if (r == SHVM_E_IO && err && !err->reason)
		err->reason = "changed";
	return r;
}
