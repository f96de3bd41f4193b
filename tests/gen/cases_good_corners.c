/* SPDX-License-Identifier: MIT */
/* Files to read: states, places, tables, and the quirks of real writers. */
#include "tests/gen/cases.h"

#define SMALL                                                                  \
	.size = 4 * GEN_MIB,                                                   \
	GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 2, GEN_PRESENT, 2 })
#define USER_ID                                                                \
	{                                                                      \
		{                                                              \
			0xaa, 0xbb, 0xcc                                       \
		}                                                              \
	}
#define GOOD(name, warning, ...)                                               \
	{                                                                      \
		name, { SMALL, __VA_ARGS__ }, .reason = warning                \
	}
#define ALONE(name, warning, no_peers, ...)                                    \
	{                                                                      \
		name, { SMALL, __VA_ARGS__ }, .reason = warning,               \
					      .peers = no_peers                \
	}
#define NOBODY (GEN_NO_QEMU | GEN_NO_LIBVHDI)

const struct gen_case gen_good_corners[] = {
	{ "metadata-table-full",
	  { SMALL, .meta_mb = 8, .meta_len_mb = 2, .filler_items = 1024,
	    .filler_len = 8, .optional_items = 2047 - 1024 - 5 },
	  .peers = NOBODY },
	{ "every-state",
	  { .size = 8 * GEN_MIB,
	    GEN_BLOCKS({ 0, GEN_NOT_PRESENT }, { 1, GEN_UNDEFINED },
		       { 2, GEN_ZERO }, { 3, GEN_UNMAPPED },
		       { 4, GEN_PRESENT, 1 }, { 7, GEN_PRESENT, 2 }) } },
	{ "unmapped-keeps-its-place",
	  { .size = 4 * GEN_MIB,
	    GEN_BLOCKS({ 0, GEN_UNMAPPED, .at_mb = 5 },
		       { 1, GEN_PRESENT, 2, 4 }),
	    .grow = GEN_MIB } },
	{ "undefined-keeps-its-place",
	  { .size = 4 * GEN_MIB,
	    GEN_BLOCKS({ 0, GEN_UNDEFINED, .at_mb = 4 },
		       { 1, GEN_PRESENT, 2, 5 }) } },
	{ "zero-with-a-stale-place",
	  { .size = 4 * GEN_MIB,
	    GEN_BLOCKS({ 0, GEN_ZERO, .at_mb = 4 },
		       { 1, GEN_PRESENT, 2, 4 }) } },
	{ "not-present-with-a-place-behind-eof",
	  { .size = 4 * GEN_MIB,
	    GEN_BLOCKS({ 0, GEN_NOT_PRESENT, .at_mb = 400 },
		       { 1, GEN_PRESENT, 2, 4 }) } },
	{ "blocks-backwards",
	  { .size = 5 * GEN_MIB,
	    GEN_BLOCKS({ 4, GEN_PRESENT, 1 }, { 3, GEN_PRESENT, 2 },
		       { 2, GEN_PRESENT, 3 }, { 1, GEN_PRESENT, 4 },
		       { 0, GEN_PRESENT, 5 }) } },
	{ "blocks-before-the-regions",
	  { .size = 2 * GEN_MIB,
	    .log_mb = 1,
	    .meta_mb = 4,
	    .bat_mb = 5,
	    GEN_BLOCKS({ 0, GEN_PRESENT, 1, 3 }, { 1, GEN_PRESENT, 2, 2 }) } },
	{ "unaligned-block-of-2m",
	  { .size = 4 * GEN_MIB,
	    .block_size = 2 * GEN_MIB,
	    GEN_BLOCKS({ 0, GEN_PRESENT, 1, 5 }, { 1, GEN_PRESENT, 2, 7 }) } },
	GOOD("regions-in-other-order", NULL, .regions_swapped = true),
	GOOD("log-at-the-end", NULL, .log_mb = 6, .meta_mb = 1, .bat_mb = 2,
	     .data_mb = 3),
	GOOD("log-of-64-mib", NULL, .log_mb = 4, .log_len_mb = 64),
	GOOD("bat-larger-than-needed", NULL, .bat_len_mb = 9),
	GOOD("metadata-region-of-100-mib", NULL, .meta_mb = 4,
	     .meta_len_mb = 100),
	GOOD("file-with-free-space", NULL, .data_mb = 40),
	GOOD("file-longer-than-needed", NULL, .grow = 3 * GEN_MIB + 77),
	GOOD("regions-optional-as-qemu-writes", "REGION_FLAGS",
	     .regions_optional = true),
	GOOD("unknown-optional-region", NULL,
	     GEN_MORE_REGIONS({ USER_ID, 7, 2, 0 })),
	GOOD("headers-with-high-numbers", NULL, .seq1 = UINT64_MAX,
	     .seq2 = UINT64_MAX - 1),
	GOOD("headers-far-apart", NULL, .seq1 = UINT64_MAX, .seq2 = 1),
	GOOD("first-header-current", NULL, .seq1 = 8, .seq2 = 7),
	GOOD("identical-headers-as-disk2vhd-writes", "HEADER_TIE", .seq1 = 4,
	     .seq2 = 4),
	GOOD("first-header-bad", "HEADER_COPY",
	     GEN_PATCHES({ GEN_HEADER1, 4, 4, 0, .unsealed = true })),
	GOOD("second-header-bad", "HEADER_COPY",
	     GEN_PATCHES({ GEN_HEADER2, 100, 1, 1, .unsealed = true })),
	ALONE("second-header-zero", "HEADER_COPY", GEN_NO_LIBVHDI,
	      GEN_PATCHES({ GEN_HEADER2, 0, 8, 0, .unsealed = true })),
	ALONE("old-header-of-another-version", NULL, GEN_NO_LIBVHDI,
	      GEN_PATCHES({ GEN_HEADER1, 66, 2, 9 })),
	ALONE("first-region-table-bad", "REGION_COPY", NOBODY,
	      GEN_PATCHES({ GEN_REGION1, 4, 4, 0, .unsealed = true })),
	ALONE("second-region-table-bad", "REGION_COPY", GEN_NO_LIBVHDI,
	      GEN_PATCHES({ GEN_REGION2, 50, 1, 0, .unsealed = true })),
	ALONE("header-with-reserved-bytes", "HDR_RESERVED", 0,
	      GEN_PATCHES({ GEN_HEADERS, 4095, 1, 1 })),
	ALONE("region-table-with-reserved-bytes", "REGION_RESERVED", 0,
	      GEN_PATCHES({ GEN_REGIONS, 12, 4, 1 })),
	ALONE("region-with-reserved-flags", "REGION_FLAGS", NOBODY,
	      GEN_PATCHES({ GEN_REGIONS, GEN_REGION_ENTRY(0, 28), 4, 5 })),
	ALONE("metadata-with-reserved-bytes", "META_RESERVED", NOBODY,
	      GEN_PATCHES({ GEN_META, 12, 4, 1 })),
	ALONE("metadata-entry-with-reserved-bytes", "META_RESERVED", NOBODY,
	      GEN_PATCHES({ GEN_META, GEN_META_ENTRY(1, 28), 4, 1 })),
	ALONE("physical-sector-size-not-required", "META_FLAGS", NOBODY,
	      GEN_PATCHES({ GEN_META, GEN_META_ENTRY(4, 24), 4, 2 })),
	ALONE("locator-without-parent", "LOCATOR_UNUSED", NOBODY,
	      GEN_PAIRS({ "relative_path", "x" })),
	GOOD("creator-in-full", NULL,
	     .creator = "0123456789012345678901234567890123456789012345678901"
			"2345678901234567890123456789012345678901234567890123"
			"4567890123456789012345678901234567890123456789012345"
			"6789012345678901234567890123456789012345678901234567"
			"890123456789012345678901234567890123456789012345"),
	GOOD("creator-empty", NULL, .creator = ""),
	GOOD("creator-broken-utf16", NULL,
	     GEN_PATCHES({ GEN_FILE, 8, 4, 0xd800d800 })),
	GOOD("stale-log-without-guid", NULL, .log_guid_zero = true,
	     GEN_ENTRIES({ .seq = 7, GEN_DESCS({ GEN_JUNK, 3 * GEN_MIB }) })),
	ALONE("log-version-without-log", NULL, GEN_NO_QEMU,
	      GEN_PATCHES({ GEN_HEADERS, 64, 2, 7 })),
	ALONE("user-item", NULL, GEN_NO_LIBVHDI,
	      GEN_ITEMS({ USER_ID, 3, 5000, 1 })),
	ALONE("user-item-of-1-mib", NULL, GEN_NO_LIBVHDI, .meta_mb = 4,
	      .meta_len_mb = 3, GEN_ITEMS({ USER_ID, 1, 1048576, 1 })),
	ALONE("user-item-empty", NULL, GEN_NO_LIBVHDI,
	      GEN_ITEMS({ USER_ID, 1, 0, 0 })),
	ALONE("user-item-with-system-id", NULL, NOBODY,
	      GEN_ITEMS(
		      { { { 0xab, 0x12, 0xca, 0xbe, 0xe6, 0xb2, 0x23, 0x45,
			    0x93, 0xef, 0xc3, 0x09, 0xe0, 0x00, 0xc7, 0x46 } },
			1,
			16,
			1 })),
	ALONE("unknown-optional-item", NULL, GEN_NO_LIBVHDI,
	      GEN_ITEMS({ USER_ID, 2, 16, 1 })),
	ALONE("items-out-of-order-and-unaligned", NULL, GEN_NO_LIBVHDI,
	      GEN_ITEMS({ USER_ID, 1, 333, 1, NULL, 0x30001 },
			{ { { 1 } }, 1, 77, 2, NULL, 0x20003 })),
	ALONE("user-items-1024", NULL, GEN_NO_LIBVHDI, .filler_items = 1024,
	      .filler_len = 9),
	{ "last-block-cut-as-qemu-writes",
	  { .size = 2 * GEN_MIB + 4096,
	    .block_size = 2 * GEN_MIB,
	    GEN_BLOCKS({ 1, GEN_PRESENT, 1 }),
	    .truncate = 4 * GEN_MIB + 4096 },
	  .reason = "BAT_CUT" },
	{ "bitmap-slot-with-junk-as-old-qemu-writes",
	  { .size = 4097 * GEN_MIB,
	    GEN_BLOCKS({ 0, GEN_PRESENT, 1, .len = 4096 },
		       { 4096, GEN_PRESENT, 2, .len = 4096 }),
	    GEN_PATCHES({ GEN_BAT, 4096, 8, 4 * GEN_MIB | 6 }) },
	  .reason = "BAT_SB_STATE",
	  .peers = NOBODY },
	{ 0 },
};
