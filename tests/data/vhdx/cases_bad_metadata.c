/* SPDX-License-Identifier: MIT */
/* Files to refuse: the metadata table and its items. */
#include "tests/data/vhdx/cases.h"

#define SMALL                                                                  \
	.size = 4 * GEN_MIB,                                                   \
	GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 2, GEN_PRESENT, 2 })
#define BAD(name, reason, says, ...)                                           \
	{                                                                      \
		name, { SMALL, GEN_PATCHES(__VA_ARGS__) }, reason, says        \
	}
/* Item i: 0 file parameters, 1 disk size, 2 disk id, 3 logical, 4 physical. */
#define FIELD(i, field, value)                                                 \
	{                                                                      \
		GEN_META, GEN_META_ENTRY(i, field), 4, value                   \
	}
#define ITEM(i, at, width, value)                                              \
	{                                                                      \
		GEN_ITEM, at, width, value, .index = i                         \
	}
#define MORE(name, reason, says, ...)                                          \
	{                                                                      \
		name, { SMALL, GEN_ITEMS(__VA_ARGS__) }, reason, says          \
	}
#define USER_ID                                                                \
	{                                                                      \
		{                                                              \
			0xaa, 0xbb, 0xcc                                       \
		}                                                              \
	}
#define OTHER_ID                                                               \
	{                                                                      \
		{                                                              \
			0xdd, 0xee, 0xff                                       \
		}                                                              \
	}

const struct gen_case gen_bad_metadata[] = {
	BAD("metadata-no-signature", "META_SIGNATURE", "signature",
	    { GEN_META, 0, 1, 'M' }),
	BAD("metadata-count-2048", "META_COUNT", "2048",
	    { GEN_META, 10, 2, 2048 }),
	BAD("metadata-count-65535", "META_COUNT", "65535",
	    { GEN_META, 10, 2, 65535 }),
	BAD("metadata-empty", "META_MISSING", "file parameters",
	    { GEN_META, 10, 2, 0 }),
	BAD("metadata-no-file-parameters", "META_MISSING", "file parameters",
	    FIELD(0, 0, 1), FIELD(0, 24, 0)),
	BAD("metadata-no-disk-size", "META_MISSING", "disk size",
	    FIELD(1, 0, 1), FIELD(1, 24, 0)),
	BAD("metadata-no-disk-id", "META_MISSING", "disk id", FIELD(2, 0, 1),
	    FIELD(2, 24, 0)),
	BAD("metadata-no-logical-sector-size", "META_MISSING", "logical sector",
	    FIELD(3, 0, 1), FIELD(3, 24, 0)),
	BAD("metadata-no-physical-sector-size", "META_MISSING",
	    "physical sector", FIELD(4, 0, 1), FIELD(4, 24, 0)),
	BAD("file-parameters-as-user-item", "META_MISSING", "file parameters",
	    FIELD(0, 24, 1)),
	BAD("file-parameters-7-bytes", "META_ITEM_LENGTH", "7 bytes",
	    FIELD(0, 20, 7)),
	BAD("file-parameters-9-bytes", "META_ITEM_LENGTH", "9 bytes",
	    { GEN_META, GEN_META_ENTRY(0, 16), 4, 0x20000 }, FIELD(0, 20, 9)),
	BAD("disk-size-4-bytes", "META_ITEM_LENGTH", "4 bytes",
	    FIELD(1, 20, 4)),
	BAD("disk-id-8-bytes", "META_ITEM_LENGTH", "8 bytes", FIELD(2, 20, 8)),
	BAD("logical-sector-size-2-bytes", "META_ITEM_LENGTH", "2 bytes",
	    FIELD(3, 20, 2)),
	BAD("physical-sector-size-empty", "META_ITEM_LENGTH", "0 bytes",
	    FIELD(4, 16, 0), FIELD(4, 20, 0)),
	BAD("file-parameters-not-required", "META_FLAGS", "file parameters",
	    FIELD(0, 24, 0)),
	BAD("file-parameters-of-virtual-disk", "META_FLAGS", "file parameters",
	    FIELD(0, 24, 6)),
	BAD("disk-size-not-virtual-disk", "META_FLAGS", "disk size",
	    FIELD(1, 24, 4)),
	BAD("disk-id-not-required", "META_FLAGS", "disk id", FIELD(2, 24, 2)),
	BAD("logical-sector-size-not-required", "META_FLAGS", "logical sector",
	    FIELD(3, 24, 2)),
	BAD("item-in-table", "META_ITEM_OFFSET", "0xffff",
	    FIELD(2, 16, 0xffff)),
	BAD("item-at-zero", "META_ITEM_OFFSET", "offset 0 lies",
	    FIELD(2, 16, 0)),
	BAD("item-past-region", "META_ITEM_RANGE", "0x100000",
	    FIELD(2, 16, 0x100000)),
	BAD("item-ends-past-region", "META_ITEM_RANGE", "0xffff1",
	    FIELD(2, 16, 0xffff1)),
	BAD("item-offset-4g", "META_ITEM_RANGE", "0xffffffff",
	    FIELD(2, 16, 0xffffffff)),
	MORE("item-longer-than-1-mib", "META_ITEM_SIZE", "1048577",
	     { USER_ID, 1, 100, 1 }, { OTHER_ID, 1, 1048577, 1 }),
	{ "item-length-4g",
	  { SMALL, GEN_ITEMS({ USER_ID, 1, 100, 1 }),
	    GEN_PATCHES(FIELD(5, 20, 0xffffffff)) },
	  "META_ITEM_SIZE",
	  "4294967295" },
	{ "empty-item-with-offset",
	  { SMALL, GEN_ITEMS({ USER_ID, 1, 100, 1 }),
	    GEN_PATCHES(FIELD(5, 20, 0)) },
	  "META_ITEM_OFFSET",
	  "empty" },
	MORE("items-overlap", "META_OVERLAP", "overlap",
	     { USER_ID, 1, 100, 1, NULL, 0x20000 },
	     { OTHER_ID, 1, 100, 1, NULL, 0x20010 }),
	MORE("items-overlap-by-one-byte", "META_OVERLAP", "0x20063",
	     { USER_ID, 1, 100, 1, NULL, 0x20000 },
	     { OTHER_ID, 1, 100, 1, NULL, 0x20063 }),
	MORE("items-at-one-place", "META_OVERLAP", "0x20000",
	     { USER_ID, 1, 100, 1, NULL, 0x20000 },
	     { OTHER_ID, 1, 100, 1, NULL, 0x20000 }),
	BAD("user-item-over-disk-size", "META_OVERLAP", "overlap",
	    FIELD(2, 16, 0x10008)),
	MORE("user-item-twice", "META_DUP", "ccbbaa", { USER_ID, 1, 10, 1 },
	     { USER_ID, 1, 10, 2 }),
	MORE("system-item-twice", "META_DUP", "ccbbaa", { USER_ID, 0, 10, 1 },
	     { USER_ID, 2, 10, 2 }),
	BAD("disk-id-twice", "META_DUP", "beca12ab", { GEN_META, 10, 2, 6 },
	    { GEN_META, GEN_META_ENTRY(5, 0), 16, 0,
	      "\xab\x12\xca\xbe\xe6\xb2\x23\x45\x93\xef\xc3\x09\xe0\x00\xc7\x46" },
	    FIELD(5, 16, 0x30000), FIELD(5, 20, 16), FIELD(5, 24, 6)),
	MORE("user-item-required", "META_FLAGS", "required",
	     { USER_ID, 5, 10, 1 }),
	MORE("unknown-item-required", "META_UNKNOWN_REQUIRED", "ccbbaa",
	     { USER_ID, 4, 10, 1 }),
	MORE("unknown-virtual-disk-item-required", "META_UNKNOWN_REQUIRED",
	     "ccbbaa", { USER_ID, 6, 10, 1 }),
	MORE("item-with-zero-id", "META_ZERO_ID", "zero",
	     { { { 0 } }, 1, 9, 1 }),
	MORE("incomplete-file", "META_INCOMPLETE", "incomplete",
	     { { { 0xf0, 0x85, 0xcc, 0x71, 0x69, 0x1b, 0x28, 0x4e, 0x95, 0x58,
		   0xc3, 0xbf, 0x83, 0xae, 0x75, 0xd3 } },
	       4,
	       8,
	       1 }),
	{ "user-items-1025",
	  { SMALL, .filler_items = 1025, .filler_len = 4 },
	  "META_USER_COUNT",
	  "1025" },
	{ "user-items-41-mib",
	  { SMALL, .meta_mb = 6, .meta_len_mb = 50, .bat_mb = 3,
	    .filler_items = 41, .filler_len = 1048576, .data_mb = 60 },
	  "META_TOO_BIG",
	  "40 MiB" },
	{ "metadata-region-129-mib",
	  { SMALL, .meta_mb = 6, .meta_len_mb = 129, .data_mb = 140 },
	  "META_TOO_BIG",
	  "128 MiB" },

	BAD("file-parameters-with-reserved-bits", "FILEPARAM_RESERVED", "0x100",
	    ITEM(0, 4, 4, 0x100)),
	BAD("block-size-0", "BLOCK_SIZE", "0", ITEM(0, 0, 4, 0)),
	BAD("block-size-512k", "BLOCK_SIZE", "524288", ITEM(0, 0, 4, 524288)),
	BAD("block-size-3m", "BLOCK_SIZE", "3145728", ITEM(0, 0, 4, 3145728)),
	BAD("block-size-512m", "BLOCK_SIZE", "536870912",
	    ITEM(0, 0, 4, 536870912)),
	BAD("block-size-4g", "BLOCK_SIZE", "4294967295",
	    ITEM(0, 0, 4, 0xffffffff)),
	BAD("disk-size-0", "DISK_SIZE", "0", ITEM(1, 0, 8, 0)),
	BAD("disk-size-odd", "DISK_SIZE", "4194305",
	    ITEM(1, 0, 8, 4 * GEN_MIB + 1)),
	BAD("disk-size-64t-and-a-sector", "DISK_SIZE", "70368744178176",
	    ITEM(1, 0, 8, 64 * GEN_TIB + 512)),
	BAD("disk-size-8p", "DISK_SIZE", "9007199256838144",
	    ITEM(1, 0, 8, 8192 * GEN_TIB + 2 * GEN_MIB)),
	BAD("disk-size-16e", "DISK_SIZE", "18446744073709551104",
	    ITEM(1, 0, 8, ~UINT64_C(511))),
	BAD("disk-size-512-of-4k-sectors", "DISK_SIZE", "4194816",
	    ITEM(1, 0, 8, 4 * GEN_MIB + 512), ITEM(3, 0, 4, 4096)),
	BAD("logical-sector-0", "SECTOR_SIZE", "0", ITEM(3, 0, 4, 0)),
	BAD("logical-sector-1024", "SECTOR_SIZE", "1024", ITEM(3, 0, 4, 1024)),
	BAD("logical-sector-4g", "SECTOR_SIZE", "4294967295",
	    ITEM(3, 0, 4, 0xffffffff)),
	BAD("physical-sector-0", "SECTOR_SIZE", "0", ITEM(4, 0, 4, 0)),
	BAD("physical-sector-520", "SECTOR_SIZE", "520", ITEM(4, 0, 4, 520)),
	BAD("parent-without-locator", "LOCATOR_MISSING", "locator",
	    ITEM(0, 4, 4, 2)),
	{ 0 },
};
