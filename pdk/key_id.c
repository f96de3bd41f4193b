/* SPDX-License-Identifier: MIT */
/* Identifies the key of a certificate. */
#include "pdk/key_id.h"

#include "base/auto.h"
#include "base/err.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

AUTO_DEFINE(bn_ptr, BIGNUM *, BN_free);

static int digest(const void *data, size_t len, struct key_id *ret,
		  struct shvm_err *err)
{
	if (EVP_Digest(data, len, ret->digest, NULL, EVP_sha256(), NULL) != 1)
		return err_set_ossl(err, "public key");
	return SHVM_OK;
}

/*
 * For RSA only the modulus counts: with the private key for one exponent that for
 * any other can be computed.
 */
static int of_modulus(const BIGNUM *n, struct key_id *ret, struct shvm_err *err)
{
	const int len = BN_num_bytes(n);
	AUTOFREE uint8_t *bytes = calloc(1, (size_t)len + 1);

	TRY(err_null(err, bytes, "public key"));
	return digest(bytes, (size_t)BN_bn2bin(n, bytes), ret, err);
}

int key_id_of(const X509 *cert, struct key_id *ret, struct shvm_err *err)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert);
	AUTO(bn_ptr) n = NULL;
	const uint8_t *bits;
	int len = 0;

	if (key && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1)
		return of_modulus(n, ret, err);
	ERR_clear_error(); /* not an RSA key */
	if (X509_PUBKEY_get0_param(NULL, &bits, &len, NULL,
				   X509_get_X509_PUBKEY(cert)) != 1)
		return err_set_ossl(err, "public key");
	return digest(bits, (size_t)len, ret, err);
}

bool key_id_equal(const struct key_id *a, const struct key_id *b)
{
	return memcmp(a->digest, b->digest, sizeof(a->digest)) == 0;
}

int key_pair_of(const X509 *signing, const X509 *encryption,
		struct key_pair *ret, struct shvm_err *err)
{
	TRY(key_id_of(signing, &ret->signing, err));
	return key_id_of(encryption, &ret->encryption, err);
}

bool key_pair_shares(const struct key_pair *a, const struct key_pair *b)
{
	return key_id_equal(&a->signing, &b->signing) ||
	       key_id_equal(&a->signing, &b->encryption) ||
	       key_id_equal(&a->encryption, &b->signing) ||
	       key_id_equal(&a->encryption, &b->encryption);
}
