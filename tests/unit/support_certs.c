/* SPDX-License-Identifier: MIT */
/* Keys and certificates made on the spot, for tests. */
#include "support_certs.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

EVP_PKEY *test_new_key(const char *kind)
{
	EVP_PKEY *key = NULL;

	if (strncmp(kind, "RSA:", 4) == 0) {
		key = EVP_RSA_gen((unsigned int)atoi(kind + 4));
	} else if (strncmp(kind, "EC:", 3) == 0) {
		key = EVP_EC_gen(kind + 3);
	} else if (strncmp(kind, "RSA-PSS:", 8) == 0) {
		EVP_PKEY_CTX *ctx =
			EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);

		assert_int_equal(EVP_PKEY_keygen_init(ctx), 1);
		assert_int_equal(
			EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, atoi(kind + 8)),
			1);
		assert_int_equal(EVP_PKEY_generate(ctx, &key), 1);
		EVP_PKEY_CTX_free(ctx);
	} else {
		key = EVP_PKEY_Q_keygen(NULL, NULL, kind);
	}
	assert_non_null(key);
	return key;
}

/* The modulus of RSA:2048 with exponents of 1: what it signs is only padded, so
 * anyone can sign for it. */
static EVP_PKEY *key_of_exponent_1(void)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	AUTO(pkey_ptr) good = test_key("RSA:2048");
	EVP_PKEY *key = NULL;
	BIGNUM *n = NULL;
	OSSL_PARAM *params;

	assert_int_equal(EVP_PKEY_get_bn_param(good, "n", &n), 1);
	assert_int_equal(OSSL_PARAM_BLD_push_BN(build, "n", n), 1);
	assert_int_equal(OSSL_PARAM_BLD_push_BN(build, "e", BN_value_one()), 1);
	assert_int_equal(OSSL_PARAM_BLD_push_BN(build, "d", BN_value_one()), 1);
	params = OSSL_PARAM_BLD_to_param(build);
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params),
			 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	return key;
}

EVP_PKEY *test_key(const char *kind)
{
	static struct {
		char kind[16];
		EVP_PKEY *key;
	} kept[8];

	for (size_t i = 0; i < 8; i++) {
		if (!kept[i].key) {
			kept[i].key = strcmp(kind, "RSA exponent 1") == 0
					      ? key_of_exponent_1()
					      : test_new_key(kind);
			(void)snprintf(kept[i].kind, 16, "%s", kind);
		}
		if (strcmp(kept[i].kind, kind) == 0) {
			EVP_PKEY_up_ref(kept[i].key);
			return kept[i].key;
		}
	}
	fail_msg("too many kinds of keys");
	return NULL;
}

static void add_extension(X509 *cert, X509V3_CTX *ctx, int nid,
			  const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, ctx, nid, value);

	assert_non_null(e);
	assert_int_equal(X509_add_ext(cert, e, -1), 1);
	X509_EXTENSION_free(e);
}

X509 *test_cert(const struct test_cert *p)
{
	static long serial = 1000;
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	EVP_PKEY *issuer_key = p->issuer ? p->issuer_key : p->key;
	const bool is_ed = EVP_PKEY_is_a(issuer_key, "ED25519");
	const bool dated = p->not_before || p->not_after;
	X509V3_CTX ctx;

	assert_int_equal(X509_set_version(cert, X509_VERSION_3), 1);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), serial++);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
				   (const uint8_t *)p->cn, -1, -1, 0);
	X509_set_issuer_name(cert, p->issuer ? X509_get_subject_name(p->issuer)
					     : name);
	X509_gmtime_adj(X509_getm_notBefore(cert),
			dated ? p->not_before : -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert),
			dated ? p->not_after : 365 * 86400L);
	assert_int_equal(X509_set_pubkey(cert, p->key), 1);
	X509V3_set_ctx(&ctx, p->issuer ? p->issuer : cert, cert, NULL, NULL, 0);
	if (p->ca)
		add_extension(cert, &ctx, NID_basic_constraints,
			      "critical,CA:TRUE");
	if (p->key_usage)
		add_extension(cert, &ctx, NID_key_usage, p->key_usage);
	if (p->ext_usage)
		add_extension(cert, &ctx, NID_ext_key_usage, p->ext_usage);
	assert_true(X509_sign(cert, issuer_key,
			      is_ed   ? NULL
			      : p->md ? p->md
				      : EVP_sha256()) > 0);
	return cert;
}

void test_write_cert(const char *path, X509 *cert, bool append)
{
	FILE *f = fopen(path, append ? "a" : "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, cert), 1);
	assert_int_equal(fclose(f), 0);
}

void test_write_key(const char *path, EVP_PKEY *key, const char *pass,
		    bool append)
{
	FILE *f = fopen(path, append ? "a" : "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_PKCS8PrivateKey(
				 f, key, pass ? EVP_aes_256_cbc() : NULL, pass,
				 pass ? (int)strlen(pass) : 0, NULL, NULL),
			 1);
	assert_int_equal(fclose(f), 0);
}

void test_write_p12(const char *path, EVP_PKEY *key, X509 *cert,
		    STACK_OF(X509) * chain, const char *pass)
{
	PKCS12 *p12 = PKCS12_create(pass, "test", key, cert, chain, 0, 0, 1000,
				    1000, 0);
	FILE *f = fopen(path, "w");

	assert_non_null(p12);
	assert_non_null(f);
	assert_int_equal(i2d_PKCS12_fp(f, p12), 1);
	assert_int_equal(fclose(f), 0);
	PKCS12_free(p12);
}

static void add_safe(STACK_OF(PKCS7) * *safes, EVP_PKEY *key, bool locked,
		     const char *pass)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;

	assert_non_null(
		PKCS12_add_key(&bags, key, 0, 1000, NID_aes_256_cbc, pass));
	assert_int_equal(PKCS12_add_safe(safes, bags,
					 locked ? NID_aes_256_cbc : -1, 1000,
					 pass),
			 1);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}

void test_write_p12_of_two(const char *path, EVP_PKEY *first, EVP_PKEY *second,
			   bool locked, const char *pass)
{
	STACK_OF(PKCS7) *safes = NULL;
	FILE *f = fopen(path, "w");
	PKCS12 *p12;

	add_safe(&safes, first, false, pass);
	add_safe(&safes, second, locked, pass);
	p12 = PKCS12_add_safes(safes, 0);
	assert_non_null(p12);
	assert_non_null(f);
	assert_int_equal(PKCS12_set_mac(p12, pass, -1, NULL, 0, 1000, NULL), 1);
	assert_int_equal(i2d_PKCS12_fp(f, p12), 1);
	assert_int_equal(fclose(f), 0);
	PKCS12_free(p12);
	sk_PKCS7_pop_free(safes, PKCS7_free);
}

int test_passphrase(void *ctx, const char *what, char *buf, size_t size,
		    struct shvm_err *err)
{
	const char *text = ctx;

	(void)err;
	assert_non_null(what);
	if (!text)
		return -1;
	assert_true(strlen(text) <= size);
	memcpy(buf, text, strlen(text));
	return (int)strlen(text);
}
