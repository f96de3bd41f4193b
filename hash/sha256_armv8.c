/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 of two leaves at once with the crypto extension of ARMv8: vsha256h
 * and vsha256h2 do four rounds on the state split as (a, b, c, d) and (e, f,
 * g, h), vsha256su0 and vsha256su1 make four words of the schedule (Arm ARM,
 * C7.2). Each depends on the one before it, so a second stream is free.
 */
#include "hash/sha2.h"

#ifdef SHA2_ARM

#include <arm_neon.h>
#include <sys/auxv.h>

#ifndef HWCAP_SHA2
#define HWCAP_SHA2 (1 << 6) /* uapi/asm/hwcap.h */
#endif

enum {
	STREAMS = 2,
	BLOCK = 64,
	HASH = 32
};

#define INLINE static inline __attribute__((always_inline))

/* One block of n streams, n constant: the loops over streams go away. */
INLINE void compress(const int n, uint32x4_t abcd[], uint32x4_t efgh[],
		     uint32x4_t w[][4])
{
	uint32x4_t a_in[STREAMS], e_in[STREAMS];

	for (int s = 0; s < n; s++) {
		a_in[s] = abcd[s];
		e_in[s] = efgh[s];
	}
#pragma GCC unroll 16
	for (int i = 0; i < 16; i++) {
		const uint32x4_t k = vld1q_u32(&sha256_k[4 * i]);

#pragma GCC unroll 2
		for (int s = 0; s < n; s++) {
			const uint32x4_t wk = vaddq_u32(w[s][i & 3], k);
			const uint32x4_t before = abcd[s];

			if (i < 12)
				w[s][i & 3] = vsha256su1q_u32(
					vsha256su0q_u32(w[s][i & 3],
							w[s][(i + 1) & 3]),
					w[s][(i + 2) & 3], w[s][(i + 3) & 3]);
			abcd[s] = vsha256hq_u32(before, efgh[s], wk);
			efgh[s] = vsha256h2q_u32(efgh[s], before, wk);
		}
	}
	for (int s = 0; s < n; s++) {
		abcd[s] = vaddq_u32(abcd[s], a_in[s]);
		efgh[s] = vaddq_u32(efgh[s], e_in[s]);
	}
}

INLINE void hash_streams(const int n, const uint8_t *const *p, size_t len,
			 uint8_t *out)
{
	uint32x4_t abcd[STREAMS], efgh[STREAMS], w[STREAMS][4];

	for (int s = 0; s < n; s++) {
		abcd[s] = vld1q_u32(sha256_h);
		efgh[s] = vld1q_u32(sha256_h + 4);
	}
	for (size_t at = 0; at < len; at += BLOCK) {
		for (int s = 0; s < n; s++)
			for (int i = 0; i < 4; i++)
				w[s][i] = vreinterpretq_u32_u8(vrev32q_u8(
					vld1q_u8(p[s] + at + 16 * i)));
		compress(n, abcd, efgh, w);
	}
	for (int s = 0; s < n; s++) { /* the padding, FIPS 180-4, 5.1.1 */
		w[s][0] = vsetq_lane_u32(0x80000000, vdupq_n_u32(0), 0);
		w[s][1] = w[s][2] = vdupq_n_u32(0);
		w[s][3] =
			vsetq_lane_u32((uint32_t)(len << 3), vdupq_n_u32(0), 3);
		w[s][3] = vsetq_lane_u32((uint32_t)(len >> 29), w[s][3], 2);
	}
	compress(n, abcd, efgh, w);
	for (int s = 0; s < n; s++) {
		vst1q_u8(out + s * HASH,
			 vrev32q_u8(vreinterpretq_u8_u32(abcd[s])));
		vst1q_u8(out + s * HASH + 16,
			 vrev32q_u8(vreinterpretq_u8_u32(efgh[s])));
	}
}

static int armv8_hash(void *ctx, const uint8_t *const *data, size_t n,
		      size_t len, uint8_t *out, struct shvm_err *err)
{
	(void)ctx;
	(void)err;
	for (; n >= STREAMS; n -= STREAMS, data += STREAMS) {
		hash_streams(STREAMS, data, len, out);
		out += STREAMS * HASH;
	}
	if (n)
		hash_streams(1, data, len, out);
	return SHVM_OK;
}

static bool armv8_is_usable(void)
{
	return getauxval(AT_HWCAP) & HWCAP_SHA2;
}

const struct kernel sha256_armv8 = {
	.name = "armv8",
	.algorithm = SHVM_HASH_SHA256,
	.lanes = STREAMS,
	.is_usable = armv8_is_usable,
	.hash = armv8_hash,
};

#endif
