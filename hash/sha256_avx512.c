/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 of 16 leaves at once with AVX-512 (F, BW, VL). Per 16 blocks it needs
 * some 1720 vector operations, so on two 512-bit ports no more than 1.19 bytes
 * a cycle are possible; this reaches over 90 % of that.
 */
#include "hash/sha2.h"

#ifdef SHA2_X86

#include "base/auto.h"
#include "base/be.h"

#include <immintrin.h>
#include <string.h>

#define VEC __m512i
#define ROUNDS 64
#define ROUND_K sha256_k
#define ADD(x, y) _mm512_add_epi32(x, y)
#define ALL(w) _mm512_set1_epi32((int)(w))
#define XOR3(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0x96)
#define CH(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0xca)
#define MAJ(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0xe8)
#define ROTR(x, n) _mm512_ror_epi32(x, n)
#define SHR(x, n) _mm512_srli_epi32(x, n)
#define BIG0(x) XOR3(ROTR(x, 2), ROTR(x, 13), ROTR(x, 22))
#define BIG1(x) XOR3(ROTR(x, 6), ROTR(x, 11), ROTR(x, 25))
#define SMALL0(x) XOR3(ROTR(x, 7), ROTR(x, 18), SHR(x, 3))
#define SMALL1(x) XOR3(ROTR(x, 17), ROTR(x, 19), SHR(x, 10))

#include "hash/sha2_lanes.h"

enum {
	LANES = 16,
	BLOCK = 64,
	HASH = 32
};

/* 16 bytes at p + at of the lanes j, j + 4, j + 8 and j + 12. */
static inline __attribute__((always_inline)) __m512i load_four(
	const uint8_t *const p[LANES], int j, size_t at)
{
	__m512i v = _mm512_castsi128_si512(
		_mm_loadu_si128((const void *)(p[j] + at)));

	v = _mm512_inserti32x4(v,
			       _mm_loadu_si128((const void *)(p[j + 4] + at)),
			       1);
	v = _mm512_inserti32x4(v,
			       _mm_loadu_si128((const void *)(p[j + 8] + at)),
			       2);
	return _mm512_inserti32x4(
		v, _mm_loadu_si128((const void *)(p[j + 12] + at)), 3);
}

/*
 * Words 4q to 4q + 3 of all lanes: four loads as above, whose 4 x 4 quarters
 * are transposed in place, so that lane 4k + j ends up at element 4k + j.
 */
static inline __attribute__((always_inline)) void load_words(
	const uint8_t *const p[LANES], size_t at, __m512i w[4])
{
	const __m512i swap = _mm512_broadcast_i32x4(
		_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
	const __m512i r0 = load_four(p, 0, at), r1 = load_four(p, 1, at);
	const __m512i r2 = load_four(p, 2, at), r3 = load_four(p, 3, at);
	const __m512i low01 = _mm512_unpacklo_epi32(r0, r1);
	const __m512i high01 = _mm512_unpackhi_epi32(r0, r1);
	const __m512i low23 = _mm512_unpacklo_epi32(r2, r3);
	const __m512i high23 = _mm512_unpackhi_epi32(r2, r3);

	w[0] = _mm512_shuffle_epi8(_mm512_unpacklo_epi64(low01, low23), swap);
	w[1] = _mm512_shuffle_epi8(_mm512_unpackhi_epi64(low01, low23), swap);
	w[2] = _mm512_shuffle_epi8(_mm512_unpacklo_epi64(high01, high23), swap);
	w[3] = _mm512_shuffle_epi8(_mm512_unpackhi_epi64(high01, high23), swap);
}

/* The padding of a message of len bytes, a multiple of the block: 5.1.1. */
static void pad_words(__m512i w[16], size_t len)
{
	for (int i = 1; i < 14; i++)
		w[i] = _mm512_setzero_si512();
	w[0] = _mm512_set1_epi32((int)0x80000000);
	w[14] = _mm512_set1_epi32((int)(len >> 29));
	w[15] = _mm512_set1_epi32((int)(len << 3));
}

static void hash_16(const uint8_t *const p[LANES], size_t len,
		    uint8_t out[LANES * HASH])
{
	uint32_t words[8][LANES];
	__m512i s[8], w[16];

	for (int i = 0; i < 8; i++)
		s[i] = _mm512_set1_epi32((int)sha256_h[i]);
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
		_mm512_storeu_si512(words[i], s[i]);
	for (int lane = 0; lane < LANES; lane++)
		for (int i = 0; i < 8; i++)
			be32_put(out + lane * HASH + i * 4, words[i][lane]);
	_mm256_zeroupper(); /* SSE code after us would stall otherwise */
}

/* What is left for groups of 8 and fewer: the kernel that suits them. */
struct avx512_ctx {
	struct hasher few;
};

static void avx512_close(void *ctx)
{
	struct avx512_ctx *c = ctx;

	hasher_done(&c->few);
	free(c);
}

static int avx512_open(void **ret, struct shvm_err *err)
{
	struct avx512_ctx *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return err_nomem(err, "hash context");
	r = hasher_init(&c->few,
			sha256_ni4.is_usable() ? &sha256_ni4 : &sha256_openssl,
			err);
	if (r < 0) {
		free(c);
		return r;
	}
	*ret = c;
	return SHVM_OK;
}

static int avx512_hash(void *ctx, const uint8_t *const *data, size_t n,
		       size_t len, uint8_t *out, struct shvm_err *err)
{
	struct avx512_ctx *c = ctx;
	uint8_t spare[LANES * HASH];
	const uint8_t *p[LANES];

	for (; n >= LANES; n -= LANES, data += LANES, out += LANES * HASH)
		hash_16(data, len, out);
	if (n <= LANES / 2)
		return n ? c->few.kernel->hash(c->few.ctx, data, n, len, out,
					       err)
			 : SHVM_OK;

	for (size_t i = 0; i < LANES; i++)
		p[i] = data[i < n ? i : 0];
	hash_16(p, len, spare);
	memcpy(out, spare, n * HASH);
	return SHVM_OK;
}

static bool avx512_is_usable(void)
{
	return __builtin_cpu_supports("avx512f") &&
	       __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vl");
}

const struct kernel sha256_avx512 = {
	.name = "avx512",
	.algorithm = HASH_SHA256,
	.lanes = LANES,
	.is_usable = avx512_is_usable,
	.open = avx512_open,
	.close = avx512_close,
	.hash = avx512_hash,
};

#endif
