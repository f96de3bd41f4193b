/* SPDX-License-Identifier: MIT */
/* Certificate chains: the same rules for all kinds. */
#include "signer/chain.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>

enum {
	AUTH_LEVEL = 2 /* of OpenSSL: 112 bits of security */
};

AUTO_DEFINE(store_ctx_ptr, X509_STORE_CTX *, X509_STORE_CTX_free);

static bool is_bad_rsa(X509 *cert)
{
	const EVP_PKEY *key = cert ? X509_get0_pubkey(cert) : NULL;

	return key &&
	       (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")) &&
	       key_check_rsa(key, "chain", NULL) < 0;
}

/*
 * Called for each certificate that passed so far. With an RSA exponent of 1 anyone
 * could be the issuer.
 */
static int check_keys(int ok, X509_STORE_CTX *ctx)
{
	STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);

	for (int i = 0; ok && i < sk_X509_num(chain); i++) {
		if (!is_bad_rsa(sk_X509_value(chain, i)))
			continue;
		X509_STORE_CTX_set_error_depth(ctx, i);
		X509_STORE_CTX_set_error(ctx,
					 i > 0 ? X509_V_ERR_CA_KEY_TOO_SMALL
					       : X509_V_ERR_EE_KEY_TOO_SMALL);
		ok = 0;
	}
	return ok;
}

int chain_store_new(STACK_OF(X509) * trusted, X509_STORE **ret,
		    struct shvm_err *err)
{
	AUTO(x509_store_ptr) store = X509_STORE_new();

	TRY(err_null(err, store, "certificate store"));
	for (int i = 0; i < sk_X509_num(trusted); i++)
		if (X509_STORE_add_cert(store, sk_X509_value(trusted, i)) != 1)
			return err_set_ossl(err, "certificate store");
	X509_VERIFY_PARAM_set_auth_level(X509_STORE_get0_param(store),
					 AUTH_LEVEL);
	X509_STORE_set_verify_cb(store, check_keys);
	*ret = STEAL(store);
	return SHVM_OK;
}

int chain_run(X509_STORE *store, X509 *leaf, STACK_OF(X509) * helpers,
	      time_t at, int *ret, struct shvm_err *err)
{
	AUTO(store_ctx_ptr) ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;

	if (!ctx || X509_STORE_CTX_init(ctx, store, leaf, helpers) != 1)
		return err_set_ossl(err, "certificate chain");
	param = X509_STORE_CTX_get0_param(ctx);
	if (X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY) != 1 ||
	    X509_VERIFY_PARAM_set_flags(
		    param, X509_V_FLAG_PARTIAL_CHAIN |
				   (at ? 0 : X509_V_FLAG_NO_CHECK_TIME)) != 1)
		return err_set_ossl(err, "certificate chain");
	if (at)
		X509_VERIFY_PARAM_set_time(param, at);
	*ret = X509_V_OK;
	if (X509_verify_cert(ctx) != 1) {
		*ret = X509_STORE_CTX_get_error(ctx);
		if (*ret == X509_V_OK)
			*ret = X509_V_ERR_UNSPECIFIED;
	}
	ERR_clear_error();
	return SHVM_OK;
}

const char *chain_words(int v)
{
	return X509_verify_cert_error_string(v);
}

/* The certificates that were not issued by another one of these. */
static STACK_OF(X509) * find_tops(X509 *leaf, STACK_OF(X509) * chain)
{
	STACK_OF(X509) *tops = sk_X509_new_null();
	const int n = chain ? sk_X509_num(chain) : 0;

	for (int i = -1; tops && i < n; i++) {
		X509 *cert = i < 0 ? leaf : sk_X509_value(chain, i);
		bool has_issuer = false;

		for (int k = 0; k < n; k++)
			has_issuer |= k != i &&
				      X509_check_issued(sk_X509_value(chain, k),
							cert) == X509_V_OK;
		if (!has_issuer && sk_X509_push(tops, cert) <= 0) {
			sk_X509_free(tops);
			return NULL;
		}
	}
	return tops; /* borrows the certificates */
}

/* Checks the signature of a CA above this chain, which validation does not. */
static bool is_signed_weakly(X509 *cert)
{
	int bits = 0;

	return X509_check_issued(cert, cert) != X509_V_OK &&
	       X509_get_signature_info(cert, NULL, NULL, &bits, NULL) == 1 &&
	       bits < 112;
}

bool chain_can_be_trusted(X509 *leaf, STACK_OF(X509) * chain, char *why,
			  size_t size)
{
	STACK_OF(X509) *tops = find_tops(leaf, chain);
	AUTO(x509_store_ptr) store = NULL;
	bool is_weak = false;
	int v = X509_V_OK;

	for (int i = 0; i < sk_X509_num(tops); i++)
		is_weak |= is_signed_weakly(sk_X509_value(tops, i));
	if (!tops || chain_store_new(tops, &store, NULL) < 0 ||
	    chain_run(store, leaf, chain, time(NULL), &v, NULL) < 0)
		v = X509_V_OK; /* out of memory: the caller's work will fail, too */
	sk_X509_free(tops);
	ERR_clear_error();
	if (v == X509_V_OK && !is_weak)
		return true;
	(void)snprintf(why, size,
		       "no verifier can trust this signer through a CA: %s",
		       v != X509_V_OK
			       ? chain_words(v)
			       : "a certificate is signed with a weak digest");
	return false;
}
