/* SPDX-License-Identifier: MIT */
/* Stretches without holes: what is kept, and that none is walked over twice. */
#include "tests/unit/support_image.h"

#include "source/file_holes.h"
#include "source/source_file.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define UNIT ((uint64_t)FILE_HOLES_UNIT)

static uint64_t walked; /* bytes the kernel went to find holes */

/* In the place of the C library's. */
off_t lseek(int fd, off_t at, int whence)
{
	const off_t to = (off_t)syscall(SYS_lseek, fd, at, whence);

	if (whence == SEEK_HOLE && to > at)
		walked += (uint64_t)(to - at);
	return to;
}

static void keeps_whole_units(void **state)
{
	static const struct {
		uint64_t first, end; /* as told */
		uint64_t at, wanted;
	} cases[] = {
		{ 0, UNIT, 0, UNIT },
		{ 0, UNIT, UNIT - 1, UNIT },
		{ 0, UNIT, UNIT, UNIT },
		{ 0, UNIT - 1, 7, 7 },
		{ 1, 3 * UNIT, 1, 1 },
		{ 1, 3 * UNIT, UNIT - 1, UNIT - 1 },
		{ 1, 3 * UNIT, UNIT, 3 * UNIT },
		{ UNIT, 3 * UNIT, UNIT - 1, UNIT - 1 },
		{ UNIT, 3 * UNIT + 9, 3 * UNIT - 1, 3 * UNIT },
		{ UNIT, 3 * UNIT + 9, 3 * UNIT + 1, 3 * UNIT + 1 },
		{ 5 * UNIT, 5 * UNIT, 5 * UNIT, 5 * UNIT },
		{ 5 * UNIT, 4 * UNIT, 4 * UNIT, 4 * UNIT },
		{ 0, UNIT << 32, 7 * UNIT, 7 * UNIT }, /* does not fit */
		{ 0, (UNIT << 32) - UNIT, 7 * UNIT, (UNIT << 32) - UNIT },
		{ 0, (UNIT << 32) - UNIT, UNIT << 32, UNIT << 32 },
		{ 0, UINT64_MAX, 1, 1 },
		{ UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct file_holes run = { 0 };

		assert_int_equal(file_holes_end(&run, cases[i].at),
				 cases[i].at);
		file_holes_keep(&run, cases[i].first, cases[i].end);
		if (file_holes_end(&run, cases[i].at) != cases[i].wanted)
			fail_msg("case %zu: %#jx", i,
				 (uintmax_t)file_holes_end(&run, cases[i].at));
	}
}

/* Ask for the run at every unit; each must lie in data or hole as wanted. */
static void look_everywhere(struct source *s, uint64_t hole, uint64_t hole_end)
{
	struct shvm_err err = { 0 };

	for (uint64_t at = 0; at < s->size; at += UNIT / 2) {
		const bool in_hole = at >= hole && at < hole_end;
		const uint64_t stop = in_hole	  ? hole_end
				      : at < hole ? hole
						  : s->size;
		struct extent e;

		assert_ok(source_extent(s, at, UINT64_MAX, &e, &err), err);
		assert_int_equal(e.at, at);
		assert_int_equal(e.state == SHVM_EXTENT_DATA, !in_hole);
		if (e.len != stop - at)
			fail_msg("at %#jx: %#jx bytes", (uintmax_t)at,
				 (uintmax_t)e.len);
		assert_int_equal(e.fd >= 0, !in_hole);
		assert_true(in_hole || e.fd_at >= at);
	}
}

static void walks_over_a_file_once(void **state)
{
	static const uint8_t data[4 * FILE_HOLES_UNIT] = { 1 };
	AUTOFREE char *path = test_own_path("holes.raw");
	AUTO(source_ptr) s = NULL;
	struct shvm_err err = { 0 };
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	(void)state;

	assert_true(fd >= 0);
	for (uint64_t i = 0; i < 64; i++) {
		/* 8 MiB of data, as much of a hole, 8 MiB of data */
		const uint64_t at = (i < 32 ? i : i + 32) * sizeof(data);

		assert_int_equal(pwrite(fd, data, sizeof(data), (off_t)at),
				 sizeof(data));
	}
	assert_ok(source_file_new(fd, path, 512, &s, &err), err);
	walked = 0;
	look_everywhere(s, 8 * GEN_MIB, 16 * GEN_MIB);
	assert_int_equal(walked, 16 * GEN_MIB);
}

static void walks_over_an_image_once(void **state)
{
	const struct gen_disk d = { .size = 24 * GEN_MIB,
				    .kind = GEN_FIXED,
				    .fill_seed = 1 };
	struct source *s = image_make(&d, "full.vhdx");
	(void)state;

	walked = 0;
	look_everywhere(s, d.size, d.size);
	assert_in_range(walked, d.size, d.size + UNIT);
	source_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_whole_units),
		cmocka_unit_test(walks_over_a_file_once),
		cmocka_unit_test(walks_over_an_image_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
