/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 of 8 leaves at once with AVX2: for processors without the SHA
 * instructions, where it is several times as fast as one stream. There is no
 * rotation in AVX2, so each costs three operations.
 */
#include "hash/sha2.h"

#ifdef SHA2_X86

#include "base/be.h"

#include <immintrin.h>
#include <string.h>

#define VEC __m256i
#define ROUNDS 64
#define ROUND_K sha256_k
#define ADD(x, y) _mm256_add_epi32(x, y)
#define XOR(x, y) _mm256_xor_si256(x, y)
#define AND(x, y) _mm256_and_si256(x, y)
#define ALL(w) _mm256_set1_epi32((int)(w))
#define CH(x, y, z) XOR(AND(XOR(y, z), x), z)
#define MAJ(x, y, z) XOR(AND(XOR(x, y), XOR(y, z)), y)
#define SHR(x, n) _mm256_srli_epi32(x, n)
#define ROTR(x, n) _mm256_or_si256(SHR(x, n), _mm256_slli_epi32(x, 32 - (n)))
#define XOR3(x, y, z) XOR(XOR(x, y), z)
#define BIG0(x) XOR3(ROTR(x, 2), ROTR(x, 13), ROTR(x, 22))
#define BIG1(x) XOR3(ROTR(x, 6), ROTR(x, 11), ROTR(x, 25))
#define SMALL0(x) XOR3(ROTR(x, 7), ROTR(x, 18), SHR(x, 3))
#define SMALL1(x) XOR3(ROTR(x, 17), ROTR(x, 19), SHR(x, 10))

#include "hash/sha2_lanes.h"

enum {
	LANES = 8,
	BLOCK = 64,
	HASH = 32
};

/* 16 bytes at p + at of the lanes j and j + 4. */
static inline __attribute__((always_inline)) __m256i load_two(
	const uint8_t *const p[LANES], int j, size_t at)
{
	return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(
					       (const void *)(p[j] + at))),
				       _mm_loadu_si128(
					       (const void *)(p[j + 4] + at)),
				       1);
}

/* Four words of all lanes, lane 4k + j at element 4k + j. */
static inline __attribute__((always_inline)) void load_words(
	const uint8_t *const p[LANES], size_t at, __m256i w[4])
{
	const __m256i swap = _mm256_broadcastsi128_si256(
		_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
	const __m256i r0 = load_two(p, 0, at), r1 = load_two(p, 1, at);
	const __m256i r2 = load_two(p, 2, at), r3 = load_two(p, 3, at);
	const __m256i low01 = _mm256_unpacklo_epi32(r0, r1);
	const __m256i high01 = _mm256_unpackhi_epi32(r0, r1);
	const __m256i low23 = _mm256_unpacklo_epi32(r2, r3);
	const __m256i high23 = _mm256_unpackhi_epi32(r2, r3);

	w[0] = _mm256_shuffle_epi8(_mm256_unpacklo_epi64(low01, low23), swap);
	w[1] = _mm256_shuffle_epi8(_mm256_unpackhi_epi64(low01, low23), swap);
	w[2] = _mm256_shuffle_epi8(_mm256_unpacklo_epi64(high01, high23), swap);
	w[3] = _mm256_shuffle_epi8(_mm256_unpackhi_epi64(high01, high23), swap);
}

/* The padding of a message of len bytes, a multiple of the block: 5.1.1. */
static void pad_words(__m256i w[16], size_t len)
{
	for (int i = 1; i < 14; i++)
		w[i] = _mm256_setzero_si256();
	w[0] = _mm256_set1_epi32((int)0x80000000);
	w[14] = _mm256_set1_epi32((int)(len >> 29));
	w[15] = _mm256_set1_epi32((int)(len << 3));
}

static void hash_8(const uint8_t *const p[LANES], size_t len,
		   uint8_t out[LANES * HASH])
{
	uint32_t words[8][LANES];
	__m256i s[8], w[16];

	for (int i = 0; i < 8; i++)
		s[i] = _mm256_set1_epi32((int)sha256_h[i]);
	for (size_t at = 0; at < len; at += BLOCK) {
		load_words(p, at, w);
		load_words(p, at + 16, w + 4);
		load_words(p, at + 32, w + 8);
		load_words(p, at + 48, w + 12);
		compress(s, w);
	}
	pad_words(w, len);
	compress(s, w);

	for (int i = 0; i < 8; i++)
		_mm256_storeu_si256((void *)words[i], s[i]);
	for (int lane = 0; lane < LANES; lane++)
		for (int i = 0; i < 8; i++)
			be32_put(out + lane * HASH + i * 4, words[i][lane]);
	_mm256_zeroupper(); /* SSE code after us would stall otherwise */
}

static int avx2_open(void **ret, struct shvm_err *err)
{
	return sha256_openssl.open(ret, err); /* for groups of one or two */
}

static void avx2_close(void *ctx)
{
	sha256_openssl.close(ctx);
}

static int avx2_hash(void *ctx, const uint8_t *const *data, size_t n,
		     size_t len, uint8_t *out, struct shvm_err *err)
{
	uint8_t spare[LANES * HASH];
	const uint8_t *p[LANES];

	for (; n >= LANES; n -= LANES, data += LANES, out += LANES * HASH)
		hash_8(data, len, out);
	if (n <= 2)
		return sha256_openssl.hash(ctx, data, n, len, out, err);

	for (size_t i = 0; i < LANES; i++)
		p[i] = data[i < n ? i : 0];
	hash_8(p, len, spare);
	memcpy(out, spare, n * HASH);
	return SHVM_OK;
}

static bool avx2_is_usable(void)
{
	return __builtin_cpu_supports("avx2");
}

const struct kernel sha256_avx2 = {
	.name = "avx2",
	.algorithm = HASH_SHA256,
	.lanes = LANES,
	.is_usable = avx2_is_usable,
	.open = avx2_open,
	.close = avx2_close,
	.hash = avx2_hash,
};

#endif
