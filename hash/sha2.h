/* SPDX-License-Identifier: MIT */
/*
 * The kernels that this build has; included only by kernels.c and the kernels.
 */
#ifndef HASH_SHA2_H
#define HASH_SHA2_H

#include "hash/kernels.h"

#ifdef __x86_64__
#define SHA2_X86 1
#endif
#ifdef __aarch64__
#define SHA2_ARM 1
#endif

extern const struct kernel sha256_openssl, sha512_openssl;
#ifdef SHA2_X86
extern const struct kernel sha256_ni2, sha256_ni4, sha256_avx2, sha256_avx512;
extern const struct kernel sha512_avx512;
#endif
#ifdef SHA2_ARM
extern const struct kernel sha256_armv8;
#endif

/* Constants of FIPS 180-4: initial hash values, round constants. */
extern const uint32_t sha256_h[8], sha256_k[64];
extern const uint64_t sha512_h[8], sha512_k[80];

#endif
