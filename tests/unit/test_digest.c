/* SPDX-License-Identifier: MIT */
#include "signer/digest.h"
#include "tests/unit/support_sparse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KiB (UINT64_C(1) << 10)
#define MiB (UINT64_C(1) << 20)
#define GiB (UINT64_C(1) << 30)
#define TiB (UINT64_C(1) << 40)

#define D EXTENT_DATA
#define Z EXTENT_ZERO
#define H EXTENT_HOLE

struct shape {
	const char *name;
	struct sparse_run runs[8];
};

static const struct shape shapes[] = {
	{ "one sector", { { 512, D, 1 } } },
	{ "one byte more than a block", { { 4097, D, 1 } } },
	{ "one block", { { 4096, D, 1 } } },
	{ "two blocks", { { 8192, D, 1 } } },
	{ "one node", { { 512 * KiB, D, 1 } } },
	{ "one node and a sector", { { 512 * KiB + 512, D, 1 } } },
	{ "a segment", { { 8 * MiB, D, 1 } } },
	{ "a segment and a bit", { { 8 * MiB + 4096 * 5 + 512, D, 1 } } },
	{ "five segments", { { 40 * MiB, D, 1 } } },
	{ "all holes", { { 33 * MiB + 512, H, 0 } } },
	{ "all written zeros", { { 17 * MiB + 1024, D, 0 } } },
	{ "a tiny hole", { { 512, H, 0 } } },
	{ "hole first", { { 20 * MiB, H, 0 }, { 3 * MiB, D, 1 } } },
	{ "hole last", { { 3 * MiB, D, 1 }, { 20 * MiB + 512, Z, 0 } } },
	{ "hole in the middle",
	  { { 9 * MiB, D, 1 }, { 16 * MiB, H, 0 }, { 9 * MiB + 512, D, 2 } } },
	{ "runs that meet inside leaves",
	  { { 1 * MiB + 512, D, 1 },
	    { 3 * MiB, H, 0 },
	    { 1024, Z, 0 },
	    { 512, D, 2 },
	    { 7 * KiB, H, 0 },
	    { 5 * MiB + 1536, D, 3 } } },
	{ "data and zeros by turns",
	  { { 100 * KiB, D, 1 },
	    { 300 * KiB, D, 0 },
	    { 64 * KiB, D, 2 },
	    { 12 * MiB, D, 0 },
	    { 64 * KiB, D, 3 },
	    { 4 * KiB, Z, 0 },
	    { 4 * KiB, D, 4 } } },
};

static void shape_init(struct sparse *s, const struct shape *shape)
{
	size_t n = 0;

	while (n < 8 && shape->runs[n].len)
		n++;
	sparse_init(s, shape->runs, n);
}

static void check_shape(const struct shape *shape,
			const struct digest_params *params)
{
	const uint32_t block = params->block_size ? params->block_size : 4096;
	uint8_t root[64], digest[64];
	struct shvm_err err = { 0 };
	struct sparse s;
	struct digest d;
	uint8_t *data;
	int r;

	shape_init(&s, shape);
	data = sparse_bytes(&s);
	slow_digest(data, s.source.size, block, params->algorithm, root,
		    digest);
	free(data);
	r = digest_run(&s.source, params, &d, &err);
	if (r != SHVM_OK)
		fail_msg("%s: %s", shape->name, err.msg);
	if (memcmp(d.root, root, d.tree.hash_size) ||
	    memcmp(d.digest, digest, d.tree.hash_size))
		fail_msg("%s, block %u, %u threads: another digest",
			 shape->name, block, params->jobs);
	assert_int_equal(d.bytes_hashed + d.bytes_skipped, s.source.size);
	assert_true(s.hole_bytes_read <= 16 * block);
}

static void equals_the_slow_way_for_each_shape(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		check_shape(&shapes[i], &(struct digest_params){ .jobs = 2 });
}

static void equals_the_slow_way_for_each_block_size(void **state)
{
	(void)state;
	for (uint32_t block = 4096; block <= 1 * MiB; block *= 2)
		for (size_t i = 13; i < ARRAY_SIZE(shapes); i++)
			for (int a = HASH_SHA256; a <= HASH_SHA512; a++)
				check_shape(&shapes[i],
					    &(struct digest_params){
						    .algorithm = a,
						    .block_size = block,
						    .jobs = 2 });
}

static void is_the_same_for_any_number_of_threads(void **state)
{
	static const unsigned int jobs[] = { 1, 2, 7, 16 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(jobs); i++)
		check_shape(&shapes[8],
			    &(struct digest_params){ .jobs = jobs[i] });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_the_slow_way_for_each_shape),
		cmocka_unit_test(equals_the_slow_way_for_each_block_size),
		cmocka_unit_test(is_the_same_for_any_number_of_threads),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
