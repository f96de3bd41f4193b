/* SPDX-License-Identifier: MIT */
/* SHA-512 of 8 leaves at once with AVX-512 (F, BW, VL). */
#include "hash/sha2.h"

#ifdef SHA2_X86

#include "hash/sha2_avx512.h"

#define WORD uint64_t
#define LANES 8
#define ROUNDS 80
#define ROUND_K sha512_k
#define START sha512_h
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
#define FEW (&sha512_openssl)
#define FEW_MAX 2

/* Two words of all lanes, lane 2k + j at element 2k + j. */
static inline __attribute__((always_inline)) void load_words(
	const uint8_t *const p[LANES], size_t at, __m512i w[2])
{
	const __m512i swap = BROADCAST(
		_mm_set_epi64x(0x08090a0b0c0d0e0f, 0x0001020304050607));
	const __m512i r0 = GATHER(p, 0, at), r1 = GATHER(p, 1, at);

	w[0] = _mm512_shuffle_epi8(_mm512_unpacklo_epi64(r0, r1), swap);
	w[1] = _mm512_shuffle_epi8(_mm512_unpackhi_epi64(r0, r1), swap);
}

static inline __attribute__((always_inline)) void load_block(
	const uint8_t *const p[LANES], size_t at, __m512i w[16])
{
	for (size_t i = 0; i < 16; i += 2)
		load_words(p, at + 8 * i, w + i);
}

#include "hash/sha2_lanes.h"

const struct kernel sha512_avx512 = {
	.name = "avx512",
	.algorithm = SHVM_HASH_SHA512,
	.lanes = LANES,
	.is_usable = avx512_is_usable,
	.open = lanes_open,
	.close = lanes_close,
	.hash = lanes_hash,
};

#endif
