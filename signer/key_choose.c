/* SPDX-License-Identifier: MIT */
/* Selects the certificate and the key to use from a file, which may have them in
 * any order. */
#include "signer/key_store.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

static X509 *take_matching(STACK_OF(X509) * certs, EVP_PKEY *key)
{
	int found = -1;

	for (int i = 0; i < sk_X509_num(certs); i++) {
		X509 *cert = sk_X509_value(certs, i);
		const EVP_PKEY *public = X509_get0_pubkey(cert);
		bool is_valid;

		if (!public || EVP_PKEY_eq(public, key) != 1)
			continue;
		is_valid = key_check_validity(cert, 0, NULL) == SHVM_OK;
		if (is_valid || found < 0)
			found = i;
		if (is_valid)
			break;
	}
	ERR_clear_error();
	return found < 0 ? NULL : sk_X509_delete(certs, found);
}

int key_take_signer(const char *path, STACK_OF(X509) * certs, EVP_PKEY *key,
		    X509 **ret, struct shvm_err *err)
{
	const int n = sk_X509_num(certs);

	*ret = take_matching(certs, key);
	if (*ret)
		return SHVM_OK;
	if (n == 1)
		return err_prefix(err,
				  key_check_match(sk_X509_value(certs, 0), key,
						  err),
				  "%s", path);
	return err_reason(
		err, SHVM_E_CRYPTO, "key-mismatch",
		"%s: none of its %d certificates belongs to the private key",
		path, n);
}

int key_take_private(const char *path, bool is_uri, struct key_objects *o,
		     EVP_PKEY **ret, X509 **ret_cert, struct shvm_err *err)
{
	AUTO(x509_ptr) cert = NULL;

	if (o->keys == 0)
		return err_set(err, SHVM_E_CRYPTO,
			       "%s: contains no private key%s", path,
			       sk_X509_num(o->certs) == 1
				       ? ", only a certificate"
			       : sk_X509_num(o->certs) > 1
				       ? ", only certificates"
			       : o->publics > 0 ? ", only a public key"
						: "");
	if (o->keys > 1)
		return err_set(err, SHVM_E_CRYPTO,
			       "%s: contains %zu private keys, expected one%s",
			       path, o->keys,
			       is_uri ? ": use id= to select one" : "");
	TRY(err_null(err, o->key, path));
	if (ret_cert && sk_X509_num(o->certs) > 0)
		TRY(key_take_signer(path, o->certs, o->key, &cert, err));
	if (ret_cert)
		*ret_cert = STEAL(cert);
	*ret = STEAL(o->key);
	return SHVM_OK;
}

/* It issued no other certificate of the file, and it is not a duplicate. */
static bool is_leaf(STACK_OF(X509) * certs, int i)
{
	X509 *cert = sk_X509_value(certs, i);

	for (int k = 0; k < sk_X509_num(certs); k++) {
		X509 *other = sk_X509_value(certs, k);

		if (k == i)
			continue;
		if (X509_cmp(cert, other) == 0) {
			if (k < i)
				return false;
			continue;
		}
		if (X509_check_issued(cert, other) == X509_V_OK)
			return false;
	}
	return true;
}

int key_take_leaf(const char *path, STACK_OF(X509) * certs, X509 **ret,
		  struct shvm_err *err)
{
	const int n = sk_X509_num(certs);
	int leaves = 0, found = 0;

	for (int i = 0; i < n; i++)
		if (is_leaf(certs, i)) {
			found = leaves == 0 ? i : found;
			leaves++;
		}
	ERR_clear_error();
	if (leaves != 1)
		return err_set(
			err, SHVM_E_CRYPTO,
			"%s: contains %d certificates that are not one chain (%d of them issued no other): one certificate or one chain is required",
			path, n, leaves);
	*ret = sk_X509_delete(certs, found);
	return SHVM_OK;
}
