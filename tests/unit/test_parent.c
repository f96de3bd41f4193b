/* SPDX-License-Identifier: MIT */
/* Differencing disks: contents through the chain, and where it may lead. */
#include "tests/unit/support_image.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GUID_A                                                                 \
	{                                                                      \
		{                                                              \
			0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,  \
				0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa       \
		}                                                              \
	}
#define LINK_A                                                                 \
	{                                                                      \
		"parent_linkage", "{aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa}"     \
	}
#define PARENT                                                                 \
	{                                                                      \
		"relative_path", ".\\parent.vhdx"                              \
	}

#define ZERO_2                                                                 \
	{                                                                      \
		"parent_linkage2", "{00000000-0000-0000-0000-000000000000}"    \
	}

static const struct gen_disk base = {
	.size = 8 * GEN_MIB,
	GEN_BLOCKS({ 0, GEN_PRESENT, 21 }, { 1, GEN_PRESENT, 22 },
		   { 2, GEN_PRESENT, 23 }, { 3, GEN_PRESENT, 24 },
		   { 4, GEN_PRESENT, 25 }, { 6, GEN_PRESENT, 26 },
		   { 7, GEN_PRESENT, 27 }),
	.data_write_guid = GUID_A,
};

#define CHILD .kind = GEN_CHILD, .size = 8 * GEN_MIB, .parent = &base
#define ALL_STATES                                                             \
	GEN_BLOCKS({ 0, GEN_PARTIAL, 31 }, { 1, GEN_PRESENT, 32 },             \
		   { 2, GEN_ZERO }, { 3, GEN_UNMAPPED }, { 4, GEN_UNDEFINED }, \
		   { 7, GEN_PARTIAL, 33, .bits = GEN_BITS_ODD })

/* Write the child and its parent; open the child. */
static int open_child(const struct gen_disk *d, const struct image_params *p,
		      struct source **ret, struct shvm_err *err)
{
	AUTOFREE char *child = image_write(d, "child.vhdx");
	AUTOFREE char *parent =
		image_write(d->parent ? d->parent : &base, "parent.vhdx");

	return image_open(child, p, ret, err);
}

static void check(const struct gen_disk *d)
{
	struct shvm_err err = { 0 };
	struct source *s = NULL;

	assert_ok(open_child(d, NULL, &s, &err), err);
	assert_int_equal(image_info(s)->format, SHVM_FORMAT_VHDX_DIFFERENCING);
	image_reads_as(s, d);
	source_free(s);
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

	check(&same);
	check(&first);
	check(&blocks);
}

static void reads_parents_of_another_size(void **state)
{
	struct gen_disk larger = { CHILD, GEN_PAIRS(LINK_A, PARENT),
				   GEN_BLOCKS({ 0, GEN_PARTIAL, 31 }) };
	struct gen_disk smaller = larger;
	(void)state;

	larger.size = 12 * GEN_MIB + 512;
	smaller.size = 3 * GEN_MIB + 1024;
	check(&larger);
	check(&smaller);
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

	check(&child);
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

	check(&second);
	check(&zero);
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

		assert_ok(open_child(&cases[i].disk, NULL, &s, &err), err);
		for (size_t k = 0; k < 2; k++) {
			const char *one =
				k ? "LOCATOR_PATH" : "LOCATOR_LINKAGE";

			if (image_has_finding(s, one, SHVM_LEVEL_OK) !=
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
	AUTOFREE char *path = image_write(&base, "base.vhdx");

	(void)state;
	check(&top);
}

static void refuses_a_cycle_and_a_long_chain(void **state)
{
	const struct gen_disk self = { CHILD, .data_write_guid = GUID_A,
				       GEN_PAIRS(LINK_A, { "relative_path",
							   "child.vhdx" }) };
	struct shvm_err err = { 0 };
	struct source *s = NULL;
	(void)state;

	assert_failed(open_child(&self, NULL, &s, &err), err, SHVM_E_FORMAT,
		      "parent of itself");
	assert_string_equal(err.reason, "PARENT_CYCLE");

	for (int i = 0; i < 65; i++) {
		char name[32], next[32];
		const struct gen_disk d = { CHILD, .data_write_guid = GUID_A,
					    GEN_PAIRS(LINK_A, { "relative_path",
								next }) };

		(void)snprintf(name, sizeof(name), "link%d.vhdx", i);
		(void)snprintf(next, sizeof(next), "link%d.vhdx", i + 1);
		free(image_write(i < 64 ? &d : &base, name));
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
			image_reads_as(s, &base);
			source_free(s);
		}
	}
}

static void refuses_the_wrong_parent(void **state)
{
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

	assert_failed(open_child(&unlinked, NULL, &s, &err), err, SHVM_E_FORMAT,
		      "aaaaaaab");
	assert_string_equal(err.reason, "PARENT_LINKAGE");
	assert_failed(open_child(&sectors, NULL, &s, &err), err, SHVM_E_FORMAT,
		      "sectors of 512 bytes, the child of 4096");
	assert_string_equal(err.reason, "PARENT_SECTOR_SIZE");
}

static void stays_in_the_folder_of_the_child(void **state)
{
	static const struct {
		const char *key, *path, *reason, *says;
	} cases[] = {
		{ "relative_path", "..\\out.vhdx", "PARENT_NOT_ALLOWED",
		  "outside the folder" },
		{ "relative_path", "sub\\..\\..\\out.vhdx",
		  "PARENT_NOT_ALLOWED", "outside the folder" },
		{ "relative_path", "/etc/passwd", "PARENT_NOT_ALLOWED",
		  "not a relative path" },
		{ "relative_path", "\\\\server\\share\\p.vhdx",
		  "PARENT_NOT_ALLOWED", "not a relative path" },
		{ "relative_path", "C:\\parent.vhdx", "PARENT_NOT_ALLOWED",
		  "not a relative path" },
		{ "relative_path", "link.vhdx", "PARENT_NOT_ALLOWED",
		  "symbolic link" },
		{ "relative_path", "linked\\out.vhdx", "PARENT_NOT_ALLOWED",
		  "symbolic link" },
		{ "relative_path", "sub", "PARENT_NOT_ALLOWED",
		  "not a regular file" },
		{ "relative_path", "pipe", "PARENT_NOT_ALLOWED",
		  "not a regular file" },
		{ "relative_path", "none.vhdx", "PARENT_MISSING", "none.vhdx" },
		{ "absolute_win32_path", "C:\\x\\none.vhdx", "PARENT_MISSING",
		  "none.vhdx" },
		{ "absolute_win32_path", "C:\\..", "PARENT_MISSING", "C:" },
		{ "volume_path", "\\\\?\\Volume{0}\\link.vhdx",
		  "PARENT_NOT_ALLOWED", "symbolic link" },
	};
	AUTOFREE char *folder = test_own_path("box");
	AUTOFREE char *outside = image_write(&base, "out.vhdx");
	AUTOFREE char *sub = test_own_path("box/sub");
	AUTOFREE char *pipe = test_own_path("box/pipe");
	AUTOFREE char *link = test_own_path("box/link.vhdx");
	AUTOFREE char *linked = test_own_path("box/linked");
	(void)state;

	assert_int_equal(mkdir(folder, 0755), 0);
	assert_int_equal(mkdir(sub, 0755), 0);
	assert_int_equal(mkfifo(pipe, 0644), 0);
	assert_int_equal(symlink("../out.vhdx", link), 0);
	assert_int_equal(symlink("..", linked), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct gen_disk d = {
			CHILD,
			GEN_PAIRS(LINK_A, { cases[i].key, cases[i].path })
		};
		AUTOFREE char *path = image_write(&d, "box/child.vhdx");
		struct shvm_err err = { 0 };
		struct source *s = NULL;
		int r = image_open(path, NULL, &s, &err);

		if (r >= 0 || !err.reason ||
		    strcmp(err.reason, cases[i].reason) != 0 ||
		    !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d %s \"%s\"", i, r, err.reason,
				 err.msg);
	}
}

static void goes_where_the_caller_allows(void **state)
{
	const struct gen_disk d = { CHILD, ALL_STATES,
				    GEN_PAIRS(LINK_A, { "relative_path",
							"..\\out.vhdx" }) };
	AUTOFREE char *folder = test_own_path("away");
	AUTOFREE char *outside = image_write(&base, "out.vhdx");
	AUTOFREE char *path = NULL;
	const struct image_params cases[] = {
		{ .parent_anywhere = true },
		{ .parent = outside },
		{ .parent = outside, .no_parent_lookup = true },
	};
	const struct image_params none = { .no_parent_lookup = true };
	struct shvm_err err = { 0 };
	struct source *s = NULL;
	(void)state;

	assert_int_equal(mkdir(folder, 0755), 0);
	path = image_write(&d, "away/child.vhdx");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_ok(image_open(path, &cases[i], &s, &err), err);
		image_reads_as(s, &d);
		source_free(s);
	}
	assert_failed(image_open(path, &none, &s, &err), err,
		      SHVM_E_UNSUPPORTED, "none was given");
	assert_string_equal(err.reason, "PARENT_NOT_ALLOWED");
}

/* Windows paths lead nowhere here, but the file may lie next to the child. */
static void finds_the_name_of_a_windows_path(void **state)
{
	static const char *const keys[] = { "absolute_win32_path",
					    "volume_path" };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const struct gen_disk d = {
			CHILD, ALL_STATES,
			GEN_PAIRS(LINK_A, { "relative_path", "gone.vhdx" },
				  { keys[i], "C:\\x y\\parent.vhdx" })
		};

		check(&d);
	}
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
	  "no room for 256 pairs",
	  { CHILD, GEN_PAIRS(LINK_A, PARENT), LOCATOR(18, 2, 256) } },
	{ "LOCATOR_SIZE",
	  "only 19 bytes",
	  { CHILD, GEN_PAIRS(LINK_A, PARENT),
	    GEN_PATCHES({ GEN_META, 32 + 5 * 32 + 20, 4, 19 }) } },
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
	  "has state 7",
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
	  "overlaps payload block 0",
	  { CHILD, ALL_STATES, GEN_PAIRS(LINK_A, PARENT),
	    GEN_PATCHES({ GEN_BAT, 4096, 8, 5 * GEN_MIB | 6 }) } },
};

/* A bitmap that is not there may have an offset, as a block may. */
static void ignores_the_place_of_no_bitmap(void **state)
{
	const struct gen_disk d = {
		CHILD, GEN_BLOCKS({ 1, GEN_PRESENT, 32 }, { 2, GEN_ZERO }),
		GEN_PAIRS(LINK_A, PARENT),
		GEN_PATCHES({ GEN_BAT, 4096, 8, 77 * GEN_MIB })
	};
	(void)state;

	check(&d);
}

static void refuses_each_broken_rule(void **state)
{
	AUTOFREE char *parent = image_write(&base, "parent.vhdx");

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

	assert_ok(open_child(&d, NULL, &s, &err), err);
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
		cmocka_unit_test(stays_in_the_folder_of_the_child),
		cmocka_unit_test(goes_where_the_caller_allows),
		cmocka_unit_test(finds_the_name_of_a_windows_path),
		cmocka_unit_test(ignores_the_place_of_no_bitmap),
		cmocka_unit_test(refuses_each_broken_rule),
		cmocka_unit_test(ignores_a_locator_without_a_parent),
		cmocka_unit_test(tells_when_the_parent_changes),
	};

	return cmocka_run_group_tests_name("parent", tests, NULL, NULL);
}
