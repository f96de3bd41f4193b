/* SPDX-License-Identifier: MIT */
/*
 * The few functions of OpenSSL and zlib that decoders call, so that neither is
 * needed for another machine. Declared as their headers do.
 */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <string.h>
#include <zlib.h>

void OPENSSL_cleanse(void *p, size_t len)
{
	explicit_bzero(p, len);
}

unsigned long ERR_get_error(void)
{
	return 0;
}

void ERR_clear_error(void)
{
}

const char *ERR_reason_error_string(unsigned long e)
{
	(void)e;
	return NULL;
}

int RAND_bytes(unsigned char *buf, int num)
{
	static unsigned int x = 1;

	for (int i = 0; i < num; i++) {
		x = x * 1103515245u + 12345u;
		buf[i] = (unsigned char)(x >> 16);
	}
	return 1;
}

uLong crc32_z(uLong crc, const Bytef *buf, z_size_t len)
{
	uint32_t c = ~(uint32_t)crc;

	if (!buf)
		return 0;
	for (z_size_t i = 0; i < len; i++) {
		c ^= buf[i];
		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
	}
	return ~c;
}

uLong crc32(uLong crc, const Bytef *buf, uInt len)
{
	return crc32_z(crc, buf, len);
}
