/* SPDX-License-Identifier: MIT */
/* Sources: bounds, windows, memory, files with holes. */
#include "source/source_file.h"
#include "tests/unit/support.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void reads_memory_and_windows_of_it(void **state)
{
	static const uint8_t data[] = "0123456789";
	AUTO(source_ptr) window = NULL;
	AUTO(source_ptr) base = NULL;
	struct shvm_err err = { 0 };
	struct extent e;
	uint8_t buf[4];
	(void)state;

	assert_ok(source_memory(data, 10, 4096, &base, &err), err);
	assert_ok(source_window(base, 3, 5, &window, &err), err);
	assert_int_equal(window->size, 5);
	assert_int_equal(window->sector_size, 4096);
	assert_ok(source_read(window, 1, buf, 4, &err), err);
	assert_memory_equal(buf, "4567", 4);
	assert_ok(source_read(window, 5, buf, 0, &err), err);
	assert_ok(source_extent(window, 2, UINT64_MAX, &e, &err), err);
	assert_int_equal(e.at, 2);
	assert_int_equal(e.len, 3);
	assert_int_equal(e.state, SHVM_EXTENT_DATA);
	assert_int_equal(e.fd, -1);
	assert_ok(source_extent(window, 2, 1, &e, &err), err);
	assert_int_equal(e.len, 1);
	assert_int_equal(source_next_data(window, 2, 5), 2);
	assert_ok(source_check_unchanged(window, &err), err);
	source_free(NULL);
}

static void refuses_ranges_outside(void **state)
{
	static const uint8_t data[16];
	static const struct {
		uint64_t at;
		size_t len;
	} cases[] = {
		{ 0, 17 },	   { 16, 1 },	    { 17, 0 },
		{ UINT64_MAX, 1 }, { 8, SIZE_MAX }, { UINT64_MAX - 3, 8 }
	};
	AUTO(source_ptr) base = NULL;
	struct source *window = NULL;
	struct extent e;
	uint8_t buf[32];
	struct shvm_err err = { 0 };
	(void)state;

	assert_ok(source_memory(data, sizeof(data), 512, &base, &err), err);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_failed(source_read(base, cases[i].at, buf, cases[i].len,
					  &err),
			      err, SHVM_E_ARG, "not within its 16");
		assert_failed(source_window(base, cases[i].at, cases[i].len,
					    &window, &err),
			      err, SHVM_E_ARG, "not within its 16");
	}
	assert_failed(source_extent(base, 16, 1, &e, &err), err, SHVM_E_ARG,
		      "not within");
	assert_failed(source_extent(base, 0, 0, &e, &err), err, SHVM_E_ARG,
		      "no bytes");
}

static void sees_the_holes_of_a_file(void **state)
{
	AUTOFREE char *path = test_own_path("holes");
	AUTO(source_ptr) window = NULL;
	AUTO(source_ptr) s = NULL;
	struct shvm_err err = { 0 };
	struct extent e;
	struct stat named, st;
	uint8_t byte = 7;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	(void)state;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 4 << 20), 0);
	assert_int_equal(pwrite(fd, &byte, 1, 1 << 20), 1);
	assert_int_equal(close(fd), 0);
	assert_ok(source_file_open(path, 0, &s, &err), err);
	assert_int_equal(s->size, 4 << 20);
	assert_int_equal(s->sector_size, 512);
	assert_ok(source_extent(s, 5, UINT64_MAX, &e, &err), err);
	assert_int_equal(e.state, SHVM_EXTENT_HOLE);
	assert_int_equal(e.at + e.len, 1 << 20);
	assert_int_equal(e.fd, -1);
	assert_ok(source_extent(s, 5, 100, &e, &err), err);
	assert_int_equal(e.len, 100);
	assert_ok(source_extent(s, 1 << 20, 10, &e, &err), err);
	assert_int_equal(e.len, 10);
	assert_ok(source_extent(s, 1 << 20, UINT64_MAX, &e, &err), err);
	assert_int_equal(e.state, SHVM_EXTENT_DATA);
	assert_int_equal(fstat(e.fd, &st), 0);
	assert_int_equal(stat(path, &named), 0);
	assert_int_equal(st.st_ino, named.st_ino);
	assert_int_equal(e.fd_at, 1 << 20);
	assert_true(e.len < 1 << 20);
	assert_ok(source_extent(s, 2 << 20, UINT64_MAX, &e, &err), err);
	assert_int_equal(e.state, SHVM_EXTENT_HOLE);
	assert_int_equal(e.len, 2 << 20);
	assert_ok(source_extent(s, 2 << 20, 100, &e, &err), err);
	assert_int_equal(e.len, 100);
	assert_ok(source_window(s, 100, 3 << 20, &window, &err), err);
	assert_int_equal(source_next_data(s, 5, 4 << 20), 1 << 20);
	assert_int_equal(source_next_data(s, 5, 100), 100);
	assert_int_equal(source_next_data(s, 1 << 20, 4 << 20), 1 << 20);
	assert_int_equal(source_next_data(s, 2 << 20, 4 << 20), 4 << 20);
	assert_int_equal(source_next_data(window, 5, 3 << 20), (1 << 20) - 100);
	assert_int_equal(source_next_data(window, 7, 7), 7);
}

/* Two names of one file, another file, and what is not a file. */
static void knows_the_same_file_again(void **state)
{
	AUTOFREE char *path = test_own_path("one");
	AUTOFREE char *name = test_own_path("two");
	AUTOFREE char *other = test_own_path("other");
	AUTO(source_ptr) a = NULL;
	AUTO(source_ptr) b = NULL;
	AUTO(source_ptr) c = NULL;
	AUTO(source_ptr) m = NULL;
	struct shvm_err err = { 0 };
	(void)state;

	test_file_write(path, "x", 1);
	test_file_write(other, "x", 1);
	assert_int_equal(link(path, name), 0);
	assert_ok(source_file_open(path, 0, &a, &err), err);
	assert_ok(source_file_open(name, 0, &b, &err), err);
	assert_ok(source_file_open(other, 0, &c, &err), err);
	assert_ok(source_memory("x", 1, 512, &m, &err), err);
	assert_true(source_file_is_same(a, b));
	assert_false(source_file_is_same(a, c));
	assert_false(source_file_is_same(a, m));
	assert_false(source_file_is_same(m, m));
}

static void leaves_a_borrowed_descriptor_open(void **state)
{
	AUTOFREE char *path = test_own_path("borrowed");
	AUTOCLOSE int fd = -1;
	struct source *s = NULL;
	struct shvm_err err = { 0 };
	uint8_t byte = 0;
	(void)state;

	test_file_write(path, "x", 1);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_ok(source_file_borrow(fd, path, 512, &s, &err), err);
	assert_ok(source_read(s, 0, &byte, 1, &err), err);
	assert_int_equal(byte, 'x');
	source_free(s);
	assert_int_equal(read(fd, &byte, 1), 1); /* from its start */
	assert_failed(source_file_borrow(-1, "gone", 512, &s, &err), err,
		      SHVM_E_IO, "gone: Bad file descriptor");
}

static void takes_files_and_devices_only(void **state)
{
	AUTOFREE char *pipe = test_own_path("pipe");
	AUTOFREE char *none = test_own_path("none");
	struct source *s = NULL;
	struct shvm_err err = { 0 };
	(void)state;

	assert_int_equal(mkfifo(pipe, 0644), 0);
	assert_failed(source_file_open(pipe, 0, &s, &err), err, SHVM_E_ARG,
		      "neither a file nor a block device");
	assert_failed(source_file_open(test_own_folder(), 0, &s, &err), err,
		      SHVM_E_ARG, "neither a file nor a block device");
	assert_failed(source_file_open("/dev/null", 0, &s, &err), err,
		      SHVM_E_ARG, "neither a file nor a block device");
	assert_failed(source_file_open(none, 0, &s, &err), err, SHVM_E_IO,
		      "none");
	test_file_write(none, "x", 1);
	assert_failed(source_file_open(none, 1024, &s, &err), err,
		      SHVM_E_UNSUPPORTED, "sectors of 1024 bytes");
	assert_null(s);
}

static void tells_a_change_of_the_file(void **state)
{
	AUTOFREE char *path = test_own_path("changing");
	AUTO(source_ptr) s = NULL;
	AUTO(source_ptr) window = NULL;
	struct shvm_err err = { 0 };
	struct timespec times[2];
	struct stat st, now;
	uint8_t buf[4];
	int fd;
	(void)state;

	test_file_write(path, "1234", 4);
	assert_ok(source_file_open(path, 4096, &s, &err), err);
	assert_int_equal(s->sector_size, 4096);
	assert_ok(source_window(s, 0, 4, &window, &err), err);
	assert_ok(source_check_unchanged(window, &err), err);
	/* Another byte, and the time of writing put back. */
	assert_int_equal(stat(path, &st), 0);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "x", 1, 0), 1);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	do { /* the clock of files goes in steps of some milliseconds */
		assert_int_equal(futimens(fd, times), 0);
		assert_int_equal(fstat(fd, &now), 0);
	} while (memcmp(&now.st_ctim, &st.st_ctim, sizeof(st.st_ctim)) == 0);
	assert_int_equal(close(fd), 0);
	assert_failed(source_check_unchanged(window, &err), err, SHVM_E_IO,
		      "changed while it was in use");
	assert_int_equal(truncate(path, 2), 0);
	assert_failed(source_check_unchanged(window, &err), err, SHVM_E_IO,
		      "changed while it was in use");
	assert_string_equal(err.reason, "changed");
	assert_failed(source_read(s, 0, buf, 4, &err), err, SHVM_E_IO,
		      "ends at 2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_memory_and_windows_of_it),
		cmocka_unit_test(refuses_ranges_outside),
		cmocka_unit_test(sees_the_holes_of_a_file),
		cmocka_unit_test(knows_the_same_file_again),
		cmocka_unit_test(leaves_a_borrowed_descriptor_open),
		cmocka_unit_test(takes_files_and_devices_only),
		cmocka_unit_test(tells_a_change_of_the_file),
	};

	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
