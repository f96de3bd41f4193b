/* SPDX-License-Identifier: MIT */
#include "base/encode.h"
#include "hash/digest.h"

#include "base/buf.h"
#include "tests/unit/support.h"
#include "tests/unit/support_sparse.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define KiB (UINT64_C(1) << 10)
#define MiB (UINT64_C(1) << 20)
#define TiB (UINT64_C(1) << 40)

#define D SHVM_EXTENT_DATA
#define Z SHVM_EXTENT_ZERO
#define H SHVM_EXTENT_HOLE

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
			const struct shvm_digest_params *params)
{
	const uint32_t block = params->block_size ? params->block_size : 4096;
	uint8_t root[64], digest[64];
	struct shvm_err err = { 0 };
	struct sparse s;
	struct shvm_digest d;
	uint8_t *data;
	int r;

	shape_init(&s, shape);
	data = sparse_bytes(&s);
	slow_digest(data, s.source.size, block, params->algorithm, root,
		    digest);
	free(data);
	r = digest_run(&s.source, params, NULL, &d, &err);
	if (r != SHVM_OK)
		fail_msg("%s: %s", shape->name, err.msg);
	if (memcmp(d.root, root, d.hash_size) ||
	    memcmp(d.digest, digest, d.hash_size))
		fail_msg("%s, block %u, %u threads: another digest",
			 shape->name, block, params->jobs);
	assert_int_equal(d.bytes_hashed + d.bytes_skipped, s.source.size);
	assert_true(s.hole_bytes_read <= 16 * block);
}

static void equals_the_slow_way_for_each_shape(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i += test_is_slow() ? 3 : 1)
		check_shape(&shapes[i],
			    &(struct shvm_digest_params){ .jobs = 2 });
}

static void equals_the_slow_way_for_each_block_size(void **state)
{
	(void)state;
	for (uint32_t block = 4096; block <= 1 * MiB;
	     block *= test_is_slow() ? 256 : 2)
		for (size_t i = test_is_slow()	     ? 16
				: test_is_thorough() ? 13
						     : 15;
		     i < ARRAY_SIZE(shapes); i++)
			for (int a = SHVM_HASH_SHA256; a <= SHVM_HASH_SHA512;
			     a++)
				check_shape(&shapes[i],
					    &(struct shvm_digest_params){
						    .algorithm = a,
						    .block_size = block,
						    .jobs = 2 });
}

static void is_the_same_for_any_number_of_threads(void **state)
{
	static const unsigned int jobs[] = { 1, 2, 7, 16 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(jobs); i++)
		check_shape(&shapes[test_is_slow() ? 7 : 8],
			    &(struct shvm_digest_params){ .jobs = jobs[i] });
}

static void every_kernel_gives_the_same_digest(void **state)
{
	(void)state;
	for (const struct kernel *const *k = kernels_all(); *k; k++)
		if ((*k)->is_usable())
			check_shape(&shapes[16],
				    &(struct shvm_digest_params){
					    .algorithm = (*k)->algorithm,
					    .kernel = (*k)->name,
					    .jobs = 1 });
}

/* Known from a program that has nothing to do with ours: a disk of one hole
 * has the tree of zeros, so each level is one hash repeated. */
static void an_empty_disk_of_64_tib_takes_no_time(void **state)
{
	static const struct sparse_run runs[] = { { 64 * TiB, H, 0 } };
	uint8_t hash[32], node[4096] = { 0 };
	struct shvm_digest d;
	struct sparse s;
	double start;

	(void)state;
	sparse_init(&s, runs, 1);
	start = test_cpu_seconds();
	assert_int_equal(digest_run(&s.source,
				    &(struct shvm_digest_params){ 0 }, NULL, &d,
				    NULL),
			 SHVM_OK);
	if (test_cpu_seconds() - start > 5)
		fail_msg("%g seconds", test_cpu_seconds() - start);
	assert_int_equal(s.read_bytes, 0);
	assert_int_equal(d.bytes_hashed, 0);
	assert_int_equal(d.bytes_skipped, 64 * TiB);
	for (uint64_t n = 64 * TiB / 4096;; n = (n + 127) / 128) {
		assert_true(EVP_Digest(node, sizeof(node), hash, NULL,
				       EVP_sha256(), NULL));
		if (n == 1)
			break;
		memset(node, 0, sizeof(node));
		for (uint64_t i = 0; i < (n < 128 ? n : 128); i++)
			memcpy(node + i * 32, hash, 32);
	}
	assert_memory_equal(d.root, hash, 32);
}

static void a_little_data_far_out_is_found(void **state)
{
	static const struct sparse_run runs[] = {
		{ 30 * TiB + 5 * MiB, H, 0 },
		{ 64 * KiB, D, 1 },
		{ 34 * TiB - 7 * MiB, H, 0 },
		{ 512, D, 2 },
	};
	struct shvm_digest a, b;
	struct sparse s;

	(void)state;
	sparse_init(&s, runs, ARRAY_SIZE(runs));
	assert_int_equal(digest_run(&s.source,
				    &(struct shvm_digest_params){ .jobs = 2 },
				    NULL, &a, NULL),
			 SHVM_OK);
	assert_int_equal(a.bytes_hashed, 64 * KiB + 512);
	assert_int_equal(digest_run(&s.source,
				    &(struct shvm_digest_params){
					    .jobs = 1, .kernel = "openssl" },
				    NULL, &b, NULL),
			 SHVM_OK);
	assert_memory_equal(a.digest, b.digest, 32);
}

static void a_read_error_stops_all_threads(void **state)
{
	static const unsigned int jobs[] = { 1, 2, 7, 16 };
	static const struct sparse_run runs[] = { { 200 * MiB, D, 1 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(jobs); i++) {
		struct shvm_err err = { 0 };
		struct shvm_digest d, untouched;
		struct sparse s;

		memset(&d, 0xa5, sizeof(d));
		untouched = d;
		sparse_init(&s, runs, 1);
		s.fail_from = 20 * MiB;
		assert_int_equal(digest_run(&s.source,
					    &(struct shvm_digest_params){
						    .jobs = jobs[i] },
					    NULL, &d, &err),
				 SHVM_E_IO);
		assert_string_equal(err.msg, "sparse: broken at 20971520");
		assert_memory_equal(&d, &untouched, sizeof(d));
		assert_true(s.read_bytes < 190 * MiB);
	}
}

struct calls {
	uint64_t count, last, total, stop_after;
};

static int progress(void *ctx, uint64_t done, uint64_t total)
{
	struct calls *c = ctx;

	if (done < c->last)
		fail_msg("went back from %ju to %ju", (uintmax_t)c->last,
			 (uintmax_t)done);
	c->last = done;
	c->total = total;
	return ++c->count > c->stop_after;
}

static void tells_how_far_it_is(void **state)
{
	struct calls c = { .stop_after = UINT64_MAX };
	const struct shvm_digest_params p = { .jobs = 2,
					      .progress = progress,
					      .progress_ctx = &c };
	struct shvm_digest d;
	struct sparse s;

	(void)state;
	shape_init(&s, &shapes[14]);
	assert_int_equal(digest_run(&s.source, &p, NULL, &d, NULL), SHVM_OK);
	assert_true(c.count >= 4);
	assert_int_equal(c.last, s.source.size);
	assert_int_equal(c.total, s.source.size);
}

static void stops_when_the_callback_says_so(void **state)
{
	static const struct sparse_run runs[] = { { 200 * MiB, D, 1 } };

	(void)state;
	for (uint64_t after = 0; after < 3; after++) {
		struct calls c = { .stop_after = after };
		struct shvm_err err = { 0 };
		struct shvm_digest d;
		struct sparse s;

		sparse_init(&s, runs, 1);
		assert_int_equal(digest_run(&s.source,
					    &(struct shvm_digest_params){
						    .jobs = 7,
						    .progress = progress,
						    .progress_ctx = &c },
					    NULL, &d, &err),
				 SHVM_E_CANCELLED);
		assert_string_equal(err.msg, "digest: cancelled");
		assert_int_equal(c.count, after + 1);
		assert_true(s.read_bytes < 190 * MiB);
	}
}

static void a_disk_that_changes_meanwhile_is_an_error(void **state)
{
	struct shvm_err err = { 0 };
	struct shvm_digest d;
	struct sparse s;

	(void)state;
	shape_init(&s, &shapes[2]);
	s.changed = true;
	assert_int_equal(digest_run(&s.source,
				    &(struct shvm_digest_params){ 0 }, NULL, &d,
				    &err),
			 SHVM_E_IO);
	assert_string_equal(err.msg, "sparse: changed");
}

static void refuses_parameters_that_make_no_tree(void **state)
{
	static const struct {
		struct shvm_digest_params params;
		const char *says;
	} cases[] = {
		{ { .block_size = 2048 }, "block size 2048 is not" },
		{ { .block_size = 2 << 20 }, "block size 2097152 is not" },
		{ { .block_size = 5000 }, "block size 5000 is not" },
		{ { .algorithm = 7 }, "unknown hash algorithm 7" },
		{ { .kernel = "fast" }, "kernel fast cannot be used here" },
	};
	struct sparse s;

	(void)state;
	shape_init(&s, &shapes[2]);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct shvm_err err = { 0 };
		struct shvm_digest d;

		assert_int_equal(digest_run(&s.source, &cases[i].params, NULL,
					    &d, &err),
				 SHVM_E_ARG);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %s", i, err.msg);
	}
	s.source.size = 0;
	assert_int_equal(digest_run(&s.source, &cases[0].params, NULL,
				    &(struct shvm_digest){ 0 }, NULL),
			 SHVM_E_ARG);
}

/* Wrong for leaves (or nodes) whose first byte is this one. */
static uint8_t bad_byte;

static int wrong_hash(void *ctx, const uint8_t *const *data, size_t n,
		      size_t len, uint8_t *out, struct shvm_err *err)
{
	int r = kernel_openssl(SHVM_HASH_SHA256)
			->hash(ctx, data, n, len, out, err);

	for (size_t i = 0; i < n; i++)
		if (data[i][0] == bad_byte)
			out[i * 32 + 31] ^= 1;
	return r;
}

/* Wrong in one of sixteen lanes, in each full group. */
static size_t bad_lane;

static int wrong_lane(void *ctx, const uint8_t *const *data, size_t n,
		      size_t len, uint8_t *out, struct shvm_err *err)
{
	int r = kernel_openssl(SHVM_HASH_SHA256)
			->hash(ctx, data, n, len, out, err);

	for (size_t i = bad_lane; i < n / 16 * 16; i += 16)
		out[i * 32] ^= 1;
	return r;
}

static void a_wrong_lane_is_caught_whichever_it_is(void **state)
{
	static const struct sparse_run runs[] = { { 17 * MiB, D, 1 } };
	struct kernel wrong = *kernel_openssl(SHVM_HASH_SHA256);
	const struct shvm_digest_params params = { .jobs = 1 };
	const struct digest_hooks hooks = { .untested = &wrong };
	struct sparse s;

	(void)state;
	wrong.hash = wrong_lane;
	sparse_init(&s, runs, 1);
	for (bad_lane = 0; bad_lane < 16; bad_lane += test_is_slow() ? 5 : 1) {
		struct shvm_err err = { 0 };
		struct shvm_digest d;

		if (digest_run(&s.source, &params, &hooks, &d, &err) !=
			    SHVM_E_CRYPTO ||
		    !strstr(err.msg, "differ at leaf"))
			fail_msg("lane %zu: %s", bad_lane, err.msg);
	}
}

/* Leaves are right and one node of each group of sixteen is not. */
static int wrong_node(void *ctx, const uint8_t *const *data, size_t n,
		      size_t len, uint8_t *out, struct shvm_err *err)
{
	int r = kernel_openssl(SHVM_HASH_SHA256)
			->hash(ctx, data, n, len, out, err);

	if (n == 16) /* the leaves come 64 at a time */
		out[bad_lane * 32] ^= 1;
	return r;
}

static void a_wrong_node_is_caught_whichever_it_is(void **state)
{
	static const struct sparse_run runs[] = { { 64 * MiB, D, 1 } };
	struct kernel wrong = *kernel_openssl(SHVM_HASH_SHA256);
	const struct shvm_digest_params params = { .jobs = 1 };
	const struct digest_hooks hooks = { .untested = &wrong };
	struct sparse s;

	(void)state;
	wrong.hash = wrong_node;
	sparse_init(&s, runs, 1);
	for (bad_lane = 0; bad_lane < 8; bad_lane += 3) {
		struct shvm_err err = { 0 };
		struct shvm_digest d;

		if (digest_run(&s.source, &params, &hooks, &d, &err) !=
			    SHVM_E_CRYPTO ||
		    !strstr(err.msg, "differ at the node over leaf"))
			fail_msg("node %zu: %s", bad_lane, err.msg);
	}
}

static void a_kernel_that_errs_later_is_caught(void **state)
{
	struct kernel wrong = *kernel_openssl(SHVM_HASH_SHA256);
	static const struct sparse_run runs[] = { { 64 * MiB, D, 1 } };
	const struct shvm_digest_params params = { .jobs = 1 };
	const struct digest_hooks hooks = { .untested = &wrong };
	struct sparse s;
	uint8_t *data;
	struct shvm_digest d;
	const int tries = test_is_slow() ? 1 : 4;
	int caught = 0;

	(void)state;
	wrong.hash = wrong_hash;
	sparse_init(&s, runs, 1);
	data = sparse_bytes(&s);
	for (int i = 0; i < tries; i++) {
		struct shvm_err err = { 0 };

		/* One leaf in 256 has this byte, one in 255 is looked at. */
		bad_byte = data[(size_t)i * 255 * 4096];
		if (digest_run(&s.source, &params, &hooks, &d, &err) == SHVM_OK)
			continue;
		caught++;
		assert_int_equal(err.code, SHVM_E_CRYPTO);
		assert_non_null(strstr(err.msg, "kernel openssl and OpenSSL "
						"differ at"));
	}
	free(data);
	assert_int_equal(caught, tries);
}

/* The descriptor of fsverity-utils for 4096 bytes of 'a', by its program:
 * yes a | tr -d '\n' | head -c 4096 > f; fsverity digest --compact f */
static void equals_fsverity_on_a_known_file(void **state)
{
	AUTO(source_ptr) s = NULL;
	char text[65];
	uint8_t data[4096];
	struct shvm_digest d;

	(void)state;
	memset(data, 'a', sizeof(data));
	assert_int_equal(source_memory(data, sizeof(data), 512, &s, NULL), 0);
	assert_int_equal(digest_run(s, &(struct shvm_digest_params){ 0 }, NULL,
				    &d, NULL),
			 SHVM_OK);
	hex_format(d.digest, 32, text);
	assert_string_equal(
		text,
		"a2a808ddaced77f0b6b3068f47b14b5a1fb3fc43674993ab11b8e7e6f2d089e2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equals_fsverity_on_a_known_file),
		cmocka_unit_test(equals_the_slow_way_for_each_shape),
		cmocka_unit_test(equals_the_slow_way_for_each_block_size),
		cmocka_unit_test(is_the_same_for_any_number_of_threads),
		cmocka_unit_test(every_kernel_gives_the_same_digest),
		cmocka_unit_test(an_empty_disk_of_64_tib_takes_no_time),
		cmocka_unit_test(a_little_data_far_out_is_found),
		cmocka_unit_test(a_read_error_stops_all_threads),
		cmocka_unit_test(tells_how_far_it_is),
		cmocka_unit_test(stops_when_the_callback_says_so),
		cmocka_unit_test(a_kernel_that_errs_later_is_caught),
		cmocka_unit_test(a_wrong_lane_is_caught_whichever_it_is),
		cmocka_unit_test(a_wrong_node_is_caught_whichever_it_is),
		cmocka_unit_test(a_disk_that_changes_meanwhile_is_an_error),
		cmocka_unit_test(refuses_parameters_that_make_no_tree),
	};

	return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
