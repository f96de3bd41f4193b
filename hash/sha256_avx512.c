/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 of 16 leaves at once with AVX-512 (F, BW, VL). Per 16 blocks it needs
 * some 1720 vector operations, so on two 512-bit ports no more than 1.19 bytes
 * a cycle are possible; this reaches over 90 % of that.
 */
#include "hash/sha2.h"

#ifdef SHA2_X86

#include "hash/sha2_avx512.h"

#define LANES 16
#define XOR3(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0x96)
#define CH(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0xca)
#define MAJ(x, y, z) _mm512_ternarylogic_epi32(x, y, z, 0xe8)
#define ROTR(x, n) _mm512_ror_epi32(x, n)
#define FEW (sha256_ni4.is_usable() ? &sha256_ni4 : &sha256_openssl)
#define FEW_MAX (LANES / 2)

#include "hash/sha256_lanes.h"

const struct kernel sha256_avx512 = {
	.name = "avx512",
	.algorithm = SHVM_HASH_SHA256,
	.lanes = LANES,
	.is_usable = avx512_is_usable,
	.open = lanes_open,
	.close = lanes_close,
	.hash = lanes_hash,
};

#endif
