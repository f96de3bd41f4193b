/* SPDX-License-Identifier: MIT */
/*
 * SHA-2 over many messages at once: lane l of every vector belongs to message
 * l, so the rounds are those of FIPS 180-4 (6.2.2, 6.4.2) with vectors in
 * place of words. A kernel file includes this after it has defined
 *
 *   VEC                     the vector: __m512i
 *   ROUNDS, ROUND_K         64 and sha256_k, or 80 and sha512_k
 *   ADD(x, y), ALL(w)       lane by lane; all lanes w
 *   BIG0(x) BIG1(x) SMALL0(x) SMALL1(x)   the sigma functions
 *   CH(x, y, z), MAJ(x, y, z)
 *
 * Sixteen rounds are unrolled with the names of the eight variables turned, so
 * that state and schedule stay in registers where there are enough of them.
 */
#ifndef HASH_SHA2_LANES_H
#define HASH_SHA2_LANES_H

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

#endif
