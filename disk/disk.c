/* SPDX-License-Identifier: MIT */
/* Public API of <shvm/disk.h>: open and describe. */
#include "disk/disk.h"

#include "base/reserved.h"
#include "disk/format.h"
#include "disk/gpt.h"
#include "disk/partition.h"
#include "source/source_file.h"

#include <assert.h>
#include <string.h>
#include <sys/stat.h>

struct shvm_disk {
	const struct disk_format *format;
	struct disk_opened image;
	char *path, *texts[3];	     /* texts: those of how */
	struct shvm_disk_params how; /* for who opens it again */
	struct gpt gpt;
	struct shvm_partition *partitions;
	struct shvm_disk_file *files;
};
AUTO_DEFINE(disk_ptr, struct shvm_disk *, shvm_disk_close);

/* The list for the caller; all parents are open, so it is complete. */
static int files_load(struct shvm_disk *d, struct shvm_err *err)
{
	const struct source *s = d->image.source;
	struct source_id id;
	size_t n = 0;

	while (source_file_at(s, n, &id))
		n++;
	d->files = calloc(n + 1, sizeof(*d->files));
	TRY(err_null(err, d->files, "files"));
	d->image.info.copy_mode = 0666;
	for (size_t i = 0; i < n && source_file_at(s, i, &id); i++) {
		d->files[i] = (struct shvm_disk_file){
			.path = id.path,
			.device = id.opened->st_dev,
			.inode = id.opened->st_ino,
		};
		d->image.info.copy_mode &= id.opened->st_mode;
	}
	d->image.info.files = d->files;
	d->image.info.file_count = n;
	return SHVM_OK;
}

static int partitions_load(struct shvm_disk *d, struct shvm_err *err)
{
	d->partitions = calloc(d->gpt.count + 1, sizeof(*d->partitions));
	TRY(err_null(err, d->partitions, "partitions"));
	for (size_t i = 0; i < d->gpt.count; i++) {
		const struct gpt_entry *e = &d->gpt.entries[i];
		struct shvm_partition *p = &d->partitions[i];
		uint64_t left;

		*p = (struct shvm_partition){
			.number = e->number,
			.guid = e->guid,
			.type_guid = e->type_guid,
			.name = e->name,
			.offset = e->offset,
			.size = e->size,
		};
		/* A table of a larger disk may name ranges beyond the end. */
		if (p->offset >= d->image.source->size)
			continue;
		left = d->image.source->size - p->offset;
		TRY(err_prefix(err,
			       partition_content(d->image.source, p->offset,
						 p->size < left ? p->size
								: left,
						 &p->content, err),
			       "partition %u", p->number));
		if (p->size > left && p->content == SHVM_CONTENT_BLANK)
			p->content = SHVM_CONTENT_ZERO_START; /* cut off */
	}
	return SHVM_OK;
}

/* A disk with 4096-byte sectors looks damaged if read with 512. */
static int table_hint(struct shvm_disk *d, int code, struct shvm_err *err)
{
	char magic[8];

	if (code != SHVM_E_FORMAT || d->image.source->sector_size != 512 ||
	    d->image.source->size < 8192 ||
	    source_read(d->image.source, 4096, magic, sizeof(magic), NULL) <
		    0 ||
	    memcmp(magic, "EFI PART", 8) != 0)
		return code;
	return err_prefix(err, code,
			  "the disk seems to have 4096-byte sectors, not 512");
}

static int describe(struct shvm_disk *d, struct shvm_err *err)
{
	int r;

	d->image.info.virtual_size = d->image.source->size;
	r = gpt_read(d->image.source, &d->image.info.table, &d->gpt,
		     &d->image.checks, err);
	if (r < 0)
		return table_hint(d, r, err);
	d->image.info.table_guid = d->gpt.header.disk_guid;
	TRY(partitions_load(d, err));
	if (d->image.info.table == SHVM_TABLE_NONE)
		TRY(partition_content(d->image.source, 0, d->image.source->size,
				      &d->image.info.content, err));

	d->image.info.partitions = d->partitions;
	d->image.info.partition_count = d->gpt.count;
	d->image.info.checks = d->image.checks.items;
	d->image.info.check_count = d->image.checks.count;
	return SHVM_OK;
}

/* The params with texts of our own. */
static int keep_how(struct shvm_disk *d, const struct shvm_disk_params *params,
		    struct shvm_err *err)
{
	const char **texts[] = { &d->how.parent, &d->how.helper,
				 &d->how.plugin };

	d->how = *params;
	d->how.outputs = NULL;
	d->how.output_count = 0;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (!*texts[i])
			continue;
		d->texts[i] = strdup(*texts[i]);
		TRY(err_null(err, d->texts[i], d->path));
		*texts[i] = d->texts[i];
	}
	return SHVM_OK;
}

int disk_open_on(struct source *file, const char *path,
		 const struct shvm_disk_params *params, struct shvm_disk **ret,
		 struct shvm_err *err)
{
	AUTO(disk_ptr) d = calloc(1, sizeof(*d));
	AUTO(source_ptr) own = file;
	int r;

	TRY(err_null(err, d, path));
	TRY(reserved_check(params->reserved, "struct shvm_disk_params", err));
	d->path = strdup(path);
	TRY(err_null(err, d->path, path));
	TRY(keep_how(d, params, err));

	TRY(disk_format_find(file, path, params, &d->format, err));
	TRY(d->format->open(STEAL(own), path, params, &d->image, err));
	d->image.info.format = d->format->name;
	r = files_load(d, err);
	if (r == SHVM_OK)
		r = describe(d, err);
	TRY(err_name(err, r, path));
	for (size_t i = 0; i < params->output_count; i++)
		TRY(shvm_disk_check_output(d, params->outputs[i], err));
	*ret = STEAL(d);
	return SHVM_OK;
}

int shvm_disk_open(const char *path, const struct shvm_disk_params *params,
		   struct shvm_disk **ret, struct shvm_err *err)
{
	static const struct shvm_disk_params defaults;
	const struct shvm_disk_params *p = params ? params : &defaults;
	struct source *file;

	if (p->raw_sector_size != 0 && p->raw_sector_size != 512 &&
	    p->raw_sector_size != 4096)
		return err_set(err, SHVM_E_ARG,
			       "sector size %u is neither 512 nor 4096",
			       p->raw_sector_size);
	TRY(source_file_open(path, p->raw_sector_size, &file, err));
	return disk_open_on(file, path, p, ret, err);
}

void shvm_disk_close(struct shvm_disk *disk)
{
	if (!disk)
		return;
	source_free(disk->image.source);
	gpt_done(&disk->gpt);
	checks_done(&disk->image.checks);
	free(disk->partitions);
	free(disk->files);
	free(disk->path);
	for (size_t i = 0; i < ARRAY_SIZE(disk->texts); i++)
		free(disk->texts[i]);
	free(disk);
}

const struct shvm_disk_info *shvm_disk_info(const struct shvm_disk *disk)
{
	return &disk->image.info;
}

int shvm_disk_read(struct shvm_disk *disk, uint64_t at, void *buf, size_t len,
		   struct shvm_err *err)
{
	return source_read(disk->image.source, at, buf, len, err);
}

int shvm_disk_extent(struct shvm_disk *disk, uint64_t at, uint64_t max,
		     struct shvm_extent *ret, struct shvm_err *err)
{
	struct source *s = disk->image.source;
	struct extent first, next;
	uint64_t end, limit;

	if (at >= s->size)
		return err_set(err, SHVM_E_ARG,
			       "%s: no extent at %ju, the disk has %ju bytes",
			       disk->path, (uintmax_t)at, (uintmax_t)s->size);
	limit = max < s->size - at ? at + max : s->size;
	TRY(source_extent(s, at, limit - at, &first, err));
	end = at + first.len;
	while (end < limit) {
		TRY(source_extent(s, end, limit - end, &next, err));
		if (next.state != first.state)
			break;
		end += next.len;
	}
	*ret = (struct shvm_extent){ .offset = at,
				     .size = end - at,
				     .state = first.state };
	return SHVM_OK;
}

int shvm_disk_check_output(const struct shvm_disk *disk, const char *path,
			   struct shvm_err *err)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return SHVM_OK; /* a new file, or writing it reports the
				   error */
	for (size_t i = 0; i < disk->image.info.file_count; i++) {
		const struct shvm_disk_file *f = &disk->files[i];

		if (f->device == st.st_dev && f->inode == st.st_ino)
			return err_reason(err, SHVM_E_ARG, "is-input",
					  "the result %s is the same file as "
					  "%s, which is read",
					  path, f->path);
	}
	return SHVM_OK;
}

struct source *disk_source(struct shvm_disk *disk)
{
	return disk->image.source;
}

const struct gpt *disk_gpt(const struct shvm_disk *disk)
{
	return &disk->gpt;
}

const char *disk_path(const struct shvm_disk *disk)
{
	return disk->path;
}

const struct shvm_disk_params *disk_how(const struct shvm_disk *disk)
{
	return &disk->how;
}

int disk_identity(struct shvm_disk *disk, char ret[SHVM_IDENTITY_MAX],
		  struct shvm_err *err)
{
	return disk->format->identity(disk->image.source, ret, err);
}

bool disk_has_items(const struct shvm_disk *disk)
{
	return disk->format->user_item != NULL;
}

int disk_user_item(struct shvm_disk *disk, const struct shvm_guid *id,
		   struct buf *ret, bool *found, struct shvm_err *err)
{
	*found = false;
	if (!disk->format->user_item)
		return SHVM_OK;
	return disk->format->user_item(disk->image.source, id, ret, found, err);
}

int disk_undefined(struct shvm_disk *disk, uint64_t at, uint64_t len,
		   uint64_t *ret_at, uint64_t *ret_bytes, struct shvm_err *err)
{
	*ret_bytes = 0;
	if (!disk->format->undefined)
		return SHVM_OK;
	return disk->format->undefined(disk->image.source, at, len, ret_at,
				       ret_bytes, err);
}

int disk_check_room(struct shvm_disk *disk, const struct shvm_guid *id,
		    size_t len, struct shvm_err *err)
{
	if (!disk->format->check_room)
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "%s: a %s disk cannot contain metadata items",
			       disk->path, disk->format->name);
	return disk->format->check_room(disk->image.source, id, len, disk->path,
					err);
}
