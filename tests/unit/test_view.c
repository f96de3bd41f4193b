/* SPDX-License-Identifier: MIT */
/* A file as its log makes it: edges of patches, of the file, of holes. */
#include "vhdx/view.h"

#include "base/file.h"
#include "source/file_holes.h"
#include "source/source_file.h"
#include "tests/data/vhdx/vhdxgen.h"
#include "tests/unit/support.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int memory_file(off_t size)
{
	int fd = memfd_create("view", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	return fd;
}

static struct source *source_of(int fd)
{
	struct shvm_err err = { 0 };
	struct source *s = NULL;

	assert_ok(source_file_borrow(fd, "file", 512, &s, &err), err);
	return s;
}

/* For any request: nothing after the end, nor around 2^64. */
static void a_view_ends_where_the_file_does(void **state)
{
	AUTOCLOSE int fd = memory_file(4096);
	AUTO(source_ptr) file = source_of(fd);
	const struct view v = { .file = file,
				.size = 8192,
				.stored_size = 4096 };
	static const struct {
		uint64_t at;
		size_t len;
		bool ok;
	} cases[] = {
		{ 0, 8192, true },	  { 8192, 0, true },
		{ 8191, 1, true },	  { 8191, 2, false },
		{ 8192, 1, false },	  { 8193, 0, false },
		{ UINT64_MAX, 1, false }, { 1, SIZE_MAX, false },
	};
	static uint8_t buf[8192];
	struct shvm_err err = { 0 };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int r = view_read(&v, cases[i].at, buf, cases[i].len, &err);

		if (r != (cases[i].ok ? SHVM_OK : SHVM_E_FORMAT))
			fail_msg("case %zu: %d", i, r);
	}
}

enum {
	STORED = 20000,
	SIZE = 32768,
	PAGE_AT = 8192,
	PAGE_FROM = 4096, /* where the log has it */
	ZEROS_AT = 12288,
	ZEROS_LEN = 12288,
};

/* A page from the log, zeros over the file's end, and nothing after it. */
static struct view_patch patches[] = {
	{ .at = PAGE_AT,
	  .len = 4096,
	  .data_at = PAGE_FROM,
	  .leading = "leading",
	  .trailing = "end" },
	{ .at = ZEROS_AT, .len = ZEROS_LEN },
};

static const uint64_t edges[] = {
	0,    8, PAGE_AT, PAGE_AT + 8, ZEROS_AT, STORED, ZEROS_AT + ZEROS_LEN,
	SIZE,
};

static void reads_each_byte_at_each_edge(void **state)
{
	static uint8_t wanted[SIZE], is[SIZE];
	AUTOCLOSE int fd = memory_file(STORED);
	AUTO(source_ptr) file = source_of(fd);
	const struct view v = { .file = file,
				.size = SIZE,
				.stored_size = STORED,
				.patches = patches,
				.patch_count = ARRAY_SIZE(patches) };
	struct shvm_err err = { 0 };
	(void)state;

	gen_bytes(1, 0, wanted, STORED);
	assert_int_equal(pwrite(fd, wanted, STORED, 0), STORED);
	memcpy(wanted + PAGE_AT, wanted + PAGE_FROM, 4096);
	memcpy(wanted + PAGE_AT, "leading", 8);
	memcpy(wanted + PAGE_AT + 4092, "end", 4);
	memset(wanted + ZEROS_AT, 0, ZEROS_LEN);

	assert_ok(view_read(&v, 0, is, SIZE, &err), err);
	assert_memory_equal(is, wanted, SIZE);
	for (size_t i = 0; i < ARRAY_SIZE(edges); i++)
		for (size_t back = 0; back < 3; back++)
			for (size_t len = 0; len < 5; len++) {
				const uint64_t at = edges[i] - back;

				if (edges[i] < back || at + len > SIZE)
					continue;
				memset(is, 0xee, 16);
				assert_ok(view_read(&v, at, is, len, &err),
					  err);
				assert_memory_equal(is, wanted + at, len);
				assert_int_equal(is[len], 0xee);
			}
}

static void finds_the_patch_at_or_behind_a_byte(void **state)
{
	const struct view v = { .patches = patches,
				.patch_count = ARRAY_SIZE(patches) };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(edges); i++)
		for (uint64_t at = edges[i] ? edges[i] - 1 : 0;
		     at <= edges[i] + 1; at++) {
			const struct view_patch *wanted = NULL;

			for (size_t k = ARRAY_SIZE(patches); k-- > 0;)
				if (at < patches[k].at + patches[k].len)
					wanted = &patches[k];
			assert_ptr_equal(view_patch_from(&v, at), wanted);
		}
}

static void tells_data_from_holes(void **state)
{
	static const struct {
		uint64_t at, end, data, hole;
	} cases[] = {
		{ 0, 65536, 16384, 0 },
		{ 0, 8192, 8192, 0 }, /* the data come after them */
		{ 16384, 65536, 16384, 20480 },
		{ 16384, 18000, 16384, 18000 },
		{ 20480, 65536, 61440, 20480 }, /* zeros over a hole */
		{ 20480, 32768, 32768, 20480 },
		{ 36864, 65536, 61440, 36864 }, /* within the zeros */
		{ 40960, 65536, 61440, 40960 },
		{ 61440, 131072, 61440, 65536 }, /* up to the file's end */
		{ 65535, 131072, 65535, 65536 },
		{ 65536, 131072, 131072, 65536 },
		{ 70000, 131072, 131072, 70000 },
	};
	static struct view_patch zeros[] = { { .at = 32768, .len = 8192 } };
	AUTOCLOSE int fd = memory_file(65536);
	AUTO(source_ptr) file = source_of(fd);
	const struct view v = { .file = file,
				.size = 131072,
				.stored_size = 65536,
				.patches = zeros,
				.patch_count = 1 };
	(void)state;

	assert_int_equal(pwrite(fd, "x", 1, 16384), 1);
	assert_int_equal(pwrite(fd, "x", 1, 61440), 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const uint64_t at = cases[i].at, end = cases[i].end;
		struct file_holes none;
		uint64_t hole;

		file_holes_start(&none, fd);
		if (!file_holes_at(&none, fd, at, end, &hole))
			hole = at;
		if (view_next_data(&v, at, end) != cases[i].data ||
		    hole != cases[i].hole)
			fail_msg("case %zu: data %ju, hole %ju", i,
				 (uintmax_t)view_next_data(&v, at, end),
				 (uintmax_t)hole);
	}
}

/* A descriptor that cannot seek stands for a file system without holes. */
static void takes_all_for_data_without_an_answer(void **state)
{
	static const uint8_t zeros[8192];
	int ends[2];
	struct view v = { .size = 20000, .stored_size = 8192 };
	AUTO(source_ptr) memory = NULL;
	struct shvm_err err = { 0 };
	struct file_holes none = { .believed = true };
	uint64_t hole;
	(void)state;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_ok(source_memory(zeros, sizeof(zeros), 512, &memory, &err), err);
	v.file = memory;
	assert_int_equal(view_next_data(&v, 5, 8192), 5);
	assert_int_equal(file_holes_next_data(&none, ends[0], 5, 8192), 5);
	assert_true(file_holes_at(&none, ends[0], 5, 8192, &hole));
	assert_int_equal(hole, 8192);
	assert_true(file_holes_at(&none, ends[0], 5, 20000, &hole));
	assert_int_equal(hole, 20000);
	assert_int_equal(close(ends[0]), 0);
	assert_int_equal(close(ends[1]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_view_ends_where_the_file_does),
		cmocka_unit_test(reads_each_byte_at_each_edge),
		cmocka_unit_test(finds_the_patch_at_or_behind_a_byte),
		cmocka_unit_test(tells_data_from_holes),
		cmocka_unit_test(takes_all_for_data_without_an_answer),
	};

	return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
