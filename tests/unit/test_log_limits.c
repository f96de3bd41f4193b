/* SPDX-License-Identifier: MIT */
/* The log at its limits: places, sizes, lengths; time; patches over patches. */
#include "tests/unit/support_log.h"
#include "vhdx/log_patch.h"

#include <string.h>
#include <unistd.h>

static void lets_the_log_make_the_file_longer(void **state)
{
	/* Block 1 is after the end; its page comes from the log. */
	const struct gen_disk d = {
		.size = 4 * GEN_MIB,
		GEN_BLOCKS({ 0, GEN_PRESENT, 1 },
			   { 1, GEN_PRESENT, 2, .len = 4096 }),
		GEN_ENTRIES({ 7, 0, 0, GEN_DESCS({ GEN_PAGES, 5 * GEN_MIB }),
			      .last = 6 * GEN_MIB, .flushed = 5 * GEN_MIB }),
		.truncate = 5 * GEN_MIB,
	};
	(void)state;

	image_replays_as(&d);
}

static void goes_to_the_limits(void **state)
{
	const struct gen_disk cases[] = {
		/* One entry fills the log: 2 sectors and 254 pages. */
		{ BASE, GEN_ENTRIES({ 7, 0, 0,
				      GEN_DESCS({ GEN_PAGES, 4 * GEN_MIB,
						  254 * 4096 }) }) },
		/* What ends where the log begins, and where a file may. */
		{ BASE, GEN_ENTRIES({ 7, 0, 0,
				      GEN_DESCS({ GEN_PAGES, BAT_PAGE_AT },
						{ GEN_OLD_ZEROS,
						  GEN_MIB - 4096 }) }) },
		{ BASE, GEN_ENTRIES({ 7, 0, 0,
				      GEN_DESCS({ GEN_PAGES, BAT_PAGE_AT },
						{ GEN_OLD_ZEROS,
						  256 * GEN_TIB - 4096 }) }) },
		/* The file is longer than the log says: it stays so. */
		{ BASE, GEN_ENTRIES({ 7, 0, 0, ONE_PAGE, .last = 5 * GEN_MIB,
				      .flushed = 5 * GEN_MIB }) },
		/* A single write makes it longer. */
		{ .size = 4 * GEN_MIB,
		  .truncate = 5 * GEN_MIB,
		  GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 1, GEN_PRESENT, 0 }),
		  GEN_ENTRIES(
			  { 7, 0, 0,
			    GEN_DESCS({ GEN_OLD_ZEROS, 5 * GEN_MIB, GEN_MIB }),
			    .last = 5 * GEN_MIB, .flushed = 5 * GEN_MIB }) },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		image_replays_as(&cases[i]);
}

/*
 * Neighbours in the file are not neighbours on the disk: no run continues into
 * one.
 */
static void ends_runs_where_blocks_end(void **state)
{
	const struct gen_disk zeros = {
		.size = 4 * GEN_MIB,
		GEN_BLOCKS({ 0, GEN_PRESENT, 0 }, { 3, GEN_PRESENT, 0 },
			   { 1, GEN_PRESENT, 3 }),
		GEN_ENTRIES(
			{ 7, 0, 0,
			  GEN_DESCS({ GEN_ZEROS, 4 * GEN_MIB, 2 * GEN_MIB }) })
	};
	const struct gen_disk page = {
		.size = 4 * GEN_MIB,
		GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 3, GEN_PRESENT, 2 },
			   { 1, GEN_PRESENT, 3 }),
		GEN_ENTRIES({ 7, 0, 0,
			      GEN_DESCS({ GEN_PAGES, 5 * GEN_MIB + 4096 }) })
	};
	(void)state;

	image_replays_as(&zeros);
	image_replays_as(&page);
}

/* LastFileOffset may be less: a page of the log is after it. */
static void reads_what_lies_behind_the_last_offset(void **state)
{
	const struct gen_disk d = {
		.size = 4 * GEN_MIB,
		.block_size = 1 << 20,
		GEN_BLOCKS({ 0, GEN_PRESENT, 1 },
			   { 1, GEN_PRESENT, 2, .len = 4096 }),
		GEN_ENTRIES({ 7, 0, 0,
			      GEN_DESCS({ GEN_PAGES, 5 * GEN_MIB },
					{ GEN_OLD_ZEROS, 5 * GEN_MIB + 4096,
					  GEN_MIB - 4096 }),
			      .last = 5 * GEN_MIB, .flushed = 5 * GEN_MIB }),
		.truncate = 5 * GEN_MIB,
	};
	(void)state;

	image_replays_as(&d);
}

/* The block table itself lies where the file has ended, or has a hole. */
static void finds_a_table_that_is_in_the_log_alone(void **state)
{
	const struct gen_disk d = {
		.size = 4 * GEN_MIB,
		.bat_mb = 6,
		.data_mb = 3,
		GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 1, GEN_PRESENT, 2 }),
		GEN_ENTRIES({ 7, 0, 0, GEN_DESCS({ GEN_PAGES, 6 * GEN_MIB }),
			      .last = 7 * GEN_MIB, .flushed = 6 * GEN_MIB }),
		.truncate = 6 * GEN_MIB,
	};
	AUTOFREE char *path = NULL;
	struct source *s = NULL;
	struct shvm_err err = { 0 };
	(void)state;

	image_replays_as(&d);
	path = image_write(&d, "hole.vhdx");
	assert_int_equal(truncate(path, 8 * GEN_MIB), 0);
	assert_ok(image_open(path, NULL, &s, &err), err);
	image_reads_as(s, &d);
	source_free(s);
}

/*
 * A log full of entries that each name the first as their tail, or that claim
 * to reach over all of it: quadratic work would take minutes.
 */
static void is_not_slowed_down_by_a_full_log(void **state)
{
	enum {
		COUNT = 4096
	};
	static struct gen_entry entries[COUNT];
	struct gen_disk d = {
		BASE,	      .log_mb = 8,    .log_len_mb = 16,
		.data_mb = 4, .log = entries, .log_count = COUNT
	};
	AUTOFREE char *path = NULL;
	struct shvm_err err = { 0 };
	struct source *s = NULL;
	double start;

	(void)state;
	/* Numbers with gaps: each entry is a sequence that is void. */
	for (uint32_t i = 0; i < COUNT; i++)
		entries[i] =
			(struct gen_entry){ .seq = 1 + 2 * i, .at = GEN_NEXT };
	entries[0].at = 0;
	path = image_write(&d, "full.vhdx");
	start = test_cpu_seconds();
	assert_ok(image_open(path, NULL, &s, &err), err);
	assert_true(test_cpu_seconds() - start < 5);
	source_free(s);
	s = NULL;

	/* One long sequence, and its head's tail is in none. */
	for (uint32_t i = 0; i < COUNT; i++)
		entries[i].seq = 1 + i;
	d.log_count = COUNT - 1;
	entries[COUNT - 2].tail = (COUNT - 1) * 4096;
	free(path);
	path = image_write(&d, "full.vhdx");
	start = test_cpu_seconds();
	assert_failed(image_open(path, NULL, &s, &err), err, SHVM_E_FORMAT,
		      "no sequence");
	assert_true(test_cpu_seconds() - start < (test_is_slow() ? 60 : 5));
}

/* 2^18 descriptors are taken, one more is not. */
static void refuses_a_flood_of_descriptors(void **state)
{
	enum {
		MOST = 1 << 18
	};
	static struct gen_desc descs[MOST + 1];
	struct gen_entry entry = { .seq = 3,
				   .at = 0,
				   .tail = GEN_SELF,
				   .descs = descs,
				   .desc_count = MOST };
	struct gen_disk d = { BASE,	    .log_mb = 8,   .log_len_mb = 16,
			      .data_mb = 4, .log = &entry, .log_count = 1 };
	AUTOFREE char *path = NULL;
	struct shvm_err err = { 0 };
	struct source *s = NULL;

	(void)state;
	for (size_t i = 0; i <= MOST; i++)
		descs[i] = (struct gen_desc){ GEN_OLD_ZEROS, 6 * GEN_MIB };
	path = image_write(&d, "flood.vhdx");
	assert_ok(image_open(path, NULL, &s, &err), err);
	source_free(s);
	entry.desc_count++;
	image_refused(&d, "LOG_FLOOD", "more than 262144 descriptors");
}

/* Laying ranges over each other, against a byte map. */
static void lays_patches_like_a_map(void **state)
{
	enum {
		PAGES = 40,
		ROUNDS = 2000
	};
	unsigned int seed = 1;
	(void)state;

	for (int round = 0; round < ROUNDS; round++) {
		struct log_record records[12] = { 0 };
		struct view view = { 0 };
		struct shvm_err err = { 0 };
		uint64_t map[PAGES] = { 0 };
		size_t count = (size_t)rand_r(&seed) % 13;

		for (size_t i = 0; i < count; i++) {
			struct view_patch *p = &records[i].patch;
			const bool zero = rand_r(&seed) % 2;
			uint64_t first = (uint64_t)rand_r(&seed) % PAGES;
			uint64_t n = zero ? 1 + (uint64_t)rand_r(&seed) %
							     (PAGES - first)
					  : 1;

			p->at = first * 4096;
			p->len = n * 4096;
			p->data_at = zero ? 0 : 4096 * (i + 1);
			records[i].order = (uint32_t)i;
			for (uint64_t k = first; k < first + n; k++)
				map[k] = zero ? UINT64_MAX : p->data_at;
		}
		assert_ok(log_patch_flatten(records, count, &view, &err), err);
		for (size_t i = 0; i < view.patch_count; i++) {
			const struct view_patch *p = &view.patches[i];

			/* Zeros that touch are one. */
			assert_true(i == 0 ||
				    p[-1].at + p[-1].len +
						    (!p->data_at &&
						     !p[-1].data_at) <=
					    p->at);
			for (uint64_t k = p->at; k < p->at + p->len;
			     k += 4096) {
				assert_int_equal(map[k / 4096],
						 p->data_at ? p->data_at
							    : UINT64_MAX);
				map[k / 4096] = 0;
			}
		}
		for (size_t k = 0; k < PAGES; k++)
			assert_int_equal(map[k], 0);
		view_done(&view);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lets_the_log_make_the_file_longer),
		cmocka_unit_test(goes_to_the_limits),
		cmocka_unit_test(ends_runs_where_blocks_end),
		cmocka_unit_test(reads_what_lies_behind_the_last_offset),
		cmocka_unit_test(finds_a_table_that_is_in_the_log_alone),
		cmocka_unit_test(is_not_slowed_down_by_a_full_log),
		cmocka_unit_test(refuses_a_flood_of_descriptors),
		cmocka_unit_test(lays_patches_like_a_map),
	};

	return cmocka_run_group_tests_name("log limits", tests, NULL, NULL);
}
