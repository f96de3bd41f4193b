/* SPDX-License-Identifier: MIT */
/* The editor's file: opened for writing at its first change; locks; limits. */
#include "vhdx/edit.h"

#include "base/auto.h"
#include "tests/unit/support_crash.h"
#include "tests/unit/support_image.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

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
	AUTOFREE char *path = image_write(&small, "late.vhdx");
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };
	bool replayed;

	(void)state;
	assert_ok(edit_open(path, &e, &err), err);
	assert_int_equal(writers(path), 0);
	assert_ok(edit_replay(e, &replayed, &err), err);
	assert_int_equal(writers(path), 0); /* there was nothing to replay */
	assert_ok(edit_put_item(e, &id, "x", 1, &err), err);
	assert_int_equal(writers(path), 1);
	assert_ok(edit_put_item(e, &id, "y", 1, &err), err);
	assert_int_equal(writers(path), 1); /* still the one */
	edit_close(e);
	e = NULL;
	assert_int_equal(writers(path), 0);
	edit_close(NULL);
}

/* An item may be empty; that does not remove it. */
static void puts_an_item_of_nothing(void **state)
{
	AUTOFREE char *path = image_write(&small, "empty.vhdx");
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };
	bool removed = false;

	(void)state;
	assert_ok(edit_open(path, &e, &err), err);
	assert_ok(edit_put_item(e, &id, "abc", 3, &err), err);
	assert_ok(edit_put_item(e, &id, NULL, 0, &err), err);
	assert_ok(edit_remove_item(e, &id, &removed, &err), err);
	assert_true(removed);
}

/* Who brings calls of his own has no file opened by its name. */
static void a_callers_own_calls_need_no_name(void **state)
{
	AUTOFREE char *path = image_write(&small, "own.vhdx");
	AUTO_DONE(crash) none = { .fd = -1 };
	const struct edit_io io = crash_io(&none);
	AUTOCLOSE int fd = -1;
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_ok(edit_open_io(fd, "/nonexistent/x", &io, &e, &err), err);
	assert_ok(edit_put_item(e, &id, "x", 1, &err), err);
	edit_close(e);
	e = NULL;
	assert_true(fcntl(fd, F_GETFD) >= 0); /* theirs, too */
}

/* What cannot be edited cannot be by those calls either. */
static void callers_with_own_calls_are_told_the_same(void **state)
{
	const struct gen_disk no_log = {
		.size = GEN_MIB, GEN_PATCHES({ GEN_HEADERS, 68, 4, 0 })
	};
	AUTOCLOSE int fd = memfd_create("no log", MFD_CLOEXEC);
	const struct edit_io io = crash_io(&(struct crash){ .fd = -1 });
	struct edit *e = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(gen_write_fd(&no_log, fd), 0);
	assert_failed(edit_open_io(fd, "x", &io, &e, &err), err,
		      SHVM_E_UNSUPPORTED, "has no log");
}

/* The change was made, but what is read afterwards is no image. */
static void reads_what_it_has_written(void **state)
{
	AUTOCLOSE int fd = memfd_create("spoilt", MFD_CLOEXEC);
	AUTO_DONE(crash) calls = { .fd = fd };
	const struct edit_io io = crash_io(&calls);
	unsigned int early = 0, late = 0; /* writes of table and log */
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(gen_write_fd(&small, fd), 0);
	assert_ok(edit_open_io(fd, "spoilt", &io, &e, &err), err);
	assert_ok(edit_put_item(e, &id, "x", 1, &err), err);
	for (size_t i = 0; i < calls.count; i++) {
		/* It has its size already. */
		assert_int_not_equal(calls.ops[i].kind, CRASH_TRUNCATE);
		early += late == 0 && calls.ops[i].at == 2 * GEN_MIB;
		late += calls.ops[i].at == GEN_MIB;
	}
	assert_int_equal(early, 1); /* a full disk is seen in time */
	assert_int_equal(late, 1);
	calls.spoil_at = 2 * calls.count; /* the last one */
	assert_failed(edit_put_item(e, &id, "y", 1, &err), err, SHVM_E_FORMAT,
		      "neither header");
	assert_failed(edit_put_item(e, &id, "y", 1, &err), err, SHVM_E_IO,
		      "an earlier write failed");
}

/* Its log has a page for block 0. */
static const struct gen_disk logged = {
	.size = 4 * GEN_MIB,
	GEN_BLOCKS({ 0, GEN_PRESENT, 1 }),
	GEN_ENTRIES({ 7, 0, 0, GEN_DESCS({ GEN_PAGES, 3 * GEN_MIB }) }),
};

/* A replay that does not need the file longer leaves its size alone. */
static void a_replay_keeps_the_size(void **state)
{
	AUTOCLOSE int fd = memfd_create("replay", MFD_CLOEXEC);
	AUTO_DONE(crash) calls = { .fd = fd };
	const struct edit_io io = crash_io(&calls);
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };
	bool replayed = false;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(gen_write_fd(&logged, fd), 0);
	assert_ok(edit_open_io(fd, "replay", &io, &e, &err), err);
	assert_ok(edit_replay(e, &replayed, &err), err);
	assert_true(replayed);
	for (size_t i = 0; i < calls.count; i++)
		assert_int_not_equal(calls.ops[i].kind, CRASH_TRUNCATE);
}

/*
 * Replay where the calls fail as they say, and change the file if that went
 * well. Returns how many calls there were; *ret_failed: the replay failed, and
 * the editor does nothing more.
 */
static size_t replay_with(struct crash how, bool *ret_failed)
{
	AUTOCLOSE int fd = memfd_create("replay", MFD_CLOEXEC);
	AUTO_DONE(crash) calls = how;
	const struct edit_io io = crash_io(&calls);
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };
	bool replayed = false;
	size_t count;
	int r;

	assert_true(fd >= 0);
	calls.fd = fd;
	assert_int_equal(gen_write_fd(&logged, fd), 0);
	assert_ok(edit_open_io(fd, "replay", &io, &e, &err), err);
	r = edit_replay(e, &replayed, &err);
	count = calls.count;
	*ret_failed = r < 0;
	if (r == 0) {
		assert_true(replayed);
		assert_ok(edit_put_item(e, &id, "x", 1, &err), err);
		return count;
	}
	assert_failed(r, err, how.spoil_at ? SHVM_E_FORMAT : SHVM_E_IO,
		      how.spoil_at ? "neither header" : "no space left");
	assert_false(replayed);
	assert_failed(edit_replay(e, &replayed, &err), err, SHVM_E_IO,
		      "an earlier write failed");
	assert_failed(edit_put_item(e, &id, "x", 1, &err), err, SHVM_E_IO,
		      "an earlier write failed");
	assert_int_equal(calls.count, count); /* nothing more was written */
	return count;
}

/* Whichever call failed, or when all went well and what is read is no image. */
static void stops_after_a_failed_replay(void **state)
{
	bool failed = true;
	const size_t count = replay_with((struct crash){ 0 }, &failed);

	(void)state;
	assert_false(failed);
	for (size_t n = 1; n <= count; n++) {
		replay_with((struct crash){ .fail_at = n }, &failed);
		assert_true(failed);
	}
	replay_with((struct crash){ .spoil_at = count }, &failed);
	assert_true(failed);
}

/* Replay zeros over 32 MiB in a file with that much after them. */
static void replay_zeros(uint64_t behind)
{
	const struct gen_disk d = {
		.size = 32 * GEN_MIB,
		.block_size = 32 << 20,
		GEN_BLOCKS({ 0, GEN_PRESENT, 0 }),
		GEN_ENTRIES({ 7, 0, 0,
			      GEN_DESCS({ GEN_OLD_ZEROS, 4 * GEN_MIB,
					  32 * GEN_MIB }) }),
		.grow = behind,
	};
	static const uint64_t stored[] = { 5, 6, 20, 35, 36 }; /* MiB */
	const size_t count = ARRAY_SIZE(stored) - (behind == 0);
	AUTOCLOSE int fd = memfd_create("holes", MFD_CLOEXEC);
	AUTO_DONE(crash) calls = { .fd = fd };
	const struct edit_io io = crash_io(&calls);
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };
	struct stat before, after;
	bool replayed = false;

	assert_true(fd >= 0);
	assert_int_equal(gen_write_fd(&d, fd), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pwrite(fd, "x", 1,
					(off_t)(stored[i] * GEN_MIB)),
				 1);
	assert_int_equal(fstat(fd, &before), 0);
	assert_ok(edit_open_io(fd, "holes", &io, &e, &err), err);
	assert_ok(edit_replay(e, &replayed, &err), err);
	assert_int_equal(fstat(fd, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	assert_int_equal(after.st_blocks, before.st_blocks);
	for (size_t i = 0; i < count; i++) {
		char is = '?';

		assert_int_equal(pread(fd, &is, 1,
				       (off_t)(stored[i] * GEN_MIB)),
				 1);
		assert_int_equal(is, stored[i] == 36 ? 'x' : 0);
	}
}

/* Zeros over holes need no room: only what is stored is written. */
static void a_replay_leaves_holes_alone(void **state)
{
	(void)state;
	replay_zeros(GEN_MIB);
	replay_zeros(0);
}

/* A change takes six numbers of the header's; some are kept in reserve. */
static void leaves_the_last_numbers_alone(void **state)
{
	(void)state;

	for (uint64_t left = 15; left <= 16; left++) {
		const struct gen_disk d = { .size = GEN_MIB,
					    .seq1 = 5,
					    .seq2 = UINT64_MAX - left };
		AUTOFREE char *path = image_write(&d, "numbers.vhdx");
		AUTO(edit_ptr) e = NULL;
		struct shvm_err err = { 0 };

		assert_ok(edit_open(path, &e, &err), err);
		if (left == 16)
			assert_ok(edit_put_item(e, &id, "x", 1, &err), err);
		else
			assert_failed(edit_put_item(e, &id, "x", 1, &err), err,
				      SHVM_E_UNSUPPORTED, "leaves no room");
	}
}

/* Either header: another program writes one of them at a time. */
static void notices_a_change_of_each_header(void **state)
{
	(void)state;

	for (off_t at = 65536; at <= 131072; at += 65536) {
		AUTOFREE char *path = image_write(&small, "headers.vhdx");
		AUTOCLOSE int fd = -1;
		AUTO(edit_ptr) e = NULL;
		struct shvm_err err = { 0 };

		assert_ok(edit_open(path, &e, &err), err);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		assert_int_equal(pwrite(fd, "x", 1, at + 4095), 1);
		assert_failed(edit_put_item(e, &id, "x", 1, &err), err,
			      SHVM_E_IO, "changed since");
		assert_string_equal(err.reason, "in-use");
	}
}

/* A file of 256 TiB has no room after it for a region that must move. */
static void does_not_grow_a_file_beyond_256_tib(void **state)
{
	AUTOCLOSE int fd = memfd_create("large", MFD_CLOEXEC);
	AUTO_DONE(crash) none = { .fd = -1 };
	const struct edit_io io = crash_io(&none);
	AUTOFREE uint8_t *data = calloc(1, 1 << 20);
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };
	char path[64];

	(void)state;
	assert_true(fd >= 0 && data);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(gen_write(&small, path), 0);
	assert_int_equal(ftruncate(fd, 256 * (off_t)GEN_TIB), 0);
	assert_ok(edit_open_io(fd, "large", &io, &e, &err), err);
	assert_failed(edit_put_item(e, &id, data, 1 << 20, &err), err,
		      SHVM_E_UNSUPPORTED, "no room for a metadata region");
	assert_string_equal(err.reason, "META_TOO_BIG");
}

/* What the user is told when there is no file, and when one has a lock. */
static void names_what_is_in_the_way(void **state)
{
	AUTOFREE char *path = image_write(&small, "locked.vhdx");
	struct flock lock = { .l_type = F_WRLCK, .l_start = 100, .l_len = 1 };
	AUTOCLOSE int fd = -1;
	struct shvm_err err = { 0 };
	struct edit *e = NULL;

	(void)state;
	assert_failed(edit_open("/nonexistent/x", &e, &err), err, SHVM_E_IO,
		      "No such file");
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
	assert_failed(edit_open(path, &e, &err), err, SHVM_E_IO,
		      "in use by another");
	assert_string_equal(err.reason, "in-use");
}

/* Opened, and gone before the first change. */
static void a_file_that_is_gone_is_not_made_again(void **state)
{
	AUTOFREE char *path = image_write(&small, "gone.vhdx");
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_ok(edit_open(path, &e, &err), err);
	assert_int_equal(unlink(path), 0);
	assert_failed(edit_put_item(e, &id, "x", 1, &err), err, SHVM_E_IO,
		      "No such file");
	assert_true(access(path, F_OK) < 0);
}

/* A full table, of which one item is replaced and then removed. */
static void replaces_in_a_table_of_2047(void **state)
{
	static struct gen_item items[2042];
	const struct gen_disk full = { .size = 4 * GEN_MIB,
				       .meta_mb = 4,
				       .meta_len_mb = 2,
				       .data_mb = 6,
				       .items = items,
				       .item_count = ARRAY_SIZE(items) };
	AUTOFREE char *path = NULL;
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };
	bool removed = false;

	(void)state;
	for (uint32_t i = 0; i < ARRAY_SIZE(items); i++)
		items[i] = (struct gen_item){
			.id = i ? gen_guid(2000 + i) : id,
			.flags = i % 3 ? 2 : 3,
			.len = 4,
			.seed = 1,
		};
	path = image_write(&full, "full.vhdx");
	assert_ok(edit_open(path, &e, &err), err);
	assert_ok(edit_put_item(e, &id, "abc", 3, &err), err);
	assert_failed(edit_put_item(e, &(struct shvm_guid){ { 8 } }, "abc", 3,
				    &err),
		      err, SHVM_E_UNSUPPORTED, "full with 2047");
	assert_ok(edit_remove_item(e, &id, &removed, &err), err);
	assert_true(removed);
	assert_ok(edit_put_item(e, &(struct shvm_guid){ { 8 } }, "abc", 3,
				&err),
		  err);
}

/* 1024 items of the user's, 40 MiB of them, and one that changes. */
static void replaces_where_the_user_may_have_no_more(void **state)
{
	const struct gen_disk many = { .size = 4 * GEN_MIB,
				       .filler_items = 1023,
				       .filler_len = 1,
				       GEN_ITEMS({ id, 3, 10, 1 }) };
	const struct gen_disk large = { .size = 4 * GEN_MIB,
					.meta_mb = 4,
					.meta_len_mb = 50,
					.data_mb = 60,
					.filler_items = 39,
					.filler_len = 1 << 20,
					GEN_ITEMS({ id, 3, 1 << 20, 1 }) };
	const struct gen_disk *const disks[] = { &many, &large };
	AUTOFREE uint8_t *data = calloc(1, 1 << 20);
	(void)state;

	assert_non_null(data);
	for (size_t i = 0; i < ARRAY_SIZE(disks); i++) {
		AUTOFREE char *path = image_write(disks[i], "limit.vhdx");
		AUTO(edit_ptr) e = NULL;
		struct shvm_err err = { 0 };

		assert_ok(edit_open(path, &e, &err), err);
		assert_ok(edit_put_item(e, &id, data, 1 << 20, &err), err);
		assert_failed(edit_put_item(e, &(struct shvm_guid){ { 8 } },
					    "abc", 3, &err),
			      err, SHVM_E_UNSUPPORTED,
			      i ? "more than 40 MiB" : "full with 1024");
	}
}

static void a_file_put_in_its_place_is_left_alone(void **state)
{
	AUTOFREE char *path = image_write(&small, "swapped.vhdx");
	AUTOFREE char *other = image_write(&small, "other.vhdx");
	AUTOFREE uint8_t *before = NULL;
	AUTOFREE uint8_t *after = NULL;
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };
	size_t len, len_after;

	(void)state;
	before = test_file_read(other, &len);
	assert_ok(edit_open(path, &e, &err), err);
	assert_int_equal(rename(other, path), 0);
	assert_failed(edit_put_item(e, &id, "x", 1, &err), err, SHVM_E_IO,
		      "is not the file that was opened");
	assert_string_equal(err.reason, "changed");
	after = test_file_read(path, &len_after);
	assert_int_equal(len, len_after);
	assert_memory_equal(before, after, len);
}

/* A region that we do not know stays in both tables when another moves. */
static void keeps_unknown_regions_and_items(void **state)
{
	const struct gen_disk d = {
		.size = 4 * GEN_MIB,
		.data_mb = 6,
		GEN_MORE_REGIONS({ { { 0xaa, 0xbb } }, 4, 2, 0 }),
		GEN_ITEMS({ { { 0xcc } }, 0, 300000, 5 },
			  { { { 0xdd } }, 2, 300000, 6 }),
	};
	AUTOFREE char *path = image_write(&d, "unknown.vhdx");
	AUTOFREE uint8_t *before = NULL;
	AUTOFREE uint8_t *after = NULL;
	AUTOFREE uint8_t *data = calloc(1, 1 << 20);
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };
	uint8_t item[300000];
	size_t len;

	(void)state;
	assert_non_null(data);
	before = test_file_read(path, &len);
	assert_ok(edit_open(path, &e, &err), err);
	assert_ok(edit_put_item(e, &id, data, 1 << 20, &err), err);
	after = test_file_read(path, &len);
	for (size_t at = 192 * GEN_KIB; at <= 256 * GEN_KIB;
	     at += 64 * GEN_KIB) {
		/* BAT, metadata and the third, which is the same as before. */
		assert_memory_not_equal(before + at + 48, after + at + 48, 32);
		assert_memory_equal(before + at + 80, after + at + 80, 32);
		assert_memory_equal(before + at + 8, after + at + 8, 8);
	}
	for (uint64_t seed = 5; seed < 7; seed++) {
		gen_bytes(seed, 0, item, sizeof(item));
		/* The region is the last one of the file now. */
		assert_non_null(memmem(after + 6 * GEN_MIB, len - 6 * GEN_MIB,
				       item, sizeof(item)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_for_writing_at_the_first_change),
		cmocka_unit_test(a_file_put_in_its_place_is_left_alone),
		cmocka_unit_test(puts_an_item_of_nothing),
		cmocka_unit_test(a_callers_own_calls_need_no_name),
		cmocka_unit_test(callers_with_own_calls_are_told_the_same),
		cmocka_unit_test(reads_what_it_has_written),
		cmocka_unit_test(a_replay_keeps_the_size),
		cmocka_unit_test(stops_after_a_failed_replay),
		cmocka_unit_test(a_replay_leaves_holes_alone),
		cmocka_unit_test(leaves_the_last_numbers_alone),
		cmocka_unit_test(notices_a_change_of_each_header),
		cmocka_unit_test(does_not_grow_a_file_beyond_256_tib),
		cmocka_unit_test(names_what_is_in_the_way),
		cmocka_unit_test(a_file_that_is_gone_is_not_made_again),
		cmocka_unit_test(replaces_in_a_table_of_2047),
		cmocka_unit_test(keeps_unknown_regions_and_items),
		cmocka_unit_test(replaces_where_the_user_may_have_no_more),
	};

	return cmocka_run_group_tests_name("edit_open", tests, NULL, NULL);
}
