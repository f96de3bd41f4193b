/* SPDX-License-Identifier: MIT */
/* The check: all findings at once, lost space, parents. */
#include "tests/data/vhdx/parents.h"
#include "tests/unit/support_image.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BASE                                                                   \
	.size = 4 * GEN_MIB,                                                   \
	GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 2, GEN_PRESENT, 2 })

static const struct shvm_check *find(const struct shvm_disk_check *c,
				     const char *rule)
{
	for (size_t i = 0; i < c->verdict.count; i++)
		if (strcmp(c->verdict.checks[i].id, rule) == 0)
			return &c->verdict.checks[i];
	for (size_t i = 0; i < c->verdict.count; i++)
		print_error("%s: %s\n", c->verdict.checks[i].id,
			    c->verdict.checks[i].text);
	fail_msg("no finding %s", rule);
	return NULL;
}

static void finds_nothing_in_a_good_image(void **state)
{
	const struct gen_disk d = { BASE };
	AUTOFREE char *path = image_write(&d, "good.vhdx");
	struct shvm_disk_check c = { 0 };
	struct shvm_err err = { 0 };
	(void)state;

	assert_ok(shvm_disk_check(path, NULL, &c, &err), err);
	assert_true(c.complete);
	assert_int_equal(c.verdict.count, 0);
	assert_int_equal(c.file_size, 6 * GEN_MIB);
	assert_int_equal(c.blocks, 4);
	assert_int_equal(c.blocks_present, 2);
	shvm_disk_check_done(&c);
}

static void lists_all_that_is_wrong(void **state)
{
	const struct gen_disk d = {
		.size = 4 * GEN_MIB,
		GEN_BLOCKS({ 0, GEN_PRESENT, 1, 4 }, { 2, GEN_PRESENT, 2, 5 }),
		GEN_MORE_REGIONS({ { { 7 } }, 9, 1, 0 }),
		GEN_ITEMS({ { { 8 } }, 1, 4, 1 }, { { { 8 } }, 1, 4, 1 }),
		GEN_PATCHES({ GEN_BAT, 1, 8, 4 },
			    { GEN_BAT, 2, 8, 4 * GEN_MIB | 6 },
			    { GEN_BAT, 3, 8, 80 * GEN_MIB | 6 },
			    { GEN_REGIONS, 12, 4, 1 })
	};
	static const char *const rules[] = { "REGION_RESERVED", "REGION_EOF",
					     "META_DUP",	"BAT_STATE",
					     "BAT_OVERLAP",	"BAT_EOF" };
	AUTOFREE char *path = image_write(&d, "bad.vhdx");
	struct shvm_disk_check c = { 0 };
	struct shvm_err err = { 0 };
	(void)state;

	assert_int_equal(truncate(path, 6 * GEN_MIB), 0);
	assert_ok(shvm_disk_check(path, NULL, &c, &err), err);
	assert_true(c.complete);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		(void)find(&c, rules[i]); /* fails by itself */
	assert_int_equal(c.errors, 5);
	assert_int_equal(find(&c, "BAT_STATE")->offset, 3 * GEN_MIB + 8);
	assert_int_equal(find(&c, "BAT_OVERLAP")->offset, 3 * GEN_MIB + 16);
	assert_non_null(strstr(find(&c, "BAT_OVERLAP")->text, "block 0"));
	shvm_disk_check_done(&c);
}

static void stops_where_nothing_can_be_understood(void **state)
{
	const struct gen_disk d = { BASE, GEN_PATCHES({ GEN_META, 0, 1, 0 }) };
	AUTOFREE char *path = image_write(&d, "bad.vhdx");
	struct shvm_disk_check c = { 0 };
	struct shvm_err err = { 0 };
	(void)state;

	assert_ok(shvm_disk_check(path, NULL, &c, &err), err);
	assert_false(c.complete);
	assert_int_equal(c.errors, 1);
	assert_int_equal(find(&c, "META_SIGNATURE")->offset, 2 * GEN_MIB);
	shvm_disk_check_done(&c);
}

static void finds_lost_and_free_space(void **state)
{
	const struct gen_disk d = {
		BASE, .grow = 3 * GEN_MIB,
		GEN_PATCHES({ GEN_BAT, 2, 8, 0 }) /* was at 5 MiB */
	};
	static const uint8_t zeros[8192];
	AUTOFREE char *path = image_write(&d, "lost.vhdx");
	struct shvm_disk_check c = { 0 };
	struct shvm_err err = { 0 };
	FILE *f;
	(void)state;

	/* In front of zeros that are stored. */
	f = fopen(path, "r+e");
	assert_non_null(f);
	assert_int_equal(fseek(f, 8 * 1048576, SEEK_SET), 0);
	assert_int_equal(fwrite(zeros, sizeof(zeros), 1, f), 1);
	assert_int_equal(fclose(f), 0);
	assert_ok(shvm_disk_check(path, NULL, &c, &err), err);
	assert_int_equal(c.leaked, 4 * GEN_MIB);
	assert_int_equal(c.warnings, 1);
	assert_int_equal(find(&c, "LEAKED")->offset, 5 * GEN_MIB);
	shvm_disk_check_done(&c);

	/* Zeros all over, but for the very last byte. */
	assert_int_equal(truncate(path, 5 * GEN_MIB), 0);
	assert_int_equal(truncate(path, 9 * GEN_MIB), 0);
	f = fopen(path, "r+e"); /* zeros that are stored are no data either */
	assert_non_null(f);
	assert_int_equal(fseek(f, 7 * 1048576, SEEK_SET), 0);
	assert_int_equal(fwrite(zeros, sizeof(zeros), 1, f), 1);
	assert_int_equal(fclose(f), 0);
	assert_ok(shvm_disk_check(path, NULL, &c, &err), err);
	assert_int_equal(c.leaked, 0);
	assert_int_equal(c.warnings, 0);
	assert_int_equal(find(&c, "FREE_SPACE")->level, SHVM_LEVEL_NOTE);
	shvm_disk_check_done(&c);

	f = fopen(path, "r+e");
	assert_non_null(f);
	assert_int_equal(fseek(f, 9 * 1048576 - 1, SEEK_SET), 0);
	assert_int_equal(fputc(1, f), 1);
	assert_int_equal(fclose(f), 0);
	assert_ok(shvm_disk_check(path, NULL, &c, &err), err);
	assert_int_equal(c.leaked, 4 * GEN_MIB);
	shvm_disk_check_done(&c);
}

/* All bytes alike are data unless they are zeros. */
static void finds_lost_bytes_that_are_all_alike(void **state)
{
	const struct gen_disk d = { BASE, .grow = GEN_MIB };
	AUTOFREE char *path = image_write(&d, "alike.vhdx");
	AUTOFREE uint8_t *ones = malloc(GEN_MIB);
	struct shvm_disk_check c = { 0 };
	struct shvm_err err = { 0 };
	FILE *f = fopen(path, "r+e");
	(void)state;

	assert_true(f && ones);
	memset(ones, 0xaa, GEN_MIB);
	assert_int_equal(fseek(f, -1048576, SEEK_END), 0);
	assert_int_equal(fwrite(ones, GEN_MIB, 1, f), 1);
	assert_int_equal(fclose(f), 0);
	assert_ok(shvm_disk_check(path, NULL, &c, &err), err);
	assert_int_equal(c.leaked, GEN_MIB);
	shvm_disk_check_done(&c);
}

static void tells_a_dirty_log_and_a_missing_parent(void **state)
{
	const struct gen_disk dirty = {
		BASE,
		GEN_ENTRIES({ 7, 0, 0, GEN_DESCS({ GEN_PAGES, 3 * GEN_MIB }) })
	};
	const struct gen_disk child = {
		.kind = GEN_CHILD,
		.size = 4 * GEN_MIB,
		GEN_PAIRS({ "parent_linkage",
			    "{11111111-1111-1111-1111-111111111111}" },
			  { "relative_path", "no-file.vhdx" })
	};
	AUTOFREE char *path = image_write(&dirty, "dirty.vhdx");
	AUTOFREE char *orphan = image_write(&child, "orphan.vhdx");
	struct shvm_disk_check c = { 0 };
	struct shvm_err err = { 0 };
	(void)state;

	assert_ok(shvm_disk_check(path, NULL, &c, &err), err);
	assert_int_equal(find(&c, "LOG_DIRTY")->level, SHVM_LEVEL_WARNING);
	assert_int_equal(c.errors, 0);
	shvm_disk_check_done(&c);
	assert_ok(shvm_disk_check(orphan, NULL, &c, &err), err);
	assert_int_equal(find(&c, "PARENT_MISSING")->level, SHVM_LEVEL_ERROR);
	assert_int_equal(c.errors, 1);
	shvm_disk_check_done(&c);
}

static void fails_for_what_is_no_image(void **state)
{
	AUTOFREE char *path = test_own_path("text");
	struct shvm_disk_check c = { 0 };
	struct shvm_err err = { 0 };
	(void)state;

	test_file_write(path, "not a disk at all", 17);
	assert_failed(shvm_disk_check(path, NULL, &c, &err), err,
		      SHVM_E_UNSUPPORTED, "text: not a VHDX or VHD image");
	assert_string_equal(err.reason, "no-format-rules");
	assert_int_equal(shvm_disk_check(path, NULL, &c, NULL),
			 SHVM_E_UNSUPPORTED);
	assert_failed(shvm_disk_check(test_own_folder(), NULL, &c, &err), err,
		      SHVM_E_ARG, "neither");
	assert_null(c.verdict.checks);
}

#define CHILD .kind = GEN_CHILD, .size = 4 * GEN_MIB
#define LINK(name) GEN_PAIRS(LINK_ONES, PATH(name))

static void checks_the_parent_of_a_sound_child(void **state)
{
	const struct {
		struct gen_disk child, parent;
		unsigned int errors, warnings;
		const char *rule, *says; /* of the only finding, if any */
	} cases[] = {
		{ { CHILD, LINK("p.vhdx") },
		  { .size = 4 * GEN_MIB, .data_write_guid = ONES },
		  0,
		  0,
		  NULL,
		  NULL },
		/* The child's own are not told twice. */
		{ { CHILD, LINK("p.vhdx"),
		    GEN_PATCHES({ GEN_HEADERS, 4095, 1, 1 }) },
		  { .size = 4 * GEN_MIB, .data_write_guid = ONES },
		  0,
		  1,
		  "HDR_RESERVED",
		  "header has" },
		/* The parent's are told. */
		{ { CHILD, LINK("p.vhdx") },
		  { .size = 4 * GEN_MIB,
		    .data_write_guid = ONES,
		    GEN_PATCHES({ GEN_HEADERS, 4095, 1, 1 }) },
		  0,
		  1,
		  "HDR_RESERVED",
		  "p.vhdx: header has" },
		/* Its errors are the child's as well. */
		{ { CHILD, LINK("p.vhdx") },
		  { .size = 4 * GEN_MIB,
		    .data_write_guid = ONES,
		    GEN_PATCHES({ GEN_META, 0, 1, 0 }) },
		  1,
		  0,
		  "META_SIGNATURE",
		  "p.vhdx: metadata table" },
		{ { CHILD, LINK("p.vhdx") },
		  { .size = 4 * GEN_MIB },
		  1,
		  0,
		  "PARENT_LINKAGE",
		  "expects" },
		/* With one of its own the parents are not looked at. */
		{ { CHILD, LINK("none.vhdx"),
		    GEN_PATCHES({ GEN_BAT, 1, 8, 4 }) },
		  { .size = 4 * GEN_MIB },
		  1,
		  0,
		  "BAT_STATE",
		  "state 4" },
		{ { CHILD, LINK("none.vhdx"),
		    GEN_PATCHES({ GEN_ITEM, 0, 1, 0, .index = 5 }) },
		  { .size = 4 * GEN_MIB },
		  1,
		  0,
		  "LOCATOR_TYPE",
		  "unknown type" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTOFREE char *child = image_write(&cases[i].child, "c.vhdx");
		AUTOFREE char *parent = image_write(&cases[i].parent, "p.vhdx");
		struct shvm_disk_check c = { 0 };
		struct shvm_err err = { 0 };

		assert_ok(shvm_disk_check(child, NULL, &c, &err), err);
		if (c.errors != cases[i].errors ||
		    c.warnings != cases[i].warnings ||
		    c.verdict.count !=
			    (size_t)((cases[i].rule != NULL) + !c.complete))
			fail_msg("case %zu: %ju, %ju, %zu", i,
				 (uintmax_t)c.errors, (uintmax_t)c.warnings,
				 c.verdict.count);
		if (cases[i].rule)
			assert_non_null(strstr(find(&c, cases[i].rule)->text,
					       cases[i].says));
		shvm_disk_check_done(&c);
	}
}

/* Where the parent may be, and that one that is no VHDX is told of. */
static void goes_to_the_parent_that_it_is_given(void **state)
{
	const struct gen_disk sound = { .size = 4 * GEN_MIB,
					.data_write_guid = ONES };
	const struct gen_disk orphan = { CHILD, LINK("..\\given.vhdx") };
	AUTOFREE char *folder = test_own_path("lone");
	AUTOFREE char *given = image_write(&sound, "given.vhdx");
	AUTOFREE char *text = test_own_path("text");
	AUTOFREE char *child = NULL;
	const struct {
		struct shvm_disk_params params;
		const char *rule;
	} cases[] = {
		{ { 0 }, "PARENT_NOT_ALLOWED" },
		{ { .parent_anywhere = true }, NULL },
		{ { .parent = given }, NULL },
		{ { .parent = given, .no_parent_lookup = true }, NULL },
		{ { .parent_anywhere = true, .no_parent_lookup = true },
		  "PARENT_NOT_ALLOWED" },
	};
	const struct shvm_disk_params no_image = { .parent = text };
	const struct shvm_disk_params no_file = { .parent = "/nonexistent/x" };
	struct shvm_disk_check c = { 0 };
	struct shvm_err err = { 0 };
	(void)state;

	assert_int_equal(mkdir(folder, 0755), 0);
	child = image_write(&orphan, "lone/c.vhdx");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_ok(shvm_disk_check(child, &cases[i].params, &c, &err),
			  err);
		assert_int_equal(c.errors, cases[i].rule != NULL);
		if (cases[i].rule)
			(void)find(&c, cases[i].rule); /* fails by itself */
		shvm_disk_check_done(&c);
	}
	test_file_write(text, "not a disk at all", 17);
	assert_failed(shvm_disk_check(child, &no_image, &c, &err), err,
		      SHVM_E_UNSUPPORTED, "text: not a VHDX");
	assert_string_equal(err.reason, "NOT_VHDX");
	assert_failed(shvm_disk_check(child, &no_file, &c, &err), err,
		      SHVM_E_IO, "/nonexistent/x");
}

/* The file's own errors have a place in it, and end the check. */
static void names_the_place_of_a_bad_locator(void **state)
{
	const struct gen_disk d = { CHILD, LINK("none.vhdx"),
				    GEN_PATCHES({ GEN_ITEM, 18, 2, 257,
						  .index = 5 }) };
	/* Without a parent it is only said to be of no use. */
	const struct gen_disk unused = {
		.size = 4 * GEN_MIB,
		GEN_ITEMS({ { { 0x2d, 0x5f, 0xd3, 0xa8, 0x0b, 0xb3, 0x4d, 0x45,
				0xab, 0xf7, 0xd3, 0xd8, 0x48, 0x34, 0xab,
				0x0c } },
			    4,
			    40,
			    1 })
	};
	AUTOFREE char *path = image_write(&d, "locator.vhdx");
	AUTOFREE char *other = image_write(&unused, "unused.vhdx");
	struct shvm_disk_check c = { 0 };
	struct shvm_err err = { 0 };
	(void)state;

	assert_ok(shvm_disk_check(path, NULL, &c, &err), err);
	assert_int_equal(find(&c, "LOCATOR_COUNT")->offset,
			 2 * GEN_MIB + 65536 + 40);
	assert_false(c.complete);
	assert_int_equal(c.errors, 1);
	shvm_disk_check_done(&c);
	assert_ok(shvm_disk_check(other, NULL, &c, &err), err);
	assert_int_equal(find(&c, "LOCATOR_UNUSED")->level, SHVM_LEVEL_WARNING);
	assert_int_equal(c.verdict.count, 1);
	assert_true(c.complete);
	shvm_disk_check_done(&c);
}

/* More findings than anybody reads do not cost memory or time. */
static void limits_the_list(void **state)
{
	static struct gen_block blocks[3000];
	const struct gen_disk d = { .size = 3000 * GEN_MIB,
				    .blocks = blocks,
				    .block_count = ARRAY_SIZE(blocks) };
	AUTOFREE char *path = NULL;
	struct shvm_disk_check c = { 0 };
	struct shvm_err err = { 0 };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
		blocks[i] = (struct gen_block){ .block = i,
						.state = GEN_PRESENT,
						.at_mb = 4 };
	path = image_write(&d, "many.vhdx");
	assert_ok(shvm_disk_check(path, NULL, &c, &err), err);
	assert_int_equal(c.verdict.count, CHECKS_MAX + 2 - c.complete);
	assert_int_equal(c.errors, CHECKS_MAX + 1);
	shvm_disk_check_done(&c);
}

/* Every second MiB is free: one line, and the file's holes are not visited. */
static void tells_free_space_in_one_line(void **state)
{
	static struct gen_block blocks[3000];
	const struct gen_disk d = { .size = 3000 * GEN_MIB,
				    .blocks = blocks,
				    .block_count = ARRAY_SIZE(blocks) };
	AUTOFREE char *path = NULL;
	struct shvm_disk_check c = { 0 };
	struct shvm_err err = { 0 };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
		blocks[i] = (struct gen_block){ .block = i,
						.state = GEN_PRESENT,
						.seed = i % 1000 == 5,
						.len = 512,
						.at_mb = 5 + 2 * i };
	path = image_write(&d, "gaps.vhdx");
	assert_ok(shvm_disk_check(path, NULL, &c, &err), err);
	assert_int_equal(c.verdict.count, 1);
	assert_string_equal(c.verdict.checks[0].id, "FREE_SPACE");
	assert_non_null(strstr(c.verdict.checks[0].text, "3145728000 bytes"));
	assert_int_equal(c.verdict.checks[0].offset, 4 * GEN_MIB);
	assert_int_equal(c.leaked, 0);
	assert_true(c.complete);
	shvm_disk_check_done(&c);
}

/* A table that is broken throughout is read until the list is full. */
static void looks_no_further_than_it_lists(void **state)
{
	enum {
		BLOCKS = 100000
	};
	const struct gen_disk d = { .size = BLOCKS * GEN_MIB };
	AUTOFREE char *path = image_write(&d, "all-broken.vhdx");
	AUTOFREE uint8_t *table = calloc(BLOCKS, 8);
	struct shvm_disk_check c = { 0 };
	struct shvm_err err = { 0 };
	int fd;
	(void)state;

	assert_non_null(table);
	memset(table, 4, BLOCKS * 8);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, table, BLOCKS * 8, 3 * GEN_MIB),
			 BLOCKS * 8);
	assert_int_equal(close(fd), 0);
	assert_ok(shvm_disk_check(path, NULL, &c, &err), err);
	assert_false(c.complete);
	/* That the rest is not known is a check of its own. */
	assert_int_equal(c.verdict.count, CHECKS_MAX + 2);
	assert_int_equal(c.verdict.checks[CHECKS_MAX + 1].outcome,
			 SHVM_CHECK_UNKNOWN);
	assert_false(c.verdict.yes);
	shvm_disk_check_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_nothing_in_a_good_image),
		cmocka_unit_test(lists_all_that_is_wrong),
		cmocka_unit_test(stops_where_nothing_can_be_understood),
		cmocka_unit_test(finds_lost_and_free_space),
		cmocka_unit_test(tells_a_dirty_log_and_a_missing_parent),
		cmocka_unit_test(fails_for_what_is_no_image),
		cmocka_unit_test(finds_lost_bytes_that_are_all_alike),
		cmocka_unit_test(checks_the_parent_of_a_sound_child),
		cmocka_unit_test(goes_to_the_parent_that_it_is_given),
		cmocka_unit_test(names_the_place_of_a_bad_locator),
		cmocka_unit_test(limits_the_list),
		cmocka_unit_test(tells_free_space_in_one_line),
		cmocka_unit_test(looks_no_further_than_it_lists),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
