/* SPDX-License-Identifier: MIT */
#include "base/encode.h"
#include "hash/tree.h"

#include "base/auto.h"
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TiB (UINT64_C(1) << 40)

static void plans_the_levels_of_known_sizes(void **state)
{
	static const struct {
		uint64_t size;
		uint32_t block;
		enum shvm_hash algorithm;
		uint32_t levels;
		uint64_t hashes[TREE_LEVELS_MAX];
	} cases[] = {
		{ 1, 4096, SHVM_HASH_SHA256, 1, { 1 } },
		{ 4096, 4096, SHVM_HASH_SHA256, 1, { 1 } },
		{ 4097, 4096, SHVM_HASH_SHA256, 2, { 2, 1 } },
		{ 128 * 4096, 4096, SHVM_HASH_SHA256, 2, { 128, 1 } },
		{ 128 * 4096 + 1, 4096, SHVM_HASH_SHA256, 3, { 129, 2, 1 } },
		{ 64 * 4096, 4096, SHVM_HASH_SHA512, 2, { 64, 1 } },
		{ 65 * 4096, 4096, SHVM_HASH_SHA512, 3, { 65, 2, 1 } },
		{ UINT64_C(1) << 30,
		  1 << 20,
		  SHVM_HASH_SHA256,
		  2,
		  { 1024, 1 } },
		{ 64 * TiB,
		  4096,
		  SHVM_HASH_SHA256,
		  6,
		  { UINT64_C(1) << 34, 1 << 27, 1 << 20, 1 << 13, 64, 1 } },
		{ 64 * TiB,
		  4096,
		  SHVM_HASH_SHA512,
		  7,
		  { UINT64_C(1) << 34, 1 << 28, 1 << 22, 1 << 16, 1 << 10, 16,
		    1 } },
		{ 64 * TiB,
		  1 << 20,
		  SHVM_HASH_SHA256,
		  3,
		  { 1 << 26, 2048, 1 } },
		{ UINT64_MAX,
		  1 << 20,
		  SHVM_HASH_SHA256,
		  4,
		  { UINT64_C(1) << 44, 1 << 29, 1 << 14, 1 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tree t;
		uint64_t span = 1;

		assert_int_equal(tree_plan(cases[i].size, cases[i].block,
					   cases[i].algorithm, &t, NULL),
				 SHVM_OK);
		assert_int_equal(t.levels, cases[i].levels);
		assert_memory_equal(t.hashes, cases[i].hashes,
				    sizeof(t.hashes));
		assert_int_equal(t.fanout * t.hash_size, t.block_size);
		for (uint32_t level = 0; level < t.levels; level++) {
			assert_int_equal(t.span[level], span);
			span *= t.fanout;
		}
	}
}

static void every_small_size_has_the_right_counts(void **state)
{
	(void)state;
	for (uint64_t leaves = 1; leaves < 40000; leaves += 37) {
		uint64_t n = leaves;
		struct tree t;

		assert_int_equal(tree_plan(leaves * 4096 - 4095, 4096,
					   SHVM_HASH_SHA512, &t, NULL),
				 SHVM_OK);
		for (uint32_t level = 0; level < t.levels; level++) {
			assert_int_equal(t.hashes[level], n);
			n = (n + 63) / 64;
		}
		assert_int_equal(t.hashes[t.levels - 1], 1);
		assert_int_equal(tree_bytes(&t, 0, leaves), t.data_size);
		assert_int_equal(tree_bytes(&t, leaves - 1, leaves), 1);
		if (leaves > 1)
			assert_int_equal(tree_bytes(&t, 0, 1), 4096);
	}
}

static void refuses_what_is_no_tree(void **state)
{
	static const struct {
		uint64_t size;
		uint32_t block;
		int algorithm, code;
		const char *says;
	} cases[] = {
		{ 0, 4096, SHVM_HASH_SHA256, SHVM_E_ARG, "no data" },
		{ 1, 0, SHVM_HASH_SHA256, SHVM_E_ARG, "block size 0" },
		{ 1, 2048, SHVM_HASH_SHA256, SHVM_E_ARG, "block size 2048" },
		{ 1, 6144, SHVM_HASH_SHA256, SHVM_E_ARG, "block size 6144" },
		{ 1, 2 << 20, SHVM_HASH_SHA256, SHVM_E_ARG,
		  "block size 2097152" },
		{ 1, 4096, 2, SHVM_E_ARG, "algorithm 2" },
		{ 1, 4096, -1, SHVM_E_ARG, "algorithm -1" },
		{ UINT64_MAX, 4096, SHVM_HASH_SHA512, SHVM_E_UNSUPPORTED,
		  "more than 8 levels" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct shvm_err err = { 0 };
		struct tree t, untouched;
		int r;

		memset(&t, 0xa5, sizeof(t));
		untouched = t;
		r = tree_plan(cases[i].size, cases[i].block,
			      (enum shvm_hash)cases[i].algorithm, &t, &err);
		if (r != cases[i].code || !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		assert_memory_equal(&t, &untouched, sizeof(t));
	}
}

/* uapi/linux/fsverity.h, struct fsverity_descriptor. */
static void the_descriptor_is_that_of_the_kernel(void **state)
{
	uint8_t root[64], d[DESCRIPTOR_SIZE];
	char text[2 * DESCRIPTOR_SIZE + 1];
	struct tree t;

	(void)state;
	for (int i = 0; i < 64; i++)
		root[i] = (uint8_t)(i + 1);
	assert_int_equal(tree_plan(0x123456789a, 65536, SHVM_HASH_SHA256, &t,
				   NULL),
			 SHVM_OK);
	tree_descriptor(&t, root, d);
	hex_format(d, 64, text);
	assert_string_equal(text, "0101100000000000" /* sha256, 2^16, no salt */
				  "9a78563412000000"
				  "0102030405060708090a0b0c0d0e0f10"
				  "1112131415161718191a1b1c1d1e1f20"
				  "00000000000000000000000000000000");
	for (int i = 64; i < DESCRIPTOR_SIZE; i++)
		assert_int_equal(d[i], 0);
	assert_int_equal(tree_plan(1, 4096, SHVM_HASH_SHA512, &t, NULL),
			 SHVM_OK);
	tree_descriptor(&t, root, d);
	assert_memory_equal(d, "\1\2\14\0\0\0\0\0\1\0\0\0\0\0\0\0", 16);
	assert_memory_equal(d + 16, root, 64);
}

static void names_are_those_of_the_catalog(void **state)
{
	(void)state;
	assert_string_equal(shvm_hash_name(SHVM_HASH_SHA256),
			    "fs-verity-sha256");
	assert_string_equal(shvm_hash_name(SHVM_HASH_SHA512),
			    "fs-verity-sha512");
	assert_int_equal(hash_size(SHVM_HASH_SHA256), 32);
	assert_int_equal(hash_size(SHVM_HASH_SHA512), 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans_the_levels_of_known_sizes),
		cmocka_unit_test(every_small_size_has_the_right_counts),
		cmocka_unit_test(refuses_what_is_no_tree),
		cmocka_unit_test(the_descriptor_is_that_of_the_kernel),
		cmocka_unit_test(names_are_those_of_the_catalog),
	};

	return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
