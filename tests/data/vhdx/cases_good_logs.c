/* SPDX-License-Identifier: MIT */
/* Files to read: dirty logs, and chains of differencing disks. */
#include "tests/data/vhdx/cases.h"
#include "tests/data/vhdx/parents.h"

/* Log 1, metadata 2, BAT 3, block 0 at 4, block 2 at 5 MiB. */
#define SMALL                                                                  \
	.size = 4 * GEN_MIB,                                                   \
	GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 2, GEN_PRESENT, 2 })
#define LOG(name, no_peers, ...)                                               \
	{                                                                      \
		name, { SMALL, GEN_ENTRIES(__VA_ARGS__) }, .peers = no_peers   \
	}
#define BAT_PAGE GEN_DESCS({ GEN_PAGES, 3 * GEN_MIB })
#define META_PAGES GEN_DESCS({ GEN_PAGES, 2 * GEN_MIB, 69632 })
#define NOISE GEN_DESCS({ GEN_JUNK, 3 * GEN_MIB }, { GEN_JUNK, 2 * GEN_MIB })
#define NOTHING .descs = NULL
#define NOBODY (GEN_NO_QEMU | GEN_NO_LIBVHDI)

const struct gen_case gen_good_logs[] = {
	LOG("dirty-log", GEN_NO_LIBVHDI, { .seq = 7, BAT_PAGE }),
	LOG("dirty-log-with-highest-number", GEN_NO_LIBVHDI,
	    { .seq = UINT64_MAX, BAT_PAGE }),
	LOG("dirty-log-without-descriptors", GEN_NO_LIBVHDI,
	    { .seq = 7, NOTHING }),
	LOG("dirty-log-with-zeros", GEN_NO_LIBVHDI,
	    { .seq = 7,
	      GEN_DESCS({ GEN_ZEROS, 3 * GEN_MIB + 4096, 8192 },
			{ GEN_PAGES, 3 * GEN_MIB }) }),
	LOG("dirty-log-in-the-middle", GEN_NO_LIBVHDI,
	    { .seq = 7, .at = 512 * 1024, .tail = 512 * 1024, BAT_PAGE }),
	LOG("dirty-log-wraps", GEN_NO_LIBVHDI,
	    { .seq = 7,
	      .at = 1048576 - 4096,
	      .tail = 1048576 - 4096,
	      META_PAGES }),
	LOG("dirty-log-sequence-wraps", GEN_NO_LIBVHDI,
	    { .seq = 7, .at = 1048576 - 8192, .tail = 1048576 - 8192, NOISE },
	    { .seq = 8,
	      .at = GEN_NEXT,
	      .tail = 1048576 - 8192,
	      GEN_DESCS({ GEN_PAGES, 3 * GEN_MIB },
			{ GEN_PAGES, 2 * GEN_MIB }) }),
	LOG("dirty-log-later-entry-wins", GEN_NO_LIBVHDI, { .seq = 7, NOISE },
	    { .seq = 8, .at = GEN_NEXT, NOISE },
	    { .seq = 9,
	      .at = GEN_NEXT,
	      GEN_DESCS({ GEN_PAGES, 3 * GEN_MIB },
			{ GEN_PAGES, 2 * GEN_MIB }) }),
	LOG("dirty-log-starts-at-its-tail", NOBODY, { .seq = 7, NOISE },
	    { .seq = 8,
	      .at = GEN_NEXT,
	      .tail = 16384,
	      GEN_DESCS({ GEN_JUNK, 5 * GEN_MIB }) },
	    { .seq = 9, .at = 24576, .tail = 24576, BAT_PAGE }),
	LOG("dirty-log-before-the-tail-is-not-replayed", NOBODY,
	    { .seq = 7, GEN_DESCS({ GEN_JUNK, 4 * GEN_MIB }) },
	    { .seq = 8, .at = GEN_NEXT, .tail = 8192, BAT_PAGE }),
	LOG("dirty-log-higher-sequence-wins", GEN_NO_LIBVHDI,
	    { .seq = 7, NOISE },
	    { .seq = 100, .at = 65536, .tail = 65536, BAT_PAGE }),
	LOG("dirty-log-lower-sequence-later", GEN_NO_LIBVHDI,
	    { .seq = 100, BAT_PAGE },
	    { .seq = 7, .at = 65536, .tail = 65536, NOISE }),
	LOG("dirty-log-torn-at-its-end", GEN_NO_LIBVHDI, { .seq = 7, BAT_PAGE },
	    { .seq = 8, .at = GEN_NEXT, .flags = GEN_TORN, NOISE }),
	LOG("dirty-log-bad-crc-at-its-end", GEN_NO_LIBVHDI,
	    { .seq = 7, BAT_PAGE },
	    { .seq = 8, .at = GEN_NEXT, .flags = GEN_BAD_CRC, NOISE }),
	LOG("dirty-log-after-an-older-log", GEN_NO_LIBVHDI,
	    { .seq = 70, .flags = GEN_OTHER_GUID, NOISE },
	    { .seq = 7, .at = GEN_NEXT, .tail = 12288, BAT_PAGE }),
	LOG("dirty-log-higher-number-with-lost-tail", NOBODY,
	    { .seq = 7, BAT_PAGE },
	    { .seq = 50, .at = 65536, .tail = 32768, NOISE }),
	LOG("dirty-log-gap-in-numbers", NOBODY, { .seq = 9, BAT_PAGE },
	    { .seq = 12, .at = GEN_NEXT, .tail = 0, NOISE }),
	LOG("dirty-log-of-200-descriptors", NOBODY,
	    { .seq = 7, GEN_DESCS({ GEN_PAGES, 3 * GEN_MIB, 200 * 4096 }) }),
	LOG("dirty-log-moves-region-tables", NOBODY,
	    { .seq = 7, GEN_DESCS({ GEN_PAGES, 192 * GEN_KIB, 131072 }) }),
	LOG("dirty-log-flushed-size-0", NOBODY,
	    { .seq = 7, .flushed = GEN_NOTHING, BAT_PAGE }),
	{ "dirty-log-grows-the-file",
	  { .size = 4 * GEN_MIB,
	    .truncate = 5 * GEN_MIB + 8192,
	    GEN_BLOCKS({ 0, GEN_PRESENT, 1 },
		       { 2, GEN_PRESENT, 2, .len = 8192 }),
	    GEN_ENTRIES({ .seq = 7, BAT_PAGE }) },
	  .peers = NOBODY },
	{ "dirty-log-full-ring",
	  { SMALL, GEN_ENTRIES({ .seq = 7,
				 .at = 4096,
				 .tail = 4096,
				 GEN_DESCS({ GEN_PAGES, 3 * GEN_MIB,
					     253 * 4096 }) }) },
	  .peers = NOBODY },
	{ "dirty-log-of-64-mib",
	  { SMALL, .log_mb = 6, .log_len_mb = 64, .data_mb = 70,
	    GEN_ENTRIES(
		    { .seq = 7, .at = 33554432, .tail = 33554432, BAT_PAGE }) },
	  .peers = GEN_NO_LIBVHDI },
	{ 0 },
};

static const struct gen_disk base = {
	.size = 4 * GEN_MIB,
	GEN_BLOCKS({ 0, GEN_PRESENT, 21 }, { 1, GEN_PRESENT, 22 },
		   { 3, GEN_PRESENT, 23 }),
	.data_write_guid = ONES,
};
static const struct gen_disk base_4k = {
	.size = 4 * GEN_MIB,
	.lss = 4096,
	GEN_BLOCKS({ 0, GEN_PRESENT, 21 }, { 1, GEN_PRESENT, 22 }),
	.data_write_guid = ONES,
};
static const struct gen_disk base_small = {
	.size = GEN_MIB + 512,
	GEN_BLOCKS({ 0, GEN_PRESENT, 21 }, { 1, GEN_PRESENT, 22 }),
	.data_write_guid = ONES,
};
static const struct gen_disk base_big_blocks = {
	.kind = GEN_FIXED,
	.size = 8 * GEN_MIB,
	.block_size = 4 * GEN_MIB,
	.fill_seed = 24,
	.data_write_guid = ONES,
};
static const struct gen_disk base_dirty = {
	.size = 4 * GEN_MIB,
	GEN_BLOCKS({ 0, GEN_PRESENT, 21 }, { 1, GEN_PRESENT, 22 }),
	.data_write_guid = ONES,
	GEN_ENTRIES({ .seq = 3, BAT_PAGE }),
};
static const struct gen_disk middle = {
	.kind = GEN_CHILD,
	.size = 4 * GEN_MIB,
	.parent = &base,
	.data_write_guid = TWOS,
	GEN_PAIRS(LINK_ONES, PATH("chain-of-three-parent-parent.vhdx")),
	GEN_BLOCKS({ 0, GEN_PARTIAL, 41 }, { 1, GEN_ZERO },
		   { 2, GEN_PRESENT, 42 }),
};

#define KID(name, parent_, ...)                                                \
	{                                                                      \
		name,                                                          \
			{ .kind = GEN_CHILD,                                   \
			  .size = 4 * GEN_MIB,                                 \
			  .parent = parent_,                                   \
			  GEN_PAIRS(LINK_ONES,                                 \
				    PATH(".\\" name "-parent.vhdx")),          \
			  __VA_ARGS__ },                                       \
			.peers = NOBODY                                        \
	}

const struct gen_case gen_good_children[] = {
	KID("child-empty", &base, .creator = NULL),
	{ "child-locator-reserved",
	  { .kind = GEN_CHILD,
	    .size = 4 * GEN_MIB,
	    .parent = &base,
	    GEN_PAIRS(LINK_ONES, PATH("child-locator-reserved-parent.vhdx")),
	    GEN_PATCHES({ GEN_ITEM, 16, 2, 1, .index = 5 }) },
	  .reason = "LOCATOR_RESERVED",
	  .peers = GEN_NO_QEMU | GEN_NO_LIBVHDI },
	{ "child-padding-in-use",
	  { .kind = GEN_CHILD,
	    .size = 4 * GEN_MIB,
	    .parent = &base,
	    GEN_PAIRS(LINK_ONES, PATH("child-padding-in-use-parent.vhdx")),
	    GEN_PATCHES({ GEN_BAT, 100, 8, 4 * GEN_MIB | 6 }) },
	  .reason = "BAT_PADDING",
	  .peers = GEN_NO_QEMU | GEN_NO_LIBVHDI },
	KID("child-bitmap-not-present-keeps-a-place", &base,
	    GEN_PATCHES({ GEN_BAT, 4096, 8, 99 * GEN_MIB })),
	KID("child-all-states", &base,
	    GEN_BLOCKS({ 0, GEN_PARTIAL, 31 }, { 1, GEN_ZERO },
		       { 2, GEN_PRESENT, 32 }, { 3, GEN_UNMAPPED })),
	KID("child-hides-parent", &base,
	    GEN_BLOCKS({ 0, GEN_ZERO }, { 1, GEN_UNMAPPED },
		       { 3, GEN_PRESENT, 0 })),
	KID("child-bitmap-all-ones", &base,
	    GEN_BLOCKS({ 0, GEN_PARTIAL, 31, .bits = GEN_BITS_ALL })),
	KID("child-bitmap-all-zeros", &base,
	    GEN_BLOCKS({ 0, GEN_PARTIAL, 31, .bits = GEN_BITS_NONE })),
	KID("child-bitmap-first-and-last", &base,
	    GEN_BLOCKS({ 0, GEN_PARTIAL, 31, .bits = GEN_BITS_FIRST },
		       { 1, GEN_PARTIAL, 32, .bits = GEN_BITS_LAST },
		       { 3, GEN_PARTIAL, 33, .bits = GEN_BITS_ODD })),
	KID("child-4k-sectors", &base_4k, .lss = 4096,
	    GEN_BLOCKS({ 0, GEN_PARTIAL, 31 }, { 3, GEN_PARTIAL, 32 })),
	KID("child-larger-than-parent", &base_small,
	    GEN_BLOCKS({ 0, GEN_PARTIAL, 31 }, { 2, GEN_PARTIAL, 32 })),
	KID("child-smaller-than-parent", &base_big_blocks,
	    GEN_BLOCKS({ 0, GEN_PARTIAL, 31 })),
	KID("child-of-a-dirty-parent", &base_dirty,
	    GEN_BLOCKS({ 0, GEN_PARTIAL, 31 })),
	KID("child-with-dirty-log", &base, GEN_BLOCKS({ 0, GEN_PARTIAL, 31 }),
	    GEN_ENTRIES({ .seq = 3,
			  GEN_DESCS({ GEN_PAGES, 3 * GEN_MIB, 36864 },
				    { GEN_PAGES, 4 * GEN_MIB }) })),
	{ "child-in-two-chunks",
	  { .kind = GEN_CHILD,
	    .size = 4099 * GEN_MIB,
	    .parent = &base,
	    GEN_PAIRS(LINK_ONES, PATH("child-in-two-chunks-parent.vhdx")),
	    GEN_BLOCKS({ 1, GEN_PARTIAL, 31 }, { 4096, GEN_PARTIAL, 32 },
		       { 4098, GEN_PRESENT, 33 }) },
	  .peers = NOBODY },
	{ "child-as-windows-writes",
	  { .kind = GEN_CHILD,
	    .size = 4 * GEN_MIB,
	    .parent = &base,
	    GEN_PAIRS(LINK_ONES, LINK2_ZEROS,
		      { "absolute_win32_path",
			"C:\\vm\\child-as-windows-writes-parent.vhdx" },
		      PATH(".\\child-as-windows-writes-parent.vhdx"),
		      { "volume_path",
			"\\\\?\\Volume{26a21bda-a627-11d7-9931-806e6f6e6963}"
			"\\vm\\child-as-windows-writes-parent.vhdx" }),
	    GEN_BLOCKS({ 0, GEN_PARTIAL, 31 }) },
	  .peers = NOBODY },
	{ "child-linked-by-linkage2",
	  { .kind = GEN_CHILD,
	    .size = 4 * GEN_MIB,
	    .parent = &base,
	    GEN_PAIRS(LINK_TWOS,
		      { "parent_linkage2",
			"{11111111-1111-1111-1111-111111111111}" },
		      PATH("child-linked-by-linkage2-parent.vhdx")) },
	  .peers = NOBODY },
	{ "chain-of-three",
	  { .kind = GEN_CHILD,
	    .size = 4 * GEN_MIB,
	    .parent = &middle,
	    GEN_PAIRS(LINK_TWOS, PATH("chain-of-three-parent.vhdx")),
	    GEN_BLOCKS({ 0, GEN_PARTIAL, 51 }, { 2, GEN_PARTIAL, 52 }) },
	  .peers = NOBODY },
	{ 0 },
};
