/* SPDX-License-Identifier: MIT */
/*
 * One image file without its parents, checked from front to back in the order
 * of the specification: identifier, headers, log, region tables, metadata, BAT.
 * Used by the reader, by `disk check` and by the editor.
 */
#ifndef VHDX_LAYOUT_H
#define VHDX_LAYOUT_H

#include "vhdx/bat.h"
#include "vhdx/locator.h"
#include "vhdx/log.h"

struct layout {
	struct view view;
	struct vhdx_headers headers;
	struct log_summary log;
	struct vhdx_regions regions;
	struct meta_table items;
	struct meta_params params;
	struct bat bat;
	struct allocation allocation;	     /* every MiB that is taken */
	char *creator;			     /* UTF-8, for display */
	uint8_t stored[2][VHDX_HEADER_SIZE]; /* both headers, as decoded */
};

/*
 * Load and check the image in file, which is borrowed and must outlive the
 * layout. When rules collects, *ret contains what could be decoded (all members
 * may be released in any case), and success means that the end was reached.
 */
int layout_load(struct source *file, struct rules *rules, struct layout *ret,
		struct shvm_err *err);
void layout_done(struct layout *l);

/* The place of the parent of an image that has one. */
int layout_locator(const struct layout *l, struct rules *rules,
		   struct locator *ret, struct shvm_err *err);

#endif
