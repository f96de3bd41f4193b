/* SPDX-License-Identifier: MIT */
/* CRC-32C (Castagnoli), the checksum of VHDX structures ([MS-VHDX] 2). */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/*
 * Continue a CRC over len bytes. Start with 0; the inversion before and after
 * is inside, so results chain: crc32c(crc32c(0, a), b) covers a then b.
 */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);

#endif
