/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 with the SHA instructions of x86, of two or four leaves whose
 * instructions are interleaved: one round depends on the one before it, so a
 * second stream uses the time in which the first one waits.
 *
 * sha256rnds2 does two rounds on the state split as (a, b, e, f) and (c, d, g,
 * h); sha256msg1 and sha256msg2 make four words of the schedule (Intel SDM,
 * volume 2).
 */
#include "hash/sha2.h"

#ifdef SHA2_X86

#include "base/be.h"

#include <cpuid.h>
#include <immintrin.h>

enum {
	BLOCK = 64,
	HASH = 32
};

#define INLINE static inline __attribute__((always_inline))

/* Four rounds of every stream with the words in w[.][i & 3]. */
#define FOUR_ROUNDS(n, i)                                                      \
	do {                                                                   \
		const __m128i k_ =                                             \
			_mm_loadu_si128((const void *)&sha256_k[4 * (i)]);     \
		_Pragma("GCC unroll 4") for (int s = 0; s < (n); s++)          \
		{                                                              \
			__m128i m_ = _mm_add_epi32(w[s][(i)&3], k_);           \
			cdgh[s] = _mm_sha256rnds2_epu32(cdgh[s], abef[s], m_); \
			m_ = _mm_shuffle_epi32(m_, 0x0e);                      \
			abef[s] = _mm_sha256rnds2_epu32(abef[s], cdgh[s], m_); \
		}                                                              \
	} while (0)

/* Words 4i to 4i + 3 from the sixteen before them, i at least 4. */
#define FOUR_WORDS(n, i)                                                       \
	do {                                                                   \
		_Pragma("GCC unroll 4") for (int s = 0; s < (n); s++)          \
		{                                                              \
			__m128i t_ =                                           \
				_mm_sha256msg1_epu32(w[s][(i)&3],              \
						     w[s][((i) + 1) & 3]);     \
			t_ = _mm_add_epi32(                                    \
				t_, _mm_alignr_epi8(w[s][((i) + 3) & 3],       \
						    w[s][((i) + 2) & 3], 4));  \
			w[s][(i)&3] =                                          \
				_mm_sha256msg2_epu32(t_, w[s][((i) + 3) & 3]); \
		}                                                              \
	} while (0)

#define FOUR(n, i)                                                             \
	do {                                                                   \
		FOUR_WORDS(n, i);                                              \
		FOUR_ROUNDS(n, i);                                             \
	} while (0)

INLINE void rounds(const int n, __m128i abef[], __m128i cdgh[], __m128i w[][4])
{
	__m128i abef_in[4], cdgh_in[4];

	for (int s = 0; s < n; s++) {
		abef_in[s] = abef[s];
		cdgh_in[s] = cdgh[s];
	}
	FOUR_ROUNDS(n, 0);
	FOUR_ROUNDS(n, 1);
	FOUR_ROUNDS(n, 2);
	FOUR_ROUNDS(n, 3);
	FOUR(n, 4);
	FOUR(n, 5);
	FOUR(n, 6);
	FOUR(n, 7);
	FOUR(n, 8);
	FOUR(n, 9);
	FOUR(n, 10);
	FOUR(n, 11);
	FOUR(n, 12);
	FOUR(n, 13);
	FOUR(n, 14);
	FOUR(n, 15);
	for (int s = 0; s < n; s++) {
		abef[s] = _mm_add_epi32(abef[s], abef_in[s]);
		cdgh[s] = _mm_add_epi32(cdgh[s], cdgh_in[s]);
	}
}

/* Write a state as eight big-endian words. */
INLINE void put_hash(uint8_t *out, __m128i abef, __m128i cdgh)
{
	uint32_t x[4], y[4];

	_mm_storeu_si128((void *)x, abef); /* f e b a */
	_mm_storeu_si128((void *)y, cdgh); /* h g d c */
	be32_put(out, x[3]);
	be32_put(out + 4, x[2]);
	be32_put(out + 8, y[3]);
	be32_put(out + 12, y[2]);
	be32_put(out + 16, x[1]);
	be32_put(out + 20, x[0]);
	be32_put(out + 24, y[1]);
	be32_put(out + 28, y[0]);
}

/* Hash n leaves, n constant, so that all loops over streams go away. */
INLINE void hash_streams(const int n, const uint8_t *const *p, size_t len,
			 uint8_t *out)
{
	const __m128i swap =
		_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	const uint32_t *h = sha256_h;
	__m128i abef[4], cdgh[4], w[4][4];

	for (int s = 0; s < n; s++) {
		abef[s] = _mm_set_epi32((int)h[0], (int)h[1], (int)h[4],
					(int)h[5]);
		cdgh[s] = _mm_set_epi32((int)h[2], (int)h[3], (int)h[6],
					(int)h[7]);
	}
	for (size_t at = 0; at < len; at += BLOCK) {
		for (int s = 0; s < n; s++)
			for (int i = 0; i < 4; i++)
				w[s][i] = _mm_shuffle_epi8(
					_mm_loadu_si128((const void *)(p[s] +
								       at +
								       16 * i)),
					swap);
		rounds(n, abef, cdgh, w);
	}
	for (int s = 0; s < n; s++) { /* the padding, FIPS 180-4, 5.1.1 */
		w[s][0] = _mm_set_epi32(0, 0, 0, (int)0x80000000);
		w[s][1] = w[s][2] = _mm_setzero_si128();
		w[s][3] =
			_mm_set_epi32((int)(len << 3), (int)(len >> 29), 0, 0);
	}
	rounds(n, abef, cdgh, w);
	for (int s = 0; s < n; s++)
		put_hash(out + s * HASH, abef[s], cdgh[s]);
}

/* CPUID leaf 7: SHA; leaf 1: SSSE3 and SSE4.1. */
static bool ni_is_usable(void)
{
	unsigned int a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) ||
	    !(c & bit_SSE4_1))
		return false;
	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

/* Up to most at once, which is constant. */
INLINE int hash_all(const size_t most, const uint8_t *const *data, size_t n,
		    size_t len, uint8_t *out)
{
	for (; most == 4 && n >= 4; n -= 4, data += 4, out += 4 * HASH)
		hash_streams(4, data, len, out);
	for (; n >= 2; n -= 2, data += 2, out += 2 * HASH)
		hash_streams(2, data, len, out);
	if (n)
		hash_streams(1, data, len, out);
	return SHVM_OK;
}

static int hash_2(void *ctx, const uint8_t *const *data, size_t n, size_t len,
		  uint8_t *out, struct shvm_err *err)
{
	(void)ctx;
	(void)err;
	return hash_all(2, data, n, len, out);
}

static int hash_4(void *ctx, const uint8_t *const *data, size_t n, size_t len,
		  uint8_t *out, struct shvm_err *err)
{
	(void)ctx;
	(void)err;
	return hash_all(4, data, n, len, out);
}

const struct kernel sha256_ni2 = {
	.name = "sha-ni-2",
	.algorithm = SHVM_HASH_SHA256,
	.lanes = 2,
	.is_usable = ni_is_usable,
	.hash = hash_2,
};

const struct kernel sha256_ni4 = {
	.name = "sha-ni-4",
	.algorithm = SHVM_HASH_SHA256,
	.lanes = 4,
	.is_usable = ni_is_usable,
	.hash = hash_4,
};

#endif
