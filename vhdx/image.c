/* SPDX-License-Identifier: MIT */
/* VHDX images as a source: opens an image and its parents. */
#include "vhdx/image.h"

#include "source/source_file.h"
#include "vhdx/image_parts.h"
#include "vhdx/parent.h"

#include <stdio.h>
#include <string.h>

enum {
	DEPTH_MAX = 64
}; /* our limit: images in a chain */

/* Both copies as stored. */
static int read_headers(struct source *file, uint8_t ret[2 * VHDX_HEADER_SIZE],
			struct shvm_err *err)
{
	TRY(source_read(file, VHDX_HEADER1_AT, ret, VHDX_HEADER_SIZE, err));
	return source_read(file, VHDX_HEADER2_AT, ret + VHDX_HEADER_SIZE,
			   VHDX_HEADER_SIZE, err);
}

static int image_check_unchanged(struct source *s, struct shvm_err *err)
{
	const struct image *im = image_of(s);
	uint8_t now[sizeof(im->layout.stored)];

	TRY(source_check_unchanged(im->file, err));
	TRY(read_headers(im->file, now, err));
	if (memcmp(now, im->layout.stored, sizeof(now)) != 0)
		return err_reason(err, SHVM_E_IO, "changed",
				  "%s: its headers changed while it was in use",
				  im->path);
	return im->parent ? source_check_unchanged(im->parent, err) : SHVM_OK;
}

static bool image_file_at(const struct source *s, size_t i,
			  struct source_id *ret)
{
	const struct image *im = image_of(s);

	if (i == 0)
		return source_file_at(im->file, 0, ret);
	return im->parent && source_file_at(im->parent, i - 1, ret);
}

static void image_free(struct source *s)
{
	struct image *im = image_of(s);

	source_free(im->parent);
	layout_done(&im->layout);
	checks_done(&im->checks);
	source_free(im->file);
	free(im->info.parent_path);
	free(im->path);
	free(im);
}

static const struct source_ops image_ops = {
	.kind = "vhdx",
	.read_at = image_read_at,
	.extent_at = image_extent_at,
	.check_unchanged = image_check_unchanged,
	.file_at = image_file_at,
	.free = image_free,
};

static void fill_info(struct image *im)
{
	const struct layout *l = &im->layout;
	struct image_info *info = &im->info;
	const size_t len = strlen(l->creator);

	info->variant = l->params.has_parent	    ? "differencing"
			: l->params.leave_allocated ? "fixed"
						    : "dynamic";
	info->virtual_size = l->params.disk_size;
	info->block_size = l->params.block_size;
	info->logical_sector_size = l->params.logical_sector_size;
	info->physical_sector_size = l->params.physical_sector_size;
	info->log_replayed = l->log.dirty;
	info->disk_id = l->params.disk_id;
	info->data_write_guid = l->headers.current.data_write;
	info->file_write_guid = l->headers.current.file_write;
	/* 256 units become 768 bytes at most. */
	assert(len < sizeof(info->creator));
	memcpy(info->creator, l->creator, len);
	im->source.size = info->virtual_size;
	im->source.sector_size = info->logical_sector_size;
}

/* One image without its parents; takes ownership of file. */
static int open_one(struct source *file, const char *path,
		    const struct image_params *params, struct source **ret,
		    struct shvm_err *err)
{
	AUTO(source_ptr) own = file;
	AUTO(source_ptr) s = NULL;
	struct image *im = calloc(1, sizeof(*im));
	struct rules rules = { 0 };

	TRY(err_null(err, im, path));
	s = &im->source;
	s->ops = &image_ops;
	im->file = STEAL(own);
	im->path = strdup(path);
	TRY(err_null(err, im->path, path));
	rules.checks = &im->checks;
	TRY(layout_load(file, &rules, &im->layout, err));
	if (im->layout.log.dirty && params->no_replay)
		return err_reason(err, SHVM_E_UNSUPPORTED, "LOG_DIRTY",
				  "the log is dirty, and replaying it was "
				  "disabled");

	fill_info(im);
	*ret = STEAL(s);
	return SHVM_OK;
}

/* Is this file among the images from top down? */
static int check_cycle(const struct image *top, const struct source *file,
		       struct shvm_err *err)
{
	for (const struct image *i = top; i; i = image_of(i->parent))
		if (source_file_is_same(i->file, file))
			return err_reason(err, SHVM_E_FORMAT, "PARENT_CYCLE",
					  "the image is a parent of itself");
	return SHVM_OK;
}

/* Is the parent the one from which the child was created? */
static int check_parent(const struct image *child, const struct image *parent,
			const struct locator *locator, struct shvm_err *err)
{
	const struct shvm_guid *guid = &parent->info.data_write_guid;
	char is[SHVM_GUID_TEXT], wanted[SHVM_GUID_TEXT];

	if (!locator_is_linked(locator, guid))
		return err_reason(err, SHVM_E_FORMAT, "PARENT_LINKAGE",
				  "parent %s has the DataWriteGuid %s, but "
				  "the child expects %s",
				  parent->path, shvm_guid_format(guid, is),
				  shvm_guid_format(&locator->linkage[0],
						   wanted));
	if (child->info.logical_sector_size != parent->info.logical_sector_size)
		return err_reason(err, SHVM_E_FORMAT, "PARENT_SECTOR_SIZE",
				  "parent %s has sectors of %u bytes, but the "
				  "child has %u",
				  parent->path,
				  parent->info.logical_sector_size,
				  child->info.logical_sector_size);
	return SHVM_OK;
}

/* Warnings about the parent are warnings about the child. */
static int inherit_findings(struct image *child, const struct image *parent,
			    struct shvm_err *err)
{
	for (size_t i = 0; i < parent->checks.count; i++) {
		const struct shvm_check *f = &parent->checks.items[i];

		TRY(checks_add(&child->checks, f->id, f->level, f->offset,
			       f->fix, err, "parent %s: %s", parent->path,
			       f->text));
	}
	return SHVM_OK;
}

/* Open the parent of the last image in the chain. */
static int open_parent(const struct image *top, struct image *last,
		       const struct image_params *params, struct shvm_err *err)
{
	AUTO_DONE(locator) locator = { 0 };
	const struct parent_query query = {
		.child = last->path,
		.locator = &locator,
		.given = last == top ? params->parent : NULL,
		.no_lookup = params->no_parent_lookup,
		.anywhere = params->parent_anywhere,
	};
	AUTO(source_ptr) file = NULL;
	struct rules rules = { .checks = &last->checks };
	int r;

	TRY(layout_locator(&last->layout, &rules, &locator, err));
	TRY(parent_open(&query, &file, &last->info.parent_path, err));
	r = check_cycle(top, file, err);
	if (r >= 0)
		r = open_one(STEAL(file), last->info.parent_path, params,
			     &last->parent, err);
	TRY(err_prefix(err, r, "parent %s", last->info.parent_path));
	return check_parent(last, image_of(last->parent), &locator, err);
}

/* All parents of an image, up to one that has none. */
static int open_parents(struct image *top, const struct image_params *params,
			struct shvm_err *err)
{
	struct image *last = top;

	for (int depth = 1; last->layout.params.has_parent; depth++) {
		if (depth == DEPTH_MAX)
			return err_reason(err, SHVM_E_UNSUPPORTED,
					  "PARENT_DEPTH",
					  "the chain of parents has more than "
					  "%d images",
					  DEPTH_MAX);
		TRY(open_parent(top, last, params, err));
		last = image_of(last->parent);
		TRY(inherit_findings(top, last, err));
	}
	return SHVM_OK;
}

int image_open_on(struct source *file, const char *path,
		  const struct image_params *params, struct source **ret,
		  struct shvm_err *err)
{
	static const struct image_params defaults;
	AUTO(source_ptr) s = NULL;
	int r;

	if (!params)
		params = &defaults;
	r = open_one(file, path, params, &s, err);
	if (r >= 0)
		r = open_parents(image_of(s), params, err);
	TRY(err_name(err, r, path));
	*ret = STEAL(s);
	return SHVM_OK;
}

const struct image_info *image_info(const struct source *s)
{
	return &image_of(s)->info;
}

const struct checks *image_checks(const struct source *s)
{
	return &image_of(s)->checks;
}

int image_user_item(struct source *s, const struct shvm_guid *id,
		    struct buf *ret, bool *found, struct shvm_err *err)
{
	const struct layout *l = &image_of(s)->layout;
	const struct meta_item *item = meta_find(&l->items, id, true);

	*found = item != NULL;
	if (!item)
		return SHVM_OK;
	return meta_item_read(&l->view, &l->regions.metadata, item, ret, err);
}

int image_check_room(const struct source *s, const struct shvm_guid *id,
		     size_t len, const char *path, struct shvm_err *err)
{
	return meta_check_room(&image_of(s)->layout.items, id, len, path, err);
}
