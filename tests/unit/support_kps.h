/* SPDX-License-Identifier: MIT */
/* Guardians for tests, made from the keys in tests/data/keys. */
#ifndef TESTS_UNIT_SUPPORT_KPS_H
#define TESTS_UNIT_SUPPORT_KPS_H

#include "pdk/guardian.h"
#include "pdk/protector.h"

enum {
	KPS_KEYS = 6
};

/* Key number 0..5 (RSA 2048), or by the file's name; a new reference. */
EVP_PKEY *kps_key(unsigned int number);
EVP_PKEY *kps_key_file(const char *name);
/* Key number 0..59 of those that mix the primes of these: no two are equal, and
 * they take no time to make. */
EVP_PKEY *kps_mixed_key(unsigned int number);

/* What a test certificate is like; start as { 0 }. */
struct kps_cert {
	const char *subject;
	uint32_t key_usage; /* KU_..., 0: no such extension */
	long from, to;	    /* days from now; both 0: -1 to 3650 */
	EVP_PKEY *key;	    /* the subject's */
	X509 *issuer;	    /* NULL: self-signed */
	EVP_PKEY *issuer_key;
	bool is_ca;
};
X509 *kps_make_cert(const struct kps_cert *c);

/* Guardian number 0..2 with keys 2n (signing) and 2n+1 (encryption). */
struct shvm_guardian *kps_guardian(unsigned int number);

/* The same guardian with renewed certificates. */
struct shvm_guardian *kps_renewed(const struct shvm_guardian *g);

/* The three of them, for a group's setup and teardown. */
extern struct shvm_guardian *kps_owner, *kps_fabric, *kps_other;
int kps_set_up(void **state);
int kps_tear_down(void **state);
/* A protector of the owner and the fabric. */
void kps_protector(struct shvm_protector **ret, struct secret **ret_key);

/* A copy of XML text with the first occurrence of old replaced; fails the test
 * when there is none. */
void kps_replace(struct buf *text, const char *old, const char *new);

#endif
