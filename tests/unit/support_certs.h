/* SPDX-License-Identifier: MIT */
/* Keys and certificates made on the spot, for tests. */
#ifndef TESTS_SUPPORT_CERTS_H
#define TESTS_SUPPORT_CERTS_H

#include "signer/key.h"
#include "tests/unit/support.h"

/* "RSA:2048", "EC:P-256", "EC:P-384", "EC:P-521", "RSA-PSS:2048", "ED25519".
 * "RSA exponent 1" only of test_key(). RSA keys of one size are the same key in one program: they are slow. */
EVP_PKEY *test_key(const char *kind);
EVP_PKEY *test_new_key(const char *kind); /* always a new one */

/* Start as { 0 }. */
struct test_cert {
	const char *cn;
	EVP_PKEY *key;
	X509 *issuer; /* NULL: self-signed */
	EVP_PKEY *issuer_key;
	const char *key_usage; /* as in openssl.cnf; NULL: no extension */
	const char *ext_usage; /* extended key usage; NULL: none */
	const EVP_MD *md;      /* of the signature; NULL: SHA-256 */
	bool ca;
	int64_t not_before, not_after; /* seconds from now; 0, 0: a year */
};
X509 *test_cert(const struct test_cert *params);

/* As PEM into a file of the test's folder. */
void test_write_cert(const char *path, X509 *cert, bool append);
/* PKCS#8, encrypted where pass is not NULL. */
void test_write_key(const char *path, EVP_PKEY *key, const char *pass,
		    bool append);
void test_write_p12(const char *path, EVP_PKEY *key, X509 *cert,
		    STACK_OF(X509) * chain, const char *pass);
/* Two keys and no certificate; locked: the second within an encrypted safe. */
void test_write_p12_of_two(const char *path, EVP_PKEY *first, EVP_PKEY *second,
			   bool locked, const char *pass);

/* shvm_passphrase_fn; ctx is the text, NULL gives up. */
int test_passphrase(void *ctx, const char *what, char *buf, size_t size,
		    struct shvm_err *err);

#endif
