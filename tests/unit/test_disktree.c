/* SPDX-License-Identifier: MIT */
/* The tree file of a disk: what it tells of each block, damage, changes. */
#include "hash/disktree_form.h"

#include "base/bytes.h"
#include "tests/unit/support.h"
#include "tests/unit/support_disktree.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define MiB (UINT64_C(1) << 20)

static const char path[] = "disk.tree";

/* Zeros, known and written, around single blocks, pairs and long runs. */
static const struct sparse_run mixed[] = {
	{ 3 * MiB, SHVM_EXTENT_DATA, 1 },
	{ 9 * MiB, SHVM_EXTENT_HOLE, 0 },
	{ 4096, SHVM_EXTENT_DATA, 2 }, /* alone in its segment */
	{ 7 * MiB - 4096, SHVM_EXTENT_HOLE, 0 },
	{ 5 * 4096, SHVM_EXTENT_DATA, 3 },
	{ MiB, SHVM_EXTENT_DATA, 0 }, /* written zeros */
	{ 10 * MiB + 8192, SHVM_EXTENT_ZERO, 0 },
	{ 512, SHVM_EXTENT_DATA, 4 },
};
/* The last leaves are zeros, and not as many as a node has. */
static const struct sparse_run zero_end[] = {
	{ MiB, SHVM_EXTENT_DATA, 5 },
	{ 65 * MiB + 4096 + 512, SHVM_EXTENT_HOLE, 0 },
};
static const struct sparse_run last_only[] = {
	{ 65 * MiB + 512, SHVM_EXTENT_HOLE, 0 },
	{ 512, SHVM_EXTENT_DATA, 6 },
};
static const struct sparse_run nothing[] = {
	{ 66 * MiB + 4096, SHVM_EXTENT_HOLE, 0 },
};
static const struct sparse_run one_block[] = {
	{ 1000, SHVM_EXTENT_DATA, 7 },
};
static const struct sparse_run one_zero[] = {
	{ 4096, SHVM_EXTENT_HOLE, 0 },
};
static const struct sparse_run full[] = {
	{ 17 * MiB + 100, SHVM_EXTENT_DATA, 8 },
};

#define SHAPE(runs)                                                            \
	{                                                                      \
		runs, ARRAY_SIZE(runs)                                         \
	}
static const struct shape {
	const struct sparse_run *runs;
	size_t count;
} shapes[] = { SHAPE(mixed),   SHAPE(zero_end),	 SHAPE(last_only),
	       SHAPE(nothing), SHAPE(one_block), SHAPE(one_zero),
	       SHAPE(full) };

static const struct shvm_digest_params all_params[] = {
	{ .jobs = 2 },
	{ .jobs = 1, .algorithm = SHVM_HASH_SHA512 },
	{ .jobs = 2, .block_size = 8192 },
	{ .jobs = 2, .block_size = 16384, .algorithm = SHVM_HASH_SHA512 },
	{ .jobs = 2, .block_size = 32768 },
	{ .jobs = 3, .block_size = 65536 },
	{ .jobs = 2, .block_size = 1 << 20 },
};

/* What the tree says of all leaves is what the bytes say, one by one. */
static void expect_leaves(struct disktree *t, size_t part, const uint8_t *data)
{
	const struct tree *tree = disktree_part_tree(t, part);
	const EVP_MD *md = tree->algorithm == SHVM_HASH_SHA512 ? EVP_sha512()
							       : EVP_sha256();
	uint8_t *block = malloc(tree->block_size);
	struct disktree_run run = { 0 };
	uint64_t run_end = 0;
	bool is_zero = false;
	uint8_t hash[64];

	assert_non_null(block);
	for (uint64_t leaf = 0; leaf < tree->hashes[0]; leaf++) {
		const uint64_t len = tree_bytes(tree, leaf, leaf + 1);
		const bool was_zero = is_zero;
		size_t same;

		memset(block, 0, tree->block_size);
		memcpy(block, data + leaf * tree->block_size, len);
		is_zero = bytes_are_zero(block, tree->block_size);
		if (!is_zero || !was_zero)
			assert_true(EVP_Digest(block, tree->block_size, hash,
					       NULL, md, NULL));
		assert_int_equal(disktree_match(t, part, leaf, 1, hash, &same,
						NULL),
				 0);
		assert_int_equal(same, 1);
		if (leaf == run_end) {
			assert_int_equal(disktree_run(t, part, leaf,
						      tree->hashes[0], &run,
						      NULL),
					 0);
			assert_true(run.count > 0);
			run_end = leaf + run.count;
		}
		assert_int_equal(run.is_zero, is_zero);
		hash[5] ^= 1;
		assert_int_equal(disktree_match(t, part, leaf, 1, hash, &same,
						NULL),
				 0);
		assert_int_equal(same, 0);
		hash[5] ^= 1;
	}
	free(block);
}

/* Prove every record of the file. */
static int check_all(struct disktree *t, struct shvm_err *err)
{
	for (size_t i = 0; i < disktree_part_count(t); i++)
		TRY(disktree_check_part(t, i, err));
	return SHVM_OK;
}

static void tells_what_was_signed_of_every_block(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all_params); i++)
		for (size_t k = 0; k < ARRAY_SIZE(shapes); k++) {
			struct test_parts p = { .params = all_params[i] };
			AUTO(disktree_ptr) t = NULL;
			AUTOFREE uint8_t *data = NULL;
			uint8_t root[64], digest[64];

			if (test_is_slow() && (i + k) % 3 != 0)
				continue;
			test_parts_add(&p, 0, shapes[k].runs, shapes[k].count);
			t = test_parts_tree(&p, path);
			data = sparse_bytes(&p.sources[0]);
			if (i < 2) {
				slow_digest(data, p.parts[0].size, 4096,
					    p.parts[0].algorithm, root, digest);
				assert_memory_equal(
					digest, p.parts[0].digest,
					hash_size(p.parts[0].algorithm));
			}
			expect_leaves(t, 0, data);
		}
}

static void holds_several_parts(void **state)
{
	struct test_parts p = { .params = { .jobs = 2 } };
	AUTO(disktree_ptr) t = NULL;

	(void)state;
	test_parts_add(&p, 512, one_block, ARRAY_SIZE(one_block));
	test_parts_add(&p, MiB, mixed, ARRAY_SIZE(mixed));
	test_parts_add(&p, 100 * MiB, nothing, ARRAY_SIZE(nothing));
	test_parts_add(&p, 300 * MiB, zero_end, ARRAY_SIZE(zero_end));
	t = test_parts_tree(&p, path);
	assert_int_equal(disktree_part_count(t), 4);
	assert_int_equal(disktree_part(t, 3)->offset, 300 * MiB);
	assert_int_equal(check_all(t, NULL), 0);
	for (size_t i = 0; i < p.count; i++) {
		AUTOFREE uint8_t *data = sparse_bytes(&p.sources[i]);

		expect_leaves(t, i, data);
	}
}

static void equal_trees_are_equal_files(void **state)
{
	/* The same bytes with written zeros in place of holes. */
	static const struct sparse_run same[] = {
		{ 3 * MiB, SHVM_EXTENT_DATA, 1 },
		{ 9 * MiB, SHVM_EXTENT_DATA, 0 },
		{ 4096, SHVM_EXTENT_DATA, 2 },
		{ 7 * MiB - 4096, SHVM_EXTENT_DATA, 0 },
		{ 5 * 4096, SHVM_EXTENT_DATA, 3 },
		{ MiB, SHVM_EXTENT_HOLE, 0 },
		{ 10 * MiB + 8192, SHVM_EXTENT_DATA, 0 },
		{ 512, SHVM_EXTENT_DATA, 4 },
	};
	static const struct {
		const struct sparse_run *runs;
		uint32_t jobs;
		const char *kernel;
	} cases[] = { { mixed, 1, NULL },      { mixed, 2, NULL },
		      { mixed, 7, NULL },      { mixed, 16, NULL },
		      { mixed, 3, "openssl" }, { same, 1, NULL },
		      { same, 4, "openssl" } };

	(void)state;
	for (uint32_t block = 4096; block <= 1 << 20; block *= 16) {
		AUTOFREE uint8_t *first = NULL;
		size_t first_len = 0;

		for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
			struct test_parts p = {
				.params = { .jobs = cases[i].jobs,
					    .kernel = cases[i].kernel,
					    .block_size = block }
			};
			AUTOFREE uint8_t *data = NULL;
			struct shvm_err err = { 0 };
			size_t len;

			test_parts_add(&p, 0, cases[i].runs, ARRAY_SIZE(mixed));
			assert_ok(test_parts_write(&p, path, &err), err);
			data = test_file_read(path, &len);
			if (i) {
				assert_int_equal(len, first_len);
				assert_memory_equal(data, first, len);
				continue;
			}
			first = STEAL(data);
			first_len = len;
		}
	}
}

static void no_changed_byte_is_believed(void **state)
{
	static const uint8_t changes[] = { 0x01, 0x80, 0xff };
	struct test_parts p = { 0 };
	struct shvm_err err = { 0 };
	AUTOFREE uint8_t *data = NULL;
	size_t len;

	(void)state;
	test_parts_small(&p);
	assert_ok(test_parts_write(&p, path, &err), err);
	data = test_file_read(path, &len);
	assert_true(len < 2000);
	for (size_t at = 0; at < len; at++)
		for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
			AUTO(disktree_ptr) t = NULL;
			int r;

			if (test_is_slow() && (at + i) % 50 != 0)
				continue;
			data[at] ^= changes[i];
			test_file_write(path, data, len);
			data[at] ^= changes[i];
			r = disktree_open(path, p.parts, p.count, &t, &err);
			if (r == SHVM_OK)
				r = check_all(t, &err);
			if (r == SHVM_OK)
				fail_msg("byte %zu, change %u: believed", at,
					 changes[i]);
			assert_non_null(strstr(err.msg, path));
		}
	for (size_t cut = 0; cut < len; cut++) {
		AUTO(disktree_ptr) t = NULL;

		test_file_write(path, data, cut);
		assert_int_equal(disktree_open(path, p.parts, p.count, &t,
					       &err),
				 SHVM_E_FORMAT);
	}
}

/* Open with one thing that is not as it was signed. */
static void expect_other(struct test_parts *p, const char *words)
{
	struct disktree *t = NULL;
	struct shvm_err err = { 0 };

	assert_failed(disktree_open(path, p->parts, p->count, &t, &err), err,
		      SHVM_E_VERIFY, words);
	assert_string_equal(err.reason, "bad-tree");
	assert_null(t);
}

static void refuses_what_was_not_signed(void **state)
{
	struct test_parts p = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	test_parts_small(&p);
	assert_ok(test_parts_write(&p, path, &err), err);
	p.count = 3;
	expect_other(&p, "a tree of 4 parts, but 3 were signed");
	p.count = 4;
	for (size_t i = 0; i < p.count; i++) {
		struct disktree_part *part = &p.parts[i];
		const struct disktree_part good = *part;

		part->offset += 512;
		expect_other(&p, "in blocks of 4096 by fs-verity-sha256");
		*part = good;
		part->size += 512;
		expect_other(&p, "were signed");
		*part = good;
		part->block_size = 8192;
		expect_other(&p, "in blocks of 8192");
		*part = good;
		part->algorithm = SHVM_HASH_SHA512;
		expect_other(&p, "by fs-verity-sha512 were signed");
		*part = good;
		part->digest[31] ^= 1;
		if (i != 2) /* of one block: nothing in the file tells of it */
			expect_other(
				&p,
				": its root does not match the signed digest");
		*part = good;
	}
	test_file_write(path, "", 0);
	{
		struct disktree *t = NULL;

		assert_failed(disktree_open(path, p.parts, 4, &t, &err), err,
			      SHVM_E_FORMAT,
			      "0 bytes are too few for a tree "
			      "file");
		assert_failed(disktree_open("/dev/null", p.parts, 4, &t, &err),
			      err, SHVM_E_FORMAT, "not a regular file");
		assert_null(t);
	}
}

static void compare_finds_what_changed(void **state)
{
	/* mixed with changes: within data, zeros that were data, and back. */
	static const struct sparse_run changed[] = {
		{ MiB, SHVM_EXTENT_DATA, 1 },
		{ 8192, SHVM_EXTENT_DATA, 9 },
		{ 2 * MiB - 8192, SHVM_EXTENT_DATA, 1 },
		{ 9 * MiB, SHVM_EXTENT_HOLE, 0 },
		{ 4096, SHVM_EXTENT_HOLE, 0 }, /* was data */
		{ 7 * MiB - 4096, SHVM_EXTENT_HOLE, 0 },
		{ 5 * 4096, SHVM_EXTENT_DATA, 3 },
		{ MiB, SHVM_EXTENT_HOLE, 0 },
		{ MiB, SHVM_EXTENT_DATA, 9 }, /* were zeros */
		{ 9 * MiB + 8192, SHVM_EXTENT_ZERO, 0 },
		{ 512, SHVM_EXTENT_HOLE, 0 }, /* was data */
	};
	static const uint64_t at[] = { MiB, 12 * MiB, 20 * MiB + 5 * 4096,
				       30 * MiB + 5 * 4096 + 8192 };
	static const uint64_t size[] = { 8192, 4096, MiB, 512 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all_params); i++) {
		struct test_parts p = { .params = all_params[i] };
		AUTO_DONE(shvm_changes) c = { 0 };
		AUTO(disktree_ptr) t = NULL;
		struct shvm_err err = { 0 };
		struct sparse now;

		test_parts_add(&p, 7 * MiB, mixed, ARRAY_SIZE(mixed));
		t = test_parts_tree(&p, path);
		assert_ok(disktree_compare(t, 0, &p.sources[0].source,
					   &p.params, 10, &c, &err),
			  err);
		assert_int_equal(c.count, 0);
		assert_int_equal(c.blocks_changed, 0);
		assert_memory_equal(c.digest, p.parts[0].digest, 32);

		sparse_init(&now, changed, ARRAY_SIZE(changed));
		assert_ok(disktree_compare(t, 0, &now.source, &p.params, 10, &c,
					   &err),
			  err);
		assert_memory_not_equal(c.digest, p.parts[0].digest, 32);
		if (p.parts[0].block_size != 4096)
			continue;
		assert_int_equal(c.count, ARRAY_SIZE(at));
		for (size_t k = 0; k < c.count; k++) {
			assert_int_equal(c.items[k].offset, 7 * MiB + at[k]);
			assert_int_equal(c.items[k].size, size[k]);
		}
		assert_int_equal(c.blocks_changed, 2 + 1 + 256 + 1);
		assert_int_equal(c.blocks_checked, 30 * 256 + 5 + 2 + 1);
		shvm_changes_done(&c);
		assert_ok(disktree_compare(t, 0, &now.source, &p.params, 2, &c,
					   &err),
			  err);
		assert_int_equal(c.count, 2); /* the first ones */
		assert_int_equal(c.items[1].offset, 7 * MiB + at[1]);
		assert_int_equal(c.blocks_changed, 2 + 1 + 256 + 1);
	}
}

static void compare_of_one_block_goes_by_its_digest(void **state)
{
	static const struct sparse_run other[] = { { 1000, SHVM_EXTENT_DATA,
						     8 } };
	struct test_parts p = { .params = { .jobs = 1 } };
	AUTO_DONE(shvm_changes) c = { 0 };
	AUTO(disktree_ptr) t = NULL;
	struct shvm_err err = { 0 };
	struct sparse now;

	(void)state;
	test_parts_add(&p, 512, one_block, 1);
	test_parts_add(&p, 4096, one_zero, 1);
	t = test_parts_tree(&p, path);
	for (size_t i = 0; i < 2; i++) {
		assert_ok(disktree_compare(t, i, &p.sources[i].source,
					   &p.params, 10, &c, &err),
			  err);
		assert_int_equal(c.blocks_changed, 0);
	}
	sparse_init(&now, other, 1);
	assert_ok(disktree_compare(t, 0, &now.source, &p.params, 10, &c, &err),
		  err);
	assert_int_equal(c.count, 1);
	assert_int_equal(c.items[0].offset, 512);
	assert_int_equal(c.items[0].size, 1000);
	assert_failed(disktree_compare(t, 1, &now.source, &p.params, 10, &c,
				       &err),
		      err, SHVM_E_ARG, "1000 bytes, but 4096 were signed");
}

static void a_sample_finds_a_disk_of_other_bytes(void **state)
{
	static const struct sparse_run other[] = { { 17 * MiB + 100,
						     SHVM_EXTENT_DATA, 9 } };
	struct test_parts p = { .params = { .jobs = 1 } };
	AUTO_DONE(shvm_changes) c = { 0 };
	AUTO(disktree_ptr) t = NULL;
	struct shvm_err err = { 0 };
	struct sparse now;

	(void)state;
	test_parts_add(&p, MiB, full, 1);
	t = test_parts_tree(&p, path);
	assert_ok(disktree_sample(t, 0, &p.sources[0].source, 50, &c, &err),
		  err);
	assert_int_equal(c.blocks_changed, 0);
	assert_int_equal(c.blocks_checked, 50);
	sparse_init(&now, other, 1);
	assert_ok(disktree_sample(t, 0, &now.source, 50, &c, &err), err);
	assert_in_range(c.blocks_changed, 2, 50);
	for (size_t i = 0; i < c.count; i++) {
		assert_true(c.items[i].offset >= MiB);
		if (i)
			assert_true(c.items[i - 1].offset < c.items[i].offset);
	}
	assert_failed(disktree_sample(t, 0, &now.source, 0, &c, &err), err,
		      SHVM_E_ARG, "0 blocks");
	assert_failed(disktree_sample(t, 0, &now.source, (1 << 20) + 1, &c,
				      &err),
		      err, SHVM_E_ARG, "1048577 blocks");
	now.fail_from = 0;
	assert_failed(disktree_sample(t, 0, &now.source, 1, &c, &err), err,
		      SHVM_E_IO, "broken");
}

/* A file that is cut while it is used, and nodes that change. */
static void a_node_is_proven_when_it_is_used(void **state)
{
	struct test_parts p = { 0 };
	AUTO(disktree_ptr) t = NULL;
	AUTO_DONE(shvm_changes) c = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	test_parts_small(&p);
	t = test_parts_tree(&p, path);
	{
		AUTOFREE uint8_t *data = NULL;
		size_t len;

		data = test_file_read(path, &len);
		data[DISKTREE_HEADER + DISKTREE_RECORD + 10] ^= 1;
		test_file_write(path, data, len);
	}
	assert_failed(disktree_compare(t, 0, &p.sources[0].source, &p.params,
				       10, &c, &err),
		      err, SHVM_E_VERIFY, "does not match the signed digest");
	assert_string_equal(err.reason, "bad-tree");
	assert_ok(disktree_compare(t, 2, &p.sources[2].source, &p.params, 10,
				   &c, &err),
		  err);
}

static void a_failure_leaves_no_file(void **state)
{
	struct test_parts p = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	(void)unlink(path);
	test_parts_small(&p);
	p.sources[1].fail_from = 3 * 4096;
	assert_failed(test_parts_write(&p, path, &err), err, SHVM_E_IO,
		      "broken");
	assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_was_signed_of_every_block),
		cmocka_unit_test(holds_several_parts),
		cmocka_unit_test(equal_trees_are_equal_files),
		cmocka_unit_test(no_changed_byte_is_believed),
		cmocka_unit_test(refuses_what_was_not_signed),
		cmocka_unit_test(compare_finds_what_changed),
		cmocka_unit_test(compare_of_one_block_goes_by_its_digest),
		cmocka_unit_test(a_sample_finds_a_disk_of_other_bytes),
		cmocka_unit_test(a_node_is_proven_when_it_is_used),
		cmocka_unit_test(a_failure_leaves_no_file),
	};

	test_own_folder_enter();
	return cmocka_run_group_tests_name("disktree", tests, NULL, NULL);
}
