/* SPDX-License-Identifier: MIT */
#include "disk/disk.h"

#include "tests/unit/support.h"
#include "tests/unit/support_gpt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECTORS 4096u

AUTO_DEFINE(disk_ptr, struct shvm_disk *, shvm_disk_close);

static struct disk_image windows_image(uint32_t ss)
{
	struct disk_image d = disk_image_new(ss, SECTORS);

	disk_image_put(&d, 1, &type_esp, 64, 127, "EFI");
	disk_image_boot(&d, 64, "fat");
	disk_image_put(&d, 2, &type_msr, 128, 191, "MSR");
	disk_image_put(&d, 3, &type_basic, 192, 1023, "Windows");
	disk_image_boot(&d, 192, "ntfs");
	return d;
}

static char *write_image(struct disk_image *d, const char *name)
{
	char *path = test_own_path(name);

	test_file_write(path, d->data, d->len);
	disk_image_free(d);
	return path;
}

static void describes_a_raw_disk(void **state)
{
	static const uint32_t sizes[] = { 512, 4096 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct disk_image image = windows_image(sizes[i]);
		AUTOFREE char *path = write_image(&image, "raw");
		const struct shvm_disk_params params = {
			.raw_sector_size = sizes[i],
		};
		const struct shvm_disk_info *info;
		AUTO(disk_ptr) disk = NULL;
		struct shvm_err err = { 0 };
		struct shvm_volume v[2];
		size_t n;

		assert_ok(shvm_disk_open(path, &params, &disk, &err), err);
		info = shvm_disk_info(disk);
		assert_string_equal(info->format, "raw");
		assert_string_equal(info->variant, "");
		assert_int_equal(info->table, SHVM_TABLE_GPT);
		assert_int_equal(info->table_guid.bytes[0], 0xdd);
		assert_int_equal(info->virtual_size, SECTORS * sizes[i]);
		assert_int_equal(info->partition_count, 3);
		assert_string_equal(info->partitions[2].name, "Windows");
		assert_int_equal(info->partitions[0].content, SHVM_CONTENT_FAT);
		assert_int_equal(info->partitions[1].content,
				 SHVM_CONTENT_BLANK);
		assert_int_equal(info->check_count, 0);
		assert_ok(shvm_disk_volumes(disk, SHVM_DISK_WINDOWS, v, &n,
					    &err),
			  err);
		assert_int_equal(n, 1);
		assert_int_equal(v[0].offset, 192 * sizes[i]);
		assert_int_equal(v[0].size, (1024 - 192) * sizes[i]);
	}
}

static void says_that_the_sector_size_may_be_wrong(void **state)
{
	struct disk_image image = windows_image(4096);
	AUTOFREE char *path = write_image(&image, "raw4k");
	struct shvm_disk *disk = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_failed(shvm_disk_open(path, NULL, &disk, &err), err,
		      SHVM_E_FORMAT, "4096-byte sectors, not 512");
	assert_non_null(strstr(err.msg, path));
}

static void refuses_what_is_plainly_not_raw(void **state)
{
	static const struct {
		const char *name, *magic;
		size_t len, at;
		const char *says;
	} cases[] = {
		{ "c", "QFI\xfb", 4, 0, "qcow image" },
		{ "d", "KDMV", 4, 0, "VMDK" },
		{ "e", "# Disk Descriptor", 17, 0, "VMDK" },
		{ "f.vhdx", "", 0, 0, "f.vhdx" },
		{ "g.AVHDX", "", 0, 0, "g.AVHDX" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTOFREE char *path = test_own_path(cases[i].name);
		const struct shvm_disk_params raw = { .raw = true };
		struct shvm_disk *disk = NULL;
		struct shvm_err err = { 0 };
		uint8_t data[8192] = { 0 };

		memcpy(data + cases[i].at, cases[i].magic, cases[i].len);
		test_file_write(path, data, sizeof(data));
		assert_failed(shvm_disk_open(path, NULL, &disk, &err), err,
			      SHVM_E_UNSUPPORTED, cases[i].says);
		assert_ok(shvm_disk_open(path, &raw, &disk, &err), err);
		assert_true(shvm_disk_info(disk)->table == SHVM_TABLE_NONE);
		shvm_disk_close(disk);
	}
}

static void refuses_bad_parameters_and_missing_files(void **state)
{
	const struct shvm_disk_params odd = { .raw_sector_size = 1024 };
	AUTOFREE char *path = test_own_path("not-there");
	struct shvm_disk *disk = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_failed(shvm_disk_open(path, &odd, &disk, &err), err, SHVM_E_ARG,
		      "sector size 1024");
	assert_failed(shvm_disk_open(path, NULL, &disk, &err), err, SHVM_E_IO,
		      "not-there");
	assert_failed(shvm_disk_open("/dev/null", NULL, &disk, &err), err,
		      SHVM_E_ARG, "/dev/null");
	assert_null(disk);
}

static void passes_the_callers_partition_on(void **state)
{
	struct disk_image image = windows_image(512);
	const struct shvm_disk_params params = { .partition = 1 };
	AUTOFREE char *path = write_image(&image, "named");
	AUTO(disk_ptr) disk = NULL;
	struct shvm_err err = { 0 };
	struct shvm_volume v[2];
	size_t n;

	(void)state;
	assert_ok(shvm_disk_open(path, &params, &disk, &err), err);
	assert_failed(shvm_disk_volumes(disk, SHVM_DISK_WINDOWS, v, &n, &err),
		      err, SHVM_E_UNSUPPORTED, "partition 1 contains fat");
	assert_string_equal(err.reason, "not-ntfs");
}

static void serves_runs_that_are_as_long_as_possible(void **state)
{
	AUTOFREE char *path = test_own_path("sparse");
	AUTO(disk_ptr) disk = NULL;
	struct shvm_err err = { 0 };
	struct shvm_extent e;
	uint64_t at = 0;
	uint8_t byte;

	(void)state;
	test_file_write(path, "x", 1);
	assert_int_equal(truncate(path, 1 << 20), 0);
	assert_ok(shvm_disk_open(path, NULL, &disk, &err), err);
	for (size_t runs = 0; at < 1 << 20; at += e.size) {
		assert_ok(shvm_disk_extent(disk, at, UINT64_MAX, &e, &err),
			  err);
		assert_int_equal(e.offset, at);
		assert_true(++runs <= 2); /* data, then perhaps a hole */
	}
	assert_int_equal(at, 1 << 20);
	assert_failed(shvm_disk_extent(disk, at, UINT64_MAX, &e, &err), err,
		      SHVM_E_ARG, "no extent at 1048576");
	assert_ok(shvm_disk_extent(disk, 100, 5, &e, &err), err);
	assert_int_equal(e.size, 5); /* no more than was asked for */
	assert_ok(shvm_disk_read(disk, 0, &byte, 1, &err), err);
	assert_int_equal(byte, 'x');
	assert_true(shvm_disk_read(disk, 1 << 20, &byte, 1, &err) < 0);
}

static void knows_nothing_of_items_in_raw_disks(void **state)
{
	struct disk_image image = windows_image(512);
	AUTOFREE char *path = write_image(&image, "items");
	AUTO(disk_ptr) disk = NULL;
	struct shvm_guid id = { { 1 } };
	struct shvm_err err = { 0 };
	struct buf item = { 0 };
	bool found = true;

	(void)state;
	assert_ok(shvm_disk_open(path, NULL, &disk, &err), err);
	assert_ok(disk_user_item(disk, &id, &item, &found, &err), err);
	assert_false(found);
	assert_string_equal(disk_path(disk), path);
	assert_int_equal(disk_source(disk)->size, SECTORS * 512);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(describes_a_raw_disk),
		cmocka_unit_test(says_that_the_sector_size_may_be_wrong),
		cmocka_unit_test(refuses_what_is_plainly_not_raw),
		cmocka_unit_test(refuses_bad_parameters_and_missing_files),
		cmocka_unit_test(passes_the_callers_partition_on),
		cmocka_unit_test(serves_runs_that_are_as_long_as_possible),
		cmocka_unit_test(knows_nothing_of_items_in_raw_disks),
	};

	return cmocka_run_group_tests_name("disk", tests, NULL, NULL);
}
