/* SPDX-License-Identifier: MIT */
/* The row of VHDX images; everything specific to them is in vhdx/. */
#include "disk/format.h"
#include "vhdx/check.h"
#include "vhdx/header.h"
#include "vhdx/image.h"

#include <inttypes.h>
#include <stdio.h>

static struct image_params params_of(const struct shvm_disk_params *p)
{
	return (struct image_params){
		.parent = p->parent,
		.no_parent_lookup = p->no_parent_lookup,
		.parent_anywhere = p->parent_anywhere,
		.no_replay = p->no_replay,
	};
}

static int vhdx_probe(struct source *file, bool *ret, struct shvm_err *err)
{
	uint8_t start[8];

	*ret = false;
	if (file->size < sizeof(start))
		return SHVM_OK;
	TRY(source_read(file, 0, start, sizeof(start), err));
	*ret = header_is_vhdx(start, sizeof(start));
	return SHVM_OK;
}

static int vhdx_open(struct source *file, const char *path,
		     const struct shvm_disk_params *params,
		     struct disk_opened *ret, struct shvm_err *err)
{
	const struct image_params how = params_of(params);
	const struct image_info *image;
	const struct checks *found;

	TRY(image_open_on(file, path, &how, &ret->source, err));
	image = image_info(ret->source);
	ret->info.variant = image->variant;
	ret->info.block_size = image->block_size;
	ret->info.logical_sector_size = image->logical_sector_size;
	ret->info.physical_sector_size = image->physical_sector_size;
	ret->info.log_replayed = image->log_replayed;
	ret->info.creator = image->creator;
	ret->info.parent = image->parent_path;

	found = image_checks(ret->source);
	for (size_t i = 0; i < found->count; i++) {
		const struct shvm_check *f = &found->items[i];

		TRY(checks_add(&ret->checks, f->id, f->level, f->offset, f->fix,
			       err, "%s", f->text));
	}
	return SHVM_OK;
}

/* The disk and its contents have a GUID each. */
static int vhdx_identity(struct source *disk, char ret[SHVM_IDENTITY_MAX],
			 struct shvm_err *err)
{
	const struct image_info *info = image_info(disk);
	char id[SHVM_GUID_TEXT], data[SHVM_GUID_TEXT];

	(void)err; /* everything is known */
	(void)snprintf(ret, SHVM_IDENTITY_MAX, "vhdx:%s:%s:%" PRIu64,
		       shvm_guid_format(&info->disk_id, id),
		       shvm_guid_format(&info->data_write_guid, data),
		       disk->size);
	return SHVM_OK;
}

static int vhdx_check(struct source *file, const char *path,
		      const struct shvm_disk_params *params,
		      struct checks *found, struct shvm_disk_check *ret,
		      struct shvm_err *err)
{
	const struct image_params how = params_of(params);

	return image_check(file, path, &how, found, ret, err);
}

const struct disk_format format_vhdx = {
	.name = "vhdx",
	.endings = { ".vhdx", ".avhdx", NULL },
	.probe = vhdx_probe,
	.open = vhdx_open,
	.identity = vhdx_identity,
	.user_item = image_user_item,
	.check_room = image_check_room,
	.undefined = image_undefined,
	.check = vhdx_check,
};
