/* SPDX-License-Identifier: MIT */
/* The block table: its arithmetic, its rules, its compact form. */
#include "tests/unit/support_image.h"
#include "vhdx/bat.h"

#include "base/le.h"

#include <fcntl.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Block 0 at 4 MiB, block 2 at 5 MiB, end of file at 6 MiB. */
#define BASE                                                                   \
	.size = 4 * GEN_MIB,                                                   \
	GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 2, GEN_PRESENT, 2 })
#define ENTRY(index, value)                                                    \
	{                                                                      \
		GEN_BAT, index, 8, value                                       \
	}
#define BAD(reason, says, ...)                                                 \
	{                                                                      \
		reason, says,                                                  \
		{                                                              \
			BASE, GEN_PATCHES(__VA_ARGS__)                         \
		}                                                              \
	}

static struct bat_shape shape(uint64_t size, uint32_t block, uint32_t sector,
			      bool child)
{
	const struct meta_params p = {
		.disk_size = size,
		.block_size = block,
		.logical_sector_size = sector,
		.has_parent = child,
	};

	return bat_shape_of(&p);
}

/* Figures of the reference sheet, worked out by hand from 2.4 and 2.5. */
static void knows_the_limits_of_the_shape(void **state)
{
	static const struct {
		uint64_t size;
		uint32_t block, sector;
		bool child;
		uint64_t ratio, blocks, chunks, entries;
	} cases[] = {
		{ 64 * GEN_TIB, 1 << 20, 512, false, 4096, 67108864, 16384,
		  67125247 },
		{ 64 * GEN_TIB, 1 << 20, 512, true, 4096, 67108864, 16384,
		  67125248 },
		{ 64 * GEN_TIB, 256 << 20, 512, false, 16, 262144, 16384,
		  278527 },
		{ 64 * GEN_TIB, 256 << 20, 4096, false, 128, 262144, 2048,
		  264191 },
		{ 64 * GEN_TIB, 1 << 20, 4096, true, 32768, 67108864, 2048,
		  67110912 },
		{ 512, 1 << 20, 512, false, 4096, 1, 1, 1 },
		{ 512, 1 << 20, 512, true, 4096, 1, 1, 4097 },
		{ 4 * GEN_GIB, 1 << 20, 512, false, 4096, 4096, 1, 4096 },
		{ 4 * GEN_GIB + 512, 1 << 20, 512, false, 4096, 4097, 2, 4098 },
		{ 10 * GEN_GIB, 32 << 20, 512, false, 128, 320, 3, 322 },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct bat_shape s =
			shape(cases[i].size, cases[i].block, cases[i].sector,
			      cases[i].child);

		if (s.ratio != cases[i].ratio || s.blocks != cases[i].blocks ||
		    s.chunks != cases[i].chunks ||
		    s.entries != cases[i].entries)
			fail_msg("case %zu: %u %ju %ju %ju", i, s.ratio,
				 (uintmax_t)s.blocks, (uintmax_t)s.chunks,
				 (uintmax_t)s.entries);
	}
}

/* No two blocks share an entry, and all entries are within the table. */
static void gives_each_block_an_entry_of_its_own(void **state)
{
	(void)state;
	for (uint64_t blocks = 1; blocks < 70; blocks++) {
		const struct bat_shape s =
			shape(blocks * (256 << 20), 256 << 20, 512, true);
		uint8_t used[128] = { 0 };

		assert_int_equal(s.blocks, blocks);
		for (uint64_t b = 0; b < blocks; b++) {
			assert_true(bat_payload_index(&s, b) < s.entries);
			assert_int_equal(used[bat_payload_index(&s, b)]++, 0);
		}
		for (uint64_t c = 0; c < s.chunks; c++) {
			assert_true(bat_bitmap_index(&s, c) < s.entries);
			assert_int_equal(used[bat_bitmap_index(&s, c)]++, 0);
		}
	}
}

static void measures_the_last_block(void **state)
{
	const struct bat_shape s =
		shape(5 * GEN_MIB + 512, 2 << 20, 512, false);

	(void)state;
	assert_int_equal(bat_block_bytes(&s, 0), 2 * GEN_MIB);
	assert_int_equal(bat_block_bytes(&s, 2), GEN_MIB + 512);
}

static void refuses_each_broken_rule(void **state)
{
	const struct {
		const char *reason, *says;
		struct gen_disk disk;
	} bad[] = {
		BAD("BAT_TOO_SMALL", "131072 entries, but the disk needs",
		    { GEN_ITEM, 0, 8, 131056 * GEN_MIB, .index = 1 }),
		BAD("BAT_TOO_SMALL", "needs 131073",
		    { GEN_ITEM, 0, 8, 131042 * GEN_MIB, .index = 1 }),
		BAD("BAT_TOO_SMALL", "needs 67125247",
		    { GEN_ITEM, 0, 8, 64 * GEN_TIB, .index = 1 }),
		BAD("BAT_RESERVED", "block 1 has reserved bits",
		    ENTRY(1, 1 << 3)),
		BAD("BAT_RESERVED", "block 0 has reserved bits",
		    ENTRY(0, 4 * GEN_MIB | 1 << 19 | 6)),
		BAD("BAT_STATE", "state 4", ENTRY(0, 4 * GEN_MIB | 4)),
		BAD("BAT_STATE", "block 1 has the invalid state 5",
		    ENTRY(1, 5)),
		BAD("BAT_PARTIAL_NODIFF", "block 0", ENTRY(0, 4 * GEN_MIB | 7)),
		BAD("BAT_OFFSET", "block 0 is at 0,", ENTRY(0, 6)),
		BAD("BAT_EOF", "block 2 at 0x600000",
		    ENTRY(2, 6 * GEN_MIB | 6)),
		BAD("BAT_EOF", "block 2 at 0xfffffffffff00000",
		    ENTRY(2, (UINT64_MAX - GEN_MIB + 1) | 6)),
		BAD("BAT_OVERLAP", "overlaps payload block 0",
		    ENTRY(2, 4 * GEN_MIB | 6)),
		BAD("BAT_OVERLAP", "at 0x100000", ENTRY(2, 1 * GEN_MIB | 6)),
		BAD("BAT_OVERLAP", "at 0x200000", ENTRY(2, 2 * GEN_MIB | 6)),
		BAD("BAT_OVERLAP", "at 0x300000", ENTRY(2, 3 * GEN_MIB | 6)),
		/* Anchors of unmapped blocks keep their space. */
		BAD("BAT_OVERLAP", "block 1 at", ENTRY(1, 3 * GEN_MIB | 3)),
		BAD("BAT_OVERLAP", "block 2 at", ENTRY(1, 5 * GEN_MIB | 3)),
		BAD("BAT_OVERLAP", "block 2 at", ENTRY(1, 5 * GEN_MIB | 1)),
		BAD("BAT_EOF", "block 1 at 0x900000",
		    ENTRY(1, 9 * GEN_MIB | 3)),
		{ "BAT_EOF",
		  "block 2 at 0x500000",
		  { BASE, .truncate = 6 * GEN_MIB - 512 } },
		{ "BAT_EOF",
		  "block 2 at 0x500000",
		  { BASE, .truncate = 6 * GEN_MIB - 1 } },
		{ "BAT_OVERLAP",
		  "0x600000",
		  { .size = 8 * GEN_MIB,
		    .block_size = 4 << 20,
		    GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 1, GEN_PRESENT, 2 }),
		    GEN_PATCHES(ENTRY(1, 6 * GEN_MIB | 6)) } },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		image_refused(&bad[i].disk, bad[i].reason, bad[i].says);
}

/* 131041 blocks and 31 bitmaps fill a region of 1 MiB. */
static void takes_a_table_that_fills_its_region(void **state)
{
	const struct gen_disk d = { .size = 131041 * GEN_MIB };
	struct source *s = image_make(&d, "filled.vhdx");

	(void)state;
	assert_int_equal(s->size, d.size);
	source_free(s);
}

/* In a page in order, in one that is not, and in the one that is read. */
static void names_the_owner_of_a_place(void **state)
{
	static struct gen_block blocks[1028];
	static const struct {
		uint64_t at_mb; /* where block 2500 lies, too */
		const char *says;
	} cases[] = {
		{ 10, "overlaps payload block 0 " },
		{ 10 + 1023, "overlaps payload block 1023 " },
		{ 2000, "overlaps payload block 1030 " },
		{ 2100, "overlaps payload block 2047 " },
		{ 2200, "overlaps payload block 2048 " },
		{ 2300, "overlaps payload block 2499 " },
		{ 2, "overlaps something else " },
	};
	struct gen_disk d = { .size = 3000 * GEN_MIB,
			      .blocks = blocks,
			      .block_count = ARRAY_SIZE(blocks) };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
		blocks[i] = (struct gen_block){ .block = i,
						.state = GEN_PRESENT,
						.at_mb = (uint32_t)(10 + i) };
	blocks[1024].block = 1030;
	blocks[1024].at_mb = 2000;
	blocks[1025].block = 2047;
	blocks[1025].at_mb = 2100;
	blocks[1026].block = 2048;
	blocks[1026].at_mb = 2200;
	blocks[1027].block = 2499;
	blocks[1027].at_mb = 2300;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct gen_patch onto =
			ENTRY(2500, cases[i].at_mb * GEN_MIB | 6);

		d.patches = &onto;
		d.patch_count = 1;
		image_refused(&d, "BAT_OVERLAP", cases[i].says);
	}
}

/* States without data may keep an offset in the file, or a void one. */
static void reads_all_states(void **state)
{
	const struct gen_disk d = {
		.size = 8 * GEN_MIB - 512,
		GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 1, GEN_ZERO },
			   { 2, GEN_UNDEFINED }, { 3, GEN_UNMAPPED },
			   { 4, GEN_UNMAPPED, 0, 30 }, { 5, GEN_ZERO, 0, 99 },
			   { 7, GEN_PRESENT, 2 }),
		.grow = 40 * GEN_MIB,
	};
	struct source *s = image_make(&d, "states.vhdx");
	static const enum shvm_extent_state wanted[] = {
		SHVM_EXTENT_DATA, SHVM_EXTENT_ZERO, SHVM_EXTENT_HOLE,
		SHVM_EXTENT_HOLE, SHVM_EXTENT_HOLE, SHVM_EXTENT_ZERO,
		SHVM_EXTENT_HOLE, SHVM_EXTENT_DATA
	};
	struct shvm_err err = { 0 };
	struct extent e;

	(void)state;
	image_reads_as(s, &d);
	for (uint64_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		assert_ok(source_extent(s, i * GEN_MIB, GEN_MIB, &e, &err),
			  err);
		assert_int_equal(e.state, wanted[i]);
	}
	source_free(s);
}

static void bends_for_known_writers(void **state)
{
	/* qemu-img 7.2, fixed with block_state_zero=off. */
	const struct gen_disk cut = {
		.size = 4 * GEN_MIB - 512,
		.block_size = 2 << 20,
		.kind = GEN_FIXED,
		.fill_seed = 5,
		.truncate = 8 * GEN_MIB - 512,
	};
	const struct gen_disk cut_too_short = {
		.size = 4 * GEN_MIB - 512,
		.block_size = 2 << 20,
		.kind = GEN_FIXED,
		.truncate = 8 * GEN_MIB - 1024,
	};
	/* qemu before 2023-04. */
	const struct gen_disk junk = {
		.size = 5 * GEN_GIB,
		GEN_BLOCKS({ 0, GEN_PRESENT, 1 }),
		GEN_PATCHES(ENTRY(4096, 4 * GEN_MIB | 6)),
	};
	struct shvm_err err = { 0 };
	uint8_t byte;
	struct source *s;

	(void)state;
	s = image_make(&cut, "cut.vhdx");
	assert_true(image_has_finding(s, "BAT_CUT", SHVM_LEVEL_WARNING));
	image_reads_as(s, &cut);
	source_free(s);
	image_refused(&cut_too_short, "BAT_EOF", "block 1");

	s = image_make(&junk, "junk.vhdx");
	assert_true(image_has_finding(s, "BAT_SB_STATE", SHVM_LEVEL_WARNING));
	assert_ok(source_read(s, 4 * GEN_GIB, &byte, 1, &err), err);
	assert_int_equal(byte, 0);
	source_free(s);
}

/*
 * Chunks of 512 blocks: the slots of their bitmaps lie between the entries. The
 * blocks begin at 8 MiB, so that none is over a word of the map of space.
 */
static void steps_over_the_slots_of_bitmaps(void **state)
{
	enum {
		BLOCKS = 1100
	};
	static struct gen_block blocks[BLOCKS];
	const uint64_t size = 8 * GEN_MIB;
	const struct gen_disk d = { .size = BLOCKS * size,
				    .block_size = 8 << 20,
				    .data_mb = 8,
				    .blocks = blocks,
				    .block_count = BLOCKS };
	uint8_t is[16], wanted[16];
	struct shvm_err err = { 0 };
	struct source *s;
	(void)state;

	for (uint64_t i = 0; i < BLOCKS; i++)
		blocks[i] = (struct gen_block){ .block = i,
						.state = GEN_PRESENT,
						.seed = i + 1,
						.len = 512 };
	s = image_make(&d, "slots.vhdx");
	assert_int_equal(image_checks(s)->count, 0);
	for (uint64_t i = 0; i < BLOCKS; i += 17) {
		gen_expect(&d, i * size, wanted, sizeof(wanted));
		assert_ok(source_read(s, i * size, is, sizeof(is), &err), err);
		assert_memory_equal(is, wanted, sizeof(is));
	}
	source_free(s);
}

/* What is wrong all over the table is told once. */
static void warns_once(void **state)
{
	const struct gen_disk d = {
		.size = 9 * GEN_GIB, /* three chunks */
		.bat_len_mb = 2,
		.data_mb = 6,
		GEN_BLOCKS({ 0, GEN_PRESENT, 1 }),
		GEN_PATCHES(ENTRY(4096, 4 * GEN_MIB | 6),
			    ENTRY(8193, 4 * GEN_MIB | 6)),
	};
	struct source *s = image_make(&d, "once.vhdx");

	(void)state;
	assert_true(image_has_finding(s, "BAT_SB_STATE", SHVM_LEVEL_WARNING));
	assert_int_equal(image_checks(s)->count, 1);
	source_free(s);
}

static void ignores_what_lies_behind_the_table(void **state)
{
	const struct gen_disk d = {
		BASE, .bat_mb = 6, .bat_len_mb = 9, .data_mb = 4,
		GEN_PATCHES(ENTRY(4, UINT64_MAX), ENTRY(5, 77))
	};
	struct source *s = image_make(&d, "larger.vhdx");

	(void)state;
	image_reads_as(s, &d);
	source_free(s);
}

/* The run of extents over many chunks, in one piece and in many. */
static void finds_long_runs(void **state)
{
	static struct gen_block blocks[3000];
	struct gen_disk d = {
		.size = 20 * GEN_GIB,
		.blocks = blocks,
		.block_count = ARRAY_SIZE(blocks),
		.data_mb = 4,
	};
	struct shvm_err err = { 0 };
	struct source *s;
	struct extent e;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
		blocks[i] = (struct gen_block){ .block = 3000 + i,
						.state = GEN_PRESENT,
						.seed = i % 500 == 7 };
	s = image_make(&d, "runs.vhdx");
	assert_ok(source_extent(s, 512, UINT64_MAX, &e, &err), err);
	assert_int_equal(e.state, SHVM_EXTENT_HOLE);
	assert_int_equal(e.len, 3000 * GEN_MIB - 512);
	/* Blocks that are holes of the container join up to the first data. */
	assert_ok(source_extent(s, 3000 * GEN_MIB, UINT64_MAX, &e, &err), err);
	assert_int_equal(e.state, SHVM_EXTENT_HOLE);
	assert_int_equal(e.len, 7 * GEN_MIB);
	assert_ok(source_extent(s, 3007 * GEN_MIB + 1, UINT64_MAX, &e, &err),
		  err);
	assert_int_equal(e.state, SHVM_EXTENT_DATA);
	assert_int_equal(e.len, GEN_MIB - 1);
	assert_int_equal(e.fd_at, 4 * GEN_MIB + 7 * GEN_MIB + 1);
	assert_ok(source_extent(s, 6000 * GEN_MIB, UINT64_MAX, &e, &err), err);
	assert_int_equal(e.len, 20 * GEN_GIB - 6000 * GEN_MIB);
	source_free(s);

	/* Every second one, so that pages are kept word by word. */
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
		blocks[i] = (struct gen_block){ .block = 2 * i,
						.state = i % 3 ? GEN_PRESENT
							       : GEN_ZERO };
	s = image_make(&d, "runs.vhdx");
	for (uint64_t i = 0; i < 6000; i++) {
		assert_ok(source_extent(s, i * GEN_MIB, GEN_MIB, &e, &err),
			  err);
		assert_int_equal(e.state, i % 2 || i / 2 % 3
						  ? SHVM_EXTENT_HOLE
						  : SHVM_EXTENT_ZERO);
	}
	source_free(s);
}

/* Two pages, each in one piece, but not one piece together. */
static void ends_a_run_where_the_next_page_lies_elsewhere(void **state)
{
	static struct gen_block blocks[2 * BAT_PAGE];
	const struct gen_disk d = { .size = ARRAY_SIZE(blocks) * GEN_MIB,
				    .blocks = blocks,
				    .block_count = ARRAY_SIZE(blocks) };
	struct shvm_err err = { 0 };
	uint8_t is[2048], wanted[2048];
	const uint64_t edge = BAT_PAGE * GEN_MIB;
	struct source *s;
	(void)state;

	for (uint64_t i = 0; i < ARRAY_SIZE(blocks); i++)
		blocks[i] = (struct gen_block){
			.block = i,
			.state = GEN_PRESENT,
			.seed = i + 1,
			.len = i % BAT_PAGE == BAT_PAGE - 1 ? 0 : 4096,
			.at_mb = 4 + (i + BAT_PAGE) % (2 * BAT_PAGE),
		};
	s = image_make(&d, "halves.vhdx");
	gen_expect(&d, edge - 1024, wanted, sizeof(wanted));
	assert_ok(source_read(s, edge - 1024, is, sizeof(is), &err), err);
	assert_memory_equal(is, wanted, sizeof(is));
	source_free(s);
}

/* Of scattered pages only a sum is kept: another table is noticed. */
static void tells_a_change_of_the_table(void **state)
{
	static const struct {
		uint64_t index, entry;
	} changes[] = {
		{ 2, 5 * GEN_MIB | 7 }, /* a state that has no bitmap here */
		{ 2, 6 * GEN_MIB | 6 }, { 2, UINT64_MAX }, { 1, 2 }, { 40, 2 },
	};
	const struct gen_disk d = { .size = 64 * GEN_MIB,
				    GEN_BLOCKS({ 0, GEN_PRESENT, 1 },
					       { 2, GEN_PRESENT, 2 }) };
	struct shvm_err err = { 0 };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		AUTOFREE char *path = image_write(&d, "changes.vhdx");
		int fd = open(path, O_WRONLY | O_CLOEXEC);
		struct source *s = NULL;
		uint8_t entry[8], byte;

		assert_ok(image_open(path, NULL, &s, &err), err);
		le64_put(entry, changes[i].entry);
		assert_int_equal(pwrite(fd, entry, 8,
					(off_t)(3 * GEN_MIB +
						changes[i].index * 8)),
				 8);
		assert_int_equal(close(fd), 0);
		assert_failed(source_read(s, 9, &byte, 1, &err), err, SHVM_E_IO,
			      "block table changed");
		assert_string_equal(err.reason, "changed");
		source_free(s);
	}
}

/* Pages that are kept as a sum, in number more than the cache has. */
static void reads_scattered_pages_again(void **state)
{
	enum {
		PAGES = 40,
		BLOCKS = 4
	};
	static struct gen_block blocks[PAGES * BLOCKS];
	const struct gen_disk d = {
		.size = PAGES * BAT_PAGE * GEN_MIB,
		.blocks = blocks,
		.block_count = ARRAY_SIZE(blocks),
	};
	struct shvm_err err = { 0 };
	struct source *s;
	uint8_t is[16], wanted[16];
	(void)state;

	for (uint64_t i = 0; i < ARRAY_SIZE(blocks); i++)
		blocks[i] = (struct gen_block){
			.block = i / BLOCKS * BAT_PAGE +
				 (i % BLOCKS ? BAT_PAGE - i % BLOCKS : 0),
			.state = GEN_PRESENT,
			.seed = i + 1,
			.len = 4096
		};
	s = image_make(&d, "scattered.vhdx");
	for (uint64_t n = 0; n < 3 * ARRAY_SIZE(blocks); n++) {
		const uint64_t at =
			blocks[n * 37 % ARRAY_SIZE(blocks)].block * GEN_MIB;

		gen_expect(&d, at, wanted, sizeof(wanted));
		assert_ok(source_read(s, at, is, sizeof(is), &err), err);
		assert_memory_equal(is, wanted, sizeof(is));
	}
	source_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_limits_of_the_shape),
		cmocka_unit_test(gives_each_block_an_entry_of_its_own),
		cmocka_unit_test(measures_the_last_block),
		cmocka_unit_test(refuses_each_broken_rule),
		cmocka_unit_test(takes_a_table_that_fills_its_region),
		cmocka_unit_test(names_the_owner_of_a_place),
		cmocka_unit_test(reads_all_states),
		cmocka_unit_test(bends_for_known_writers),
		cmocka_unit_test(steps_over_the_slots_of_bitmaps),
		cmocka_unit_test(warns_once),
		cmocka_unit_test(ignores_what_lies_behind_the_table),
		cmocka_unit_test(finds_long_runs),
		cmocka_unit_test(ends_a_run_where_the_next_page_lies_elsewhere),
		cmocka_unit_test(tells_a_change_of_the_table),
		cmocka_unit_test(reads_scattered_pages_again),
	};

	return cmocka_run_group_tests_name("bat", tests, NULL, NULL);
}
