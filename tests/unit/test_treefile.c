/* SPDX-License-Identifier: MIT */
#include "hash/treefile.h"

#include "base/file.h"
#include "base/le.h"
#include "tests/unit/support.h"
#include "tests/unit/support_sparse.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define MiB (UINT64_C(1) << 20)

static const struct sparse_run runs[] = {
	{ 3 * MiB, SHVM_EXTENT_DATA, 1 },
	{ 20 * MiB, SHVM_EXTENT_HOLE, 0 },
	{ 10 * MiB + 4096, SHVM_EXTENT_DATA, 2 },
};
static const char path[] = "tree";

static void write_tree(struct sparse *s,
		       const struct shvm_digest_params *params,
		       struct shvm_digest *d)
{
	const struct shvm_tree_output out = { .path = path, .replace = true };
	struct shvm_err err = { 0 };

	sparse_init(s, runs, ARRAY_SIZE(runs));
	if (treefile_write(&s->source, params, &out, 0600, d, &err) < 0)
		fail_msg("%s", err.msg);
}

/* Hashes of blocks, level by level, as the file has them. */
static void expect_levels(const uint8_t *file, size_t len,
			  const struct shvm_digest *d, const uint8_t *data)
{
	const EVP_MD *md =
		d->algorithm == SHVM_HASH_SHA512 ? EVP_sha512() : EVP_sha256();
	const size_t block = d->block_size;
	size_t end = len, n = (d->size + block - 1) / block;
	AUTOFREE uint8_t *last = calloc(1, block);
	uint8_t hash[64];

	assert_non_null(last);
	memcpy(last, data + (n - 1) * block, d->size - (n - 1) * block);
	while (n > 1) {
		const size_t size =
			(n * d->hash_size + block - 1) / block * block;
		const uint8_t *level = file + end - size;

		assert_true(end >= size + block);
		for (size_t i = 0; i < n; i++) {
			const bool is_padded = end == len && i == n - 1;

			assert_true(
				EVP_Digest(is_padded ? last : data + i * block,
					   block, hash, NULL, md, NULL));
			assert_memory_equal(level + i * d->hash_size, hash,
					    d->hash_size);
		}
		for (size_t i = n * d->hash_size; i < size; i++)
			assert_int_equal(level[i], 0);
		end -= size;
		data = level;
		n = size / block;
	}
	assert_int_equal(end, block);
	assert_true(EVP_Digest(data, block, hash, NULL, md, NULL));
	assert_memory_equal(hash, d->root, d->hash_size);
}

static void writes_every_hash_in_its_place(void **state)
{
	static const struct shvm_digest_params params[] = {
		{ .jobs = 2 },
		{ .jobs = 1, .algorithm = SHVM_HASH_SHA512 },
		{ .jobs = 2, .block_size = 65536 },
		{ .jobs = 2, .block_size = 1 << 20 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(params); i++) {
		AUTOFREE uint8_t *file = NULL;
		AUTOFREE uint8_t *data = NULL;
		struct shvm_digest d, plain;
		struct sparse s;
		size_t len;

		write_tree(&s, &params[i], &d);
		assert_int_equal(digest_run(&s.source, &params[i], NULL, &plain,
					    NULL),
				 SHVM_OK);
		assert_memory_equal(d.digest, plain.digest, 64);
		file = test_file_read(path, &len);
		data = sparse_bytes(&s);
		expect_levels(file, len, &d, data);
	}
}

/* docs/FORMAT-DIGEST.md, "Tree file". */
static void writes_the_superblock_of_veritysetup(void **state)
{
	const struct shvm_digest_params params = { .jobs = 1 };
	AUTOFREE uint8_t *file = NULL;
	struct shvm_digest d;
	struct sparse s;
	size_t len;

	(void)state;
	write_tree(&s, &params, &d);
	file = test_file_read(path, &len);
	assert_memory_equal(file, "verity\0\0\1\0\0\0\1\0\0\0", 16);
	assert_memory_equal(file + 16, d.root, 6);
	assert_int_equal(file[16 + 6] >> 4, 8);
	assert_int_equal(file[16 + 8] >> 6, 2);
	assert_string_equal((char *)file + 0x20, "sha256");
	assert_int_equal(le32_get(file + 0x40), 4096);
	assert_int_equal(le32_get(file + 0x44), 4096);
	assert_int_equal(le64_get(file + 0x48), 33 * 256 + 1);
	for (size_t i = 0x50; i < 4096; i++)
		assert_int_equal(file[i], 0);
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
	assert_int_equal(treefile_write(&s.source, &params, &out, 0600, &d,
					&err),
			 SHVM_E_IO);
	assert_int_equal(access(path, F_OK), -1);
	s.fail_from = UINT64_MAX;
	assert_int_equal(treefile_write(&s.source, &params, &out, 0600, &d,
					NULL),
			 SHVM_OK);
	assert_int_equal(treefile_write(&s.source, &params, &out, 0600, &d,
					&err),
			 SHVM_E_ARG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_every_hash_in_its_place),
		cmocka_unit_test(writes_the_superblock_of_veritysetup),
		cmocka_unit_test(a_failure_leaves_no_file),
	};

	test_own_folder_enter();
	return cmocka_run_group_tests_name("treefile", tests, NULL, NULL);
}
