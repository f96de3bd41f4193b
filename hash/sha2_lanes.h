/* SPDX-License-Identifier: MIT */
/*
 * SHA-2 over many messages at once: lane l of every vector belongs to message
 * l, so the rounds are those of FIPS 180-4 (6.2.2, 6.4.2) with vectors in
 * place of words. A kernel file includes this after it has defined
 *
 *   VEC, WORD, LANES        __m512i of 16 times uint32_t, or the like
 *   ROUNDS, ROUND_K, START  64, sha256_k, sha256_h; or those of SHA-512
 *   ADD(x, y), ALL(w)       lane by lane; all lanes w
 *   BIG0(x) BIG1(x) SMALL0(x) SMALL1(x)   the sigma functions
 *   CH(x, y, z), MAJ(x, y, z)
 *   load_block(p, at, w)    a function: the 16 words of the block at p[lane] + at
 *   FEW, FEW_MAX            the kernel for so many leaves and fewer
 *
 * and then has lanes_open(), lanes_close() and lanes_hash() for its table.
 * Sixteen rounds are unrolled with the names of the eight variables turned, so
 * that state and schedule stay in registers where there are enough of them.
 */
#ifndef HASH_SHA2_LANES_H
#define HASH_SHA2_LANES_H

#include "base/auto.h"
#include "base/be.h"
#include "hash/hasher.h"
#include "hash/sha2.h"

#include <string.h>

enum {
	BLOCK = 16 * sizeof(WORD),
	HASH = 8 * sizeof(WORD)
};

/* Steps 3 of the specification; the new a is in h, the new e in d. */
#define ROUND(a, b, c, d, e, f, g, h, i)                                       \
	do {                                                                   \
		h = ADD(h, ADD(w[i], ALL(k[i])));                              \
		h = ADD(h, ADD(CH(e, f, g), BIG1(e)));                         \
		d = ADD(d, h);                                                 \
		h = ADD(h, ADD(MAJ(a, b, c), BIG0(a)));                        \
	} while (0)

/* Step 1: word t + 16 takes the place of word t. */
#define EXTEND(i)                                                              \
	w[i] = ADD(ADD(w[i], SMALL0(w[((i) + 1) & 15])),                       \
		   ADD(w[((i) + 9) & 15], SMALL1(w[((i) + 14) & 15])))

#define ROUND_X(a, b, c, d, e, f, g, h, i)                                     \
	do {                                                                   \
		EXTEND(i);                                                     \
		ROUND(a, b, c, d, e, f, g, h, i);                              \
	} while (0)

#define EIGHT(R, i)                                                            \
	do {                                                                   \
		R(a, b, c, d, e, f, g, h, (i) + 0);                            \
		R(h, a, b, c, d, e, f, g, (i) + 1);                            \
		R(g, h, a, b, c, d, e, f, (i) + 2);                            \
		R(f, g, h, a, b, c, d, e, (i) + 3);                            \
		R(e, f, g, h, a, b, c, d, (i) + 4);                            \
		R(d, e, f, g, h, a, b, c, (i) + 5);                            \
		R(c, d, e, f, g, h, a, b, (i) + 6);                            \
		R(b, c, d, e, f, g, h, a, (i) + 7);                            \
	} while (0)

/* One block of every message: its sixteen words are in w, which is used up. */
static inline __attribute__((always_inline)) void compress(VEC s[8], VEC w[16])
{
	VEC a = s[0], b = s[1], c = s[2], d = s[3];
	VEC e = s[4], f = s[5], g = s[6], h = s[7];
	const __typeof__(ROUND_K[0]) *k = ROUND_K;

	EIGHT(ROUND, 0);
	EIGHT(ROUND, 8);
	for (int t = 16; t < ROUNDS; t += 16) {
		k += 16;
		EIGHT(ROUND_X, 0);
		EIGHT(ROUND_X, 8);
	}
	s[0] = ADD(s[0], a);
	s[1] = ADD(s[1], b);
	s[2] = ADD(s[2], c);
	s[3] = ADD(s[3], d);
	s[4] = ADD(s[4], e);
	s[5] = ADD(s[5], f);
	s[6] = ADD(s[6], g);
	s[7] = ADD(s[7], h);
}

/* The padding of a message of len bytes, a multiple of the block: 5.1. */
static void pad_words(VEC w[16], size_t len)
{
	for (int i = 1; i < 14; i++)
		w[i] = ALL(0);
	w[0] = ALL((WORD)1 << (8 * sizeof(WORD) - 1));
	w[14] = ALL((WORD)((uint64_t)len >> (8 * sizeof(WORD) - 3)));
	w[15] = ALL((WORD)len << 3);
}

static void hash_all(const uint8_t *const p[LANES], size_t len,
		     uint8_t out[LANES * HASH])
{
	WORD words[8][LANES];
	VEC s[8], w[16];

	for (int i = 0; i < 8; i++)
		s[i] = ALL(START[i]);
	for (size_t at = 0; at < len; at += BLOCK) {
		load_block(p, at, w);
		compress(s, w);
	}
	pad_words(w, len);
	compress(s, w);

	memcpy(words, s, sizeof(words));
	for (int lane = 0; lane < LANES; lane++, out += HASH)
		for (int i = 0; i < 8; i++)
			if (sizeof(WORD) == 4)
				be32_put(out + i * 4, (uint32_t)words[i][lane]);
			else
				be64_put(out + i * 8, words[i][lane]);
	_mm256_zeroupper(); /* SSE code after us would stall otherwise */
}

static void lanes_close(void *ctx)
{
	hasher_done(ctx);
	free(ctx);
}

static int lanes_open(void **ret, struct shvm_err *err)
{
	AUTOFREE struct hasher *few = calloc(1, sizeof(*few));

	if (!few)
		return err_nomem(err, "hash context");
	TRY(hasher_init(few, FEW, err));
	*ret = STEAL(few);
	return SHVM_OK;
}

static int lanes_hash(void *ctx, const uint8_t *const *data, size_t n,
		      size_t len, uint8_t *out, struct shvm_err *err)
{
	const struct hasher *few = ctx;
	uint8_t spare[LANES * HASH];
	const uint8_t *p[LANES];

	for (; n >= LANES; n -= LANES, data += LANES, out += LANES * HASH)
		hash_all(data, len, out);
	if (n <= FEW_MAX)
		return few->kernel->hash(few->ctx, data, n, len, out, err);

	for (size_t i = 0; i < LANES; i++)
		p[i] = data[i < n ? i : 0];
	hash_all(p, len, spare);
	memcpy(out, spare, n * HASH);
	return SHVM_OK;
}

#endif
