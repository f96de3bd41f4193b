/* SPDX-License-Identifier: MIT */
/*
 * The editor under power cuts: whatever a crash leaves, the image opens, has
 * the old or the new item and the same virtual bytes. CRASH_DIR=dir keeps every
 * CRASH_EVERY-th file there for other programs to look at.
 */
#include "tests/data/vhdx/open.h"
#include "tests/data/vhdx/vhdxgen.h"
#include "tests/unit/support.h"
#include "tests/unit/support_crash.h"
#include "vhdx/edit.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cmocka.h>

static const struct shvm_guid id = { { 0x19, 0x91, 0xe8, 0x71, 0x21, 0x19, 0x2a,
				       0x4e, 0xad, 0x6b, 0x36, 0xc3, 0xab, 0x37,
				       0x8e, 0x76 } };

enum {
	EDIT_AGAIN = 29 /* crash points: each of them takes a copy */
};

enum what {
	PUT,
	REMOVE,
	REPLAY
};

struct scenario {
	const char *name;
	struct gen_disk disk;
	enum what what;
	size_t old_len, new_len; /* of the item; 0: none */
	uint32_t old_at;	 /* its offset in the region; 0: anywhere */
};

/* One run: the image, what it must show, and what was seen. */
struct run {
	const struct scenario *s;
	char *path;
	int fd;
	struct gen_disk disk; /* with the old item in it */
	uint8_t *expect, *seen;
	uint8_t *old, *new;
	size_t olds, news, points;
	const char *keep;
};

static void fail_at(const struct run *r, const char *what, const char *why)
{
	fail_msg("%s, %s: %s", r->s->name, what, why);
}

static bool same(const struct buf *b, bool found, const uint8_t *data,
		 size_t len)
{
	if (!found || len == 0)
		return !found && len == 0;
	return b->len == len && memcmp(b->data, data, len) == 0;
}

/* The stored bytes of fd in a new file. */
static int copy_of(int fd)
{
	static uint8_t piece[1 << 16];
	int copy = memfd_create("copy", MFD_CLOEXEC);
	struct stat st;
	ssize_t n;

	assert_true(copy >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(ftruncate(copy, st.st_size), 0);
	for (off_t at = 0; (at = lseek(fd, at, SEEK_DATA)) >= 0; at += n) {
		n = pread(fd, piece, sizeof(piece), at);
		assert_true(n > 0);
		assert_int_equal(pwrite(copy, piece, (size_t)n, at), n);
	}
	return copy;
}

static void keep_copy(const struct run *r)
{
	const char *text = getenv("CRASH_EVERY");
	uint64_t every = text ? strtoull(text, NULL, 10) : 97;
	char name[512];
	uint8_t *all;
	struct stat st;
	int fd;

	if (!r->keep || !every || r->points % every != 0)
		return;
	(void)snprintf(name, sizeof(name), "%s/%s-%zu.vhdx", r->keep,
		       r->s->name, r->points);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(fstat(r->fd, &st), 0);
	all = malloc((size_t)st.st_size);
	assert_non_null(all);
	assert_int_equal(pread(r->fd, all, (size_t)st.st_size, 0), st.st_size);
	assert_int_equal(write(fd, all, (size_t)st.st_size), st.st_size);
	assert_int_equal(close(fd), 0);
	free(all);
}

/* What the crash left can be edited on, in a copy. */
static void edit_again(struct run *r, const char *what)
{
	static const uint8_t later[5000] = { 1, 2, 3 };
	const int fd = copy_of(r->fd);
	AUTO(source_ptr) src = NULL;
	AUTO(edit_ptr) e = NULL;
	AUTO_DONE(buf) item = { 0 };
	struct shvm_err err = { 0 };
	bool found = false;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (edit_open(path, &e, &err) < 0 || edit_replay(e, &found, &err) < 0 ||
	    edit_put_item(e, &id, later, sizeof(later), &err) < 0 ||
	    image_open(path, NULL, &src, &err) < 0 ||
	    image_user_item(src, &id, &item, &found, &err) < 0 ||
	    source_read(src, 0, r->seen, r->disk.size, &err) < 0)
		fail_at(r, what, err.msg);
	if (!same(&item, found, later, sizeof(later)))
		fail_at(r, what, "edited again: another item");
	if (memcmp(r->seen, r->expect, r->disk.size) != 0)
		fail_at(r, what, "edited again: other contents");
	assert_int_equal(close(fd), 0);
}

static void check_point(void *ctx, const char *what)
{
	const struct image_params params = { 0 };
	struct run *r = ctx;
	AUTO(source_ptr) src = NULL;
	AUTO_DONE(buf) item = { 0 };
	struct shvm_err err = { 0 };
	bool found;

	r->points++;
	keep_copy(r);
	if (image_open(r->path, &params, &src, &err) < 0)
		fail_at(r, what, err.msg);
	if (image_user_item(src, &id, &item, &found, &err) < 0)
		fail_at(r, what, err.msg);
	if (same(&item, found, r->old, r->s->old_len))
		r->olds++;
	else if (same(&item, found, r->new, r->s->new_len))
		r->news++;
	else
		fail_at(r, what, "neither the old nor the new item");
	if (src->size != r->disk.size)
		fail_at(r, what, "another size");
	if (source_read(src, 0, r->seen, r->disk.size, &err) < 0)
		fail_at(r, what, err.msg);
	if (memcmp(r->seen, r->expect, r->disk.size) != 0)
		fail_at(r, what, "other contents");
	if (r->points % EDIT_AGAIN == 0)
		edit_again(r, what);
}

static int do_edit(const struct run *r, struct edit *e, struct shvm_err *err)
{
	bool done = true;
	int n;

	switch (r->s->what) {
	case PUT:
		return edit_put_item(e, &id, r->new, r->s->new_len, err);
	case REMOVE:
		n = edit_remove_item(e, &id, &done, err);
		break;
	default:
		n = edit_replay(e, &done, err);
		break;
	}
	assert_true(n < 0 || done);
	return n;
}

static void run_begin(struct run *r, const struct scenario *s)
{
	static struct gen_item items[4];

	*r = (struct run){ .s = s, .disk = s->disk, .fd = -1 };
	r->keep = getenv("CRASH_DIR");
	r->old = malloc(s->old_len + 1);
	r->new = malloc(s->new_len + 1);
	r->expect = malloc(s->disk.size);
	r->seen = malloc(s->disk.size);
	assert_true(r->old && r->new && r->expect && r->seen);
	gen_bytes(11, 0, r->old, s->old_len);
	gen_bytes(s->what == REPLAY ? 11 : 12, 0, r->new, s->new_len);
	gen_expect(&s->disk, 0, r->expect, s->disk.size);
	if (s->old_len) {
		assert_in_range(s->disk.item_count, 0, 3);
		if (s->disk.item_count)
			memcpy(items, s->disk.items,
			       s->disk.item_count * sizeof(*items));
		items[s->disk.item_count] =
			(struct gen_item){ .id = id,
					   .flags = 3,
					   .len = (uint32_t)s->old_len,
					   .data = r->old,
					   .offset = s->old_at };
		r->disk.items = items;
		r->disk.item_count++;
	}
	r->path = test_own_path("crash-XXXXXX");
	r->fd = mkstemp(r->path);
	assert_true(r->fd >= 0);
	assert_int_equal(gen_write_fd(&r->disk, r->fd), 0);
}

static void run_again(struct run *r)
{
	assert_int_equal(ftruncate(r->fd, 0), 0);
	assert_int_equal(gen_write_fd(&r->disk, r->fd), 0);
}

static void run_end(struct run *r)
{
	assert_int_equal(close(r->fd), 0);
	assert_int_equal(unlink(r->path), 0);
	free(r->path);
	free(r->old);
	free(r->new);
	free(r->expect);
	free(r->seen);
}

static const struct scenario scenarios[] = {
	{ .name = "new-item",
	  .disk = { .size = 2 * GEN_MIB, GEN_BLOCKS({ 1, GEN_PRESENT, 1 }) },
	  .what = PUT,
	  .new_len = 5000 },
	{ .name = "new-item-4k-sectors",
	  .disk = { .size = 2 * GEN_MIB,
		    .lss = 4096,
		    .filler_items = 300,
		    .filler_len = 100,
		    GEN_BLOCKS({ 0, GEN_PRESENT, 1 }) },
	  .what = PUT,
	  .new_len = 1000 },
	{ .name = "replace",
	  .disk = { .kind = GEN_FIXED, .size = 2 * GEN_MIB, .fill_seed = 5 },
	  .what = PUT,
	  .old_len = 3000,
	  .new_len = 9000 },
	{ .name = "replace-in-the-last-pages",
	  .disk = { .size = 2 * GEN_MIB, GEN_BLOCKS({ 1, GEN_PRESENT, 1 }) },
	  .what = PUT,
	  .old_len = 4096,
	  .new_len = 4097,
	  .old_at = 1048576 - 4096 },
	{ .name = "remove",
	  .disk = { .size = 2 * GEN_MIB,
		    GEN_BLOCKS({ 1, GEN_PRESENT, 1 }),
		    .filler_items = 200,
		    .filler_len = 4 },
	  .what = REMOVE,
	  .old_len = 3000 },
	{ .name = "region-moves",
	  .disk = { .size = 2 * GEN_MIB,
		    GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 1, GEN_PRESENT, 3 }),
		    .filler_items = 5,
		    .filler_len = 190000 },
	  .what = PUT,
	  .new_len = 64 * 1024 },
	{ .name = "region-moves-on-replace",
	  .disk = { .size = 2 * GEN_MIB, GEN_BLOCKS({ 1, GEN_PRESENT, 1 }) },
	  .what = PUT,
	  .old_len = 600000,
	  .new_len = 1048576 },
	{ .name = "one-good-copy-of-each",
	  .disk = { .size = 2 * GEN_MIB,
		    GEN_BLOCKS({ 1, GEN_PRESENT, 1 }),
		    .filler_items = 1,
		    .filler_len = 970000,
		    GEN_PATCHES({ GEN_HEADER2, 100, 1, 1, .unsealed = true },
				{ GEN_REGION1, 100, 1, 1, .unsealed = true }) },
	  .what = PUT,
	  .new_len = 40000 },
	{ .name = "header-tie",
	  .disk = { .size = 2 * GEN_MIB,
		    GEN_BLOCKS({ 1, GEN_PRESENT, 1 }),
		    .seq1 = 9,
		    .seq2 = 9 },
	  .what = PUT,
	  .new_len = 100 },
	{ .name = "replay",
	  .disk = { .size = 2 * GEN_MIB,
		    GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 1, GEN_PRESENT, 3 }),
		    GEN_ENTRIES({ .seq = 7,
				  GEN_DESCS({ GEN_PAGES, 3 * GEN_MIB },
					    { GEN_JUNK, 2 * GEN_MIB }) },
				{ .seq = 8,
				  .at = GEN_NEXT,
				  GEN_DESCS({ GEN_PAGES, 2 * GEN_MIB },
					    { GEN_ZEROS, 3 * GEN_MIB + 4096,
					      65536 }) }) },
	  .what = REPLAY,
	  .old_len = 700,
	  .new_len = 700 },
	{ .name = "replay-grows-the-file",
	  .disk = { .size = 2 * GEN_MIB,
		    GEN_BLOCKS({ 0, GEN_PRESENT, 1 }, { 1, GEN_PRESENT, 0 }),
		    .truncate = 5 * GEN_MIB,
		    GEN_ENTRIES(
			    { .seq = 7,
			      GEN_DESCS({ GEN_PAGES, 192 * GEN_KIB, 131072 },
					{ GEN_PAGES, 3 * GEN_MIB }) }) },
	  .what = REPLAY },
};

static void survives_a_crash_at_every_point(void **state)
{
	size_t total = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
		AUTO(edit_ptr) e = NULL;
		struct shvm_err err = { 0 };
		struct crash c;
		struct edit_io io;
		struct run r;
		size_t n;

		run_begin(&r, &scenarios[i]);
		crash_init(&c, r.fd);
		io = crash_io(&c);
		if (edit_open_io(r.fd, r.path, &io, &e, &err) < 0 ||
		    do_edit(&r, e, &err) < 0)
			fail_at(&r, "edit", err.msg);
		check_point(&r, "at the end");
		if (scenarios[i].what != REPLAY)
			assert_int_equal(r.olds, 0);

		run_again(&r);
		n = crash_try_all(&c, r.fd, check_point, &r);
		if (scenarios[i].what != REPLAY)
			assert_true(r.olds > 0 && r.news > 1);
		assert_true(n > c.count);
		print_message("%s: %zu ops, %zu crash points\n",
			      scenarios[i].name, c.count, n);
		total += n;
		crash_done(&c);
		run_end(&r);
	}
	print_message("%zu crash points in all\n", total);
}

static void an_error_at_any_write_leaves_old_or_new(void **state)
{
	size_t total = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
		struct run r;
		bool done = false;

		run_begin(&r, &scenarios[i]);
		for (size_t n = 1; !done; n += test_is_slow() ? 5 : 1) {
			AUTO(edit_ptr) e = NULL;
			struct shvm_err err = { 0 };
			struct crash c;
			struct edit_io io;
			struct stat st;
			uint64_t size;

			run_again(&r);
			assert_int_equal(fstat(r.fd, &st), 0);
			size = (uint64_t)st.st_size;
			r.olds = r.news = 0;
			crash_init(&c, r.fd);
			c.fail_at = n;
			c.stay_down = n % 2;
			io = crash_io(&c);
			if (edit_open_io(r.fd, r.path, &io, &e, &err) < 0)
				fail_at(&r, "open", err.msg);
			done = do_edit(&r, e, &err) == 0;
			assert_true(done || err.code == SHVM_E_IO);
			check_point(&r, err.msg);
			/* Surely not committed: it has its old length again. */
			assert_int_equal(fstat(r.fd, &st), 0);
			if (r.olds && !c.stay_down &&
			    !strstr(err.msg, "not finished") &&
			    scenarios[i].what != REPLAY)
				assert_int_equal(st.st_size, size);
			/* The object says so instead of going on. */
			if (!done)
				assert_int_equal(do_edit(&r, e, NULL),
						 SHVM_E_IO);
			total += !done;
			crash_done(&c);
		}
		run_end(&r);
	}
	print_message("%zu failing writes\n", total);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives_a_crash_at_every_point),
		cmocka_unit_test(an_error_at_any_write_leaves_old_or_new),
	};

	return cmocka_run_group_tests_name("edit_crash", tests, NULL, NULL);
}
