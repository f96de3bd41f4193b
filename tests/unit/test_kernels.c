/* SPDX-License-Identifier: MIT */
#include "hash/hasher.h"
#include "hash/kernels.h"

#include "base/auto.h"
#include "hash/sha2.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	LEAVES_MAX = 40,
	LEN_MAX = 64 << 10
};

/* Against OpenSSL's one-shot call, which no kernel uses. */
static void check_one(const struct kernel *k, const uint8_t *memory, size_t n,
		      size_t len, size_t skew)
{
	const EVP_MD *md =
		k->algorithm == SHVM_HASH_SHA512 ? EVP_sha512() : EVP_sha256();
	const size_t size = hash_size(k->algorithm);
	uint8_t out[LEAVES_MAX * SHVM_HASH_SIZE_MAX + 1],
		expected[SHVM_HASH_SIZE_MAX];
	const uint8_t *data[LEAVES_MAX];
	struct shvm_err err = { 0 };
	struct hasher h = { 0 };

	for (size_t i = 0; i < n; i++) /* overlapping, in no order */
		data[i] = memory + (i * 7 % LEAVES_MAX) * 1024 + skew;
	out[n * size] = 0xa5;
	assert_int_equal(hasher_init(&h, k, &err), SHVM_OK);
	assert_int_equal(k->hash(h.ctx, data, n, len, out, &err), SHVM_OK);
	hasher_done(&h);
	assert_int_equal(out[n * size], 0xa5);
	for (size_t i = 0; i < n; i++) {
		assert_true(EVP_Digest(data[i], len, expected, NULL, md, NULL));
		if (memcmp(expected, out + i * size, size))
			fail_msg("%s: leaf %zu of %zu, %zu bytes, skew %zu",
				 k->name, i, n, len, skew);
	}
}

static void every_kernel_equals_openssl(void **state)
{
	static const size_t lens[] = { 128, 256, 4096, 16384, LEN_MAX };
	const size_t bytes = LEAVES_MAX * 1024 + LEN_MAX + 64;
	AUTOFREE uint8_t *memory = malloc(bytes);
	unsigned int x = 1;

	(void)state;
	assert_non_null(memory);
	for (size_t i = 0; i < bytes; i++) {
		x = x * 1664525 + 1013904223;
		memory[i] = (uint8_t)(x >> 24);
	}
	for (const struct kernel *const *k = kernels_all(); *k; k++) {
		if (!(*k)->is_usable()) {
			print_message("[  SKIP    ] %s cannot be used here\n",
				      (*k)->name);
			continue;
		}
		for (size_t n = 0; n <= LEAVES_MAX; n++)
			for (size_t l = 0; l < 3; l++)
				check_one(*k, memory, n, lens[l], n % 3);
		for (size_t l = 3; l < ARRAY_SIZE(lens); l++)
			check_one(*k, memory, 19, lens[l], 1);
	}
}

static int wrong_hash(void *ctx, const uint8_t *const *data, size_t n,
		      size_t len, uint8_t *out, struct shvm_err *err)
{
	int r = sha256_openssl.hash(ctx, data, n, len, out, err);

	if (n > 21)
		out[21 * 32 + 5] ^= 0x10; /* one bit of one leaf */
	return r;
}

static void self_test_finds_one_wrong_bit(void **state)
{
	struct kernel wrong = sha256_openssl;
	struct shvm_err err = { 0 };

	(void)state;
	for (const struct kernel *const *k = kernels_all(); *k; k++)
		if ((*k)->is_usable())
			assert_int_equal(kernel_self_test(*k, &err), SHVM_OK);
	wrong.name = "wrong";
	wrong.hash = wrong_hash;
	assert_int_equal(kernel_self_test(&wrong, &err), SHVM_E_CRYPTO);
	assert_string_equal(err.msg, "kernel wrong: wrong result in the "
				     "self-test of fs-verity-sha256");
}

static void chooses_by_name_or_by_speed(void **state)
{
	const struct kernel *k = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(kernel_choose(SHVM_HASH_SHA256, "openssl", &k, &err),
			 0);
	assert_ptr_equal(k, &sha256_openssl);
	assert_int_equal(kernel_choose(SHVM_HASH_SHA512, "openssl", &k, &err),
			 0);
	assert_ptr_equal(k, &sha512_openssl);
	assert_int_equal(kernel_choose(SHVM_HASH_SHA256, NULL, &k, &err), 0);
	assert_int_equal(k->algorithm, SHVM_HASH_SHA256);
	assert_true(k->is_usable());
	assert_int_equal(kernel_choose(SHVM_HASH_SHA512, NULL, &k, &err), 0);
	assert_int_equal(k->algorithm, SHVM_HASH_SHA512);

	k = &sha256_openssl;
	assert_int_equal(kernel_choose(SHVM_HASH_SHA256, "md5", &k, &err),
			 SHVM_E_ARG);
	assert_ptr_equal(k, &sha256_openssl);
	assert_non_null(strstr(err.msg,
			       "kernel md5 cannot be used here for "
			       "fs-verity-sha256; available: openssl"));
}

#ifdef SHA2_X86
static void names_a_kernel_of_the_other_hash_as_unknown(void **state)
{
	const struct kernel *k;
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(kernel_choose(SHVM_HASH_SHA512, "avx2", &k, &err),
			 SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "kernel avx2 cannot be used"));
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kernel_equals_openssl),
		cmocka_unit_test(self_test_finds_one_wrong_bit),
		cmocka_unit_test(chooses_by_name_or_by_speed),
#ifdef SHA2_X86
		cmocka_unit_test(names_a_kernel_of_the_other_hash_as_unknown),
#endif
	};

	return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
