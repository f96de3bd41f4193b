/* SPDX-License-Identifier: MIT */
/* What the kernels with AVX-512 (F, BW, VL) share. */
#ifndef HASH_SHA2_AVX512_H
#define HASH_SHA2_AVX512_H

#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VEC __m512i
#define X(name) _mm512_##name
#define BROADCAST(v) _mm512_broadcast_i32x4(v)

/* 16 bytes at p + at of each of four lanes, step apart. */
static inline __attribute__((always_inline)) __m512i load_four(
	const uint8_t *const *p, int step, size_t at)
{
	__m512i v = _mm512_castsi128_si512(
		_mm_loadu_si128((const void *)(p[0] + at)));

	v = _mm512_inserti32x4(v, _mm_loadu_si128((const void *)(p[step] + at)),
			       1);
	v = _mm512_inserti32x4(
		v, _mm_loadu_si128((const void *)(p[2 * step] + at)), 2);
	return _mm512_inserti32x4(
		v, _mm_loadu_si128((const void *)(p[3 * step] + at)), 3);
}
#define GATHER(p, j, at) load_four((p) + (j), LANES / 4, at)

static inline bool avx512_is_usable(void)
{
	return __builtin_cpu_supports("avx512f") &&
	       __builtin_cpu_supports("avx512bw") &&
	       __builtin_cpu_supports("avx512vl");
}

#endif
