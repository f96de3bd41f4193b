/* SPDX-License-Identifier: MIT */
/* The kernels that this build has; only kernels.c and the kernels see this. */
#ifndef SIGNER_SHA2_H
#define SIGNER_SHA2_H

#include "signer/kernels.h"

extern const struct kernel sha256_openssl, sha512_openssl;

#endif
