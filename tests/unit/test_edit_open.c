/* SPDX-License-Identifier: MIT */
/* The editor opens the image for writing at its first change, not before. */
#include "vhdx/edit.h"

#include "base/auto.h"
#include "tests/gen/vhdxgen.h"
#include "tests/unit/support.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static const struct shvm_guid id = { { 7 } };
static const struct gen_disk small = { .size = 4 * GEN_MIB };

/* How many of our descriptors are of this file, and may write to it. */
static unsigned int writers(const char *path)
{
	unsigned int count = 0;
	struct dirent *entry;
	DIR *d = opendir("/proc/self/fd");

	assert_non_null(d);
	while ((entry = readdir(d))) {
		char target[256];
		ssize_t n = readlinkat(dirfd(d), entry->d_name, target,
				       sizeof(target) - 1);

		if (n < 0)
			continue;
		target[n] = '\0';
		if (strcmp(target, path) == 0 &&
		    (fcntl(atoi(entry->d_name), F_GETFL) & O_ACCMODE) !=
			    O_RDONLY)
			count++;
	}
	(void)closedir(d);
	return count;
}

static void opens_for_writing_at_the_first_change(void **state)
{
	AUTOFREE char *path = test_own_path("late.vhdx");
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };
	bool replayed;

	(void)state;
	assert_int_equal(gen_write(&small, path), 0);
	assert_ok(edit_open(path, &e, &err), err);
	assert_int_equal(writers(path), 0);
	assert_ok(edit_replay(e, &replayed, &err), err);
	assert_int_equal(writers(path), 0); /* there was nothing to replay */
	assert_ok(edit_put_item(e, &id, "x", 1, &err), err);
	assert_int_equal(writers(path), 1);
}

static void a_file_put_in_its_place_is_left_alone(void **state)
{
	AUTOFREE char *path = test_own_path("swapped.vhdx");
	AUTOFREE char *other = test_own_path("other.vhdx");
	AUTOFREE uint8_t *before = NULL;
	AUTOFREE uint8_t *after = NULL;
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };
	size_t len, len_after;

	(void)state;
	assert_int_equal(gen_write(&small, path), 0);
	assert_int_equal(gen_write(&small, other), 0);
	before = test_file_read(other, &len);
	assert_ok(edit_open(path, &e, &err), err);
	assert_int_equal(rename(other, path), 0);
	assert_failed(edit_put_item(e, &id, "x", 1, &err), err, SHVM_E_IO,
		      "another file");
	assert_string_equal(err.reason, "changed");
	after = test_file_read(path, &len_after);
	assert_int_equal(len, len_after);
	assert_memory_equal(before, after, len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_for_writing_at_the_first_change),
		cmocka_unit_test(a_file_put_in_its_place_is_left_alone),
	};

	return cmocka_run_group_tests_name("edit_open", tests, NULL, NULL);
}
