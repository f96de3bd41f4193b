/* SPDX-License-Identifier: MIT */
/* One image file without its parents, checked from front to back. */
#include "vhdx/layout.h"

#include "base/utf16.h"
#include "source/foreign.h"

#include <inttypes.h>
#include <string.h>

static const struct shvm_guid id_locator = VHDX_ITEM_PARENT_LOCATOR;

static int load_identifier(struct layout *l, struct shvm_err *err)
{
	uint8_t buf[sizeof(struct vhdx_file_id_disk)] = { 0 };
	const struct vhdx_file_id_disk *d = (const void *)buf;
	AUTO_DONE(buf) text = { 0 };

	TRY(source_read(l->view.file, 0, buf, sizeof(buf), err));
	utf16_to_display(d->creator, sizeof(d->creator), &text);
	buf_add(&text, "", 1);
	TRY(buf_check(&text, "creator", err));

	l->creator = (char *)STEAL(text.data);
	return SHVM_OK;
}

/* The error for a file that is not a VHDX: what it is instead, if known. */
static int say_not_vhdx(const struct view *v, struct rules *rules,
			struct shvm_err *err)
{
	const struct foreign *is = NULL;

	TRY(foreign_find(v->file, &is, err));
	if (is)
		return rules_fatal_as(rules, SHVM_E_UNSUPPORTED, "NOT_VHDX", 0,
				      err, "not a VHDX: this is %s; %s",
				      is->name, is->advice);
	return rules_fatal_as(rules, SHVM_E_UNSUPPORTED, "NOT_VHDX", 0, err,
			      "not a VHDX: does not begin with \"vhdxfile\"");
}

/* Is it a VHDX that has at least its first MiB? */
static int check_start(const struct view *v, struct rules *rules,
		       struct shvm_err *err)
{
	uint8_t buf[8];

	if (v->stored_size < sizeof(buf))
		return rules_fatal_as(rules, SHVM_E_UNSUPPORTED, "NOT_VHDX", 0,
				      err, "not a VHDX: only %" PRIu64 " bytes",
				      v->stored_size);
	TRY(source_read(v->file, 0, buf, sizeof(buf), err));
	if (!header_is_vhdx(buf, sizeof(buf)))
		return say_not_vhdx(v, rules, err);
	if (v->stored_size < VHDX_BODY_AT)
		return rules_fatal(rules, "TRUNC_HEADER", 0, err,
				   "the file ends at %" PRIu64 ", in the "
				   "header section of 1 MiB",
				   v->stored_size);
	if (v->stored_size > VHDX_FILE_MAX)
		return rules_fatal_as(rules, SHVM_E_UNSUPPORTED, "FILE_TOO_BIG",
				      0, err,
				      "the file has %" PRIu64
				      " bytes, more than 256 TiB",
				      v->stored_size);
	return SHVM_OK;
}

static int load_headers(struct layout *l, struct rules *rules,
			struct shvm_err *err)
{
	for (int i = 0; i < 2; i++)
		TRY(source_read(l->view.file,
				i ? VHDX_HEADER2_AT : VHDX_HEADER1_AT,
				l->stored[i], sizeof(l->stored[i]), err));
	return header_choose(l->stored[0], l->stored[1], rules, &l->headers,
			     err);
}

/* Claim the space of the header section, the log and the regions. */
static int take_space(struct layout *l, struct rules *rules,
		      struct shvm_err *err)
{
	const struct vhdx_header *h = &l->headers.current;
	uint64_t conflict;

	TRY(allocation_init(&l->allocation, l->view.size, err));
	/*
	 * Both are after the first MiB and do not overlap: these cannot fail.
	 */
	(void)allocation_claim(&l->allocation, 0, VHDX_BODY_AT, &conflict);
	(void)allocation_claim(&l->allocation, h->log_offset, h->log_length,
			       &conflict);

	for (size_t i = 0; i < l->regions.count; i++) {
		const struct vhdx_region *g = &l->regions.items[i];
		char name[SHVM_GUID_TEXT];

		if (allocation_claim(&l->allocation, g->at, g->len, &conflict))
			continue;
		TRY(rules_error(rules, "REGION_OVERLAP", g->at, err,
				"region %s at %#" PRIx64
				" overlaps the log or another region at "
				"%#" PRIx64,
				shvm_guid_format(&g->guid, name), g->at,
				conflict));
	}
	return SHVM_OK;
}

static int load_metadata(struct layout *l, struct rules *rules,
			 struct shvm_err *err)
{
	const struct vhdx_region *g = &l->regions.metadata;
	AUTOFREE uint8_t *buf = malloc(VHDX_TABLE_SIZE);
	bool locator;

	TRY(err_null(err, buf, "metadata table"));
	TRY(view_read(&l->view, g->at, buf, VHDX_TABLE_SIZE, err));
	TRY(meta_table_decode(buf, g->at, g->len, rules, &l->items, err));
	TRY(meta_params_load(&l->view, g, &l->items, rules, &l->params, err));

	locator = meta_find(&l->items, &id_locator, false) != NULL;
	if (l->params.has_parent && !locator)
		return rules_fatal(rules, "LOCATOR_MISSING", g->at, err,
				   "the disk has a parent but no parent "
				   "locator");
	if (!l->params.has_parent && locator)
		return rules_warn(
			rules, "LOCATOR_UNUSED", g->at, err,
			"the disk has a parent locator but no parent");
	return SHVM_OK;
}

int layout_load(struct source *file, struct rules *rules, struct layout *ret,
		struct shvm_err *err)
{
	struct bat_shape shape;

	*ret = (struct layout){ .view = { .file = file,
					  .stored_size = file->size,
					  .size = file->size } };
	TRY(check_start(&ret->view, rules, err));
	TRY(load_identifier(ret, err));
	TRY(load_headers(ret, rules, err));
	TRY(log_load(&ret->view, &ret->headers.current, rules, &ret->log, err));
	TRY(header_regions_load(&ret->view, rules, &ret->regions, err));
	TRY(take_space(ret, rules, err));
	TRY(load_metadata(ret, rules, err));

	shape = bat_shape_of(&ret->params);
	return bat_load(&ret->view, &ret->regions.bat, &shape, &ret->allocation,
			rules, &ret->bat, err);
}

void layout_done(struct layout *l)
{
	bat_done(&l->bat);
	allocation_done(&l->allocation);
	meta_table_done(&l->items);
	vhdx_regions_done(&l->regions);
	view_done(&l->view);
	free(l->creator);
	*l = (struct layout){ 0 };
}

int layout_locator(const struct layout *l, struct rules *rules,
		   struct locator *ret, struct shvm_err *err)
{
	const struct meta_item *item = meta_find(&l->items, &id_locator, false);
	AUTO_DONE(buf) data = { 0 };

	assert(item); /* else the layout would not have been loaded */
	TRY(meta_item_read(&l->view, &l->regions.metadata, item, &data, err));
	return locator_decode(data.data, data.len,
			      l->regions.metadata.at + item->offset, rules, ret,
			      err);
}
