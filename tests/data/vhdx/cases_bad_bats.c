/* SPDX-License-Identifier: MIT */
/* Files to refuse: entries of the block allocation table. */
#include "tests/data/vhdx/cases.h"

/* Block 0 at 4 MiB, block 2 at 5 MiB, end of file at 6 MiB. */
#define SMALL                                                                  \
	.size = 4 * GEN_MIB,                                                   \
	GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 2, GEN_PRESENT, 2 })
#define BAD(name, reason, says, ...)                                           \
	{                                                                      \
		name, { SMALL, GEN_PATCHES(__VA_ARGS__) }, reason, says        \
	}
#define ENTRY(index, value)                                                    \
	{                                                                      \
		GEN_BAT, index, 8, value                                       \
	}
#define MB(n) ((uint64_t)(n)*GEN_MIB)

/*
 * A child of 4 MiB: its chunk's bitmap has index 4096 and lies at 4 MiB, block
 * 0 (partial) at 5 MiB, block 1 at 6 MiB, end of file at 7 MiB.
 */
static const struct gen_disk base = {
	.size = 4 * GEN_MIB,
	GEN_BLOCKS({ 0, GEN_PRESENT, 21 }),
	.data_write_guid = { { 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
			       0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
			       0x11 } },
};
#define CHILD(name, reason, says, ...)                                         \
	{                                                                      \
		name,                                                          \
			{ .kind = GEN_CHILD,                                   \
			  .size = 4 * GEN_MIB,                                 \
			  .parent = &base,                                     \
			  GEN_PAIRS({ "parent_linkage",                        \
				      "{11111111-1111-1111-1111-"              \
				      "111111111111}" },                       \
				    { "relative_path",                         \
				      ".\\" name "-parent.vhdx" }),            \
			  GEN_BLOCKS({ 0, GEN_PARTIAL, 31 },                   \
				     { 1, GEN_PRESENT, 32 }),                  \
			  GEN_PATCHES(__VA_ARGS__) },                          \
			reason, says                                           \
	}

const struct gen_case gen_bad_bats[] = {
	BAD("bat-too-small", "BAT_TOO_SMALL", "needs 131087",
	    { GEN_ITEM, 0, 8, 131056 * GEN_MIB, .index = 1 }),
	BAD("bat-too-small-for-64t", "BAT_TOO_SMALL", "needs 67125247",
	    { GEN_ITEM, 0, 8, 64 * GEN_TIB, .index = 1 }),
	BAD("bat-reserved-lowest-bit", "BAT_RESERVED", "block 1",
	    ENTRY(1, 1 << 3)),
	BAD("bat-reserved-highest-bit", "BAT_RESERVED", "block 0",
	    ENTRY(0, MB(4) | 1 << 19 | 6)),
	BAD("bat-state-4", "BAT_STATE", "state 4", ENTRY(0, MB(4) | 4)),
	BAD("bat-state-5", "BAT_STATE", "state 5", ENTRY(1, 5)),
	BAD("bat-partial-without-parent", "BAT_PARTIAL_NODIFF", "block 0",
	    ENTRY(0, MB(4) | 7)),
	BAD("bat-block-at-0", "BAT_OFFSET", "block 0", ENTRY(0, 6)),
	BAD("bat-block-at-eof", "BAT_EOF", "0x600000", ENTRY(0, MB(6) | 6)),
	BAD("bat-block-past-eof", "BAT_EOF", "0x10000000",
	    ENTRY(0, MB(256) | 6)),
	BAD("bat-block-at-16t", "BAT_EOF", "0x100000000000",
	    ENTRY(2, UINT64_C(1) << 44 | 6)),
	BAD("bat-block-at-highest", "BAT_EOF", "0xfffffffffff00000",
	    ENTRY(0, ~UINT64_C(0xfffff) | 6)),
	BAD("bat-block-over-log", "BAT_OVERLAP", "0x100000",
	    ENTRY(0, MB(1) | 6)),
	BAD("bat-block-over-metadata", "BAT_OVERLAP", "0x200000",
	    ENTRY(0, MB(2) | 6)),
	BAD("bat-block-over-bat", "BAT_OVERLAP", "0x300000",
	    ENTRY(0, MB(3) | 6)),
	BAD("bat-block-twice", "BAT_OVERLAP", "block 2", ENTRY(2, MB(4) | 6)),
	BAD("bat-block-under-unmapped", "BAT_OVERLAP", "block 3",
	    ENTRY(3, MB(4) | 3)),
	BAD("bat-unmapped-over-metadata", "BAT_OVERLAP", "block 3",
	    ENTRY(3, MB(2) | 3)),
	BAD("bat-unmapped-past-eof", "BAT_EOF", "block 3", ENTRY(3, MB(9) | 3)),
	BAD("bat-undefined-over-block", "BAT_OVERLAP", "block 3",
	    ENTRY(3, MB(5) | 1)),
	{ "bat-blocks-half-over-each-other",
	  { .size = 8 * GEN_MIB,
	    .block_size = 2 * GEN_MIB,
	    GEN_BLOCKS({ 0, GEN_PRESENT, 1, 4 }, { 2, GEN_PRESENT, 2, 5 }) },
	  "BAT_OVERLAP",
	  "block 2" },
	{ "bat-last-block-of-64t-over-the-first",
	  { .size = 64 * GEN_TIB,
	    GEN_BLOCKS({ 0, GEN_PRESENT, 1, .len = 512 },
		       { 67108863, GEN_PRESENT, 2, 520, .len = 512 }),
	    GEN_PATCHES(ENTRY(0, MB(520) | 6)) },
	  "BAT_OVERLAP",
	  "block 67108863" },
	{ "bat-first-block-of-second-chunk-past-eof",
	  { .size = 5 * GEN_GIB,
	    GEN_BLOCKS({ 0, GEN_PRESENT, 1 }),
	    GEN_PATCHES(ENTRY(4097, MB(77) | 6)) },
	  "BAT_EOF",
	  "block 4096" },
	{ "bat-last-block-of-fixed-disk-past-eof",
	  { .kind = GEN_FIXED,
	    .size = 4 * GEN_MIB,
	    .fill_seed = 3,
	    .truncate = 7 * GEN_MIB },
	  "BAT_EOF",
	  "block 3" },
	{ "bat-last-block-cut-in-used-part",
	  { .size = 2 * GEN_MIB + 4096,
	    .block_size = 2 * GEN_MIB,
	    GEN_BLOCKS({ 1, GEN_PRESENT, 1 }),
	    .truncate = 4 * GEN_MIB + 4095 },
	  "BAT_EOF",
	  "block 1" },
	CHILD("bitmap-state-1", "BAT_SB_STATE", "state 1", ENTRY(4096, 1)),
	CHILD("bitmap-state-2", "BAT_SB_STATE", "state 2", ENTRY(4096, 2)),
	CHILD("bitmap-state-3", "BAT_SB_STATE", "state 3",
	      ENTRY(4096, MB(4) | 3)),
	CHILD("bitmap-state-4", "BAT_SB_STATE", "state 4", ENTRY(4096, 4)),
	CHILD("bitmap-state-5", "BAT_SB_STATE", "state 5", ENTRY(4096, 5)),
	CHILD("bitmap-state-7", "BAT_SB_STATE", "state 7",
	      ENTRY(4096, MB(4) | 7)),
	CHILD("bitmap-reserved-bits", "BAT_RESERVED", "chunk 0",
	      ENTRY(4096, MB(4) | 1 << 10 | 6)),
	CHILD("bitmap-at-0", "BAT_OFFSET", "chunk 0", ENTRY(4096, 6)),
	CHILD("bitmap-past-eof", "BAT_EOF", "chunk 0", ENTRY(4096, MB(7) | 6)),
	CHILD("bitmap-at-highest", "BAT_EOF", "chunk 0",
	      ENTRY(4096, ~UINT64_C(0xfffff) | 6)),
	CHILD("bitmap-over-block", "BAT_OVERLAP", "chunk 0",
	      ENTRY(4096, MB(6) | 6)),
	CHILD("bitmap-over-bat", "BAT_OVERLAP", "chunk 0",
	      ENTRY(4096, MB(3) | 6)),
	CHILD("partial-without-bitmap", "BAT_PARTIAL_NO_SB", "chunk 0",
	      ENTRY(4096, 0)),
	CHILD("child-block-state-4", "BAT_STATE", "state 4", ENTRY(2, 4)),
	CHILD("child-block-over-bitmap", "BAT_OVERLAP", "chunk 0",
	      ENTRY(1, MB(4) | 6)),
	{ 0 },
};
