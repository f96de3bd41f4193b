/* SPDX-License-Identifier: MIT */
/* A disk of which only bytes are handed out that were signed. */
#include "hash/verified.h"

#include "tests/unit/support.h"
#include "tests/unit/support_disktree.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define MiB (UINT64_C(1) << 20)

/*
 * A disk of 24 MiB: sector 0 from memory, zeros, a part of one block, a part,
 * zeros, a part that ends within a block, a sector that was not signed.
 */
enum {
	SMALL = 8192,
	FIRST = 1 << 20,
	FIRST_SIZE = 12 << 20,
	SECOND = 16 << 20,
	SECOND_SIZE = (8 << 20) - 1024,
	SIZE = 24 << 20
};

static const struct sparse_run first_runs[] = {
	{ 2 * MiB + 8192, SHVM_EXTENT_DATA, 1 },
	{ 4 * MiB, SHVM_EXTENT_HOLE, 0 },
	{ 6 * MiB - 8192, SHVM_EXTENT_DATA, 2 },
};
static const struct sparse_run small_runs[] = {
	{ 1024, SHVM_EXTENT_DATA, 4 },
};
static const struct sparse_run second_runs[] = {
	{ SECOND_SIZE, SHVM_EXTENT_DATA, 3 },
};

static char *path;
static uint8_t sector[512];

/* The disk in memory, its tree, and what proves them. */
struct fixture {
	uint8_t *bytes;	  /* what was signed */
	uint8_t *changed; /* what the disk has now */
	struct test_parts parts;
	struct disktree *tree;
	struct source *disk, *verified;
};

static void put_runs(struct fixture *f, uint64_t at, size_t part)
{
	uint8_t *data = sparse_bytes(&f->parts.sources[part]);

	memcpy(f->bytes + at, data, f->parts.parts[part].size);
	free(data);
}

static int enter(void **state)
{
	static struct fixture f;
	struct verified_known known[] = {
		{ 0, 512, sector },
		{ 512, SMALL - 512, NULL },
		{ SMALL + 1024, FIRST - SMALL - 1024, NULL },
		{ FIRST + FIRST_SIZE, SECOND - FIRST - FIRST_SIZE, NULL },
	};
	struct shvm_err err = { 0 };

	path = test_own_path("disk.tree");
	f.parts.params.jobs = 1;
	memset(sector, 0x5a, sizeof(sector));
	test_parts_add(&f.parts, SMALL, small_runs, ARRAY_SIZE(small_runs));
	test_parts_add(&f.parts, FIRST, first_runs, ARRAY_SIZE(first_runs));
	test_parts_add(&f.parts, SECOND, second_runs, ARRAY_SIZE(second_runs));
	f.tree = test_parts_tree(&f.parts, path);
	f.bytes = calloc(1, SIZE);
	f.changed = malloc(SIZE);
	assert_non_null(f.bytes);
	assert_non_null(f.changed);
	memcpy(f.bytes, sector, sizeof(sector));
	put_runs(&f, SMALL, 0);
	put_runs(&f, FIRST, 1);
	put_runs(&f, SECOND, 2);
	memcpy(f.changed, f.bytes, SIZE);
	/* What is known without reading is never read. */
	memset(f.changed, 0xee, SMALL);
	memset(f.changed + FIRST + FIRST_SIZE, 0xee, 1 << 20);
	memset(f.changed + FIRST + 3 * MiB, 0xee, 1 << 20);
	assert_ok(source_memory(f.changed, SIZE, 512, &f.disk, &err), err);
	assert_ok(verified_open(f.disk, f.tree, known, ARRAY_SIZE(known),
				&f.verified, &err),
		  err);
	*state = &f;
	return 0;
}

static int leave(void **state)
{
	struct fixture *f = *state;

	source_free(f->verified);
	source_free(f->disk);
	disktree_free(f->tree);
	free(f->bytes);
	free(f->changed);
	free(path);
	return 0;
}

static void expect_read(struct fixture *f, uint64_t at, size_t len)
{
	uint8_t *data = malloc(len);
	struct shvm_err err = { 0 };

	assert_non_null(data);
	assert_ok(source_read(f->verified, at, data, len, &err), err);
	if (memcmp(data, f->bytes + at, len) != 0)
		fail_msg("%zu bytes at %ju", len, (uintmax_t)at);
	free(data);
}

static void hands_out_what_was_signed(void **state)
{
	static const size_t lengths[] = { 1,	  511,	  512,	   513,
					  4096,	  4097,	  65536,   131072,
					  262144, 300000, MiB + 1, 5 * MiB };
	const uint64_t end = SECOND + SECOND_SIZE;
	struct fixture *f = *state;
	uint64_t x = 88172645463325252;

	expect_read(f, 0, end);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		const size_t len = lengths[i];

		/* One after the other, then anywhere. */
		for (uint64_t at = 0, n = 0; at + len <= end && n < 80;
		     at += len, n++)
			expect_read(f, at, len);
		for (uint64_t at = FIRST - 100, n = 0;
		     at + len <= end && n < 80; at += len, n++)
			expect_read(f, at, len);
		for (int n = 0; n < 60; n++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			expect_read(f, x % (end - len + 1), len);
		}
	}
	assert_int_equal(f->verified->size, SIZE);
	assert_int_equal(f->verified->sector_size, 512);
}

static void a_read_that_was_not_signed_fails(void **state)
{
	struct fixture *f = *state;
	struct shvm_err err = { 0 };
	uint8_t data[2048];

	assert_failed(source_read(f->verified, SIZE - 1024, data, 1, &err), err,
		      SHVM_E_VERIFY, "the 1024 bytes at 25164800 were not");
	assert_string_equal(err.reason, "not-signed");
	assert_failed(source_read(f->verified, SIZE - 2048, data, 2048, &err),
		      err, SHVM_E_VERIFY, "were not signed");
	assert_ok(source_read(f->verified, SIZE - 2048, data, 1024, &err), err);
}

/* Read with one byte of the disk changed; words NULL: the read is good. */
static void read_changed(struct fixture *f, uint64_t change, uint64_t at,
			 size_t len, const char *words)
{
	uint8_t *data = calloc(1, len);
	struct shvm_err err = { 0 };

	assert_non_null(data);
	f->changed[change] ^= 1;
	if (words) {
		assert_failed(source_read(f->verified, at, data, len, &err),
			      err, SHVM_E_VERIFY, words);
		assert_string_equal(err.reason, "digest-mismatch");
		/* Nothing of the bad block left. */
		for (size_t i = 0; i < len; i++)
			if (data[i] && data[i] != f->bytes[at + i])
				fail_msg("byte %zu left unproven", i);
	} else {
		assert_ok(source_read(f->verified, at, data, len, &err), err);
		assert_memory_equal(data, f->bytes + at, len);
	}
	f->changed[change] ^= 1;
	free(data);
}

static void a_changed_block_never_leaves(void **state)
{
	struct fixture *f = *state;
	/* A place that nothing else reads: it is in no cache. */
	const uint64_t at = SECOND + 5 * MiB;

	/* A byte of the same block, before and after what is wanted. */
	read_changed(f, at + 4095, at, 1,
		     "the 4096 bytes at 22020096 of the disk are");
	read_changed(f, at, at + 4095, 1,
		     "at 22020096 of the disk are not what was");
	read_changed(f, at + 4096, at, 4096, NULL);
	read_changed(f, at + 4096, at, 4097, "at 22024192 of the disk are not");
	read_changed(f, at + MiB, at, 2 * MiB, "are not what was signed");
	/* In the block that ends the part, and a part of one block. */
	read_changed(f, SECOND + SECOND_SIZE - 1, SECOND + SECOND_SIZE - 3072,
		     1, "the 3072 bytes at");
	read_changed(f, SMALL + 5, SMALL + 1000, 1, "the 1024 bytes at 8192");
	/* Zeros that were signed are no matter what the disk has. */
	read_changed(f, FIRST + 3 * MiB + 5, FIRST + 3 * MiB, 4096, NULL);
	read_changed(f, 100, 0, 512, NULL);
}

/* Reading ahead meets a bad block: only who wants that one hears of it. */
static void a_fault_ahead_fails_no_other_read(void **state)
{
	struct fixture *f = *state;
	const uint64_t at = SECOND + 6 * MiB, bad = at + 70000;
	struct shvm_err err = { 0 };
	uint8_t data[4096];

	f->changed[bad] ^= 1;
	for (uint64_t n = at; n < at + (256 << 10); n += 4096) {
		int r = source_read(f->verified, n, data, 4096, &err);

		if (n == bad / 4096 * 4096) {
			assert_failed(r, err, SHVM_E_VERIFY, "are not what");
			continue;
		}
		assert_ok(r, err);
		assert_memory_equal(data, f->bytes + n, 4096);
	}
	f->changed[bad] ^= 1;
	expect_read(f, at, 256 << 10); /* and nothing bad was kept */
	for (uint64_t n = at; n < at + (256 << 10); n += 4096)
		expect_read(f, n, 4096);
}

static void extents_are_those_that_were_signed(void **state)
{
	static const struct {
		uint64_t at, end;
		enum shvm_extent_state state;
	} wanted[] = {
		{ 0, 512, SHVM_EXTENT_DATA },
		{ 512, SMALL, SHVM_EXTENT_ZERO },
		{ SMALL, SMALL + 1024, SHVM_EXTENT_DATA },
		{ SMALL + 1024, FIRST, SHVM_EXTENT_ZERO },
		{ FIRST, FIRST + 2 * MiB + 8192, SHVM_EXTENT_DATA },
		{ FIRST + 2 * MiB + 8192, FIRST + 6 * MiB + 8192,
		  SHVM_EXTENT_ZERO },
		{ FIRST + 6 * MiB + 8192, FIRST + FIRST_SIZE,
		  SHVM_EXTENT_DATA },
		{ FIRST + FIRST_SIZE, SECOND, SHVM_EXTENT_ZERO },
		{ SECOND, SECOND + SECOND_SIZE, SHVM_EXTENT_DATA },
		{ SECOND + SECOND_SIZE, SIZE, SHVM_EXTENT_DATA },
	};
	struct fixture *f = *state;
	struct extent e;
	size_t i = 0;

	for (uint64_t at = 0; at < SIZE; at += e.len) {
		assert_int_equal(source_extent(f->verified, at, SIZE, &e, NULL),
				 0);
		assert_int_equal(e.at, at);
		assert_int_equal(e.fd, -1);
		assert_true(e.len > 0 && at + e.len <= wanted[i].end);
		assert_int_equal(e.state, wanted[i].state);
		if (at + e.len == wanted[i].end)
			i++;
	}
	assert_int_equal(i, ARRAY_SIZE(wanted));
	assert_int_equal(source_extent(f->verified, FIRST + 3 * MiB + 5, 100,
				       &e, NULL),
			 0);
	assert_int_equal(e.len, 100);
	assert_int_equal(source_next_data(f->verified, 600, SIZE), SMALL);
	assert_int_equal(source_next_data(f->verified, FIRST + 3 * MiB + 5,
					  SIZE),
			 FIRST + 6 * MiB + 8192);
	assert_int_equal(source_next_data(f->verified, FIRST + FIRST_SIZE + 5,
					  SECOND - 5),
			 SECOND - 5);
}

struct reader {
	struct fixture *of;
	unsigned int number;
	bool is_good;
};

/* Small reads that follow each other, in a chunk that others read, too. */
static void *read_along(void *ctx)
{
	struct reader *r = ctx;
	uint8_t data[16384];

	r->is_good = true;
	for (uint64_t n = 0; n < 400; n++) {
		const uint64_t at = FIRST + (n * 4 + r->number % 4) * 4096;
		const size_t len = r->number % 2 ? 4096 : 16384;

		if (source_read(r->of->verified, at, data, len, NULL) < 0 ||
		    memcmp(data, r->of->bytes + at, len) != 0)
			r->is_good = false;
	}
	return NULL;
}

static void many_threads_read_at_once(void **state)
{
	struct reader readers[8];
	pthread_t threads[8];

	for (unsigned int i = 0; i < 8; i++) {
		readers[i] = (struct reader){ .of = *state, .number = i };
		assert_int_equal(pthread_create(&threads[i], NULL, read_along,
						&readers[i]),
				 0);
	}
	for (unsigned int i = 0; i < 8; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_true(readers[i].is_good);
	}
}

static void refuses_ranges_over_others(void **state)
{
	static const struct verified_known bad[] = {
		{ FIRST - 512, 1024, NULL },
		{ FIRST + 512, 512, sector },
		{ SIZE, 512, NULL },
		{ 0, SIZE + 1, NULL },
		{ 512, 0, NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct source *s = NULL;
		struct shvm_err err = { 0 };

		assert_failed(verified_open(f->disk, f->tree, &bad[i], 1, &s,
					    &err),
			      err, SHVM_E_ARG,
			      "overlap others or are beyond the");
		assert_null(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_changed_block_never_leaves),
		cmocka_unit_test(a_fault_ahead_fails_no_other_read),
		cmocka_unit_test(hands_out_what_was_signed),
		cmocka_unit_test(a_read_that_was_not_signed_fails),
		cmocka_unit_test(extents_are_those_that_were_signed),
		cmocka_unit_test(many_threads_read_at_once),
		cmocka_unit_test(refuses_ranges_over_others),
	};

	return cmocka_run_group_tests_name("verified", tests, enter, leave);
}
