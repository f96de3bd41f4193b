/* SPDX-License-Identifier: MIT */
/*
 * What the SHA-256 kernels of sha2_lanes.h share: its functions and constants,
 * and the blocks of all lanes turned into vectors of words. Needs ROTR and XOR3
 * besides, and of the instructions X(unpacklo_epi32) and so on; GATHER(p, j,
 * at) is 16 bytes at p + at of the lanes j, j + 4 ... each.
 */
#ifndef HASH_SHA256_LANES_H
#define HASH_SHA256_LANES_H

#define WORD uint32_t
#define ROUNDS 64
#define ROUND_K sha256_k
#define START sha256_h
#define ADD(x, y) X(add_epi32)(x, y)
#define ALL(w) X(set1_epi32)((int)(w))
#define SHR(x, n) X(srli_epi32)(x, n)
#define BIG0(x) XOR3(ROTR(x, 2), ROTR(x, 13), ROTR(x, 22))
#define BIG1(x) XOR3(ROTR(x, 6), ROTR(x, 11), ROTR(x, 25))
#define SMALL0(x) XOR3(ROTR(x, 7), ROTR(x, 18), SHR(x, 3))
#define SMALL1(x) XOR3(ROTR(x, 17), ROTR(x, 19), SHR(x, 10))

/*
 * Four words of all lanes: four loads, whose 4 x 4 quarters are transposed in
 * place, so that lane 4k + j ends up at element 4k + j.
 */
static inline __attribute__((always_inline)) void load_words(
	const uint8_t *const p[LANES], size_t at, VEC w[4])
{
	const VEC swap = BROADCAST(
		_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
	const VEC r0 = GATHER(p, 0, at), r1 = GATHER(p, 1, at);
	const VEC r2 = GATHER(p, 2, at), r3 = GATHER(p, 3, at);
	const VEC low01 = X(unpacklo_epi32)(r0, r1);
	const VEC high01 = X(unpackhi_epi32)(r0, r1);
	const VEC low23 = X(unpacklo_epi32)(r2, r3);
	const VEC high23 = X(unpackhi_epi32)(r2, r3);

	w[0] = X(shuffle_epi8)(X(unpacklo_epi64)(low01, low23), swap);
	w[1] = X(shuffle_epi8)(X(unpackhi_epi64)(low01, low23), swap);
	w[2] = X(shuffle_epi8)(X(unpacklo_epi64)(high01, high23), swap);
	w[3] = X(shuffle_epi8)(X(unpackhi_epi64)(high01, high23), swap);
}

static inline __attribute__((always_inline)) void load_block(
	const uint8_t *const p[LANES], size_t at, VEC w[16])
{
	load_words(p, at, w);
	load_words(p, at + 16, w + 4);
	load_words(p, at + 32, w + 8);
	load_words(p, at + 48, w + 12);
}

#include "hash/sha2_lanes.h"

#endif
