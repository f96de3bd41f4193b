/* SPDX-License-Identifier: MIT */
/*
 * Makes VHDX files from a description: every shape that [MS-VHDX] allows and,
 * through patches, most that it forbids. Stands on libc alone, with a CRC of
 * its own, so that the reader and its tests do not share one mistake.
 *
 * Unless the description says otherwise the log lies at 1 MiB, the metadata
 * region at 2 MiB and the BAT region at 3 MiB; sector bitmap blocks and payload
 * blocks follow in the order of the list. Files are sparse.
 */
#ifndef TESTS_DATA_VHDX_VHDXGEN_H
#define TESTS_DATA_VHDX_VHDXGEN_H

#include <shvm/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GEN_KIB UINT64_C(1024)
#define GEN_MIB (UINT64_C(1) << 20)
#define GEN_GIB (UINT64_C(1) << 30)
#define GEN_TIB (UINT64_C(1) << 40)

enum gen_kind {
	GEN_DYNAMIC,
	GEN_FIXED,
	GEN_CHILD
};

enum gen_state {
	GEN_NOT_PRESENT = 0,
	GEN_UNDEFINED = 1,
	GEN_ZERO = 2,
	GEN_UNMAPPED = 3,
	GEN_PRESENT = 6,
	GEN_PARTIAL = 7,
};

/* Where the blocks of a fixed disk lie that are not listed. */
enum gen_order {
	GEN_IN_ORDER,
	GEN_PAIRS,     /* each two change places */
	GEN_HALVES,    /* the second half first */
	GEN_SCATTERED, /* anywhere: no two in one piece, but by chance */
};

/* Which sectors of a PARTIAL block the child holds itself. */
enum gen_bits {
	GEN_BITS_MIXED, /* runs of three by a hash of the seed */
	GEN_BITS_ALL,
	GEN_BITS_NONE,
	GEN_BITS_FIRST, /* sector 0 only */
	GEN_BITS_LAST,	/* the last one only */
	GEN_BITS_ODD,
};

struct gen_block {
	uint64_t block;
	enum gen_state state;
	uint64_t seed;	/* of the contents; 0: zeros */
	uint64_t at_mb; /* place in the file; 0: the next free one. Given for a
			   state without data it stands in the entry as well */
	uint64_t len;	/* only so many first bytes hold the seed's contents,
			   the rest zeros; 0: all */
	enum gen_bits bits;
};

/* A further metadata item. */
struct gen_item {
	struct shvm_guid id;
	uint32_t flags; /* 1 user, 2 virtual disk, 4 required */
	uint32_t len;
	uint64_t seed; /* of the contents, when data is NULL */
	const void *data;
	uint32_t offset; /* in the region; 0: the next free one */
};

struct gen_region {
	struct shvm_guid id;
	uint32_t at_mb, len_mb;
	uint32_t required;
};

struct gen_pair {
	const char *key, *value; /* ASCII */
};

enum gen_desc_kind {
	GEN_PAGES,     /* the final bytes; the file itself gets junk there */
	GEN_ZEROS,     /* a zero descriptor; the file itself gets junk there */
	GEN_JUNK,      /* other bytes; the file is left alone */
	GEN_OLD_ZEROS, /* a zero descriptor; the file is left alone */
};

struct gen_desc {
	enum gen_desc_kind kind;
	uint64_t at;  /* bytes from the start of the file */
	uint64_t len; /* bytes; 0: 4096. Data make one descriptor a 4 KiB */
};

enum gen_entry_flags {
	GEN_BAD_CRC = 1,
	GEN_OTHER_GUID = 2, /* of a log that was in use before */
	GEN_TORN = 4,	    /* its last 4 KiB never reached the disk */
};

#define GEN_NOTHING UINT64_MAX /* where 0 means the default: really 0 */

struct gen_entry {
	uint64_t seq;
	uint32_t at; /* bytes in the log; may wrap; GEN_NEXT: after the last */
	uint32_t tail; /* bytes in the log; GEN_SELF: this entry */
	unsigned int flags;
	uint64_t flushed, last; /* file sizes; 0: what is right */
	const struct gen_desc *descs;
	size_t desc_count;
};
#define GEN_NEXT UINT32_MAX
#define GEN_SELF UINT32_MAX

/* What a patch's offset counts from; checksums are made right afterwards. */
enum gen_place {
	GEN_FILE, /* the whole file; no checksum is touched */
	GEN_HEADER1,
	GEN_HEADER2,
	GEN_HEADERS, /* both */
	GEN_REGION1,
	GEN_REGION2,
	GEN_REGIONS, /* both */
	GEN_META,    /* the metadata region: table at 0, entry i at 32 + 32 i */
	GEN_ITEM,    /* the data of item number index: 0 file parameters, 1 disk
			size, 2 disk id, 3 logical, 4 physical sector size, then
			the locator of a child, then the list */
	GEN_BAT,     /* offset counts entries of 8 bytes */
	GEN_LOG,     /* the log, raw; no checksum is touched */
	GEN_ENTRY,   /* log entry number index of the list */
};

struct gen_patch {
	enum gen_place place;
	uint64_t at;
	unsigned int width; /* bytes; 0: 8 */
	uint64_t value;	    /* little-endian; ignored when bytes is set */
	const char *bytes;  /* width of them */
	unsigned int index;
	bool unsealed; /* leave the checksum wrong */
};

/* Start as { 0 }; zero means the usual value. */
struct gen_disk {
	enum gen_kind kind;
	uint64_t size;	     /* virtual bytes */
	uint32_t block_size; /* 1 MiB */
	uint32_t lss, pss;   /* 512, 4096 */
	const struct gen_block *blocks;
	size_t block_count;
	uint64_t fill_seed; /* fixed disks: of all blocks not listed */
	uint64_t fill_len;  /* their bytes that are not zero; 0: all */
	enum gen_order fill_order;
	uint32_t log_mb, log_len_mb;
	uint32_t meta_mb, meta_len_mb;
	uint32_t bat_mb, bat_len_mb;
	uint32_t data_mb; /* where free places begin */
	bool regions_swapped, regions_optional;
	const struct gen_region *regions; /* further ones */
	size_t region_count;
	const struct gen_item *items; /* further ones */
	size_t item_count;
	uint32_t filler_items, filler_len; /* so many user items more */
	uint32_t
		optional_items; /* and so many unknown ones that are not the user's */
	const struct gen_pair *pairs; /* of the parent locator */
	size_t pair_count;
	const struct gen_disk *parent; /* for the expected contents */
	uint64_t seq1, seq2;	       /* of the headers: 5 and 6 */
	struct shvm_guid data_write_guid;
	const char *creator; /* ASCII */
	const struct gen_entry *log;
	size_t log_count;
	bool log_guid_zero; /* nothing to replay, whatever lies in the log */
	bool log_guid_set;  /* also without entries */
	bool log_flood; /* each sector begins as an entry that fills the log */
	const struct gen_patch *patches;
	size_t patch_count;
	uint64_t truncate; /* file size at the end; 0: all of it */
	uint64_t grow;	   /* bytes more at the end */
};

/* Lists leave out what is zero; that is their point. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* .GEN_LIST(blocks, block_count, struct gen_block, { ... }, { ... }) */
#define GEN_LIST(list, count, type, ...)                                       \
	.list = (const type[]){ __VA_ARGS__ },                                 \
	.count = sizeof((const type[]){ __VA_ARGS__ }) / sizeof(type)
#define GEN_BLOCKS(...)                                                        \
	GEN_LIST(blocks, block_count, struct gen_block, __VA_ARGS__)
#define GEN_ITEMS(...) GEN_LIST(items, item_count, struct gen_item, __VA_ARGS__)
#define GEN_MORE_REGIONS(...)                                                  \
	GEN_LIST(regions, region_count, struct gen_region, __VA_ARGS__)
#define GEN_PAIRS(...) GEN_LIST(pairs, pair_count, struct gen_pair, __VA_ARGS__)
#define GEN_ENTRIES(...) GEN_LIST(log, log_count, struct gen_entry, __VA_ARGS__)
#define GEN_DESCS(...) GEN_LIST(descs, desc_count, struct gen_desc, __VA_ARGS__)
#define GEN_PATCHES(...)                                                       \
	GEN_LIST(patches, patch_count, struct gen_patch, __VA_ARGS__)

enum {
	GEN_ITEMS_MAX = 2047
};

/* Where things lie; bytes from the start of the file. */
struct gen_layout {
	uint32_t block_size, lss, pss;
	uint64_t log_at, log_len, meta_at, meta_len, bat_at, bat_len;
	uint64_t block_count, ratio, chunk_count, bat_entries;
	uint64_t data_at;   /* first bitmap block */
	uint64_t blocks_at; /* first payload block without a place of its own */
	uint64_t file_size; /* before truncate and grow */
};

void gen_layout_of(const struct gen_disk *d, struct gen_layout *ret);
/* BAT index of a payload block, of a chunk's bitmap. */
uint64_t gen_bat_index(const struct gen_layout *l, uint64_t block);
uint64_t gen_bitmap_index(const struct gen_layout *l, uint64_t chunk);
/* Is the bit of sector k of a PARTIAL block set? */
bool gen_bit(const struct gen_layout *l, const struct gen_block *b, uint64_t k);
/* The listed block, or NULL. */
const struct gen_block *gen_block_of(const struct gen_disk *d, uint64_t block);

/* Write the file (0644, replaced); 0, or -1 with errno. */
int gen_write(const struct gen_disk *d, const char *path);
int gen_write_fd(const struct gen_disk *d, int fd);

/* The virtual bytes that a reader must return; beyond the end: zeros. */
void gen_expect(const struct gen_disk *d, uint64_t at, void *buf, size_t len);

/* Deterministic contents of a stream of bytes, from byte @at on. */
void gen_bytes(uint64_t seed, uint64_t at, void *buf, size_t len);
uint32_t gen_crc32c(const void *data, size_t len);
/* Make the CRC at offset 4 of a structure right. */
void gen_seal(uint8_t *structure, size_t len);

/* Number n in a sequence of GUIDs that nothing else uses. */
struct shvm_guid gen_guid(uint32_t n);

#endif
