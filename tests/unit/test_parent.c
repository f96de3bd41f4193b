/* SPDX-License-Identifier: MIT */
/* Differencing disks: contents through the chain, locators, linkage. */
#include "tests/unit/support_parent.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZEROS_16 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define ZERO_2                                                                 \
	{                                                                      \
		"parent_linkage2", "{00000000-0000-0000-0000-000000000000}"    \
	}

static void reads_all_states_through_the_chain(void **state)
{
	const struct gen_disk same = { CHILD, ALL_STATES,
				       GEN_PAIRS(LINK_A, PARENT) };
	const struct gen_disk first = {
		CHILD, GEN_PAIRS(LINK_A, PARENT),
		GEN_BLOCKS({ 0, GEN_PARTIAL, 1, .bits = GEN_BITS_FIRST },
			   { 1, GEN_PARTIAL, 2, .bits = GEN_BITS_LAST },
			   { 3, GEN_PARTIAL, 3, .bits = GEN_BITS_ALL },
			   { 4, GEN_PARTIAL, 4, .bits = GEN_BITS_NONE })
	};
	const struct gen_disk blocks = {
		CHILD, .block_size = 4 << 20, GEN_PAIRS(LINK_A, PARENT),
		GEN_BLOCKS({ 0, GEN_PARTIAL, 31 }, { 1, GEN_ZERO })
	};
	(void)state;

	parent_check_child(&same);
	parent_check_child(&first);
	parent_check_child(&blocks);
}

static void reads_parents_of_another_size(void **state)
{
	struct gen_disk larger = { CHILD, GEN_PAIRS(LINK_A, PARENT),
				   GEN_BLOCKS({ 0, GEN_PARTIAL, 31 }) };
	struct gen_disk smaller = larger;
	uint8_t is[16], wanted[16];
	struct shvm_err err = { 0 };
	struct extent e;
	struct source *s = NULL;
	(void)state;

	larger.size = 12 * GEN_MIB + 512;
	smaller.size = 3 * GEN_MIB + 1024;
	parent_check_child(&larger);
	parent_check_child(&smaller);
	/* Up to a byte before the parent's end, over it, its last one alone. */
	gen_expect(&larger, parent_base.size - 8, wanted, sizeof(wanted));
	assert_ok(parent_open_child(&larger, NULL, &s, &err), err);
	for (size_t i = 0; i < 8; i++) {
		memset(is, 0xee, sizeof(is));
		assert_ok(source_read(s, parent_base.size - 8 + i, is, 7, &err),
			  err);
		assert_memory_equal(is, wanted + i, 7);
		assert_int_equal(is[7], 0xee);
	}
	assert_ok(source_read(s, parent_base.size - 1, is, 1, &err), err);
	assert_int_equal(is[0], wanted[7]);
	assert_ok(source_extent(s, parent_base.size - 1, 1, &e, &err), err);
	assert_int_equal(e.state, SHVM_EXTENT_DATA);
	source_free(s);
}

static void reads_4k_sectors(void **state)
{
	const struct gen_disk parent = {
		.size = 8 * GEN_MIB,
		.lss = 4096,
		.block_size = 2 << 20,
		.kind = GEN_FIXED,
		.fill_seed = 3,
		.data_write_guid = GUID_A,
	};
	const struct gen_disk child = { .kind = GEN_CHILD,
					.size = 8 * GEN_MIB,
					.lss = 4096,
					.parent = &parent,
					ALL_STATES,
					GEN_PAIRS(LINK_A, PARENT) };
	(void)state;

	parent_check_child(&child);
}

static void takes_the_second_linkage_and_ignores_zero(void **state)
{
	const struct gen_disk second = {
		CHILD, ALL_STATES,
		GEN_PAIRS({ "parent_linkage",
			    "{00000000-0000-0000-0000-000000000001}" },
			  { "parent_linkage2",
			    "{AAAAAAAA-AAAA-AAAA-AAAA-AAAAAAAAAAAA}" },
			  PARENT)
	};
	const struct gen_disk zero = {
		CHILD, ALL_STATES,
		GEN_PAIRS(LINK_A,
			  { "parent_linkage2",
			    "{00000000-0000-0000-0000-000000000000}" },
			  PARENT)
	};
	(void)state;

	parent_check_child(&second);
	parent_check_child(&zero);
}

/* What Windows writes against 2.6.2.6.3 is noted, each by itself. */
static void notes_what_windows_writes(void **state)
{
	const struct {
		const char *rule;
		struct gen_disk disk;
	} cases[] = {
		{ NULL, { CHILD, GEN_PAIRS(LINK_A, PARENT) } },
		{ NULL,
		  { CHILD, GEN_PAIRS(LINK_A, PARENT,
				     { "absolute_win32_path",
				       "\\\\?\\C:\\vm\\parent.vhdx" }) } },
		{ "LOCATOR_PATH",
		  { CHILD, GEN_PAIRS(LINK_A, PARENT,
				     { "absolute_win32_path",
				       "C:\\vm\\parent.vhdx" }) } },
		{ "LOCATOR_LINKAGE",
		  { CHILD, GEN_PAIRS(LINK_A, PARENT, ZERO_2) } },
		/* The first one is the parent's, the second one any other. */
		{ NULL,
		  { CHILD,
		    GEN_PAIRS(LINK_A,
			      { "parent_linkage2",
				"{00000000-0000-0000-0000-000000000001}" },
			      PARENT) } },
		/* Only the second one counts: it is the first that is zero. */
		{ NULL,
		  { CHILD,
		    GEN_PAIRS({ "parent_linkage",
				"{00000000-0000-0000-0000-000000000000}" },
			      { "parent_linkage2",
				"{aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa}" },
			      PARENT) } },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *rule = cases[i].rule ? cases[i].rule : "";
		struct shvm_err err = { 0 };
		struct source *s = NULL;

		assert_ok(parent_open_child(&cases[i].disk, NULL, &s, &err),
			  err);
		for (size_t k = 0; k < 2; k++) {
			const char *one =
				k ? "LOCATOR_PATH" : "LOCATOR_LINKAGE";

			if (image_has_finding(s, one, SHVM_LEVEL_NOTE) !=
			    (strcmp(one, rule) == 0))
				fail_msg("case %zu: %s", i, one);
		}
		source_free(s);
	}
}

static void follows_a_chain(void **state)
{
	const struct gen_disk middle = {
		CHILD, GEN_BLOCKS({ 1, GEN_PARTIAL, 41 }, { 2, GEN_ZERO }),
		GEN_PAIRS(LINK_A, { "relative_path", "base.vhdx" }),
		.data_write_guid = GUID_A
	};
	const struct gen_disk top = { .kind = GEN_CHILD,
				      .size = 8 * GEN_MIB,
				      .parent = &middle,
				      GEN_BLOCKS({ 1, GEN_PARTIAL, 51 },
						 { 2, GEN_PARTIAL, 52 }),
				      GEN_PAIRS(LINK_A, PARENT) };
	AUTOFREE char *path = image_write(&parent_base, "base.vhdx");
	AUTOFREE char *parent = test_own_path("parent.vhdx");
	const struct image_params given = { .parent = parent };
	struct shvm_err err = { 0 };
	struct source *s = NULL;

	(void)state;
	parent_check_child(&top);
	/* Given is the parent of the first, not that of the second. */
	assert_ok(parent_open_child(&top, &given, &s, &err), err);
	image_reads_as(s, &top);
	source_free(s);
}

static void refuses_a_cycle_and_a_long_chain(void **state)
{
	const struct gen_disk self = { CHILD, .data_write_guid = GUID_A,
				       GEN_PAIRS(LINK_A, { "relative_path",
							   "child.vhdx" }) };
	struct shvm_err err = { 0 };
	struct source *s = NULL;
	(void)state;

	assert_failed(parent_open_child(&self, NULL, &s, &err), err,
		      SHVM_E_FORMAT, "parent of itself");
	assert_string_equal(err.reason, "PARENT_CYCLE");

	for (int i = 0; i < 65; i++) {
		char name[32], next[32];
		const struct gen_disk d = { CHILD, .data_write_guid = GUID_A,
					    GEN_PAIRS(LINK_A, { "relative_path",
								next }) };

		(void)snprintf(name, sizeof(name), "link%d.vhdx", i);
		(void)snprintf(next, sizeof(next), "link%d.vhdx", i + 1);
		free(image_write(i < 64 ? &d : &parent_base, name));
	}
	for (int i = 0; i < 2; i++) {
		char name[32];
		AUTOFREE char *path = NULL;
		int r;

		(void)snprintf(name, sizeof(name), "link%d.vhdx", i);
		path = test_own_path(name);
		s = NULL;
		r = image_open(path, NULL, &s, &err);
		if (i == 0) { /* 65 images */
			assert_failed(r, err, SHVM_E_UNSUPPORTED,
				      "more than 64");
			assert_string_equal(err.reason, "PARENT_DEPTH");
		} else {
			assert_ok(r, err);
			image_reads_as(s, &parent_base);
			source_free(s);
		}
	}
}

static void refuses_the_wrong_parent(void **state)
{
	/*
	 * A parent without a DataWriteGuid belongs to no child, not to every
	 * child.
	 */
	const struct gen_disk nobody = { .size = 8 * GEN_MIB,
					 GEN_PATCHES({ GEN_HEADERS, 32, 16,
						       .bytes = ZEROS_16 }) };
	const struct gen_disk of_nobody = { .kind = GEN_CHILD,
					    .size = 8 * GEN_MIB,
					    .parent = &nobody,
					    GEN_PAIRS(LINK_A, ZERO_2, PARENT) };
	const struct gen_disk unlinked = {
		CHILD, GEN_PAIRS({ "parent_linkage",
				   "{aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaab}" },
				 PARENT)
	};
	const struct gen_disk sectors = { CHILD, .lss = 4096,
					  GEN_PAIRS(LINK_A, PARENT) };
	struct shvm_err err = { 0 };
	struct source *s = NULL;
	(void)state;

	assert_failed(parent_open_child(&unlinked, NULL, &s, &err), err,
		      SHVM_E_FORMAT, "aaaaaaab");
	assert_string_equal(err.reason, "PARENT_LINKAGE");
	assert_failed(parent_open_child(&sectors, NULL, &s, &err), err,
		      SHVM_E_FORMAT,
		      "sectors of 512 bytes, but the child has "
		      "4096");
	assert_string_equal(err.reason, "PARENT_SECTOR_SIZE");
	assert_failed(parent_open_child(&of_nobody, NULL, &s, &err), err,
		      SHVM_E_FORMAT, "00000000-0000-0000-0000-000000000000");
	assert_string_equal(err.reason, "PARENT_LINKAGE");
}

/* What is doubtful about the parent is told of the child. */
static void passes_on_what_the_parent_warns_of(void **state)
{
	const struct gen_disk odd = { .size = 8 * GEN_MIB,
				      .data_write_guid = GUID_A,
				      GEN_PATCHES(
					      { GEN_HEADERS, 4095, 1, 1 }) };
	const struct gen_disk d = { .kind = GEN_CHILD,
				    .size = 8 * GEN_MIB,
				    .parent = &odd,
				    GEN_PAIRS(LINK_A, PARENT) };
	const struct checks *f;
	struct shvm_err err = { 0 };
	struct source *s = NULL;
	(void)state;

	assert_ok(parent_open_child(&d, NULL, &s, &err), err);
	f = image_checks(s);
	assert_int_equal(f->count, 1);
	assert_string_equal(f->items[0].id, "HDR_RESERVED");
	assert_non_null(strstr(f->items[0].text, "parent.vhdx: header has"));
	source_free(s);
}

#define LOCATOR(at, width, value)                                              \
	GEN_PATCHES({ GEN_ITEM, at, width, value, .index = 5 })

static const struct {
	const char *reason, *says;
	struct gen_disk disk;
} bad[] = {
	{ "LOCATOR_TYPE",
	  "unknown type",
	  { CHILD, GEN_PAIRS(LINK_A, PARENT), LOCATOR(0, 1, 0) } },
	{ "LOCATOR_COUNT",
	  "257 pairs",
	  { CHILD, GEN_PAIRS(LINK_A, PARENT), LOCATOR(18, 2, 257) } },
	{ "LOCATOR_SIZE",
	  "too short for 256 pairs",
	  { CHILD, GEN_PAIRS(LINK_A, PARENT), LOCATOR(18, 2, 256) } },
	{ "LOCATOR_SIZE",
	  "only 19 bytes",
	  { CHILD, GEN_PAIRS(LINK_A, PARENT),
	    GEN_PATCHES({ GEN_META, 32 + 5 * 32 + 20, 4, 19 }) } },
	/* Two pairs need 44 bytes, and then there is none for their texts. */
	{ "LOCATOR_SIZE",
	  "43 bytes is too short for 2 pairs",
	  { CHILD, GEN_PAIRS(LINK_A, PARENT),
	    GEN_PATCHES({ GEN_META, 32 + 5 * 32 + 20, 4, 43 }) } },
	{ "LOCATOR_ENTRY",
	  "not within its 44 bytes",
	  { CHILD, GEN_PAIRS(LINK_A, PARENT),
	    GEN_PATCHES({ GEN_META, 32 + 5 * 32 + 20, 4, 44 }) } },
	{ "LOCATOR_LINKAGE",
	  "no parent_linkage",
	  { CHILD, GEN_PAIRS(LINK_A, PARENT),
	    GEN_PATCHES({ GEN_META, 32 + 5 * 32 + 20, 4, 20 },
			{ GEN_ITEM, 18, 2, 0, .index = 5 }) } },
	{ "LOCATOR_ENTRY",
	  "key of 28 bytes at 0",
	  { CHILD, GEN_PAIRS(LINK_A, PARENT), LOCATOR(20, 4, 0) } },
	{ "LOCATOR_ENTRY",
	  "at 4294967295",
	  { CHILD, GEN_PAIRS(LINK_A, PARENT), LOCATOR(24, 4, UINT32_MAX) } },
	{ "LOCATOR_ENTRY",
	  "key of 0 bytes",
	  { CHILD, GEN_PAIRS(LINK_A, PARENT), LOCATOR(28, 2, 0) } },
	{ "LOCATOR_ENTRY",
	  "value of 65534 bytes",
	  { CHILD, GEN_PAIRS(LINK_A, PARENT), LOCATOR(30, 2, 65534) } },
	/* Of 200 bytes: a value that is a byte too long, one that is outside. */
	{ "LOCATOR_ENTRY",
	  "value of 26 bytes at 175 is not within its 200",
	  { CHILD, GEN_PAIRS(LINK_A, PARENT), LOCATOR(36, 4, 175) } },
	{ "LOCATOR_ENTRY",
	  "value of 26 bytes at 201 is not within its 200",
	  { CHILD, GEN_PAIRS(LINK_A, PARENT), LOCATOR(36, 4, 201) } },
	/* The first value continues to the end, over the second key. */
	{ "LOCATOR_OVERLAP",
	  "key of 26 bytes at 148 overlaps",
	  { CHILD, GEN_PAIRS(LINK_A, PARENT), LOCATOR(30, 2, 128) } },
	{ "LOCATOR_UTF16",
	  "not UTF-16",
	  { CHILD, GEN_PAIRS(LINK_A, PARENT), LOCATOR(28, 2, 27) } },
	{ "LOCATOR_DUP",
	  "\"relative_path\" twice",
	  { CHILD, GEN_PAIRS(LINK_A, PARENT, PARENT) } },
	{ "LOCATOR_LINKAGE",
	  "no parent_linkage",
	  { CHILD, GEN_PAIRS(PARENT, { "Parent_Linkage", "x" }) } },
	{ "LOCATOR_LINKAGE",
	  "not a GUID: \"{aa",
	  { CHILD, GEN_PAIRS({ "parent_linkage", "{aa}" }, PARENT) } },
	{ "LOCATOR_LINKAGE",
	  "is zero",
	  { CHILD, GEN_PAIRS({ "parent_linkage",
			       "{00000000-0000-0000-0000-000000000000}" },
			     PARENT) } },
	{ "LOCATOR_PATH", "no path", { CHILD, GEN_PAIRS(LINK_A) } },
	{ "BAT_PARTIAL_NO_SB",
	  "chunk 0",
	  { CHILD, ALL_STATES, GEN_PAIRS(LINK_A, PARENT),
	    GEN_PATCHES({ GEN_BAT, 4096, 8, 0 }) } },
	{ "BAT_SB_STATE",
	  "has the invalid state 7",
	  { CHILD, ALL_STATES, GEN_PAIRS(LINK_A, PARENT),
	    GEN_PATCHES({ GEN_BAT, 4096, 8, 4 * GEN_MIB | 7 }) } },
	{ "BAT_RESERVED",
	  "chunk 0 has reserved bits",
	  { CHILD, ALL_STATES, GEN_PAIRS(LINK_A, PARENT),
	    GEN_PATCHES({ GEN_BAT, 4096, 8, 4 * GEN_MIB | 14 }) } },
	{ "BAT_OFFSET",
	  "chunk 0 is at 0",
	  { CHILD, ALL_STATES, GEN_PAIRS(LINK_A, PARENT),
	    GEN_PATCHES({ GEN_BAT, 4096, 8, 6 }) } },
	{ "BAT_EOF",
	  "chunk 0 at 0x6400000",
	  { CHILD, ALL_STATES, GEN_PAIRS(LINK_A, PARENT),
	    GEN_PATCHES({ GEN_BAT, 4096, 8, 100 * GEN_MIB | 6 }) } },
	{ "BAT_OVERLAP",
	  "overlaps the sector bitmap of chunk 0",
	  { .kind = GEN_CHILD,
	    .size = 4100 * GEN_MIB,
	    GEN_BLOCKS({ 0, GEN_PARTIAL, 1 }),
	    GEN_PAIRS(LINK_A, PARENT),
	    GEN_PATCHES({ GEN_BAT, 4097, 8, 4 * GEN_MIB | 6 }) } },
	{ "BAT_OVERLAP",
	  "overlaps payload block 0",
	  { CHILD, ALL_STATES, GEN_PAIRS(LINK_A, PARENT),
	    GEN_PATCHES({ GEN_BAT, 4096, 8, 5 * GEN_MIB | 6 }) } },
};

/* The table of a child has whole chunks; what is after the disk is junk. */
static void warns_of_entries_behind_the_disk(void **state)
{
	const struct gen_disk d = {
		CHILD, ALL_STATES, GEN_PAIRS(LINK_A, PARENT),
		GEN_PATCHES({ GEN_BAT, 8, 8, 77 * GEN_MIB | 6 },
			    { GEN_BAT, 4095, 8, 5 })
	};
	struct shvm_err err = { 0 };
	struct source *s = NULL;
	(void)state;

	assert_ok(parent_open_child(&d, NULL, &s, &err), err);
	assert_true(image_has_finding(s, "BAT_PADDING", SHVM_LEVEL_WARNING));
	assert_int_equal(image_checks(s)->count, 1);
	image_reads_as(s, &d);
	source_free(s);
}

static void warns_of_reserved_data(void **state)
{
	const struct gen_disk odd = { CHILD, GEN_PAIRS(LINK_A, PARENT),
				      LOCATOR(16, 2, 1) };
	const struct gen_disk right = { CHILD, GEN_PAIRS(LINK_A, PARENT) };
	const struct gen_disk *const disks[] = { &odd, &right };
	struct shvm_err err = { 0 };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(disks); i++) {
		struct source *s = NULL;

		assert_ok(parent_open_child(disks[i], NULL, &s, &err), err);
		assert_int_equal(image_has_finding(s, "LOCATOR_RESERVED",
						   SHVM_LEVEL_WARNING),
				 i == 0);
		source_free(s);
	}
}

/* A bitmap that is not there may have an offset, as a block may. */
static void ignores_the_place_of_no_bitmap(void **state)
{
	const struct gen_disk d = {
		CHILD, GEN_BLOCKS({ 1, GEN_PRESENT, 32 }, { 2, GEN_ZERO }),
		GEN_PAIRS(LINK_A, PARENT),
		GEN_PATCHES({ GEN_BAT, 4096, 8, 77 * GEN_MIB })
	};
	(void)state;

	parent_check_child(&d);
}

static void refuses_each_broken_rule(void **state)
{
	AUTOFREE char *parent = image_write(&parent_base, "parent.vhdx");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		image_refused(&bad[i].disk, bad[i].reason, bad[i].says);
}

static void ignores_a_locator_without_a_parent(void **state)
{
	const struct gen_disk d = {
		.size = 8 * GEN_MIB,
		GEN_BLOCKS({ 0, GEN_PRESENT, 1 }),
		GEN_ITEMS({ { { 0x2d, 0x5f, 0xd3, 0xa8, 0x0b, 0xb3, 0x4d, 0x45,
				0xab, 0xf7, 0xd3, 0xd8, 0x48, 0x34, 0xab,
				0x0c } },
			    4,
			    40,
			    1 })
	};
	struct source *s = image_make(&d, "unused.vhdx");

	(void)state;
	assert_true(image_has_finding(s, "LOCATOR_UNUSED", SHVM_LEVEL_WARNING));
	image_reads_as(s, &d);
	source_free(s);
}

static void tells_when_the_parent_changes(void **state)
{
	const struct gen_disk d = { CHILD, GEN_PAIRS(LINK_A, PARENT) };
	AUTOFREE char *parent = test_own_path("parent.vhdx");
	struct shvm_err err = { 0 };
	struct source *s = NULL;
	(void)state;

	assert_ok(parent_open_child(&d, NULL, &s, &err), err);
	assert_ok(source_check_unchanged(s, &err), err);
	assert_int_equal(truncate(parent, 64 * GEN_MIB), 0);
	assert_failed(source_check_unchanged(s, &err), err, SHVM_E_IO,
		      "parent.vhdx: changed");
	assert_string_equal(err.reason, "changed");
	source_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all_states_through_the_chain),
		cmocka_unit_test(reads_parents_of_another_size),
		cmocka_unit_test(reads_4k_sectors),
		cmocka_unit_test(takes_the_second_linkage_and_ignores_zero),
		cmocka_unit_test(notes_what_windows_writes),
		cmocka_unit_test(follows_a_chain),
		cmocka_unit_test(refuses_a_cycle_and_a_long_chain),
		cmocka_unit_test(refuses_the_wrong_parent),
		cmocka_unit_test(passes_on_what_the_parent_warns_of),
		cmocka_unit_test(ignores_the_place_of_no_bitmap),
		cmocka_unit_test(warns_of_entries_behind_the_disk),
		cmocka_unit_test(warns_of_reserved_data),
		cmocka_unit_test(refuses_each_broken_rule),
		cmocka_unit_test(ignores_a_locator_without_a_parent),
		cmocka_unit_test(tells_when_the_parent_changes),
	};

	return cmocka_run_group_tests_name("parent", tests, NULL, NULL);
}
