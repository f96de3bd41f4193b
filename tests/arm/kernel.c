/* SPDX-License-Identifier: MIT */
/*
 * The ARMv8 kernel alone, for a machine (or emulator) without our libraries:
 * the known answer of kernel_self_test(), and the digest of "a" a million
 * times over and of shorter texts, padded by hand where the kernel cannot.
 */
#include "hash/sha2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	LEAVES = 38,
	LEN = 256
};

/* The hash of the hashes, as in hash/kernels.c. */
static const uint8_t known[32] = { 0x04, 0xf2, 0x74, 0x17, 0x09, 0x09, 0x7e,
				   0x6f, 0x9b, 0x7e, 0x45, 0x2e, 0xa2, 0x79,
				   0xe5, 0x03, 0xf4, 0xb2, 0x66, 0xdc, 0xcb,
				   0xb9, 0xef, 0xfb, 0x98, 0x0b, 0xcf, 0xdf,
				   0x03, 0xf7, 0xee, 0xd3 };

/* FIPS 180-2, B.3: 1 000 000 times "a", 15625 blocks. */
static const uint8_t million[32] = { 0xcd, 0xc7, 0x6e, 0x5c, 0x99, 0x14, 0xfb,
				     0x92, 0x81, 0xa1, 0xc7, 0xe2, 0x84, 0xd7,
				     0x3e, 0x67, 0xf1, 0x80, 0x9a, 0x48, 0xa4,
				     0x97, 0x20, 0x0e, 0x04, 0x6d, 0x39, 0xcc,
				     0xc7, 0x11, 0x2c, 0xd0 };

static int check(const char *what, const uint8_t *found, const uint8_t *right)
{
	if (memcmp(found, right, 32) == 0)
		return 0;
	printf("%s: wrong\n", what);
	return 1;
}

int main(void)
{
	static uint8_t leaves[LEAVES][LEN], out[LEAVES * 32], text[1000000];
	const uint8_t *data[LEAVES], *p;
	uint8_t answer[3 * 32];
	int bad = 0;

	if (!sha256_armv8.is_usable()) {
		printf("skipped: no SHA-2 instructions here\n");
		return 77;
	}
	for (unsigned int i = 0; i < LEAVES; i++) {
		for (unsigned int j = 0; j < LEN; j++)
			leaves[i][j] = (uint8_t)(i * 37 + j * 11 + (j >> 3));
		data[i] = leaves[i];
	}
	for (size_t n = 1; n <= 3; n++) { /* 1, 2 and 3 at once: the same */
		for (size_t i = 0; i < LEAVES; i += n)
			sha256_armv8.hash(NULL, data + i,
					  i + n > LEAVES ? LEAVES - i : n, LEN,
					  out + i * 32, NULL);
		p = out;
		sha256_armv8.hash(NULL, &p, 1, sizeof(out), answer, NULL);
		bad += check("leaves", answer, known);
	}
	memset(text, 'a', sizeof(text));
	data[0] = data[1] = data[2] = text;
	sha256_armv8.hash(NULL, data, 3, sizeof(text), answer, NULL);
	for (int i = 0; i < 3; i++)
		bad += check("a million times a", answer + i * 32, million);
	printf(bad ? "FAILED\n" : "armv8: all answers are right\n");
	return bad != 0;
}
