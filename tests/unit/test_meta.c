/* SPDX-License-Identifier: MIT */
/* The metadata table and its items: each rule broken once. */
#include "tests/unit/support_image.h"

#define BASE .size = 4 * GEN_MIB, GEN_BLOCKS({ 0, GEN_PRESENT, 1 })
#define BAD(reason, says, ...)                                                 \
	{                                                                      \
		reason, says,                                                  \
		{                                                              \
			BASE, GEN_PATCHES(__VA_ARGS__)                         \
		}                                                              \
	}
/* A field of entry i: 16 offset, 20 length, 24 flags, 28 reserved. */
#define ENTRY(i, field, value)                                                 \
	{                                                                      \
		GEN_META, 32 + 32 * (i) + (field), 4, value                    \
	}
#define ITEM(i, at, width, value)                                              \
	{                                                                      \
		GEN_ITEM, at, width, value, .index = (i)                       \
	}
#define USER(...)                                                              \
	{                                                                      \
		BASE, GEN_ITEMS({ { { 9, 9 } }, __VA_ARGS__ })                 \
	}

enum {
	PARAMS,
	SIZE,
	ID,
	LOGICAL,
	PHYSICAL,
	NEXT
};

static const struct {
	const char *reason, *says;
	struct gen_disk disk;
} bad[] = {
	BAD("META_SIGNATURE", "no signature", { GEN_META, 0, 1, 'M' }),
	BAD("META_COUNT", "2048 entries", { GEN_META, 10, 2, 2048 }),
	{ "META_TOO_BIG",
	  "128 MiB",
	  { BASE, .meta_mb = 4, .meta_len_mb = 129, .data_mb = 133 } },
	{ "META_TOO_BIG",
	  "take 42991616 bytes, more than 40 MiB",
	  { BASE, .meta_mb = 4, .meta_len_mb = 60, .data_mb = 64,
	    .filler_items = 41, .filler_len = 1 << 20 } },
	{ "META_USER_COUNT",
	  "1025 user items",
	  { BASE, .filler_items = 1025, .filler_len = 4 } },
	{ "META_ITEM_SIZE",
	  "1048577 bytes",
	  { BASE, .meta_mb = 4, .meta_len_mb = 4, .data_mb = 8,
	    GEN_ITEMS({ { { 9 } }, 1, (1 << 20) + 1, 1 }) } },
	BAD("META_ITEM_RANGE", "ends after the end of its region",
	    ENTRY(ID, 16, GEN_MIB - 15)),
	BAD("META_ITEM_RANGE", "0xffffffff", ENTRY(ID, 16, UINT32_MAX)),
	BAD("META_ITEM_RANGE", "0x100001", ENTRY(ID, 16, GEN_MIB + 1)),
	BAD("META_ITEM_OFFSET", "in the metadata table", ENTRY(ID, 16, 65535)),
	{ "META_ITEM_OFFSET",
	  "empty but at",
	  { BASE, GEN_ITEMS({ { { 9 } }, 1, 4, 1 }),
	    GEN_PATCHES(ENTRY(NEXT, 20, 0)) } },
	BAD("META_OVERLAP", "overlap at offset", ENTRY(ID, 16, 65536 + 4)),
	/* Neither neighbours in the table nor in its order. */
	{ "META_OVERLAP",
	  "overlap at offset 0x20010",
	  { BASE, GEN_ITEMS({ { { 7 } }, 1, 100, 1, NULL, 0x20000 },
			    { { { 8 } }, 1, 100, 1, NULL, 0x18000 },
			    { { { 9 } }, 1, 100, 1, NULL, 0x20010 }) } },
	{ "META_DUP",
	  "000000ff-0000-0000-0000-000000000000 is listed twice",
	  { BASE, GEN_ITEMS({ { { 0xff } }, 1, 4, 1 }, { { { 9 } }, 1, 4, 1 },
			    { { { 0xff } }, 1, 4, 2 }) } },
	{ "META_DUP",
	  "listed twice",
	  { BASE, GEN_ITEMS({ { { 9 } }, 1, 4, 1 }, { { { 9 } }, 1, 4, 2 }) } },
	BAD("META_ITEM_LENGTH", "virtual disk size is 4 bytes",
	    ENTRY(SIZE, 20, 4)),
	BAD("META_ITEM_LENGTH", "file parameters is 16", ENTRY(PARAMS, 20, 16)),
	BAD("META_ITEM_LENGTH", "virtual disk id is 0", ENTRY(ID, 16, 0),
	    ENTRY(ID, 20, 0)),
	BAD("META_FLAGS", "file parameters has flags 0", ENTRY(PARAMS, 24, 0)),
	BAD("META_FLAGS", "virtual disk size has flags 0x4",
	    ENTRY(SIZE, 24, 4)),
	BAD("META_FLAGS", "virtual disk id has flags 0x2", ENTRY(ID, 24, 2)),
	BAD("META_FLAGS", "logical sector size has flags 0x2",
	    ENTRY(LOGICAL, 24, 2)),
	BAD("META_FLAGS", "physical sector size has flags 0x4",
	    ENTRY(PHYSICAL, 24, 4)),
	BAD("META_MISSING", "no virtual disk size", ENTRY(SIZE, 24, 3)),
	BAD("META_MISSING", "no file parameters", ENTRY(PARAMS, 24, 1)),
	{ "META_FLAGS", "cannot be required", USER(5, 4, 1) },
	{ "META_UNKNOWN_REQUIRED", "00000909", USER(4, 4, 1) },
	{ "META_ZERO_ID",
	  "zero id",
	  { BASE, GEN_ITEMS({ { { 0 } }, 1, 4, 1 }) } },
	{ "META_INCOMPLETE",
	  "incomplete",
	  { BASE,
	    GEN_ITEMS({ { { 0xf0, 0x85, 0xcc, 0x71, 0x69, 0x1b, 0x28, 0x4e,
			    0x95, 0x58, 0xc3, 0xbf, 0x83, 0xae, 0x75, 0xd3 } },
			0,
			4,
			1 }) } },
	{ "META_ITEM_LENGTH",
	  "CHS parameters is 4 bytes",
	  { BASE,
	    GEN_ITEMS({ { { 0xbc, 0xd7, 0x02, 0xda, 0x3a, 0x3d, 0x3c, 0x42,
			    0xac, 0x88, 0x2a, 0x36, 0xab, 0x21, 0x47, 0x9b } },
			4,
			4,
			1 }) } },
	BAD("BLOCK_SIZE", "3145728", ITEM(PARAMS, 0, 4, 3 << 20)),
	BAD("BLOCK_SIZE", "524288", ITEM(PARAMS, 0, 4, 1 << 19)),
	BAD("BLOCK_SIZE", "536870912", ITEM(PARAMS, 0, 4, 1 << 29)),
	BAD("BLOCK_SIZE", "is 0 bytes", ITEM(PARAMS, 0, 4, 0)),
	BAD("FILEPARAM_RESERVED", "0x4", ITEM(PARAMS, 4, 4, 4)),
	BAD("LOCATOR_MISSING", "no parent locator", ITEM(PARAMS, 4, 4, 2)),
	BAD("SECTOR_SIZE", "1024 and 4096", ITEM(LOGICAL, 0, 4, 1024)),
	BAD("SECTOR_SIZE", "512 and 0", ITEM(PHYSICAL, 0, 4, 0)),
	BAD("DISK_SIZE", "is 0 bytes", ITEM(SIZE, 0, 8, 0)),
	BAD("DISK_SIZE", "4194305", ITEM(SIZE, 0, 8, 4 * GEN_MIB + 1)),
	BAD("DISK_SIZE", "70368744178176",
	    ITEM(SIZE, 0, 8, 64 * GEN_TIB + 512)),
	BAD("DISK_SIZE", "in whole sectors of 4096",
	    ITEM(SIZE, 0, 8, 4 * GEN_MIB - 512), ITEM(LOGICAL, 0, 4, 4096)),
};

static void refuses_each_broken_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		image_refused(&bad[i].disk, bad[i].reason, bad[i].says);
}

/* 41 MiB of items that are not the user's. */
static void limits_the_systems_items(void **state)
{
	static struct gen_item items[41];
	const struct gen_disk d = {
		BASE,	       .meta_mb = 4,   .meta_len_mb = 60,
		.data_mb = 64, .items = items, .item_count = ARRAY_SIZE(items)
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		items[i] = (struct gen_item){ .id = { { 0xee, (uint8_t)i } },
					      .len = 1 << 20,
					      .seed = 1 };
	image_refused(&d, "META_TOO_BIG", "take 42991656 bytes, more");
}

/* [MS-VHDX] does not have these items, so no flags of theirs are wrong. */
static void takes_any_flags_of_chs_and_pmem(void **state)
{
	const struct gen_disk d = {
		BASE, GEN_ITEMS({ { { 0xbc, 0xd7, 0x02, 0xda, 0x3a, 0x3d, 0x3c,
				      0x42, 0xac, 0x88, 0x2a, 0x36, 0xab, 0x21,
				      0x47, 0x9b } },
				  4,
				  8,
				  1 })
	};
	struct source *s = image_make(&d, "chs.vhdx");

	(void)state;
	image_reads_as(s, &d);
	source_free(s);
}

static void reads_and_warns(void **state)
{
	const struct {
		const char *rule;
		struct gen_disk disk;
	} cases[] = {
		{ "META_RESERVED",
		  { BASE, GEN_PATCHES({ GEN_META, 8, 1, 1 }) } },
		{ "META_RESERVED",
		  { BASE, GEN_PATCHES({ GEN_META, 31, 1, 1 }) } },
		{ "META_RESERVED", { BASE, GEN_PATCHES(ENTRY(ID, 28, 1)) } },
		{ "META_RESERVED", { BASE, GEN_PATCHES(ENTRY(ID, 24, 14)) } },
		/* VirtualBox, VHDX.cpp: seen in early images. */
		{ "META_FLAGS", { BASE, GEN_PATCHES(ENTRY(PHYSICAL, 24, 2)) } },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct source *s = image_make(&cases[i].disk, "warn.vhdx");

		if (!image_has_finding(s, cases[i].rule, SHVM_LEVEL_WARNING))
			fail_msg("case %zu: no %s", i, cases[i].rule);
		image_reads_as(s, &cases[i].disk);
		source_free(s);
	}
}

/* A user's item may have a system item's id, and is another then. */
static void finds_user_items(void **state)
{
	static const struct shvm_guid id = { { 9, 8, 7 } };
	const struct gen_disk d = {
		BASE,
		.meta_mb = 4,
		.meta_len_mb = 4,
		.data_mb = 8,
		GEN_ITEMS({ { { 9, 8, 7 } }, 0, 100, 5 },
			  { { { 9, 8, 7 } }, 3, 1 << 20, 6 },
			  { { { 1 } }, 1, 0, 1 }),
		.filler_items = 1000,
		.filler_len = 8,
	};
	struct source *s = image_make(&d, "user.vhdx");
	AUTO_DONE(buf) data = { 0 };
	AUTOFREE uint8_t *wanted = malloc(1 << 20);
	struct shvm_err err = { 0 };
	bool found = false;

	(void)state;
	assert_non_null(wanted);
	gen_bytes(6, 0, wanted, 1 << 20);
	assert_ok(image_user_item(s, &id, &data, &found, &err), err);
	assert_true(found);
	assert_int_equal(data.len, 1 << 20);
	assert_memory_equal(data.data, wanted, data.len);

	data.len = 0;
	assert_ok(image_user_item(s, &(struct shvm_guid){ { 1 } }, &data,
				  &found, &err),
		  err);
	assert_true(found);
	assert_int_equal(data.len, 0);
	assert_ok(image_user_item(s, &(struct shvm_guid){ { 2 } }, &data,
				  &found, &err),
		  err);
	assert_false(found);
	source_free(s);
}

/* An item may end where its region does. */
static void reads_the_last_bytes_of_the_region(void **state)
{
	static const struct shvm_guid id = { { 9 } };
	const struct gen_disk d = {
		BASE, GEN_ITEMS({ { { 9 } }, 1, 50, 5, NULL, GEN_MIB - 50 })
	};
	struct source *s = image_make(&d, "end.vhdx");
	AUTO_DONE(buf) data = { 0 };
	struct shvm_err err = { 0 };
	uint8_t wanted[50];
	bool found = false;

	(void)state;
	gen_bytes(5, 0, wanted, sizeof(wanted));
	assert_ok(image_user_item(s, &id, &data, &found, &err), err);
	assert_true(found);
	assert_int_equal(data.len, sizeof(wanted));
	assert_memory_equal(data.data, wanted, data.len);
	source_free(s);
}

static void reads_a_full_table(void **state)
{
	/* 5 of our own, 1018 that are not the user's and 1024 that are. */
	static struct gen_item items[1018];
	const struct gen_disk d = {
		BASE,
		.meta_mb = 4,
		.meta_len_mb = 2,
		.data_mb = 6,
		.items = items,
		.item_count = ARRAY_SIZE(items),
		.filler_items = 1024,
		.filler_len = 12,
	};
	struct source *s;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		items[i] = (struct gen_item){
			.id = { { 0xee, (uint8_t)i, (uint8_t)(i >> 8) } },
			.len = 4,
			.seed = i,
		};
	s = image_make(&d, "full.vhdx");
	image_reads_as(s, &d);
	source_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_each_broken_rule),
		cmocka_unit_test(limits_the_systems_items),
		cmocka_unit_test(takes_any_flags_of_chs_and_pmem),
		cmocka_unit_test(reads_and_warns),
		cmocka_unit_test(finds_user_items),
		cmocka_unit_test(reads_the_last_bytes_of_the_region),
		cmocka_unit_test(reads_a_full_table),
	};

	return cmocka_run_group_tests_name("meta", tests, NULL, NULL);
}
