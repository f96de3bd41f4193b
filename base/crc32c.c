/* SPDX-License-Identifier: MIT */
/* CRC-32C, the checksum of VHDX structures: SSE4.2 where the CPU has it. */
#include "base/crc32c.h"

#include "base/le.h"

/*
 * Polynomial 0x82f63b78 (Castagnoli, reflected; RFC 3720, 12.1), four bits at a
 * time: 16 entries that can be checked by hand.
 */
static const uint32_t nibble[16] = {
	0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
	0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
	0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

static uint32_t crc_portable(uint32_t crc, const uint8_t *p, size_t len)
{
	for (; len > 0; len--, p++) {
		crc ^= *p;
		crc = crc >> 4 ^ nibble[crc & 15];
		crc = crc >> 4 ^ nibble[crc & 15];
	}
	return crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t crc_sse42(uint32_t crc,
							    const uint8_t *p,
							    size_t len)
{
	uint64_t wide = crc;

	for (; len >= 8; len -= 8, p += 8)
		wide = _mm_crc32_u64(wide, le64_get(p));
	crc = (uint32_t)wide;
	for (; len > 0; len--, p++)
		crc = _mm_crc32_u8(crc, *p);
	return crc;
}

uint32_t crc32c(uint32_t crc, const void *data, size_t len)
{
	if (__builtin_cpu_supports("sse4.2"))
		return ~crc_sse42(~crc, data, len);
	return ~crc_portable(~crc, data, len);
}
#else
uint32_t crc32c(uint32_t crc, const void *data, size_t len)
{
	return ~crc_portable(~crc, data, len);
}
#endif
