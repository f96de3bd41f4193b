/* SPDX-License-Identifier: MIT */
/*
 * The block allocation table: pure arithmetic of its shape (2.4, 2.5), and the
 * checked table in compact form.
 */
#ifndef VHDX_BAT_H
#define VHDX_BAT_H

#include "vhdx/meta.h"
#include "vhdx/space.h"

#define BAT_BITMAP_SIZE VHDX_MIB /* a sector bitmap block, always */

struct bat_shape {
	uint64_t disk_size;   /* bytes */
	uint32_t block_size;  /* bytes */
	uint32_t sector_size; /* logical, bytes */
	uint32_t ratio;	  /* payload blocks a chunk; a power of two, >= 16 */
	uint64_t blocks;  /* payload blocks */
	uint64_t chunks;  /* sector bitmap blocks */
	uint64_t entries; /* that the table must have */
	bool differencing;
};

/* From checked parameters; nothing can overflow then. */
struct bat_shape bat_shape_of(const struct meta_params *params);

/* Index in the table of payload block b or of the bitmap of chunk c. */
uint64_t bat_payload_index(const struct bat_shape *s, uint64_t b);
uint64_t bat_bitmap_index(const struct bat_shape *s, uint64_t c);

/* Bytes of the virtual disk that lie in block b: less in the last one. */
uint64_t bat_block_bytes(const struct bat_shape *s, uint64_t b);

/* One payload block as the reader needs it. */
struct bat_block {
	enum vhdx_block_state state;
	uint64_t at; /* file offset in bytes; 0 without data */
};

enum {
	BAT_PAGE = 1024
}; /* payload blocks a page */

/*
 * The table in pages of 1024 blocks: one word each where a page is uniform
 * or lies in the file in one piece, else 4 bytes a block. So memory is at
 * most 8 bytes a page and 4 KiB for each page that is fragmented: 512 KiB for
 * an empty 64 TiB disk of 1 MiB blocks, 257 MiB when every page of it is in
 * pieces (its table then takes more than that in the file).
 */
struct bat {
	struct bat_shape shape;
	struct bat_page *pages;
	uint32_t *bitmaps;  /* a chunk: MiB of its sector bitmap, 0: none;
			      NULL for a base disk */
	uint64_t present;   /* blocks with data */
	uint64_t undefined; /* blocks whose contents are "anything" */
};

void bat_done(struct bat *b);

/*
 * Read the table through the view, in pieces and around holes, check every
 * entry, and take the space of its blocks in space (where all else was taken
 * before).
 */
int bat_load(const struct view *view, const struct vhdx_region *region,
	     const struct bat_shape *shape, struct space *space,
	     struct rules *rules, struct bat *ret, struct shvm_err *err);

struct bat_block bat_get(const struct bat *b, uint64_t block);

/*
 * How many blocks from block on, at most max (> 0), are alike: the same state
 * and, where they have data, one piece in the file.
 */
uint64_t bat_run(const struct bat *b, uint64_t block, uint64_t max);

#endif
