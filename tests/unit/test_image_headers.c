/* SPDX-License-Identifier: MIT */
/* Identifier, headers and region tables: each rule broken once. */
#include "tests/unit/support_image.h"
#include "vhdx/header.h"

#include <string.h>

#define BASE .size = 4 * GEN_MIB, GEN_BLOCKS({ 0, GEN_PRESENT, 1 })
#define BAT_GUID "\x66\x77\xc2\x2d"
#define META_GUID "\x06\xa2\x7c\x8b"

/* Entry 0 of the region table is the BAT's, 1 the metadata's. */
enum {
	BAT = 16,
	META = 48,
	THIRD = 80
};

static const struct {
	const char *reason, *says;
	struct gen_disk disk;
} bad[] = {
	{ "NO_VALID_HEADER",
	  "neither header",
	  { BASE, GEN_PATCHES({ GEN_HEADERS, 0, 1, 'H' }) } },
	{ "NO_VALID_HEADER",
	  "valid signature and CRC",
	  { BASE,
	    GEN_PATCHES({ GEN_HEADERS, 4000, 1, 1, .unsealed = true }) } },
	{ "HEADER_TIE",
	  "number 6 but differ",
	  { BASE, .seq1 = 6, GEN_PATCHES({ GEN_HEADER2, 16, 1, 0x77 }) } },
	{ "BAD_VERSION",
	  "version 2",
	  { BASE, GEN_PATCHES({ GEN_HEADERS, 66, 2, 2 }) } },
	{ "BAD_VERSION",
	  "version 0",
	  { BASE, GEN_PATCHES({ GEN_HEADER2, 66, 2, 0 }) } },
	{ "TRUNC_HEADER", "1048575", { BASE, .truncate = GEN_MIB - 1 } },
	{ "LOG_EOF",
	  "end of the file at 0x100000",
	  { BASE, .truncate = GEN_MIB } },
	{ "TRUNC_HEADER", "ends at 8", { BASE, .truncate = 8 } },
	{ "NO_VALID_REGION_TABLE",
	  "neither region table",
	  { BASE, GEN_PATCHES({ GEN_REGIONS, 0, 1, 'R' }) } },
	{ "NO_VALID_REGION_TABLE",
	  "valid signature and CRC",
	  { BASE,
	    GEN_PATCHES({ GEN_REGIONS, 65535, 1, 1, .unsealed = true }) } },
	{ "REGION_TABLES_DIFFER",
	  "differ",
	  { BASE, GEN_PATCHES({ GEN_REGION2, META + 16, 8, 3 * GEN_MIB },
			      { GEN_REGION2, BAT + 16, 8, 2 * GEN_MIB }) } },
	{ "REGION_TABLES_DIFFER",
	  "differ",
	  { BASE, GEN_PATCHES({ GEN_REGION1, 8, 4, 3 }) } },
	{ "REGION_COUNT",
	  "2048 entries",
	  { BASE, GEN_PATCHES({ GEN_REGIONS, 8, 4, 2048 }) } },
	{ "REGION_COUNT",
	  "4294967295 entries",
	  { BASE, GEN_PATCHES({ GEN_REGIONS, 8, 4, UINT32_MAX }) } },
	{ "REGION_ALIGN",
	  "0x300001",
	  { BASE,
	    GEN_PATCHES({ GEN_REGIONS, BAT + 16, 8, 3 * GEN_MIB + 1 }) } },
	{ "REGION_ALIGN",
	  "0x1000 bytes",
	  { BASE, GEN_PATCHES({ GEN_REGIONS, BAT + 24, 4, 4096 }) } },
	{ "REGION_ALIGN",
	  "at 0,",
	  { BASE, GEN_PATCHES({ GEN_REGIONS, META + 16, 8, 0 }) } },
	{ "REGION_EOF",
	  "0x500000",
	  { BASE, GEN_PATCHES({ GEN_REGIONS, BAT + 16, 8, 5 * GEN_MIB }) } },
	{ "REGION_EOF",
	  "after the end of the file",
	  { BASE, GEN_PATCHES({ GEN_REGIONS, BAT + 16, 8,
				UINT64_MAX - GEN_MIB + 1 }) } },
	/* A byte too short: after it there is less than nothing. */
	{ "REGION_EOF",
	  "0x500000",
	  { BASE, .truncate = 5 * GEN_MIB - 1,
	    GEN_PATCHES({ GEN_REGIONS, BAT + 16, 8, 5 * GEN_MIB }) } },
	{ "REGION_EOF",
	  "0x5fffff",
	  { BASE, .bat_mb = 5, .data_mb = 4, .truncate = 6 * GEN_MIB - 1 } },
	{ "REGION_DUP",
	  "8b7ca206",
	  { BASE,
	    GEN_PATCHES({ GEN_REGIONS, 8, 4, 3 },
			{ GEN_REGIONS, THIRD, 16, 0,
			  META_GUID "\x90\x47\x9a\x4b\xb8\xfe\x57\x5f\x05\x0f"
				    "\x88\x6e" },
			{ GEN_REGIONS, THIRD + 16, 8, 2 * GEN_MIB },
			{ GEN_REGIONS, THIRD + 24, 4, GEN_MIB }) } },
	{ "REGION_OVERLAP",
	  "0x200000",
	  { BASE, GEN_PATCHES({ GEN_REGIONS, BAT + 16, 8, 2 * GEN_MIB }) } },
	{ "REGION_OVERLAP",
	  "0x100000",
	  { BASE, GEN_PATCHES({ GEN_REGIONS, BAT + 16, 8, 1 * GEN_MIB }) } },
	{ "REGION_MISSING",
	  "BAT",
	  { BASE, GEN_PATCHES({ GEN_REGIONS, BAT, 1, 0x99 },
			      { GEN_REGIONS, BAT + 28, 4, 0 }) } },
	{ "REGION_MISSING",
	  "metadata",
	  { BASE, GEN_PATCHES({ GEN_REGIONS, META, 1, 0x99 },
			      { GEN_REGIONS, META + 28, 4, 0 }) } },
	{ "REGION_MISSING",
	  "metadata",
	  { BASE, GEN_PATCHES({ GEN_REGIONS, META + 24, 4, 0 }) } },
	{ "REGION_UNKNOWN_REQUIRED",
	  "required but unknown",
	  { BASE, GEN_MORE_REGIONS({ { { 1, 2, 3 } }, 4, 1, 1 }),
	    .data_mb = 5 } },
};

static void refuses_each_broken_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		image_refused(&bad[i].disk, bad[i].reason, bad[i].says);
}

static void tells_a_file_that_is_no_vhdx(void **state)
{
	const struct gen_disk other = { BASE,
					GEN_PATCHES({ GEN_FILE, 7, 1, 'E' }) };
	const struct gen_disk tiny = { BASE, .truncate = 7 };
	const struct gen_disk *const disks[] = { &other, &tiny };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(disks); i++) {
		AUTOFREE char *path = image_write(disks[i], "other.vhdx");
		struct shvm_err err = { 0 };
		struct source *s = NULL;
		int r = image_open(path, NULL, &s, &err);

		assert_failed(r, err, SHVM_E_UNSUPPORTED, "not a VHDX");
		assert_string_equal(err.reason, "NOT_VHDX");
	}
}

/* What is odd but leaves no doubt is read, and said. */
static void reads_and_warns(void **state)
{
	const struct {
		const char *rule;
		enum shvm_level level;
		struct gen_disk disk;
		uint64_t at; /* of the finding; 0: not looked at */
		const char *says;
	} cases[] = {
		{ "HEADER_COPY",
		  SHVM_LEVEL_WARNING,
		  { BASE,
		    GEN_PATCHES({ GEN_HEADER1, 0, 1, 0, .unsealed = true }) },
		  64 * GEN_KIB,
		  "header 1 has an invalid signature or CRC; header 2 is" },
		{ "HEADER_COPY",
		  SHVM_LEVEL_WARNING,
		  { BASE,
		    GEN_PATCHES({ GEN_HEADER2, 0, 1, 0, .unsealed = true }) },
		  128 * GEN_KIB,
		  "header 2 has an invalid signature or CRC; header 1 is" },
		{ "HEADER_TIE", SHVM_LEVEL_WARNING, { BASE, .seq1 = 6 } },
		{ "HDR_RESERVED",
		  SHVM_LEVEL_WARNING,
		  { BASE, GEN_PATCHES({ GEN_HEADERS, 4095, 1, 1 }) },
		  128 * GEN_KIB,
		  "" },
		{ "HDR_RESERVED",
		  SHVM_LEVEL_WARNING,
		  { BASE, .seq1 = 9, GEN_PATCHES({ GEN_HEADERS, 4095, 1, 1 }) },
		  64 * GEN_KIB,
		  "" },
		{ "REGION_COPY",
		  SHVM_LEVEL_WARNING,
		  { BASE,
		    GEN_PATCHES({ GEN_REGION1, 4, 1, 0, .unsealed = true }) },
		  192 * GEN_KIB,
		  "table 1 has an invalid signature or CRC; table 2 is" },
		{ "REGION_COPY",
		  SHVM_LEVEL_WARNING,
		  { BASE,
		    GEN_PATCHES({ GEN_REGION2, 4, 1, 0, .unsealed = true }) },
		  256 * GEN_KIB,
		  "table 2 has an invalid signature or CRC; table 1 is" },
		/* Nothing of a copy without a seal counts. */
		{ "REGION_COPY",
		  SHVM_LEVEL_WARNING,
		  { BASE, GEN_PATCHES({ GEN_REGION1, 8, 4, 77,
					.unsealed = true }) } },
		{ "REGION_COPY",
		  SHVM_LEVEL_WARNING,
		  { BASE, GEN_PATCHES({ GEN_REGION2, 8, 4, 77,
					.unsealed = true }) } },
		{ "REGION_RESERVED",
		  SHVM_LEVEL_WARNING,
		  { BASE, GEN_PATCHES({ GEN_REGIONS, 12, 4, 1 }) } },
		{ "REGION_FLAGS",
		  SHVM_LEVEL_WARNING,
		  { BASE, GEN_PATCHES({ GEN_REGIONS, BAT + 28, 4, 3 }) } },
		{ "REGION_FLAGS",
		  SHVM_LEVEL_NOTE,
		  { BASE, .regions_optional = true } },
		{ "REGION_FLAGS",
		  SHVM_LEVEL_NOTE,
		  { BASE, GEN_PATCHES({ GEN_REGIONS, BAT + 28, 4, 0 }) } },
		{ "REGION_FLAGS",
		  SHVM_LEVEL_NOTE,
		  { BASE, GEN_PATCHES({ GEN_REGIONS, BAT + 32 + 28, 4, 0 }) } },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct source *s = image_make(&cases[i].disk, "warn.vhdx");
		const struct checks *f = image_checks(s);

		if (!image_has_finding(s, cases[i].rule, cases[i].level))
			fail_msg("case %zu: no %s", i, cases[i].rule);
		for (size_t k = 0; cases[i].at && k < f->count; k++)
			if (strcmp(f->items[k].id, cases[i].rule) == 0) {
				assert_int_equal(f->items[k].offset,
						 cases[i].at);
				assert_non_null(strstr(f->items[k].text,
						       cases[i].says));
			}
		image_reads_as(s, &cases[i].disk);
		source_free(s);
	}
}

/* The rest of an old header must not count, however it looks. */
static void ignores_the_older_header(void **state)
{
	const struct gen_disk d = { BASE, GEN_PATCHES({ GEN_HEADER1, 66, 2, 9 },
						      { GEN_HEADER1, 72, 8,
							12345 }) };
	const struct gen_disk first = {
		BASE, .seq1 = UINT64_C(1) << 63, .seq2 = 7,
		GEN_PATCHES({ GEN_HEADER2, 66, 2, 9 })
	};
	struct source *s;
	(void)state;

	s = image_make(&d, "older.vhdx");
	image_reads_as(s, &d);
	source_free(s);
	s = image_make(&first, "older.vhdx");
	image_reads_as(s, &first);
	source_free(s);
}

static void keeps_unknown_regions(void **state)
{
	const struct gen_disk d = {
		BASE,
		.regions_swapped = true,
		GEN_MORE_REGIONS({ { { 1, 2, 3 } }, 4, 2, 0 }),
		.data_mb = 6,
	};
	const struct gen_disk onto = {
		BASE,
		GEN_MORE_REGIONS({ { { 1, 2, 3 } }, 4, 2, 0 }),
		GEN_PATCHES({ GEN_BAT, 0, 8, 5 * GEN_MIB | GEN_PRESENT }),
		.data_mb = 6,
	};
	struct source *s = image_make(&d, "unknown.vhdx");

	(void)state;
	image_reads_as(s, &d);
	assert_false(image_has_finding(s, "REGION_FLAGS", SHVM_LEVEL_NOTE));
	source_free(s);
	image_refused(&onto, "BAT_OVERLAP", "0x500000");
}

/* As many as fit; what is after the listed ones means nothing. */
static void reads_a_full_region_table(void **state)
{
	static struct gen_region regions[2045];
	const struct gen_disk full = { BASE, .regions = regions,
				       .region_count = ARRAY_SIZE(regions) };
	const struct gen_disk behind = {
		BASE, GEN_PATCHES({ GEN_REGION1, 60000, 1, 1 },
				  { GEN_REGION2, 60000, 1, 2 })
	};
	const struct gen_disk *const disks[] = { &full, &behind };
	(void)state;

	for (uint32_t i = 0; i < ARRAY_SIZE(regions); i++)
		regions[i] = (struct gen_region){ .id = gen_guid(5000 + i),
						  .at_mb = 5 };
	for (size_t i = 0; i < ARRAY_SIZE(disks); i++) {
		struct source *s = image_make(disks[i], "regions.vhdx");

		assert_int_equal(image_checks(s)->count, 0);
		image_reads_as(s, disks[i]);
		source_free(s);
	}
}

/* No log at all: its place says nothing then. */
static void reads_without_a_log(void **state)
{
	const struct gen_disk d = { BASE,
				    GEN_PATCHES({ GEN_HEADERS, 68, 4, 0 },
						{ GEN_HEADERS, 72, 8, 77 }) };
	struct source *s = image_make(&d, "no-log.vhdx");

	(void)state;
	image_reads_as(s, &d);
	source_free(s);
	assert_true(header_is_vhdx("vhdxfile", 8));
	assert_false(header_is_vhdx("vhdxfile", 7));
}

static void tells_the_creator(void **state)
{
	const struct gen_disk d = { BASE, .creator = "a\nb" };
	struct source *s = image_make(&d, "creator.vhdx");

	(void)state;
	assert_string_equal(image_info(s)->creator, "a b");
	source_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_each_broken_rule),
		cmocka_unit_test(tells_a_file_that_is_no_vhdx),
		cmocka_unit_test(reads_and_warns),
		cmocka_unit_test(ignores_the_older_header),
		cmocka_unit_test(keeps_unknown_regions),
		cmocka_unit_test(reads_a_full_region_table),
		cmocka_unit_test(reads_without_a_log),
		cmocka_unit_test(tells_the_creator),
	};

	return cmocka_run_group_tests_name("image headers", tests, NULL, NULL);
}
