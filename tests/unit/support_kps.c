/* SPDX-License-Identifier: MIT */
/* Guardians for tests, made from the keys in tests/data/keys. */
#include "tests/unit/support_kps.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
/* after the headers that it needs */
#include <cmocka.h>

EVP_PKEY *kps_key_file(const char *name)
{
	char path[200];
	EVP_PKEY *key;
	FILE *f;

	(void)snprintf(path, sizeof(path), "tests/data/keys/%s", name);
	f = fopen(path, "re");
	if (!f)
		fail_msg("%s: not there; run from the top folder", path);
	key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	(void)fclose(f); /* was only read */
	if (!key)
		fail_msg("%s: no key", path);
	return key;
}

EVP_PKEY *kps_key(unsigned int number)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "test-only-rsa2048-%u.pem",
		       number + 1);
	return kps_key_file(name);
}

/* Prime 0..11 of the six keys. */
static BIGNUM *prime(unsigned int number)
{
	AUTO(pkey_ptr) key = kps_key(number / 2);
	BIGNUM *p = NULL;

	assert_int_equal(
		EVP_PKEY_get_bn_param(key,
				      number % 2 ? OSSL_PKEY_PARAM_RSA_FACTOR2
						 : OSSL_PKEY_PARAM_RSA_FACTOR1,
				      &p),
		1);
	return p;
}

static EVP_PKEY *key_of(const BIGNUM *p, const BIGNUM *q)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *n = BN_new(), *e = BN_new(), *d, *phi = BN_new();
	BIGNUM *p1 = BN_dup(p), *q1 = BN_dup(q);
	EVP_PKEY_CTX *make = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params;
	EVP_PKEY *key = NULL;

	assert_true(ctx && n && e && phi && p1 && q1 && make && bld);
	assert_true(BN_set_word(e, RSA_F4) && BN_mul(n, p, q, ctx) &&
		    BN_sub_word(p1, 1) && BN_sub_word(q1, 1) &&
		    BN_mul(phi, p1, q1, ctx));
	d = BN_mod_inverse(NULL, e, phi, ctx);
	assert_non_null(d);
	assert_true(OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) &&
		    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e) &&
		    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_D, d));
	params = OSSL_PARAM_BLD_to_param(bld);
	assert_int_equal(EVP_PKEY_fromdata_init(make), 1);
	assert_int_equal(EVP_PKEY_fromdata(make, &key, EVP_PKEY_KEYPAIR,
					   params),
			 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(make);
	BN_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	BN_free(d);
	BN_free(phi);
	BN_free(p1);
	BN_free(q1);
	return key;
}

EVP_PKEY *kps_mixed_key(unsigned int number)
{
	for (unsigned int i = 0; i < 2 * KPS_KEYS; i++)
		for (unsigned int k = i + 1; k < 2 * KPS_KEYS; k++) {
			BIGNUM *p, *q;
			EVP_PKEY *key;

			/* The pairs of one key are that key. */
			if (i / 2 == k / 2 || number-- > 0)
				continue;
			p = prime(i);
			q = prime(k);
			key = key_of(p, q);
			BN_free(p);
			BN_free(q);
			return key;
		}
	fail_msg("there are not so many keys");
	return NULL;
}

static void add_usage(X509 *cert, uint32_t usage)
{
	ASN1_BIT_STRING *bits = ASN1_BIT_STRING_new();

	assert_non_null(bits);
	/* KU_ values: bit 0 of the string is 0x80. */
	for (int i = 0; i < 8; i++)
		if (usage & (0x80u >> i))
			assert_int_equal(ASN1_BIT_STRING_set_bit(bits, i, 1),
					 1);
	assert_int_equal(X509_add1_ext_i2d(cert, NID_key_usage, bits, 1, 0), 1);
	ASN1_BIT_STRING_free(bits);
}

X509 *kps_make_cert(const struct kps_cert *c)
{
	static int64_t serial = 1000;
	X509 *cert = X509_new();
	long from = c->from, to = c->to;
	X509_NAME *name;

	assert_non_null(cert);
	if (from == 0 && to == 0) {
		from = -1;
		to = 3650;
	}
	name = X509_get_subject_name(cert);
	assert_int_equal(X509_set_version(cert, 2), 1);
	assert_int_equal(ASN1_INTEGER_set_int64(X509_get_serialNumber(cert),
						serial++),
			 1);
	assert_int_equal(X509_NAME_add_entry_by_txt(
				 name, "CN", MBSTRING_UTF8,
				 (const unsigned char *)c->subject, -1, -1, 0),
			 1);
	assert_int_equal(X509_set_issuer_name(cert,
					      c->issuer ? X509_get_subject_name(
								  c->issuer)
							: name),
			 1);
	assert_non_null(X509_time_adj_ex(X509_getm_notBefore(cert), (int)from,
					 0, NULL));
	assert_non_null(
		X509_time_adj_ex(X509_getm_notAfter(cert), (int)to, 0, NULL));
	assert_int_equal(X509_set_pubkey(cert, c->key), 1);
	if (c->key_usage)
		add_usage(cert, c->key_usage);
	if (c->is_ca) {
		BASIC_CONSTRAINTS *bc = BASIC_CONSTRAINTS_new();

		assert_non_null(bc);
		bc->ca = 0xff;
		assert_int_equal(X509_add1_ext_i2d(cert, NID_basic_constraints,
						   bc, 1, 0),
				 1);
		BASIC_CONSTRAINTS_free(bc);
	}
	assert_true(X509_sign(cert, c->issuer_key ? c->issuer_key : c->key,
			      EVP_sha256()) > 0);
	return cert;
}

struct shvm_guardian *kps_guardian(unsigned int number)
{
	static const char *const names[] = { "owner", "fabric", "other" };
	AUTO(pkey_ptr) signing_key = kps_key(2 * number);
	AUTO(pkey_ptr) encryption_key = kps_key(2 * number + 1);
	AUTO(x509_ptr)
	signing = kps_make_cert(
		&(struct kps_cert){ .subject = "Signing",
				    .key_usage = KU_DIGITAL_SIGNATURE,
				    .key = signing_key });
	AUTO(x509_ptr)
	encryption = kps_make_cert(
		&(struct kps_cert){ .subject = "Encryption",
				    .key_usage = KU_KEY_ENCIPHERMENT,
				    .key = encryption_key });
	struct shvm_guardian *g = NULL;
	struct shvm_err err = { 0 };

	if (guardian_assemble(names[number], signing, signing_key, encryption,
			      encryption_key, &g, &err) < 0)
		fail_msg("%s", err.msg);
	return g;
}

struct shvm_guardian *kps_renewed(const struct shvm_guardian *g)
{
	AUTO(x509_ptr)
	signing = kps_make_cert(
		&(struct kps_cert){ .subject = "Signing, renewed",
				    .key_usage = KU_DIGITAL_SIGNATURE,
				    .key = g->signing_key });
	AUTO(x509_ptr)
	encryption = kps_make_cert(
		&(struct kps_cert){ .subject = "Encryption, renewed",
				    .key_usage = KU_KEY_ENCIPHERMENT,
				    .key = g->encryption_key });
	struct shvm_guardian *ret = NULL;
	struct shvm_err err = { 0 };

	if (guardian_assemble("renewed", signing, g->signing_key, encryption,
			      g->encryption_key, &ret, &err) < 0)
		fail_msg("%s", err.msg);
	return ret;
}

struct shvm_guardian *kps_owner, *kps_fabric, *kps_other;

int kps_set_up(void **state)
{
	(void)state;
	kps_owner = kps_guardian(0);
	kps_fabric = kps_guardian(1);
	kps_other = kps_guardian(2);
	return 0;
}

int kps_tear_down(void **state)
{
	(void)state;
	shvm_guardian_free(kps_owner);
	shvm_guardian_free(kps_fabric);
	shvm_guardian_free(kps_other);
	return 0;
}

void kps_protector(struct shvm_protector **ret, struct secret **ret_key)
{
	const struct shvm_guardian *guardians[] = { kps_fabric };
	struct shvm_err err = { 0 };

	if (protector_new(kps_owner, guardians, 1, ret, ret_key, &err) < 0)
		fail_msg("%s", err.msg);
}

void kps_replace(struct buf *text, const char *old, const char *new)
{
	AUTO_DONE(buf) out = { 0 };
	const uint8_t *at;
	size_t start;

	assert_false(text->failed);
	at = memmem(text->data, text->len, old, strlen(old));
	if (!at)
		fail_msg("\"%s\" is not in the text", old);
	start = (size_t)(at - text->data);
	buf_add(&out, text->data, start);
	buf_add_text(&out, new);
	buf_add(&out, at + strlen(old), text->len - start - strlen(old));
	assert_false(out.failed);
	text->len = 0;
	buf_add(text, out.data, out.len);
	assert_false(text->failed);
}
