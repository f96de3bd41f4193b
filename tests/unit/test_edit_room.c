/* SPDX-License-Identifier: MIT */
/* The editor's places: where an item fits, and where a region moves. */
#include "vhdx/edit.h"

#include "base/le.h"
#include "tests/unit/support_crash.h"
#include "tests/unit/support_image.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct shvm_guid id = { { 7 } };
static const uint8_t data[1 << 20] = { 1, 2, 3 };

static void put(const char *path, size_t len)
{
	AUTO(edit_ptr) e = NULL;
	AUTO(source_ptr) s = NULL;
	AUTO_DONE(buf) is = { 0 };
	struct shvm_err err = { 0 };
	bool found = false;

	assert_ok(edit_open(path, &e, &err), err);
	assert_ok(edit_put_item(e, &id, data, len, &err), err);
	edit_close(e);
	e = NULL;
	assert_ok(image_open(path, NULL, &s, &err), err);
	assert_ok(image_user_item(s, &id, &is, &found, &err), err);
	assert_true(found);
	assert_int_equal(is.len, len);
	if (len)
		assert_memory_equal(is.data, data, len);
}

static uint64_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (uint64_t)st.st_size;
}

/* Our own five items lie in the page at 0x10000. */
static void takes_the_page_between_two_items(void **state)
{
	static const struct {
		uint32_t at, end; /* of the only item besides */
		size_t len;
		bool fits;
	} cases[] = {
		{ 0x12000, 0x100000, 4096, true },
		{ 0x12000, 0x100000, 4097, false },
		{ 0x13000, 0x100000, 4097, true },
		{ 0x11fff, 0x100000, 1, false },
		{ 0x11fff, 0x100000, 4096, false },
		{ 0x12001, 0x100000, 4096, true },
		/* The region's last page. */
		{ 0x11000, 0xff000, 4096, true },
		{ 0x11000, 0xff000, 4097, false },
		{ 0x11000, 0xff001, 1, false },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct gen_disk d = { .size = 4 * GEN_MIB,
					    GEN_ITEMS({ { { 9 } },
							1,
							cases[i].end -
								cases[i].at,
							1,
							NULL,
							cases[i].at }) };
		AUTOFREE char *path = image_write(&d, "between.vhdx");
		const uint64_t before = size_of(path);

		put(path, cases[i].len);
		if ((size_of(path) == before) != cases[i].fits)
			fail_msg("case %zu: %ju bytes", i,
				 (uintmax_t)size_of(path));
	}
}

/* 1 MiB of what stays, 1 MiB for the new one and 2 MiB to replace it. */
static void moves_to_a_region_without_the_old_item(void **state)
{
	const struct gen_disk d = {
		.size = 4 * GEN_MIB,
		.meta_mb = 4,
		.meta_len_mb = 2,
		.data_mb = 6,
		GEN_ITEMS({ { { 9 } }, 1, 0xef000 + 3000, 1 },
			  { { { 7 } }, 3, 1 << 20, 2, NULL, 1 << 20 }),
	};
	AUTOFREE char *path = image_write(&d, "replace.vhdx");
	AUTOFREE uint8_t *after = NULL;
	const uint64_t before = size_of(path);
	size_t len;

	(void)state;
	put(path, 1 << 20);
	assert_int_equal(size_of(path), before + 4 * GEN_MIB);
	after = test_file_read(path, &len);
	/* The second entry of both tables; the item has pages of its own. */
	assert_int_equal(le64_get(after + 192 * GEN_KIB + 48 + 16), before);
	assert_int_equal(le32_get(after + 192 * GEN_KIB + 48 + 24),
			 4 * GEN_MIB);
	assert_int_equal(le32_get(after + before + 32 + 6 * 32 + 16), GEN_MIB);
	put(path, (1 << 20) - 1);
	assert_int_equal(size_of(path), before + 4 * GEN_MIB);
}

/* All pages of one copy are junk: the move repairs it, through a larger log. */
static void mends_the_other_region_table(void **state)
{
	(void)state;

	for (unsigned int copy = 0; copy < 2; copy++) {
		struct gen_patch junk[16];
		const struct gen_disk d = {
			.size = 4 * GEN_MIB,
			GEN_ITEMS({ { { 9 } }, 1, 900000, 1 }),
			.patches = junk,
			.patch_count = ARRAY_SIZE(junk),
		};
		AUTOFREE char *path = NULL;
		AUTOFREE uint8_t *after = NULL;
		size_t len;

		for (unsigned int i = 0; i < 16; i++)
			junk[i] = (struct gen_patch){
				.place = copy ? GEN_REGION2 : GEN_REGION1,
				.at = i * 4096 + 16, /* in the first, an id */
				.value = 0x0102030405060708,
				.width = 8,
				.unsealed = true,
			};
		path = image_write(&d, "repair.vhdx");
		put(path, 1 << 20);
		after = test_file_read(path, &len);
		assert_memory_equal(after + 192 * GEN_KIB,
				    after + 256 * GEN_KIB, 65536);
	}
}

/* The region that must move has 4 MiB: they may end at 256 TiB. */
static void grows_a_file_up_to_256_tib(void **state)
{
	static const struct gen_disk d = { .size = 4 * GEN_MIB };
	(void)state;

	for (uint64_t room = 3; room <= 4; room++) {
		AUTO_DONE(crash) calls = { .fd = -1 };
		const struct edit_io io = crash_io(&calls);
		uint64_t size = 0;
		AUTOCLOSE int fd = memfd_create("large", MFD_CLOEXEC);
		AUTO(edit_ptr) e = NULL;
		struct shvm_err err = { 0 };

		assert_true(fd >= 0);
		assert_int_equal(gen_write_fd(&d, fd), 0);
		assert_int_equal(ftruncate(fd, (off_t)(256 * GEN_TIB -
						       room * GEN_MIB)),
				 0);
		assert_ok(edit_open_io(fd, "large", &io, &e, &err), err);
		if (room == 4) {
			assert_ok(edit_put_item(e, &id, data, 1 << 20, &err),
				  err);
		} else {
			assert_failed(edit_put_item(e, &id, data, 1 << 20,
						    &err),
				      err, SHVM_E_UNSUPPORTED,
				      "no room for a metadata region");
			assert_string_equal(err.reason, "META_TOO_BIG");
		}
		for (size_t i = 0; i < calls.count; i++)
			if (calls.ops[i].kind == CRASH_TRUNCATE)
				size = calls.ops[i].at;
		assert_int_equal(size, room == 4 ? 256 * GEN_TIB : 0);
	}
}

/* Only the pages that change go through the log. */
static void logs_the_page_that_changes(void **state)
{
	const struct gen_disk d = { .size = 4 * GEN_MIB,
				    GEN_BLOCKS({ 0, GEN_PRESENT, 1 }),
				    .grow = 512 };
	AUTOFREE char *path = image_write(&d, "log.vhdx");
	AUTOFREE uint8_t *after = NULL;
	size_t len;

	(void)state;
	put(path, 1);
	after = test_file_read(path, &len);
	assert_memory_equal(after + GEN_MIB, "loge", 4);
	assert_int_equal(le32_get(after + GEN_MIB + 8), 8192);
	assert_int_equal(le32_get(after + GEN_MIB + 24), 1);
	/* The file's size that was synced, and the one it will have. */
	assert_int_equal(le64_get(after + GEN_MIB + 48), 5 * GEN_MIB);
	assert_int_equal(le64_get(after + GEN_MIB + 56), 5 * GEN_MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_page_between_two_items),
		cmocka_unit_test(moves_to_a_region_without_the_old_item),
		cmocka_unit_test(mends_the_other_region_table),
		cmocka_unit_test(grows_a_file_up_to_256_tib),
		cmocka_unit_test(logs_the_page_that_changes),
	};

	return cmocka_run_group_tests_name("edit room", tests, NULL, NULL);
}
