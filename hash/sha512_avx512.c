/* SPDX-License-Identifier: MIT */
/* SHA-512 of 8 leaves at once with AVX-512 (F, BW, VL). */
#include "hash/sha2.h"

#ifdef SHA2_X86

#include "base/auto.h"
#include "base/be.h"

#include <immintrin.h>
#include <string.h>

#define VEC __m512i
#define ROUNDS 80
#define ROUND_K sha512_k
#define ADD(x, y) _mm512_add_epi64(x, y)
#define ALL(w) _mm512_set1_epi64((long long)(w))
#define XOR3(x, y, z) _mm512_ternarylogic_epi64(x, y, z, 0x96)
#define CH(x, y, z) _mm512_ternarylogic_epi64(x, y, z, 0xca)
#define MAJ(x, y, z) _mm512_ternarylogic_epi64(x, y, z, 0xe8)
#define ROTR(x, n) _mm512_ror_epi64(x, n)
#define SHR(x, n) _mm512_srli_epi64(x, n)
#define BIG0(x) XOR3(ROTR(x, 28), ROTR(x, 34), ROTR(x, 39))
#define BIG1(x) XOR3(ROTR(x, 14), ROTR(x, 18), ROTR(x, 41))
#define SMALL0(x) XOR3(ROTR(x, 1), ROTR(x, 8), SHR(x, 7))
#define SMALL1(x) XOR3(ROTR(x, 19), ROTR(x, 61), SHR(x, 6))

#include "hash/sha2_lanes.h"

enum {
	LANES = 8,
	BLOCK = 128,
	HASH = 64
};

/* 16 bytes at p + at of the lanes j, j + 2, j + 4 and j + 6. */
static inline __attribute__((always_inline)) __m512i load_four(
	const uint8_t *const p[LANES], int j, size_t at)
{
	__m512i v = _mm512_castsi128_si512(
		_mm_loadu_si128((const void *)(p[j] + at)));

	v = _mm512_inserti32x4(v,
			       _mm_loadu_si128((const void *)(p[j + 2] + at)),
			       1);
	v = _mm512_inserti32x4(v,
			       _mm_loadu_si128((const void *)(p[j + 4] + at)),
			       2);
	return _mm512_inserti32x4(
		v, _mm_loadu_si128((const void *)(p[j + 6] + at)), 3);
}

/* Two words of all lanes, lane 2k + j at element 2k + j. */
static inline __attribute__((always_inline)) void load_words(
	const uint8_t *const p[LANES], size_t at, __m512i w[2])
{
	const __m512i swap = _mm512_broadcast_i32x4(
		_mm_set_epi64x(0x08090a0b0c0d0e0f, 0x0001020304050607));
	const __m512i r0 = load_four(p, 0, at), r1 = load_four(p, 1, at);

	w[0] = _mm512_shuffle_epi8(_mm512_unpacklo_epi64(r0, r1), swap);
	w[1] = _mm512_shuffle_epi8(_mm512_unpackhi_epi64(r0, r1), swap);
}

/* The padding of a message of len bytes, a multiple of the block: 5.1.2. */
static void pad_words(__m512i w[16], size_t len)
{
	for (int i = 1; i < 15; i++)
		w[i] = _mm512_setzero_si512();
	w[0] = _mm512_set1_epi64((long long)UINT64_C(0x8000000000000000));
	w[15] = _mm512_set1_epi64((long long)len << 3);
}

static void hash_8(const uint8_t *const p[LANES], size_t len,
		   uint8_t out[LANES * HASH])
{
	uint64_t words[8][LANES];
	__m512i s[8], w[16];

	for (int i = 0; i < 8; i++)
		s[i] = _mm512_set1_epi64((long long)sha512_h[i]);
	for (size_t at = 0; at < len; at += BLOCK) {
		load_words(p, at, w);
		load_words(p, at + 16, w + 2);
		load_words(p, at + 32, w + 4);
		load_words(p, at + 48, w + 6);
		load_words(p, at + 64, w + 8);
		load_words(p, at + 80, w + 10);
		load_words(p, at + 96, w + 12);
		load_words(p, at + 112, w + 14);
		compress(s, w);
	}
	pad_words(w, len);
	compress(s, w);

	for (int i = 0; i < 8; i++)
		_mm512_storeu_si512(words[i], s[i]);
	for (int lane = 0; lane < LANES; lane++)
		for (int i = 0; i < 8; i++)
			be64_put(out + lane * HASH + i * 8, words[i][lane]);
	_mm256_zeroupper(); /* SSE code after us would stall otherwise */
}

static int avx512_open(void **ret, struct shvm_err *err)
{
	return sha512_openssl.open(ret, err); /* for groups of one or two */
}

static void avx512_close(void *ctx)
{
	sha512_openssl.close(ctx);
}

static int avx512_hash(void *ctx, const uint8_t *const *data, size_t n,
		       size_t len, uint8_t *out, struct shvm_err *err)
{
	uint8_t spare[LANES * HASH];
	const uint8_t *p[LANES];

	for (; n >= LANES; n -= LANES, data += LANES, out += LANES * HASH)
		hash_8(data, len, out);
	if (n <= 2)
		return sha512_openssl.hash(ctx, data, n, len, out, err);

	for (size_t i = 0; i < LANES; i++)
		p[i] = data[i < n ? i : 0];
	hash_8(p, len, spare);
	memcpy(out, spare, n * HASH);
	return SHVM_OK;
}

static bool avx512_is_usable(void)
{
	return __builtin_cpu_supports("avx512f") &&
	       __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vl");
}

const struct kernel sha512_avx512 = {
	.name = "avx512",
	.algorithm = HASH_SHA512,
	.lanes = LANES,
	.is_usable = avx512_is_usable,
	.open = avx512_open,
	.close = avx512_close,
	.hash = avx512_hash,
};

#endif
