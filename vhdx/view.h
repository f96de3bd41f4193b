/* SPDX-License-Identifier: MIT */
/*
 * The bytes of an image file after the replay of its log: the file, overlaid
 * with the patches of the log. Nothing is written and the patches' data stay in
 * the file, so a full log of 1 GiB costs some MiB of memory.
 */
#ifndef VHDX_VIEW_H
#define VHDX_VIEW_H

#include "source/source.h"

#include <stddef.h>

/* One range that the log writes: zeros, or a page of 4096 bytes. */
struct view_patch {
	uint64_t at, len;   /* bytes of the file; 4 KiB multiples */
	uint64_t data_at;   /* file offset of the log's data sector; 0: zeros */
	uint8_t leading[8]; /* bytes 0 to 7 of the page */
	uint8_t trailing[4]; /* bytes 4092 to 4095 */
};

struct view {
	struct source *file;	    /* borrowed */
	uint64_t stored_size;	    /* bytes of the file as stored */
	uint64_t size;		    /* bytes after the replay of the log */
	struct view_patch *patches; /* sorted by at, never overlapping */
	size_t patch_count;
};

void view_done(struct view *v); /* releases the patches */

/* Fill all len bytes; a range beyond v->size is SHVM_E_FORMAT. */
int view_read(const struct view *v, uint64_t at, void *buf, size_t len,
	      struct shvm_err *err);

/* The first patch that ends after @at, or NULL. */
const struct view_patch *view_patch_from(const struct view *v, uint64_t at);

/* The first byte in [at, end) that may be non-zero, or end. */
uint64_t view_next_data(const struct view *v, uint64_t at, uint64_t end);

#endif
