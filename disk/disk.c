/* SPDX-License-Identifier: MIT */
/* Public API of <shvm/disk.h>: open and describe. */
#include "disk/disk.h"

#include "disk/gpt.h"
#include "disk/partition.h"
#include "source/source_file.h"
#include "vhdx/image.h"

#include <assert.h>
#include <string.h>

struct shvm_disk {
	struct source *source;
	char *path, *helper;
	bool is_image;
	uint32_t partition; /* the OS volume by the caller's word; 0: none */
	struct gpt gpt;
	struct shvm_partition *partitions;
	struct findings findings;
	struct shvm_disk_info info;
};
AUTO_DEFINE(disk_ptr, struct shvm_disk *, shvm_disk_close);

/* Image formats that must not be taken for raw bytes by mistake. */
static const struct {
	const char *magic;
	size_t len;
	bool at_end; /* in the last sector instead of the first */
	const char *name;
} foreign[] = {
	{ "conectix", 8, false, "VHD" },
	{ "conectix", 8, true, "VHD" },
	{ "QFI\xfb", 4, false, "qcow2" },
	{ "KDMV", 4, false, "VMDK" },
	{ "# Disk Descriptor", 17, false, "VMDK" },
};

static bool ends_with(const char *path, const char *end)
{
	const size_t n = strlen(path), m = strlen(end);

	return n >= m && strcasecmp(path + n - m, end) == 0;
}

/* Raw is the guess of last resort: refuse what is plainly something else. */
static int raw_check(struct source *s, const char *path, struct shvm_err *err)
{
	uint8_t ends[2][512] = { { 0 } };
	int r;

	if (s->size < sizeof(ends[0]))
		return SHVM_OK;
	r = source_read(s, 0, ends[0], sizeof(ends[0]), err);
	if (r < 0)
		return r;
	r = source_read(s, s->size - sizeof(ends[1]), ends[1], sizeof(ends[1]),
			err);
	if (r < 0)
		return r;

	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		if (memcmp(ends[foreign[i].at_end], foreign[i].magic,
			   foreign[i].len) != 0)
			continue;
		return err_reason(err, SHVM_E_UNSUPPORTED, "foreign-format",
				  "%s: this is a %s image, which is not "
				  "supported; convert it to VHDX",
				  path, foreign[i].name);
	}
	return SHVM_OK;
}

static int open_raw(struct shvm_disk *d, const struct shvm_disk_params *p,
		    struct shvm_err *err)
{
	int r;

	r = source_file_open(d->path, p->raw_sector_size, &d->source, err);
	if (r < 0)
		return r;
	if (!p->raw) {
		r = raw_check(d->source, d->path, err);
		if (r < 0)
			return r;
	}
	d->info.format = SHVM_FORMAT_RAW;
	d->info.logical_sector_size = d->source->sector_size;
	d->info.physical_sector_size = d->source->sector_size;
	d->info.creator = "";
	return SHVM_OK;
}

static int open_image(struct shvm_disk *d, const struct shvm_disk_params *p,
		      struct shvm_err *err)
{
	const struct image_params params = {
		.parent = p->parent,
		.no_parent_lookup = p->no_parent_lookup,
		.parent_anywhere = p->parent_anywhere,
		.no_replay = p->no_replay,
	};
	const struct image_info *image;
	const struct findings *found;
	int r;

	r = image_open(d->path, &params, &d->source, err);
	if (r < 0)
		return r;
	d->is_image = true;
	image = image_info(d->source);
	d->info.format = image->format;
	d->info.block_size = image->block_size;
	d->info.logical_sector_size = image->logical_sector_size;
	d->info.physical_sector_size = image->physical_sector_size;
	d->info.log_replayed = image->log_replayed;
	d->info.creator = image->creator;
	d->info.parent = image->parent_path;

	found = image_findings(d->source);
	for (size_t i = 0; i < found->count; i++) {
		const struct shvm_finding *f = &found->items[i];

		r = findings_add(&d->findings, f->rule, f->level, f->offset,
				 f->hint, err, "%s", f->text);
		if (r < 0)
			return r;
	}
	return SHVM_OK;
}

/* VHDX first; a file that is none of it is raw unless its name objects. */
static int open_any(struct shvm_disk *d, const struct shvm_disk_params *p,
		    struct shvm_err *err)
{
	struct shvm_err why = { 0 };
	int r;

	if (p->raw)
		return open_raw(d, p, err);
	r = open_image(d, p, &why);
	if (r == 0)
		return SHVM_OK;
	if (why.reason && strcmp(why.reason, "NOT_VHDX") == 0 &&
	    !ends_with(d->path, ".vhdx") && !ends_with(d->path, ".avhdx"))
		return open_raw(d, p, err);
	if (err)
		*err = why;
	return r;
}

static int partitions_load(struct shvm_disk *d, struct shvm_err *err)
{
	int r;

	d->partitions = calloc(d->gpt.count + 1, sizeof(*d->partitions));
	if (!d->partitions)
		return err_nomem(err, "partitions");
	for (size_t i = 0; i < d->gpt.count; i++) {
		const struct gpt_entry *e = &d->gpt.entries[i];
		struct shvm_partition *p = &d->partitions[i];

		*p = (struct shvm_partition){
			.number = e->number,
			.guid = e->guid,
			.type_guid = e->type_guid,
			.name = e->name,
			.offset = e->offset,
			.size = e->size,
		};
		r = volumes_content(d->source, p->offset, p->size, &p->content,
				    err);
		if (r < 0)
			return err_prefix(err, r, "partition %u", p->number);
	}
	return SHVM_OK;
}

/* A raw image made for 4096-byte sectors, read with 512, looks damaged. */
static int table_hint(struct shvm_disk *d, int code, struct shvm_err *err)
{
	char magic[8];

	if (code != SHVM_E_FORMAT || d->is_image ||
	    d->source->sector_size != 512 || d->source->size < 8192 ||
	    source_read(d->source, 4096, magic, sizeof(magic), NULL) < 0 ||
	    memcmp(magic, "EFI PART", 8) != 0)
		return code;
	return err_prefix(err, code,
			  "this seems to have 4096-byte sectors, not 512");
}

static int describe(struct shvm_disk *d, struct shvm_err *err)
{
	enum table_kind kind;
	int r;

	d->info.virtual_size = d->source->size;
	r = gpt_read(d->source, &kind, &d->gpt, &d->findings, err);
	if (r < 0)
		return table_hint(d, r, err);
	d->info.table = kind == TABLE_GPT   ? SHVM_TABLE_GPT
			: kind == TABLE_MBR ? SHVM_TABLE_MBR
					    : SHVM_TABLE_NONE;
	d->info.table_guid = d->gpt.header.disk_guid;
	r = partitions_load(d, err);
	if (r < 0)
		return r;

	d->info.partitions = d->partitions;
	d->info.partition_count = d->gpt.count;
	d->info.findings = d->findings.items;
	d->info.finding_count = d->findings.count;
	return SHVM_OK;
}

int shvm_disk_open(const char *path, const struct shvm_disk_params *params,
		   struct shvm_disk **ret, struct shvm_err *err)
{
	static const struct shvm_disk_params defaults;
	const struct shvm_disk_params *p = params ? params : &defaults;
	AUTO(disk_ptr) d = NULL;
	int r;

	if (p->raw_sector_size != 0 && p->raw_sector_size != 512 &&
	    p->raw_sector_size != 4096)
		return err_set(err, SHVM_E_ARG,
			       "sector size %u: only 512 and 4096 exist",
			       p->raw_sector_size);
	d = calloc(1, sizeof(*d));
	if (!d)
		return err_nomem(err, path);
	d->path = strdup(path);
	if (!d->path)
		return err_nomem(err, path);
	d->partition = p->partition;
	if (p->helper) {
		d->helper = strdup(p->helper);
		if (!d->helper)
			return err_nomem(err, path);
	}

	r = open_any(d, p, err);
	if (r < 0)
		return r;
	r = describe(d, err);
	if (r < 0)
		return err_prefix(err, r, "%s", path);
	*ret = STEAL(d);
	return SHVM_OK;
}

void shvm_disk_close(struct shvm_disk *disk)
{
	if (!disk)
		return;
	source_free(disk->source);
	gpt_done(&disk->gpt);
	findings_done(&disk->findings);
	free(disk->partitions);
	free(disk->path);
	free(disk->helper);
	free(disk);
}

const struct shvm_disk_info *shvm_disk_info(const struct shvm_disk *disk)
{
	return &disk->info;
}

int shvm_disk_read(struct shvm_disk *disk, uint64_t at, void *buf, size_t len,
		   struct shvm_err *err)
{
	return source_read(disk->source, at, buf, len, err);
}

int shvm_disk_extent(struct shvm_disk *disk, uint64_t at, uint64_t max,
		     struct shvm_extent *ret, struct shvm_err *err)
{
	static const enum shvm_extent_state states[] = {
		[EXTENT_DATA] = SHVM_EXTENT_DATA,
		[EXTENT_ZERO] = SHVM_EXTENT_ZERO,
		[EXTENT_HOLE] = SHVM_EXTENT_HOLE,
	};
	struct source *s = disk->source;
	struct extent first, next;
	uint64_t end, limit;
	int r;

	if (at >= s->size)
		return err_set(err, SHVM_E_ARG,
			       "%s: no extent at %ju, the disk has %ju bytes",
			       disk->path, (uintmax_t)at, (uintmax_t)s->size);
	limit = max < s->size - at ? at + max : s->size;
	r = source_extent(s, at, limit - at, &first, err);
	if (r < 0)
		return r;
	end = at + first.len;
	while (end < limit) {
		r = source_extent(s, end, limit - end, &next, err);
		if (r < 0)
			return r;
		if (next.state != first.state)
			break;
		end += next.len;
	}
	*ret = (struct shvm_extent){ .offset = at,
				     .size = end - at,
				     .state = states[first.state] };
	return SHVM_OK;
}

struct source *disk_source(struct shvm_disk *disk)
{
	return disk->source;
}

const char *disk_path(const struct shvm_disk *disk)
{
	return disk->path;
}

uint32_t disk_os_partition(const struct shvm_disk *disk)
{
	return disk->partition;
}

const char *disk_helper(const struct shvm_disk *disk)
{
	return disk->helper;
}

int disk_user_item(struct shvm_disk *disk, const struct shvm_guid *id,
		   struct buf *ret, bool *found, struct shvm_err *err)
{
	if (!disk->is_image) {
		*found = false;
		return SHVM_OK;
	}
	return image_user_item(disk->source, id, ret, found, err);
}

int disk_check_room(struct shvm_disk *disk, const struct shvm_guid *id,
		    size_t len, struct shvm_err *err)
{
	if (!disk->is_image)
		return SHVM_OK;
	return image_check_room(disk->source, id, len, disk->path, err);
}
