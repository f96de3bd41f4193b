/* SPDX-License-Identifier: MIT */
/* Lists the hash kernels, tests them against known answers, chooses one. */
#include "hash/kernels.h"

#include "base/auto.h"
#include "base/clock.h"
#include "base/line.h"
#include "hash/hasher.h"
#include "hash/sha2.h"

#include <stdio.h>
#include <string.h>

enum {
	TEST_LEAVES = 38,
	TEST_LEN = 256,
	TIMED_LEAVES = 16
};

static const struct kernel *const all[] = {
	&sha256_openssl,
#ifdef SHA2_X86
	&sha256_ni2,
	&sha256_ni4,
	&sha256_avx2,
	&sha256_avx512,
#endif
#ifdef SHA2_ARM
	&sha256_armv8,
#endif
	&sha512_openssl,
#ifdef SHA2_X86
	&sha512_avx512,
#endif
	NULL,
};

const struct kernel *const *kernels_all(void)
{
	return all;
}

const struct kernel *kernel_openssl(enum shvm_hash algorithm)
{
	return algorithm == SHVM_HASH_SHA512 ? &sha512_openssl
					     : &sha256_openssl;
}

/* Leaf i of the known-answer test. */
static void test_leaf(uint8_t *leaf, unsigned int i)
{
	for (unsigned int j = 0; j < TEST_LEN; j++)
		leaf[j] = (uint8_t)(i * 37 + j * 11 + (j >> 3));
}

/*
 * The known answer is the hash of the hashes of 38 leaves of 256 bytes: full
 * groups of 16, 8, 4 and 2 lanes, an incomplete one, and a single leaf.
 */
int kernel_self_test(const struct kernel *kernel, struct shvm_err *err)
{
	static const uint8_t known[2][SHVM_HASH_SIZE_MAX] = {
		[SHVM_HASH_SHA256] = { 0x04, 0xf2, 0x74, 0x17, 0x09, 0x09, 0x7e,
				       0x6f, 0x9b, 0x7e, 0x45, 0x2e, 0xa2, 0x79,
				       0xe5, 0x03, 0xf4, 0xb2, 0x66, 0xdc, 0xcb,
				       0xb9, 0xef, 0xfb, 0x98, 0x0b, 0xcf, 0xdf,
				       0x03, 0xf7, 0xee, 0xd3 },
		[SHVM_HASH_SHA512] = { 0x04, 0xa3, 0x9e, 0x07, 0x1a, 0x1a, 0xe6,
				       0xd7, 0x23, 0xf1, 0x26, 0xf0, 0x75, 0x13,
				       0x03, 0x0e, 0xfb, 0xc6, 0x9d, 0x10, 0x2f,
				       0x02, 0xc3, 0x4f, 0x28, 0xb2, 0xb3, 0x27,
				       0x10, 0x5d, 0xb0, 0x34, 0x03, 0x05, 0x1e,
				       0x51, 0xd1, 0xd4, 0xd0, 0xa2, 0x4e, 0xfc,
				       0x40, 0xb6, 0x76, 0x6b, 0xa3, 0x4c, 0x7b,
				       0xbe, 0x78, 0xcf, 0xa5, 0x89, 0x68, 0xe5,
				       0xc1, 0xd7, 0xee, 0x96, 0x1b, 0xe2, 0x5c,
				       0x41 },
	};
	const size_t size = hash_size(kernel->algorithm);
	uint8_t leaves[TEST_LEAVES][TEST_LEN];
	uint8_t out[TEST_LEAVES * SHVM_HASH_SIZE_MAX];
	const uint8_t *data[TEST_LEAVES];
	uint8_t answer[SHVM_HASH_SIZE_MAX] = { 0 };
	AUTO_DONE(hasher) h = { 0 };

	for (unsigned int i = 0; i < TEST_LEAVES; i++) {
		test_leaf(leaves[i], i);
		data[i] = leaves[i];
	}
	TRY(hasher_init(&h, kernel, err));
	TRY(kernel->hash(h.ctx, data, TEST_LEAVES, TEST_LEN, out, err));
	TRY(hasher_one(&h, out, TEST_LEAVES * size, answer, err));
	if (memcmp(answer, known[kernel->algorithm], size) != 0)
		return err_set(err, SHVM_E_CRYPTO,
			       "kernel %s: wrong result in the self-test of %s",
			       kernel->name, shvm_hash_name(kernel->algorithm));
	return SHVM_OK;
}

/* The best of three runs over one batch, in seconds. */
static int time_one(const struct kernel *kernel, const uint8_t *const *data,
		    double *ret, struct shvm_err *err)
{
	uint8_t out[TIMED_LEAVES * SHVM_HASH_SIZE_MAX];
	AUTO_DONE(hasher) h = { 0 };
	double best = 1e9;

	TRY(hasher_init(&h, kernel, err));
	for (int i = 0; i < 3; i++) {
		const int64_t start = clock_ns();
		double t;

		TRY(kernel->hash(h.ctx, data, TIMED_LEAVES, BLOCK_SIZE_MIN, out,
				 err));
		t = clock_seconds_since(start);
		if (t < best)
			best = t;
	}
	*ret = best;
	return SHVM_OK;
}

/* The fastest kernel depends on the processor: measure, in less than 1 ms. */
static int choose_by_time(enum shvm_hash algorithm, const struct kernel **ret,
			  struct shvm_err *err)
{
	AUTOFREE uint8_t *leaves = malloc(TIMED_LEAVES * BLOCK_SIZE_MIN);
	const uint8_t *data[TIMED_LEAVES];
	const struct kernel *best = NULL;
	double best_time = 0;

	TRY(err_null(err, leaves, "kernel timing"));

	for (size_t i = 0; i < TIMED_LEAVES * BLOCK_SIZE_MIN; i++)
		leaves[i] = (uint8_t)(i * 7 + (i >> 8));
	for (size_t i = 0; i < TIMED_LEAVES; i++)
		data[i] = leaves + i * BLOCK_SIZE_MIN;
	for (const struct kernel *const *k = all; *k; k++) {
		double t = 0;

		if ((*k)->algorithm != algorithm || !(*k)->is_usable())
			continue;
		TRY(time_one(*k, data, &t, err));
		if (!best || t < best_time) {
			best = *k;
			best_time = t;
		}
	}
	*ret = best;
	return SHVM_OK;
}

void kernel_names(enum shvm_hash algorithm, char *ret, size_t size)
{
	*ret = '\0';
	for (const struct kernel *const *k = all; *k; k++)
		if ((*k)->algorithm == algorithm && (*k)->is_usable())
			line_list(ret, size, (*k)->name);
}

static int unknown_name(enum shvm_hash algorithm, const char *name,
			struct shvm_err *err)
{
	char names[256];

	kernel_names(algorithm, names, sizeof(names));
	return err_set(err, SHVM_E_ARG,
		       "kernel %.32s cannot be used here for %s; available: %s",
		       name, shvm_hash_name(algorithm), names);
}

int kernel_choose(enum shvm_hash algorithm, const char *name,
		  const struct kernel **ret, struct shvm_err *err)
{
	const struct kernel *found = NULL;

	if (!name) {
		TRY(choose_by_time(algorithm, &found, err));
	} else {
		for (const struct kernel *const *k = all; *k; k++)
			if ((*k)->algorithm == algorithm &&
			    strcmp((*k)->name, name) == 0 && (*k)->is_usable())
				found = *k;
		if (!found)
			return unknown_name(algorithm, name, err);
	}
	TRY(kernel_self_test(found, err));
	*ret = found;
	return SHVM_OK;
}
