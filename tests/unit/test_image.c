/* SPDX-License-Identifier: MIT */
/* Whole images: shapes, extents, limits of time and memory, changes. */
#include "tests/unit/support_log.h"

#include "base/pool.h"
#include "vhdx/format.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void reads_every_shape(void **state)
{
	const struct gen_disk disks[] = {
		{ .size = 8 * GEN_MIB, GEN_BLOCKS({ 0, GEN_PRESENT, 1 }) },
		{ .size = 512, GEN_BLOCKS({ 0, GEN_PRESENT, 1 }) },
		{ .size = 4096, .lss = 4096 },
		{ .size = 9 * GEN_MIB + 512,
		  .kind = GEN_FIXED,
		  .fill_seed = 3,
		  .block_size = 2 << 20 },
		{ .size = 40 * GEN_MIB,
		  .lss = 4096,
		  .block_size = 32 << 20,
		  GEN_BLOCKS({ 1, GEN_PRESENT, 1, .len = GEN_MIB }) },
		{ .size = 300 * GEN_MIB,
		  .block_size = 256 << 20,
		  GEN_BLOCKS({ 0, GEN_PRESENT, 1, .len = 8 * GEN_MIB },
			     { 1, GEN_PRESENT, 2, .len = GEN_MIB }) },
		{ .size = 20 * GEN_MIB,
		  .data_mb = 40,
		  .log_mb = 20,
		  .meta_mb = 22,
		  .bat_mb = 10,
		  GEN_BLOCKS({ 3, GEN_PRESENT, 1, 90 },
			     { 4, GEN_PRESENT, 2, 60 }) },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(disks); i++) {
		struct source *s = image_make(&disks[i], "shape.vhdx");

		image_reads_as(s, &disks[i]);
		assert_int_equal(image_info(s)->virtual_size, disks[i].size);
		assert_int_equal(image_info(s)->logical_sector_size,
				 disks[i].lss ? disks[i].lss : 512);
		assert_string_equal(image_info(s)->variant,
				    disks[i].kind == GEN_FIXED ? "fixed"
							       : "dynamic");
		source_free(s);
	}
}

/* After the first chunk the bitmap entries are skipped, also without them. */
static void reads_after_the_first_chunk(void **state)
{
	const struct gen_disk d = {
		.size = 13 * GEN_GIB,
		GEN_BLOCKS({ 4095, GEN_PRESENT, 1 }, { 4096, GEN_PRESENT, 2 },
			   { 8191, GEN_PRESENT, 3 }, { 8192, GEN_PRESENT, 4 },
			   { 12289, GEN_PRESENT, 5 })
	};
	struct source *s = image_make(&d, "chunks.vhdx");
	struct shvm_err err = { 0 };
	static uint8_t is[3 << 20], wanted[3 << 20];
	(void)state;

	for (uint64_t at = 4094 * GEN_MIB; at < 12291 * GEN_MIB;
	     at += 4097 * GEN_MIB) {
		assert_ok(source_read(s, at, is, sizeof(is), &err), err);
		gen_expect(&d, at, wanted, sizeof(wanted));
		assert_memory_equal(is, wanted, sizeof(is));
	}
	source_free(s);
}

static uint64_t resident(void)
{
	unsigned long all = 0, here = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lu %lu", &all, &here), 2);
	(void)fclose(f); /* was only read */
	return here * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* 64 TiB of 1 MiB blocks, of which the file has a few: 1 s and 64 MiB. */
static void opens_64_tib_in_no_time(void **state)
{
	const struct gen_disk disks[] = {
		{ .size = 64 * GEN_TIB },
		{ .size = 64 * GEN_TIB,
		  GEN_BLOCKS({ 0, GEN_PRESENT, 1 },
			     { 33554432, GEN_PRESENT, 2 },
			     { 67108863, GEN_PRESENT, 3 }) },
	};
	struct shvm_err err = { 0 };
	struct extent e;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(disks); i++) {
		AUTOFREE char *path = image_write(&disks[i], "huge.vhdx");
		const uint64_t before = resident();
		const double start = test_cpu_seconds();
		unsigned int extents = 0;
		struct source *s = NULL;

		assert_ok(image_open(path, NULL, &s, &err), err);
		for (uint64_t at = 0; at < s->size; at += e.len) {
			assert_ok(source_extent(s, at, UINT64_MAX, &e, &err),
				  err);
			extents++;
		}
		assert_true(test_cpu_seconds() - start < 1);
		assert_true(resident() - before < 64 * GEN_MIB);
		assert_int_equal(extents, i == 0 ? 1 : 5);
		source_free(s);
	}
}

/* Patches of the log split the extents; their bytes have no descriptor. */
static void splits_extents_at_patches(void **state)
{
	const struct gen_disk d = {
		.size = 4 * GEN_MIB,
		GEN_BLOCKS({ 0, GEN_PRESENT, 1, .len = 900 * GEN_KIB }),
		GEN_ENTRIES(
			{ 7, 0, 0,
			  GEN_DESCS({ GEN_PAGES, 4 * GEN_MIB + 65536 },
				    { GEN_ZEROS, 4 * GEN_MIB + 960 * GEN_KIB,
				      GEN_KIB * 8 }) })
	};
	static const struct {
		uint64_t at, len;
		enum shvm_extent_state state;
		bool fd;
	} wanted[] = {
		{ 0, 65536, SHVM_EXTENT_DATA, true },
		{ 65536, 4096, SHVM_EXTENT_DATA, false },
		{ 69632, 900 * GEN_KIB - 69632, SHVM_EXTENT_DATA, true },
		{ 900 * GEN_KIB, 60 * GEN_KIB, SHVM_EXTENT_HOLE, false },
		{ 960 * GEN_KIB, 8 * GEN_KIB, SHVM_EXTENT_ZERO, false },
		{ 968 * GEN_KIB, 56 * GEN_KIB, SHVM_EXTENT_HOLE, false },
		{ GEN_MIB, 3 * GEN_MIB, SHVM_EXTENT_HOLE, false },
	};
	struct source *s = image_make(&d, "patched.vhdx");
	struct shvm_err err = { 0 };
	uint64_t at = 0;
	struct extent e;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++, at += e.len) {
		assert_ok(source_extent(s, at, UINT64_MAX, &e, &err), err);
		if (e.at != wanted[i].at || e.len != wanted[i].len ||
		    e.state != wanted[i].state || (e.fd >= 0) != wanted[i].fd)
			fail_msg("extent %zu: %ju %ju %d %d", i,
				 (uintmax_t)e.at, (uintmax_t)e.len, e.state,
				 e.fd);
	}
	/* The byte in front of a patch is none of the patch's. */
	assert_ok(source_extent(s, 65535, UINT64_MAX, &e, &err), err);
	assert_int_equal(e.len, 1);
	assert_true(e.fd >= 0);
	source_free(s);
}

struct race {
	struct source *s;
	const struct gen_disk *d;
};

static int read_one(void *ctx, uint64_t job, unsigned int worker,
		    struct shvm_err *err)
{
	const struct race *race = ctx;
	uint8_t is[8192], wanted[8192];
	const uint64_t at =
		job * 7919 * 8 % (race->d->size - sizeof(is)) / 8 * 8;
	int r = source_read(race->s, at, is, sizeof(is), err);

	(void)worker;
	if (r < 0)
		return r;
	gen_expect(race->d, at, wanted, sizeof(wanted));
	if (memcmp(is, wanted, sizeof(is)) != 0)
		return err_set(err, SHVM_E_FORMAT, "bytes differ");
	return SHVM_OK;
}

static void serves_many_threads(void **state)
{
	const struct gen_disk d = {
		.size = 8 * GEN_MIB,
		GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 3, GEN_PRESENT, 2 }),
		GEN_ENTRIES({ 7, 0, 0,
			      GEN_DESCS({ GEN_PAGES, 4 * GEN_MIB, 65536 }) })
	};
	struct source *s = image_make(&d, "threads.vhdx");
	struct race race = { s, &d };
	struct shvm_err err = { 0 };

	(void)state;
	assert_ok(pool_run(4, 2000, read_one, &race, &err), err);
	source_free(s);
}

static void tells_a_change_of_the_file(void **state)
{
	const struct gen_disk d = { .size = 4 * GEN_MIB };
	AUTOFREE char *path = image_write(&d, "change.vhdx");
	struct shvm_err err = { 0 };
	struct timespec times[2];
	struct source *s = NULL;
	struct stat st;
	int fd;
	(void)state;

	assert_ok(image_open(path, NULL, &s, &err), err);
	assert_ok(source_check_unchanged(s, &err), err);
	assert_int_equal(stat(path, &st), 0);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "x", 1, 65536 + 16), 1);
	times[0] = st.st_atim;
	times[1] = st.st_mtim; /* a writer that hides */
	assert_int_equal(futimens(fd, times), 0);
	assert_int_equal(close(fd), 0);
	assert_failed(source_check_unchanged(s, &err), err, SHVM_E_IO,
		      "changed");
	assert_string_equal(err.reason, "changed");
	source_free(s);
}

/*
 * Writes through a mapping of a tmpfs file leave its times alone, but for the
 * first to each page.
 */
static void tells_other_headers_without_other_times(void **state)
{
	const struct gen_disk d = { .size = 4 * GEN_MIB };
	int fd = memfd_create("headers", MFD_CLOEXEC);
	struct shvm_err err = { 0 };
	struct source *s = NULL;
	volatile uint8_t *mapped;
	uint8_t *map;
	char path[64];
	(void)state;

	assert_int_equal(gen_write_fd(&d, fd), 0);
	mapped = map =
		mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(mapped != MAP_FAILED);
	mapped[65536] = mapped[131072] = 'h'; /* as it is */
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_ok(image_open(path, NULL, &s, &err), err);
	assert_ok(source_check_unchanged(s, &err), err);
	for (uint32_t at = 65536; at <= 131072; at += 65536) {
		mapped[at + 4095] ^= 1;
		assert_failed(source_check_unchanged(s, &err), err, SHVM_E_IO,
			      "headers changed");
		mapped[at + 4095] ^= 1;
	}
	assert_ok(source_check_unchanged(s, &err), err);
	source_free(s);
	assert_int_equal(munmap(map, 1 << 20), 0);
	assert_int_equal(close(fd), 0);
}

static void refuses_files_of_more_than_256_tib(void **state)
{
	const struct gen_disk d = { .size = 4 * GEN_MIB };
	int fd = memfd_create("large", MFD_CLOEXEC);
	struct shvm_err err = { 0 };
	struct source *s = NULL;
	char path[64];
	(void)state;

	assert_int_equal(gen_write_fd(&d, fd), 0);
	assert_int_equal(ftruncate(fd, 256 * GEN_TIB), 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_ok(image_open(path, NULL, &s, &err), err);
	source_free(s);
	s = NULL;
	assert_int_equal(ftruncate(fd, 256 * GEN_TIB + 1), 0);
	assert_failed(image_open(path, NULL, &s, &err), err, SHVM_E_UNSUPPORTED,
		      "more than 256 TiB");
	assert_string_equal(err.reason, "FILE_TOO_BIG");
	assert_int_equal(close(fd), 0);
}

static void takes_files_and_devices_only(void **state)
{
	AUTOFREE char *pipe = test_own_path("pipe");
	static const char *const others[] = { "/dev/null", "/dev/zero" };
	struct source *s = NULL;
	struct shvm_err err = { 0 };
	(void)state;

	assert_int_equal(mkfifo(pipe, 0644), 0);
	assert_failed(image_open(pipe, NULL, &s, &err), err, SHVM_E_ARG,
		      "neither");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_failed(image_open(others[i], NULL, &s, &err), err,
			      SHVM_E_ARG, "neither");
	assert_failed(image_open(test_own_folder(), NULL, &s, &err), err,
		      SHVM_E_ARG, "neither");
	assert_failed(image_open("/nowhere/disk.vhdx", NULL, &s, &err), err,
		      SHVM_E_IO, "/nowhere/disk.vhdx");
}

/* The image's bytes, wherever they are: here none of them is in a file. */
static void reads_an_image_in_memory(void **state)
{
	const struct gen_disk disks[] = {
		{ .size = 5 * GEN_MIB + 512,
		  GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 2, GEN_ZERO },
			     { 3, GEN_PRESENT, 2 }) },
		{ .size = 9 * GEN_MIB,
		  .kind = GEN_FIXED,
		  .fill_seed = 3,
		  .block_size = 2 << 20 },
		{ BASE, GEN_ENTRIES({ 7, 0, 0, ONE_PAGE }) },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(disks); i++) {
		AUTOFREE char *path = image_write(&disks[i], "memory.vhdx");
		AUTOFREE uint8_t *bytes = NULL;
		AUTO(source_ptr) s = NULL;
		struct source *memory = NULL;
		struct shvm_err err = { 0 };
		struct extent e;
		size_t len;

		bytes = test_file_read(path, &len);
		assert_int_equal(unlink(path), 0);
		assert_ok(source_memory(bytes, len, 512, &memory, &err), err);
		assert_ok(image_open_on(memory, "m", NULL, &s, &err), err);
		image_reads_as(s, &disks[i]);
		assert_ok(source_extent(s, 0, UINT64_MAX, &e, &err), err);
		assert_int_equal(e.state, SHVM_EXTENT_DATA);
		assert_int_equal(e.fd, -1); /* only through the source */
		bytes[VHDX_HEADER1_AT + 100] ^= 1;
		assert_failed(source_check_unchanged(s, &err), err, SHVM_E_IO,
			      "m: its headers changed");
	}
}

/* A source that is refused is released all the same. */
static void names_an_image_in_memory(void **state)
{
	static const uint8_t zeros[4096];
	struct source *memory = NULL, *s = NULL;
	struct shvm_err err = { 0 };
	(void)state;

	assert_ok(source_memory(zeros, sizeof(zeros), 512, &memory, &err), err);
	assert_failed(image_open_on(memory, "m", NULL, &s, &err), err,
		      SHVM_E_UNSUPPORTED, "m: not a VHDX");
	assert_null(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_shape),
		cmocka_unit_test(reads_after_the_first_chunk),
		cmocka_unit_test(reads_an_image_in_memory),
		cmocka_unit_test(names_an_image_in_memory),
		cmocka_unit_test(opens_64_tib_in_no_time),
		cmocka_unit_test(splits_extents_at_patches),
		cmocka_unit_test(serves_many_threads),
		cmocka_unit_test(tells_a_change_of_the_file),
		cmocka_unit_test(tells_other_headers_without_other_times),
		cmocka_unit_test(refuses_files_of_more_than_256_tib),
		cmocka_unit_test(takes_files_and_devices_only),
	};

	return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
