/* SPDX-License-Identifier: MIT */
/* Files to refuse: parent locators and parents. */
#include "tests/data/vhdx/cases.h"
#include "tests/data/vhdx/parents.h"

static const struct gen_disk base = {
	.size = 4 * GEN_MIB,
	GEN_BLOCKS({ 0, GEN_PRESENT, 21 }),
	.data_write_guid = ONES,
};
/* A parent without identity must not match a linkage that is unset. */
static const struct gen_disk base_zero_guid = {
	.size = 4 * GEN_MIB,
	GEN_PATCHES({ GEN_HEADERS, 32, 8, 0 }, { GEN_HEADERS, 40, 8, 0 }),
};
static const struct gen_disk base_4k = {
	.size = 4 * GEN_MIB,
	.lss = 4096,
	.data_write_guid = ONES,
};
static const struct gen_disk base_broken = {
	.size = 4 * GEN_MIB,
	GEN_BLOCKS({ 0, GEN_PRESENT, 21 }),
	.data_write_guid = ONES,
	.truncate = 4 * GEN_MIB + 512,
};
static const struct gen_disk base_not_vhdx = {
	.size = 4 * GEN_MIB,
	.data_write_guid = ONES,
	GEN_PATCHES({ GEN_FILE, 0, 1, 'x' }),
};
/* Its parent is the first child's name again. */
static const struct gen_disk loop_back = {
	.kind = GEN_CHILD,
	.size = 4 * GEN_MIB,
	.data_write_guid = ONES,
	GEN_PAIRS(LINK_ONES, PATH("parents-in-a-circle.vhdx")),
};

#define KID .kind = GEN_CHILD, .size = 4 * GEN_MIB, .parent = &base
#define BAD(name, reason, says, ...)                                           \
	{                                                                      \
		name, { KID, GEN_PAIRS(__VA_ARGS__) }, reason, says            \
	}
/* A good locator with damage: header 20 bytes, entries of 12 after it. */
#define BENT(name, reason, says, ...)                                          \
	{                                                                      \
		name,                                                          \
			{ KID,                                                 \
			  GEN_PAIRS(LINK_ONES,                                 \
				    PATH(".\\" name "-parent.vhdx")),          \
			  GEN_PATCHES(__VA_ARGS__) },                          \
			reason, says                                           \
	}
#define L(at, width, value)                                                    \
	{                                                                      \
		GEN_ITEM, at, width, value, .index = 5                         \
	}
#define PAIR(i, field) (20 + 12 * (i) + (field))

const struct gen_case gen_bad_parents[] = {
	BENT("locator-of-other-type", "LOCATOR_TYPE", "b04aef00", L(0, 1, 0)),
	BENT("locator-too-short", "LOCATOR_SIZE", "19 bytes",
	     { GEN_META, GEN_META_ENTRY(5, 20), 4, 19 }),
	BENT("locator-empty", "LOCATOR_SIZE", "0 bytes",
	     { GEN_META, GEN_META_ENTRY(5, 20), 4, 0 },
	     { GEN_META, GEN_META_ENTRY(5, 16), 4, 0 }),
	BENT("locator-count-0", "LOCATOR_LINKAGE", "parent_linkage",
	     L(18, 2, 0)),
	BENT("locator-count-65535", "LOCATOR_COUNT", "65535 pairs",
	     L(18, 2, 65535)),
	BENT("locator-key-at-0", "LOCATOR_ENTRY", "key of 28 bytes at 0",
	     L(PAIR(0, 0), 4, 0)),
	BENT("locator-key-past-end", "LOCATOR_ENTRY", "at 4294967280",
	     L(PAIR(0, 0), 4, 0xfffffff0)),
	BENT("locator-key-ends-past-end", "LOCATOR_ENTRY", "65534 bytes",
	     L(PAIR(0, 8), 2, 65534)),
	BENT("locator-key-empty", "LOCATOR_ENTRY", "key of 0 bytes",
	     L(PAIR(0, 8), 2, 0)),
	BENT("locator-key-odd", "LOCATOR_UTF16", "at 44", L(PAIR(0, 8), 2, 27)),
	BENT("locator-value-at-0", "LOCATOR_ENTRY", "at 0",
	     L(PAIR(1, 4), 4, 0)),
	BENT("locator-value-past-end", "LOCATOR_ENTRY", "at 65536",
	     L(PAIR(1, 4), 4, 0x10000)),
	BENT("locator-value-empty", "LOCATOR_ENTRY", "value of 0 bytes",
	     L(PAIR(1, 10), 2, 0)),
	/* The first value continues to the item's end, over the second pair. */
	BENT("locator-strings-overlap", "LOCATOR_OVERLAP",
	     "26 bytes at 148 overlaps", L(PAIR(0, 10), 2, 176)),
	BENT("locator-key-lone-surrogate", "LOCATOR_UTF16", "not UTF-16",
	     L(44, 2, 0xd800)),
	BENT("locator-key-with-nul", "LOCATOR_UTF16", "contains a NUL",
	     L(44, 2, 0)),
	BAD("locator-key-twice", "LOCATOR_DUP", "relative_path", LINK_ONES,
	    PATH("a.vhdx"), PATH("b.vhdx")),
	BAD("locator-without-linkage", "LOCATOR_LINKAGE", "parent_linkage",
	    PATH(".\\locator-without-linkage-parent.vhdx")),
	BAD("locator-linkage-no-guid", "LOCATOR_LINKAGE", "11111111",
	    { "parent_linkage", "{11111111-1111}" },
	    PATH(".\\locator-linkage-no-guid-parent.vhdx")),
	BAD("locator-linkage-zero", "LOCATOR_LINKAGE", "zero",
	    { "parent_linkage", ZEROS_TEXT },
	    PATH(".\\locator-linkage-zero-parent.vhdx")),
	BAD("locator-without-path", "LOCATOR_PATH", "no path", LINK_ONES),
	BAD("parent-linkage-of-another", "PARENT_LINKAGE", "expects 22222222",
	    { "parent_linkage", TWOS_TEXT },
	    PATH("parent-linkage-of-another-parent.vhdx")),
	{ "parent-linkage2-zero-does-not-match",
	  { .kind = GEN_CHILD,
	    .size = 4 * GEN_MIB,
	    .parent = &base_zero_guid,
	    GEN_PAIRS({ "parent_linkage", TWOS_TEXT },
		      { "parent_linkage2", ZEROS_TEXT },
		      PATH("parent-linkage2-zero-does-not-match-parent"
			   ".vhdx")) },
	  "PARENT_LINKAGE",
	  "expects 22222222" },
	BAD("parent-is-not-there", "PARENT_MISSING", "gone.vhdx", LINK_ONES,
	    PATH(".\\gone.vhdx")),
	BAD("parent-path-goes-up", "PARENT_NOT_ALLOWED", "passwd", LINK_ONES,
	    PATH("..\\..\\..\\..\\etc\\passwd")),
	BAD("parent-path-goes-up-later", "PARENT_NOT_ALLOWED", "..", LINK_ONES,
	    PATH(".\\.\\..\\x.vhdx")),
	BAD("parent-path-absolute", "PARENT_NOT_ALLOWED", "/etc/passwd",
	    LINK_ONES, PATH("/etc/passwd")),
	BAD("parent-path-device", "PARENT_NOT_ALLOWED", "zero", LINK_ONES,
	    PATH("\\dev\\zero")),
	BAD("parent-path-drive-as-relative", "PARENT_NOT_ALLOWED",
	    "C:", LINK_ONES, PATH("C:\\base.vhdx")),
	BAD("parent-path-unc-as-relative", "PARENT_NOT_ALLOWED", "server",
	    LINK_ONES, PATH("\\\\server\\share\\base.vhdx")),
	BAD("parent-path-is-nothing", "PARENT_NOT_ALLOWED",
	    "not a relative path", LINK_ONES, PATH(".\\")),
	BAD("parent-path-is-a-folder", "PARENT_NOT_ALLOWED", "regular file",
	    LINK_ONES, PATH(".\\.")),
	BAD("parent-absolute-path-elsewhere", "PARENT_MISSING",
	    "gone-base.vhdx", LINK_ONES,
	    { "absolute_win32_path", "\\\\?\\C:\\vm\\gone-base.vhdx" }),
	BAD("parent-volume-path-elsewhere", "PARENT_MISSING", "gone-base.vhdx",
	    LINK_ONES,
	    { "volume_path", "\\\\?\\Volume{26a21bda-a627-11d7-9931-"
			     "806e6f6e6963}\\gone-base.vhdx" }),
	{ "parent-with-other-sectors",
	  { .kind = GEN_CHILD,
	    .size = 4 * GEN_MIB,
	    .parent = &base_4k,
	    GEN_PAIRS(LINK_ONES,
		      PATH("parent-with-other-sectors-parent.vhdx")) },
	  "PARENT_SECTOR_SIZE",
	  "4096" },
	{ "parent-is-damaged",
	  { .kind = GEN_CHILD,
	    .size = 4 * GEN_MIB,
	    .parent = &base_broken,
	    GEN_PAIRS(LINK_ONES, PATH("parent-is-damaged-parent.vhdx")) },
	  "BAT_EOF",
	  "parent" },
	{ "parent-is-no-vhdx",
	  { .kind = GEN_CHILD,
	    .size = 4 * GEN_MIB,
	    .parent = &base_not_vhdx,
	    GEN_PAIRS(LINK_ONES, PATH("parent-is-no-vhdx-parent.vhdx")) },
	  "NOT_VHDX",
	  "parent" },
	{ "parent-is-the-child",
	  { .kind = GEN_CHILD,
	    .size = 4 * GEN_MIB,
	    .data_write_guid = ONES,
	    GEN_PAIRS(LINK_ONES, PATH(".\\parent-is-the-child.vhdx")) },
	  "PARENT_CYCLE",
	  "parent of itself" },
	{ "parents-in-a-circle",
	  { .kind = GEN_CHILD,
	    .size = 4 * GEN_MIB,
	    .data_write_guid = ONES,
	    .parent = &loop_back,
	    GEN_PAIRS(LINK_ONES, PATH("parents-in-a-circle-parent.vhdx")) },
	  "PARENT_CYCLE",
	  "parent of itself" },
	{ 0 },
};
