/* SPDX-License-Identifier: MIT */
/* The editor without accidents; those are in test_edit_crash.c. */
#include "vhdx/edit.h"

#include "base/le.h"
#include "tests/data/vhdx/cases.h"
#include "tests/unit/support_image.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

enum {
	ITEM_MAX = 1 << 20
};

static const struct shvm_guid id = { { 0x19, 0x91, 0xe8, 0x71, 0x21, 0x19, 0x2a,
				       0x4e, 0xad, 0x6b, 0x36, 0xc3, 0xab, 0x37,
				       0x8e, 0x76 } };
static const struct gen_disk small = {
	.size = 4 * GEN_MIB,
	GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 3, GEN_PRESENT, 2 }),
};

static char *path;

static void write_disk(const struct gen_disk *d)
{
	assert_int_equal(gen_write(d, path), 0);
}

static struct edit *open_it(const char *name)
{
	struct shvm_err err = { 0 };
	struct edit *e = NULL;

	if (edit_open(name, &e, &err) < 0)
		fail_msg("%s", err.msg);
	return e;
}

/* It must be refused with this code, reason and words. */
static void refused(const char *name, int code, const char *reason,
		    const char *says)
{
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };
	int r = edit_open(name, &e, &err);

	if (r != code || !strstr(err.msg, says) ||
	    (reason && (!err.reason || strcmp(err.reason, reason) != 0)))
		fail_msg("%d %s \"%s\"", r, err.reason ? err.reason : "-",
			 err.msg);
	assert_null(e);
}

static uint64_t file_size(void)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (uint64_t)st.st_size;
}

static void put(const char *name, uint64_t seed, size_t len)
{
	AUTO(edit_ptr) e = open_it(name);
	AUTOFREE uint8_t *data = malloc(len + 1);
	struct shvm_err err = { 0 };

	assert_non_null(data);
	gen_bytes(seed, 0, data, len);
	if (edit_put_item(e, &id, data, len, &err) < 0)
		fail_msg("put: %s", err.msg);
}

/* The item with this id has these bytes; seed 0: there is none. */
static void item_is(const struct shvm_guid *which, uint64_t seed, size_t len)
{
	const struct image_params params = { 0 };
	AUTO(source_ptr) src = NULL;
	AUTO_DONE(buf) got = { 0 };
	AUTOFREE uint8_t *want = malloc(len + 1);
	struct shvm_err err = { 0 };
	bool found;

	assert_non_null(want);
	if (image_open(path, &params, &src, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(image_user_item(src, which, &got, &found, &err), 0);
	assert_int_equal(found, seed != 0);
	if (!found)
		return;
	gen_bytes(seed, 0, want, len);
	assert_int_equal(got.len, len);
	if (len)
		assert_memory_equal(got.data, want, len);
}

static void contents_are(const struct gen_disk *d, const char *name)
{
	AUTO(source_ptr) src = NULL;
	struct shvm_err err = { 0 };

	if (image_open(path, NULL, &src, &err) < 0)
		fail_msg("%s: %s", name, err.msg);
	image_looks_as(src, d, name);
}

static void puts_replaces_and_removes_an_item(void **state)
{
	static const size_t lens[] = { 1,     4095,   4096,	4097,
				       65536, 700000, ITEM_MAX, 0 };
	struct shvm_err err = { 0 };
	bool removed;

	(void)state;
	write_disk(&small);
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		put(path, i + 1, lens[i]);
		item_is(&id, i + 1, lens[i]);
		contents_are(&small, "put");
	}
	for (int i = 0; i < 2; i++) {
		AUTO(edit_ptr) e = open_it(path);

		removed = i;
		assert_int_equal(edit_remove_item(e, &id, &removed, &err), 0);
		assert_int_equal(removed, !i);
		item_is(&id, 0, 0);
	}
	contents_are(&small, "remove");
}

static void one_handle_makes_many_changes(void **state)
{
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };
	uint8_t data[100];
	bool done;

	(void)state;
	write_disk(&small);
	e = open_it(path);
	for (uint32_t i = 1; i < 30; i++) {
		const struct shvm_guid other = gen_guid(1000 + i);

		gen_bytes(i, 0, data, sizeof(data));
		assert_int_equal(edit_put_item(e, &other, data, i, &err), 0);
	}
	for (uint32_t i = 1; i < 30; i += 2) {
		const struct shvm_guid other = gen_guid(1000 + i);

		assert_int_equal(edit_remove_item(e, &other, &done, &err), 0);
		assert_true(done);
	}
	for (uint32_t i = 1; i < 30; i++) {
		const struct shvm_guid other = gen_guid(1000 + i);

		item_is(&other, i % 2 ? 0 : i, i);
	}
}

static void read_header(uint64_t at, uint8_t header[4096])
{
	AUTOCLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, header, 4096, (off_t)at), 4096);
}

static void headers_follow_the_specification(void **state)
{
	static const uint8_t zero[16];
	uint8_t old[4096], h[2][4096];

	(void)state;
	write_disk(&small);
	read_header(131072, old); /* the current one, number 6 */
	put(path, 1, 100);
	for (int i = 0; i < 2; i++) {
		read_header(65536 * (uint64_t)(i + 1), h[i]);
		assert_true(le64_get(h[i] + 8) > 6);
		assert_memory_not_equal(h[i] + 16, old + 16, 16);
		assert_memory_equal(h[i] + 32, old + 32, 16); /* DataWrite */
		assert_memory_equal(h[i] + 48, zero, 16);
		assert_memory_equal(h[i] + 64, old + 64, 16); /* log's place */
	}
	assert_int_equal(le64_get(h[0] + 8) + le64_get(h[1] + 8), 23);
	assert_memory_equal(h[0] + 16, h[1] + 16, 16);
}

static void other_items_survive_a_move_of_the_region(void **state)
{
	const struct gen_disk d = {
		.size = 4 * GEN_MIB,
		GEN_BLOCKS({ 1, GEN_PRESENT, 1 }),
		GEN_ITEMS({ gen_guid(50), 3, 5000, 7, NULL, 0x20001 },
			  { gen_guid(51), 1, 0, 0 },
			  { gen_guid(52), 1, 900000, 9, NULL, 0x22001 }),
	};
	const struct shvm_guid a = gen_guid(50), b = gen_guid(51),
			       c = gen_guid(52);
	uint64_t size;

	(void)state;
	write_disk(&d);
	size = file_size();
	put(path, 3, 70000);
	assert_true(file_size() > size);
	item_is(&id, 3, 70000);
	item_is(&a, 7, 5000);
	item_is(&b, 1, 0);
	item_is(&c, 9, 900000);
	contents_are(&d, "move");
}

static void a_file_does_not_grow_with_each_change(void **state)
{
	uint64_t size = 0;

	(void)state;
	write_disk(&small);
	for (uint64_t i = 1; i < 9; i++) {
		put(path, i, ITEM_MAX - (i % 3) * 10000);
		if (i == 1)
			size = file_size();
		assert_int_equal(file_size(), size);
	}
}

static void refuses_what_does_not_fit(void **state)
{
	static struct gen_item items[2042];
	const struct gen_disk users = { .size = GEN_MIB,
					.filler_items = 1024,
					.filler_len = 1 };
	const struct gen_disk full = { .size = GEN_MIB,
				       .items = items,
				       .item_count = ARRAY_SIZE(items) };
	const struct gen_disk big = { .size = GEN_MIB,
				      .meta_mb = 4,
				      .meta_len_mb = 50,
				      .filler_items = 40,
				      .filler_len = ITEM_MAX };
	const struct {
		const struct gen_disk *disk;
		size_t len;
		int code;
		const char *reason, *says;
	} cases[] = {
		{ &small, ITEM_MAX + 1, SHVM_E_ARG, "META_ITEM_SIZE",
		  "1048577" },
		{ &users, 1, SHVM_E_UNSUPPORTED, "META_USER_COUNT", "1024" },
		{ &full, 1, SHVM_E_UNSUPPORTED, "META_COUNT", "2047" },
		{ &big, 1, SHVM_E_UNSUPPORTED, "META_TOO_BIG", "41943041" },
	};
	AUTOFREE uint8_t *data = calloc(1, ITEM_MAX + 1);

	(void)state;
	assert_non_null(data);
	for (uint32_t i = 0; i < ARRAY_SIZE(items); i++)
		items[i] = (struct gen_item){ .id = gen_guid(2000 + i),
					      .flags = i % 2 ? 1 : 2,
					      .len = 4,
					      .seed = 1 };
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(edit_ptr) e = NULL;
		struct shvm_err err = { 0 };
		uint8_t before[4096], after[4096];

		write_disk(cases[i].disk);
		read_header(65536, before);
		e = open_it(path);
		assert_int_equal(edit_put_item(e, &id, data, cases[i].len,
					       &err),
				 cases[i].code);
		assert_string_equal(err.reason, cases[i].reason);
		assert_non_null(strstr(err.msg, cases[i].says));
		read_header(65536, after);
		assert_memory_equal(before, after, 4096);
	}
	{
		AUTO(edit_ptr) e = NULL;
		const struct shvm_guid zero = { { 0 } };

		write_disk(&small);
		e = open_it(path);
		assert_int_equal(edit_put_item(e, &zero, data, 1, NULL),
				 SHVM_E_ARG);
	}
}

/* Full tables still take a new value for an item that they have. */
static void replaces_in_a_full_table(void **state)
{
	const struct gen_disk users = { .size = GEN_MIB,
					.filler_items = 1023,
					.filler_len = 1,
					GEN_ITEMS({ id, 3, 10, 1 }) };

	(void)state;
	write_disk(&users);
	put(path, 2, 2000);
	item_is(&id, 2, 2000);
}

static void wants_a_clean_log(void **state)
{
	const struct gen_disk d = {
		.size = 4 * GEN_MIB,
		GEN_BLOCKS({ 0, GEN_PRESENT, 1, .len = 64 * GEN_KIB },
			   { 3, GEN_PRESENT, 2 }), /* directly after it */
		GEN_ENTRIES(
			{ .seq = 7,
			  GEN_DESCS({ GEN_PAGES, 3 * GEN_MIB },
				    { GEN_ZEROS, 4 * GEN_MIB + 64 * GEN_KIB,
				      960 * GEN_KIB },
				    { GEN_ZEROS, 3 * GEN_MIB + 8192, 4096 }) }),
	};
	static const uint8_t zeros[4096];
	AUTO(edit_ptr) e = NULL;
	struct shvm_err err = { 0 };
	uint8_t page[4096];
	bool replayed = false;

	(void)state;
	write_disk(&d);
	e = open_it(path);
	assert_int_equal(edit_put_item(e, &id, "x", 1, &err),
			 SHVM_E_UNSUPPORTED);
	assert_string_equal(err.reason, "log-dirty");
	assert_int_equal(edit_remove_item(e, &id, &replayed, &err),
			 SHVM_E_UNSUPPORTED);
	assert_int_equal(edit_replay(e, &replayed, &err), 0);
	assert_true(replayed);
	read_header(3 * GEN_MIB + 8192, page); /* no header, but 4 KiB */
	assert_memory_equal(page, zeros, sizeof(zeros));
	read_header(4 * GEN_MIB + 512 * GEN_KIB, page);
	assert_memory_equal(page, zeros, sizeof(zeros));
	assert_int_equal(edit_put_item(e, &id, "x", 1, &err), 0);
	assert_int_equal(edit_replay(e, &replayed, &err), 0);
	assert_false(replayed);
	contents_are(&d, "replayed");
}

static void refuses_what_it_cannot_write(void **state)
{
	AUTOFREE char *other = test_own_path("link");

	(void)state;
	refused(test_own_folder(), SHVM_E_ARG, NULL, "not a regular file");
	refused("/dev/null", SHVM_E_ARG, NULL, "not a regular file");
	refused("/nonexistent/x", SHVM_E_IO, NULL, "/nonexistent/x");
	assert_int_equal(symlink("/nonexistent/x", other), 0);
	refused(other, SHVM_E_IO, NULL, "is a dangling symbolic link");
	assert_int_equal(unlink(other), 0);

	write_disk(&small);
	assert_int_equal(chmod(path, 0444), 0);
	if (geteuid() == 0) {
		assert_int_equal(chmod(test_own_folder(), 0755), 0);
		assert_int_equal(seteuid(65534), 0);
		refused(path, SHVM_E_IO, "read-only", "cannot be written");
		assert_int_equal(seteuid(0), 0);
		assert_int_equal(chmod(path, 0222), 0);
		assert_int_equal(seteuid(65534), 0);
		refused(path, SHVM_E_IO, "read-only", "Permission denied");
		assert_int_equal(seteuid(0), 0);
	} else {
		refused(path, SHVM_E_IO, "read-only", "cannot be written");
	}
	assert_int_equal(chmod(path, 0644), 0);
}

static void follows_links(void **state)
{
	AUTOFREE char *soft = test_own_path("soft");
	AUTOFREE char *hard = test_own_path("hard");

	(void)state;
	write_disk(&small);
	assert_int_equal(symlink(path, soft), 0);
	assert_int_equal(link(path, hard), 0);
	put(soft, 1, 10);
	item_is(&id, 1, 10);
	put(hard, 2, 20);
	item_is(&id, 2, 20);
	assert_int_equal(unlink(soft), 0);
	assert_int_equal(unlink(hard), 0);
}

static void set_lock(int fd, short type, int byte)
{
	struct flock l = { .l_type = type, .l_start = byte, .l_len = 1 };

	assert_int_equal(fcntl(fd, F_OFD_SETLK, &l), 0);
}

static void shares_the_file_with_nobody(void **state)
{
	AUTOCLOSE int fd = -1;

	(void)state;
	write_disk(&small);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	{
		AUTO(edit_ptr) e = open_it(path);

		(void)e; /* only its scope matters */
		refused(path, SHVM_E_IO, "in-use", "in use by another");
		/* What a qemu that opens it would look at. */
		for (int byte = 0; byte < 4; byte++)
			for (int base = 100; base <= 200; base += 100) {
				struct flock l = { .l_type = F_WRLCK,
						   .l_start = base + byte,
						   .l_len = 1 };

				assert_int_equal(fcntl(fd, F_OFD_GETLK, &l), 0);
				assert_int_equal(l.l_type, F_RDLCK);
			}
		/* qemu had a fifth one, which is none of ours. */
		for (int byte = 104; byte <= 204; byte += 100) {
			struct flock l = { .l_type = F_WRLCK,
					   .l_start = byte,
					   .l_len = 1 };

			assert_int_equal(fcntl(fd, F_OFD_GETLK, &l), 0);
			assert_int_equal(l.l_type, F_UNLCK);
		}
	}
	/* A qemu that reads (100), or one that forbids writers (201). */
	for (int i = 0; i < 2; i++) {
		set_lock(fd, F_RDLCK, i ? 201 : 100);
		refused(path, SHVM_E_IO, "in-use", "in use by another");
		set_lock(fd, F_UNLCK, i ? 201 : 100);
	}
	put(path, 1, 1);
}

static void refuses_children_and_images_without_log(void **state)
{
	const struct gen_disk child = {
		.size = 4 * GEN_MIB,
		.kind = GEN_CHILD,
		GEN_PAIRS({ "parent_linkage",
			    "{11111111-1111-1111-1111-111111111111}" },
			  { "relative_path", "base.vhdx" }),
	};
	const struct gen_disk no_log = {
		.size = GEN_MIB,
		GEN_PATCHES({ GEN_HEADERS, GEN_F_LOG_LENGTH, 4, 0 }),
	};

	(void)state;
	write_disk(&child);
	refused(path, SHVM_E_UNSUPPORTED, "differencing", "merge it");
	write_disk(&no_log);
	refused(path, SHVM_E_UNSUPPORTED, "LOG_MISSING", "no log");
}

static void edits_every_good_file(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t t = 0; gen_good[t] && gen_good[t] != gen_good_children; t++)
		for (const struct gen_case *c = gen_good[t]; c->name; c++) {
			AUTO(edit_ptr) e = NULL;
			struct shvm_err err = { 0 };
			bool replayed, removed;
			int r;

			if (!strcmp(c->name, "no-log")) /* refused, see above */
				continue;
			write_disk(&c->disk);
			if (edit_open(path, &e, &err) < 0)
				fail_msg("%s: %s", c->name, err.msg);
			r = edit_replay(e, &replayed, &err);
			if (!r)
				r = edit_put_item(e, &id, path, 9, &err);
			if (c->disk.filler_items == 1024 ||
			    c->disk.seq1 == UINT64_MAX) {
				assert_int_equal(r, SHVM_E_UNSUPPORTED);
				continue;
			}
			if (r < 0)
				fail_msg("%s: %s", c->name, err.msg);
			assert_int_equal(replayed,
					 c->disk.log_count &&
						 !c->disk.log_guid_zero);
			contents_are(&c->disk, c->name);
			assert_int_equal(edit_remove_item(e, &id, &removed,
							  &err),
					 0);
			contents_are(&c->disk, c->name);
			n++;
		}
	print_message("%zu files edited\n", n);
}

static void refuses_every_hostile_file(void **state)
{
	(void)state;
	for (size_t t = 0; gen_hostile[t]; t++)
		for (const struct gen_case *c = gen_hostile[t]; c->name; c++) {
			AUTO(edit_ptr) e = NULL;
			struct shvm_err err = { 0 };
			struct stat before, after;

			write_disk(&c->disk);
			assert_int_equal(stat(path, &before), 0);
			if (edit_open(path, &e, &err) == 0)
				fail_msg("%s was opened", c->name);
			assert_non_null(err.reason);
			assert_int_equal(stat(path, &after), 0);
			assert_memory_equal(&before.st_mtim, &after.st_mtim,
					    sizeof(before.st_mtim));
		}
}

static int make_name(void **state)
{
	(void)state;
	path = test_own_path("disk.vhdx");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_replaces_and_removes_an_item),
		cmocka_unit_test(one_handle_makes_many_changes),
		cmocka_unit_test(headers_follow_the_specification),
		cmocka_unit_test(other_items_survive_a_move_of_the_region),
		cmocka_unit_test(a_file_does_not_grow_with_each_change),
		cmocka_unit_test(refuses_what_does_not_fit),
		cmocka_unit_test(replaces_in_a_full_table),
		cmocka_unit_test(wants_a_clean_log),
		cmocka_unit_test(refuses_what_it_cannot_write),
		cmocka_unit_test(follows_links),
		cmocka_unit_test(shares_the_file_with_nobody),
		cmocka_unit_test(refuses_children_and_images_without_log),
		cmocka_unit_test(edits_every_good_file),
		cmocka_unit_test(refuses_every_hostile_file),
	};

	return cmocka_run_group_tests_name("edit", tests, make_name, NULL);
}
