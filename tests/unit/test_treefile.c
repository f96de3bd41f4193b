/* SPDX-License-Identifier: MIT */
#include "hash/treefile.h"

#include "base/file.h"
#include "base/le.h"
#include "tests/unit/support.h"
#include "tests/unit/support_sparse.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MiB (UINT64_C(1) << 20)

static const struct sparse_run runs[] = {
	{ 3 * MiB, SHVM_EXTENT_DATA, 1 },
	{ 20 * MiB, SHVM_EXTENT_HOLE, 0 },
	{ 10 * MiB + 4096, SHVM_EXTENT_DATA, 2 },
};
enum {
	LEAVES = 33 * 256 + 1
};

/* The same but for a few blocks in the last run. */
static const struct sparse_run changed[] = {
	{ 3 * MiB, SHVM_EXTENT_DATA, 1 },
	{ 20 * MiB, SHVM_EXTENT_HOLE, 0 },
	{ 4096, SHVM_EXTENT_DATA, 2 },
	{ 8192, SHVM_EXTENT_DATA, 3 },
	{ 7 * MiB - 4096, SHVM_EXTENT_DATA, 2 },
	{ 3 * MiB - 4096 - 512, SHVM_EXTENT_DATA, 2 },
	{ 512, SHVM_EXTENT_DATA, 4 },
};

static char *path;

static int make_name(void **state)
{
	(void)state;
	path = test_own_path("tree");
	return 0;
}

static int drop_name(void **state)
{
	(void)state;
	free(path);
	return 0;
}

static void write_tree(struct sparse *s,
		       const struct shvm_digest_params *params,
		       struct shvm_digest *d)
{
	const struct shvm_tree_output out = { .path = path, .replace = true };
	struct shvm_err err = { 0 };

	sparse_init(s, runs, ARRAY_SIZE(runs));
	if (treefile_write(&s->source, params, &out, 0600, NULL, d, &err) < 0)
		fail_msg("%s", err.msg);
}

static struct tree tree_of(const struct shvm_digest *d)
{
	struct tree tree;

	assert_int_equal(tree_plan(d->size, d->block_size, d->algorithm, &tree,
				   NULL),
			 SHVM_OK);
	return tree;
}

static int open_tree(const struct shvm_digest *d, struct treefile **ret,
		     struct shvm_err *err)
{
	const struct tree tree = tree_of(d);

	return treefile_open(path, &tree, d->digest, ret, err);
}

static void writes_a_tree_that_proves_every_leaf(void **state)
{
	static const struct shvm_digest_params params[] = {
		{ .jobs = 2 },
		{ .jobs = 1, .algorithm = SHVM_HASH_SHA512 },
		{ .jobs = 2, .block_size = 65536 },
		{ .jobs = 2, .block_size = 1 << 20 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(params); i++) {
		AUTO(treefile_ptr) f = NULL;
		uint8_t leaf[64];
		struct shvm_digest d, plain;
		struct sparse s;

		write_tree(&s, &params[i], &d);
		assert_int_equal(digest_run(&s.source, &params[i], NULL, &plain,
					    NULL),
				 SHVM_OK);
		assert_memory_equal(d.digest, plain.digest, 64);
		assert_int_equal(open_tree(&d, &f, NULL), SHVM_OK);
		assert_int_equal(treefile_check(f, NULL), SHVM_OK);
		for (uint64_t n = 0; n < tree_of(&d).hashes[0]; n += 101)
			assert_int_equal(treefile_leaf(f, n, leaf, NULL),
					 SHVM_OK);
	}
}

static void finds_the_blocks_that_changed(void **state)
{
	const struct shvm_digest_params params = { .jobs = 2 };
	AUTO_DONE(treefile_changes) changes = { 0 };
	AUTO(treefile_ptr) f = NULL;
	struct shvm_digest d, now;
	struct sparse s;

	(void)state;
	write_tree(&s, &params, &d);
	assert_int_equal(open_tree(&d, &f, NULL), SHVM_OK);
	assert_int_equal(treefile_compare(f, &s.source, &params, 10, &changes,
					  &now, NULL),
			 SHVM_OK);
	assert_int_equal(changes.count, 0);
	assert_memory_equal(now.digest, d.digest, 32);

	sparse_init(&s, changed, ARRAY_SIZE(changed));
	assert_int_equal(s.source.size, d.size);
	assert_int_equal(treefile_compare(f, &s.source, &params, 10, &changes,
					  &now, NULL),
			 SHVM_OK);
	assert_memory_not_equal(now.digest, d.digest, 32);
	assert_int_equal(changes.leaves, 3);
	assert_int_equal(changes.count, 2);
	assert_int_equal(changes.items[0].first, 23 * 256 + 1);
	assert_int_equal(changes.items[0].count, 2);
	assert_int_equal(changes.items[1].first, LEAVES - 1);
	assert_int_equal(changes.items[1].count, 1);
}

static void keeps_the_first_changes_when_there_are_many(void **state)
{
	static const struct sparse_run other[] = { { 33 * MiB + 4096,
						     SHVM_EXTENT_DATA, 9 } };
	const struct shvm_digest_params params = { .jobs = 2 };
	AUTO_DONE(treefile_changes) changes = { 0 };
	AUTO(treefile_ptr) f = NULL;
	struct shvm_digest d;
	struct sparse s;

	(void)state;
	write_tree(&s, &params, &d);
	assert_int_equal(open_tree(&d, &f, NULL), SHVM_OK);
	sparse_init(&s, other, 1);
	assert_int_equal(treefile_compare(f, &s.source, &params, 1, &changes,
					  &d, NULL),
			 SHVM_OK);
	assert_int_equal(changes.leaves, LEAVES);
	assert_int_equal(changes.count, 1);
	assert_int_equal(changes.items[0].first, 0);
	treefile_changes_done(&changes);
	for (uint64_t leaf = 40; leaf-- > 0;) /* joined, each one once */
		assert_int_equal(treefile_note_change(&changes, leaf % 20,
						      NULL),
				 SHVM_OK);
	assert_int_equal(changes.count, 1);
	assert_int_equal(changes.items[0].count, 20);
	assert_int_equal(changes.leaves, 20);
}

static void one_wrong_bit_of_the_file_is_found(void **state)
{
	const struct shvm_digest_params params = { .jobs = 2 };
	struct treefile_layout l;
	struct shvm_digest d;
	struct tree tree;
	struct sparse s;
	int fd;

	(void)state;
	write_tree(&s, &params, &d);
	tree = tree_of(&d);
	assert_int_equal(treefile_layout(&tree, &l, NULL), SHVM_OK);
	assert_int_equal(file_open(path, O_RDWR, &fd, NULL), SHVM_OK);
	assert_int_equal(tree.levels, 3);
	for (uint64_t at = 4096; at < l.size; at += 37 * 997) {
		AUTO(treefile_ptr) f = NULL;
		struct shvm_err err = { 0 };
		uint8_t byte;
		int r;

		assert_int_equal(file_pread(fd, path, &byte, 1, at, NULL), 0);
		byte ^= 4;
		assert_int_equal(file_pwrite(fd, path, &byte, 1, at, NULL), 0);
		r = open_tree(&d, &f, &err);
		if (at < l.level_at[0]) /* of the highest node */
			assert_int_equal(r, SHVM_E_VERIFY);
		else
			assert_int_equal(treefile_check(f, &err),
					 SHVM_E_VERIFY);
		assert_string_equal(err.reason, "bad-tree");
		assert_non_null(
			strstr(err.msg, "is not the one that was signed"));
		byte ^= 4;
		assert_int_equal(file_pwrite(fd, path, &byte, 1, at, NULL), 0);
	}
	/* The node that proves leaf 0, and no other, is wrong. */
	assert_int_equal(file_pwrite(fd, path, "?", 1, l.level_at[0], NULL), 0);
	{
		AUTO(treefile_ptr) f = NULL;
		struct shvm_err err = { 0 };
		uint8_t leaf[64];

		assert_int_equal(open_tree(&d, &f, NULL), 0);
		assert_int_equal(treefile_leaf(f, 0, leaf, &err),
				 SHVM_E_VERIFY);
		assert_string_equal(err.reason, "bad-tree");
		assert_int_equal(treefile_leaf(f, 128, leaf, NULL), 0);
	}
	(void)close(fd);
}

/* Of a good file for 1 MiB; returns the tree that it tells of. */
static struct tree write_superblock(uint8_t ret[TREEFILE_SUPERBLOCK])
{
	const uint8_t root[64] = { 7 };
	struct tree tree;

	assert_int_equal(tree_plan(MiB, 4096, SHVM_HASH_SHA256, &tree, NULL),
			 0);
	treefile_superblock(&tree, root, ret);
	return tree;
}

static void rejects_each_bad_field(void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
		int code;
		const char *says;
	} cases[] = {
		{ 0x00, 'V', SHVM_E_FORMAT, "no dm-verity superblock" },
		{ 0x07, 1, SHVM_E_FORMAT, "no dm-verity superblock" },
		{ 0x08, 2, SHVM_E_UNSUPPORTED, "version 2" },
		{ 0x0c, 0, SHVM_E_UNSUPPORTED, "hash type 0" },
		{ 0x20, 'S', SHVM_E_UNSUPPORTED, "algorithm is neither" },
		{ 0x26, '-', SHVM_E_UNSUPPORTED, "algorithm is neither" },
		{ 0x3f, 1, SHVM_E_UNSUPPORTED, "algorithm is neither" },
		{ 0x41, 0x20, SHVM_E_UNSUPPORTED, "data blocks of 8192" },
		{ 0x45, 0x20, SHVM_E_UNSUPPORTED, "hash blocks of 8192" },
		{ 0x4f, 0xff, SHVM_E_FORMAT, "blocks of 4096" },
		{ 0x50, 32, SHVM_E_UNSUPPORTED, "salt of 32 bytes" },
		{ 0x52, 1, SHVM_E_FORMAT, "padding or salt is not 0" },
		{ 0x57, 1, SHVM_E_FORMAT, "padding or salt is not 0" },
		{ 0x58, 1, SHVM_E_FORMAT, "padding or salt is not 0" },
		{ 0x157, 1, SHVM_E_FORMAT, "padding or salt is not 0" },
		{ 0x158, 1, SHVM_E_FORMAT, "padding or salt is not 0" },
		{ 0x1ff, 1, SHVM_E_FORMAT, "padding or salt is not 0" },
	};
	uint8_t good[TREEFILE_SUPERBLOCK];
	struct shvm_err err = { 0 };
	struct tree found;
	const struct tree tree = write_superblock(good);

	(void)state;
	assert_int_equal(treefile_decode(good, sizeof(good), &found, NULL), 0);
	assert_memory_equal(&found, &tree, sizeof(tree));
	assert_int_equal(treefile_decode(good, sizeof(good) - 1, &found, &err),
			 SHVM_E_FORMAT);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint8_t bad[TREEFILE_SUPERBLOCK];
		struct tree untouched;
		int r;

		memset(&found, 0xa5, sizeof(found));
		untouched = found;
		memcpy(bad, good, sizeof(bad));
		bad[cases[i].at] = cases[i].byte;
		r = treefile_decode(bad, sizeof(bad), &found, &err);
		if (r != cases[i].code || !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		assert_memory_equal(&found, &untouched, sizeof(found));
	}
}

static void rejects_sizes_that_make_no_tree(void **state)
{
	uint8_t good[TREEFILE_SUPERBLOCK];
	struct shvm_err err = { 0 };
	struct tree found;

	(void)state;
	(void)write_superblock(good);
	memset(good + 0x48, 0, 8);
	assert_int_equal(treefile_decode(good, sizeof(good), &found, &err),
			 SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "0 blocks"));
	(void)write_superblock(good);
	le32_put(good + 0x40, 2048);
	le32_put(good + 0x44, 2048);
	assert_int_equal(treefile_decode(good, sizeof(good), &found, &err),
			 SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "tree file: tree: block size 2048"));
}

static void refuses_a_file_for_another_volume(void **state)
{
	const struct shvm_digest_params params = { .jobs = 1 };
	struct treefile *f = NULL;
	struct shvm_err err = { 0 };
	struct shvm_digest d;
	struct tree other;
	struct sparse s;

	(void)state;
	write_tree(&s, &params, &d);
	assert_int_equal(tree_plan(MiB, 4096, SHVM_HASH_SHA256, &other, NULL),
			 0);
	assert_int_equal(treefile_open(path, &other, d.digest, &f, &err),
			 SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "but the volume has 256 of 4096"));
	assert_int_equal(truncate(path, 100000), 0);
	assert_int_equal(open_tree(&d, &f, &err), SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "100000 bytes, but its tree needs"));
	assert_int_equal(truncate(path, 100), 0);
	assert_int_equal(open_tree(&d, &f, &err), SHVM_E_IO);
	assert_null(f);
}

static void a_failure_leaves_no_file(void **state)
{
	const struct shvm_digest_params params = { .jobs = 2 };
	const struct shvm_tree_output out = { .path = path };
	struct shvm_err err = { 0 };
	struct shvm_digest d;
	struct sparse s;

	(void)state;
	(void)unlink(path);
	sparse_init(&s, runs, ARRAY_SIZE(runs));
	s.fail_from = 30 * MiB;
	assert_int_equal(treefile_write(&s.source, &params, &out, 0600, NULL,
					&d, &err),
			 SHVM_E_IO);
	assert_int_equal(access(path, F_OK), -1);
	s.fail_from = UINT64_MAX;
	assert_int_equal(treefile_write(&s.source, &params, &out, 0600, NULL,
					&d, NULL),
			 SHVM_OK);
	assert_int_equal(treefile_write(&s.source, &params, &out, 0600, NULL,
					&d, &err),
			 SHVM_E_ARG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_tree_that_proves_every_leaf),
		cmocka_unit_test(finds_the_blocks_that_changed),
		cmocka_unit_test(keeps_the_first_changes_when_there_are_many),
		cmocka_unit_test(one_wrong_bit_of_the_file_is_found),
		cmocka_unit_test(rejects_each_bad_field),
		cmocka_unit_test(rejects_sizes_that_make_no_tree),
		cmocka_unit_test(refuses_a_file_for_another_volume),
		cmocka_unit_test(a_failure_leaves_no_file),
	};

	return cmocka_run_group_tests_name("treefile", tests, make_name,
					   drop_name);
}
