/* SPDX-License-Identifier: MIT */
/*
 * The block allocation table: pure arithmetic of its shape (2.4, 2.5), and the
 * checked table in compact form.
 */
#ifndef VHDX_BAT_H
#define VHDX_BAT_H

#include "vhdx/allocation.h"
#include "vhdx/meta.h"

#define BAT_BITMAP_SIZE VHDX_MIB /* a sector bitmap block, always */

struct bat_shape {
	uint64_t disk_size;   /* bytes */
	uint32_t block_size;  /* bytes */
	uint32_t sector_size; /* logical, bytes */
	uint32_t ratio;	  /* payload blocks per chunk; a power of two, >= 16 */
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

/* What the reader needs to know about a payload block and those after it. */
struct bat_run {
	enum vhdx_block_state state;
	uint64_t at;	/* file offset in bytes; 0 without a place */
	uint64_t count; /* blocks in this state that, where they have data,
			   are contiguous in the file */
};

enum {
	BAT_PAGE = 1024, /* payload blocks per page */
	BAT_STATE_BITS = 3,
};

/*
 * Payload blocks as words: state | MiB << 3, no MiB without a place. (File
 * offsets below 256 TiB are below 2^28 MiB.) A page whose words follow from the
 * first (all equal, or contiguous in the file) is stored as that word. Of any
 * other page we keep a checksum, and read it again when a block of it is
 * needed.
 */
struct bat_page {
	uint32_t first; /* the first word; scattered: the lowest MiB */
	uint32_t last;	/* scattered: the highest MiB */
	uint32_t sum;	/* scattered: CRC-32C of the words */
	bool scattered;
};

/* Pages that were read again, one per slot; 64 KiB. */
struct bat_cache;

/*
 * The checked table: 16 bytes for 1024 blocks, regardless of their state; 1 MiB
 * for 64 TiB of 1 MiB blocks, whose table occupies 512 MiB in the file.
 */
struct bat {
	struct bat_shape shape;
	uint64_t table_at; /* of the table in the file */
	struct bat_page *pages;
	uint32_t *bitmaps; /* per chunk: MiB of its sector bitmap, 0: none;
			      NULL for a base disk */
	struct bat_cache *cache;
	uint64_t present;   /* blocks with data */
	uint64_t undefined; /* blocks whose contents are undefined, but for
			       which the file has stored bytes */
};

void bat_done(struct bat *b);

/*
 * Read the table through the view, in pieces and around holes, check every
 * entry, and claim the space of its blocks in space (where everything else was
 * claimed before).
 */
int bat_load(const struct view *view, const struct vhdx_region *region,
	     const struct bat_shape *shape, struct allocation *allocation,
	     struct rules *rules, struct bat *ret, struct shvm_err *err);

/*
 * The block, and how many from it on, at most max (> 0), continue its run. The
 * view is the one of bat_load(); a table that differs from the checked one is
 * SHVM_E_IO, reason "changed". Safe from many threads.
 */
int bat_find(const struct bat *b, const struct view *view, uint64_t block,
	     uint64_t max, struct bat_run *ret, struct shvm_err *err);

/*
 * For bat_load.c: the words of a page, and the step between the words of
 * contiguous blocks.
 */
uint64_t bat_page_count(const struct bat_shape *s);
uint32_t bat_page_blocks(const struct bat_shape *s, uint64_t page);

static inline uint32_t bat_word(uint64_t entry)
{
	const uint32_t state = entry & VHDX_BAT_STATE;

	/*
	 * The place of a block without data has no meaning; but for an
	 * UNDEFINED one we must know that it has a place.
	 */
	if (state < VHDX_FULLY_PRESENT && state != VHDX_UNDEFINED)
		return state;
	return state | (uint32_t)((entry & VHDX_BAT_OFFSET) / VHDX_MIB)
			       << BAT_STATE_BITS;
}

/* Does it occupy space in the file? Unmapped blocks may keep theirs. */
static inline bool bat_has_place(uint64_t entry)
{
	const uint32_t state = entry & VHDX_BAT_STATE;

	return state >= VHDX_FULLY_PRESENT ||
	       ((state == VHDX_UNMAPPED || state == VHDX_UNDEFINED) &&
		(entry & VHDX_BAT_OFFSET) != 0);
}

uint32_t bat_word_step(const struct bat_shape *s, uint32_t word);
uint32_t bat_page_sum(const uint32_t words[BAT_PAGE]);
int bat_cache_init(struct bat *b, struct shvm_err *err);
int bat_page_read(const struct bat *b, const struct view *view, uint64_t page,
		  uint32_t words[BAT_PAGE], struct shvm_err *err);

#endif
