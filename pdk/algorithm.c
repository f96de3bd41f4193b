/* SPDX-License-Identifier: MIT */
/* Maps algorithm URIs to OpenSSL; unknown ones are named in the error. */
#include "pdk/algorithm.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <string.h>

AUTO_DEFINE(pkey_ctx_ptr, EVP_PKEY_CTX *, EVP_PKEY_CTX_free);
AUTO_DEFINE(md_ctx_ptr, EVP_MD_CTX *, EVP_MD_CTX_free);
AUTO_DEFINE(kdf_ptr, EVP_KDF *, EVP_KDF_free);
AUTO_DEFINE(kdf_ctx_ptr, EVP_KDF_CTX *, EVP_KDF_CTX_free);

#define DSIG "http://www.w3.org/2000/09/xmldsig#"
#define DSIG_MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define DSIG_MORE_2007 "http://www.w3.org/2007/05/xmldsig-more#"
#define XMLENC "http://www.w3.org/2001/04/xmlenc#"
#define XMLENC11 "http://www.w3.org/2009/xmlenc11#"

static const char sha1_is_weak[] = "SHA-1 is no longer safe to sign with";
static const char oracle[] = "RSA PKCS#1 v1.5 padding lets an attacker decrypt";

/* XML-DSig 1.1 section 6, XML-Enc 1.1 section 5, RFC 9231. */
static const struct algorithm algorithms[] = {
	{ DSIG_MORE "rsa-sha256", ALGORITHM_SIGNATURE, "SHA256", "RSA", NULL },
	{ DSIG_MORE "rsa-sha384", ALGORITHM_SIGNATURE, "SHA384", "RSA", NULL },
	{ DSIG_MORE "rsa-sha512", ALGORITHM_SIGNATURE, "SHA512", "RSA", NULL },
	{ DSIG_MORE_2007 "sha256-rsa-MGF1", ALGORITHM_SIGNATURE, "SHA256",
	  "PSS", NULL },
	{ DSIG_MORE_2007 "sha384-rsa-MGF1", ALGORITHM_SIGNATURE, "SHA384",
	  "PSS", NULL },
	{ DSIG_MORE_2007 "sha512-rsa-MGF1", ALGORITHM_SIGNATURE, "SHA512",
	  "PSS", NULL },
	{ DSIG "rsa-sha1", ALGORITHM_SIGNATURE, "SHA1", "RSA", sha1_is_weak },
	{ XMLENC11 "rsa-oaep", ALGORITHM_WRAP, NULL, "RSA", NULL },
	{ XMLENC "rsa-oaep-mgf1p", ALGORITHM_WRAP, NULL, "RSA", NULL },
	{ XMLENC "rsa-1_5", ALGORITHM_WRAP, NULL, "RSA", oracle },
	{ URI_HKDF, ALGORITHM_KDF, "SHA256", NULL, NULL },
	{ DSIG_MORE "hmac-sha256", ALGORITHM_MAC, "SHA256", NULL, NULL },
	{ DSIG_MORE "hmac-sha384", ALGORITHM_MAC, "SHA384", NULL, NULL },
	{ DSIG_MORE "hmac-sha512", ALGORITHM_MAC, "SHA512", NULL, NULL },
	{ DSIG "hmac-sha1", ALGORITHM_MAC, "SHA1", NULL, sha1_is_weak },
	{ DSIG "sha1", ALGORITHM_DIGEST, "SHA1", NULL, NULL },
	{ XMLENC "sha256", ALGORITHM_DIGEST, "SHA256", NULL, NULL },
	{ DSIG_MORE "sha384", ALGORITHM_DIGEST, "SHA384", NULL, NULL },
	{ XMLENC "sha512", ALGORITHM_DIGEST, "SHA512", NULL, NULL },
	{ XMLENC11 "mgf1sha1", ALGORITHM_MGF, "SHA1", NULL, NULL },
	{ XMLENC11 "mgf1sha256", ALGORITHM_MGF, "SHA256", NULL, NULL },
	{ XMLENC11 "mgf1sha384", ALGORITHM_MGF, "SHA384", NULL, NULL },
	{ XMLENC11 "mgf1sha512", ALGORITHM_MGF, "SHA512", NULL, NULL },
};

const struct algorithm *algorithm_find(enum algorithm_use use, const char *uri)
{
	for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++)
		if (algorithms[i].use == use &&
		    strcmp(algorithms[i].uri, uri) == 0)
			return &algorithms[i];
	return NULL;
}

int algorithm_need(enum algorithm_use use, const char *uri, const char *what,
		   const struct algorithm **ret, struct shvm_err *err)
{
	const struct algorithm *a = algorithm_find(use, uri);

	if (!a)
		return err_reason(err, SHVM_E_UNSUPPORTED, "unknown-algorithm",
				  "%s: unknown algorithm \"%.200s\"", what,
				  uri);
	if (a->refused)
		return err_reason(err, SHVM_E_UNSUPPORTED, "weak-algorithm",
				  "%s: algorithm \"%s\" is refused: %s", what,
				  uri, a->refused);
	*ret = a;
	return SHVM_OK;
}

int algorithm_check_rsa(const EVP_PKEY *key, const char *what,
			struct shvm_err *err)
{
	const char *type = key ? EVP_PKEY_get0_type_name(key) : NULL;

	/* RSA-PSS keys (id-RSASSA-PSS) cannot encrypt: require plain RSA. */
	if (!key || !EVP_PKEY_is_a(key, "RSA"))
		return err_reason(err, SHVM_E_CRYPTO, "key-type",
				  "%s: the key is %s, not RSA", what,
				  type ? type : "of an unknown type");
	return key_check_rsa(key, what, err);
}

/* RFC 9231 2.3.10: for the MGF1 URIs the salt is as long as the digest. */
static bool set_pss(const struct algorithm *a, EVP_PKEY_CTX *ctx)
{
	if (strcmp(a->key, "PSS") != 0)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) >
		       0;
}

int algorithm_sign(const struct algorithm *a, EVP_PKEY *key, const void *data,
		   size_t len, struct buf *ret, struct shvm_err *err)
{
	AUTO(md_ctx_ptr) ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	size_t size = 0, start = ret->len;
	uint8_t *p;

	TRY(err_null(err, ctx, "signature"));
	if (EVP_DigestSignInit(ctx, &pctx, EVP_get_digestbyname(a->digest),
			       NULL, key) != 1 ||
	    !set_pss(a, pctx) ||
	    EVP_DigestSign(ctx, NULL, &size, data, len) != 1)
		return key_err_ossl(err, "signature: the key cannot sign");

	p = buf_grow(ret, size);
	TRY(err_null(err, p, "signature"));
	if (EVP_DigestSign(ctx, p, &size, data, len) != 1) {
		ret->len = start;
		return key_err_ossl(err, "signature: the key did not sign");
	}
	ret->len = start + size;
	return SHVM_OK;
}

int algorithm_verify(const struct algorithm *a, X509 *cert, const void *data,
		     size_t len, const struct buf *signature,
		     struct shvm_err *err)
{
	AUTO(md_ctx_ptr) ctx = EVP_MD_CTX_new();
	EVP_PKEY *key = X509_get0_pubkey(cert);
	EVP_PKEY_CTX *pctx;

	TRY(err_null(err, ctx, "signature"));
	if (EVP_DigestVerifyInit(ctx, &pctx, EVP_get_digestbyname(a->digest),
				 NULL, key) != 1 ||
	    !set_pss(a, pctx))
		return err_set_ossl(err, "signature: the certificate's key");

	if (EVP_DigestVerify(ctx, signature->data, signature->len, data, len) !=
	    1) {
		ERR_clear_error();
		return err_reason(
			err, SHVM_E_VERIFY, "bad-signature",
			"the signature (%zu bytes, %s with %s) does not verify",
			signature->len, a->key, a->digest);
	}
	return SHVM_OK;
}

static EVP_PKEY_CTX *oaep_ctx(const struct oaep *o, EVP_PKEY *key, bool wrap)
{
	AUTO(pkey_ctx_ptr) ctx = EVP_PKEY_CTX_new(key, NULL);

	if (!ctx ||
	    (wrap ? EVP_PKEY_encrypt_init(ctx) : EVP_PKEY_decrypt_init(ctx)) <=
		    0 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_oaep_md(
		    ctx, EVP_get_digestbyname(o->digest->digest)) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_get_digestbyname(
						      o->mgf->digest)) <= 0)
		return NULL;
	return STEAL(ctx);
}

int algorithm_wrap(const struct oaep *o, X509 *cert, const struct secret *blob,
		   struct buf *ret, struct shvm_err *err)
{
	AUTO(pkey_ctx_ptr) ctx = oaep_ctx(o, X509_get0_pubkey(cert), true);
	size_t size = 0, start = ret->len;
	uint8_t *p;

	if (!ctx ||
	    EVP_PKEY_encrypt(ctx, NULL, &size, blob->data, blob->size) <= 0)
		return err_set_ossl(err, "rsa-oaep: the certificate's key");

	p = buf_grow(ret, size);
	TRY(err_null(err, p, "rsa-oaep"));
	if (EVP_PKEY_encrypt(ctx, p, &size, blob->data, blob->size) <= 0) {
		ret->len = start;
		return err_set_ossl(err, "rsa-oaep: encryption of %zu bytes",
				    blob->size);
	}
	ret->len = start + size;
	return SHVM_OK;
}

int algorithm_unwrap(const struct oaep *o, EVP_PKEY *key,
		     const struct buf *wrapped, struct secret **ret,
		     struct shvm_err *err)
{
	AUTO(pkey_ctx_ptr) ctx = oaep_ctx(o, key, false);
	AUTO(secret_ptr) plain = NULL;
	size_t size = 0;

	if (!ctx || EVP_PKEY_decrypt(ctx, NULL, &size, wrapped->data,
				     wrapped->len) <= 0)
		return key_err_ossl(err, "rsa-oaep: the key cannot decrypt");
	if (size == 0)
		return err_set(err, SHVM_E_CRYPTO,
			       "rsa-oaep: the key has no size");

	TRY(secret_new(size, &plain, err));
	if (EVP_PKEY_decrypt(ctx, plain->data, &size, wrapped->data,
			     wrapped->len) <= 0)
		return key_err_ossl(err, "rsa-oaep: decryption failed");
	if (size == 0 || size > plain->size)
		return err_set(err, SHVM_E_FORMAT,
			       "rsa-oaep: %zu bytes of plain text", size);

	secret_truncate(plain, size);
	*ret = STEAL(plain);
	return SHVM_OK;
}

int algorithm_hkdf(const struct secret *key, const uint8_t *salt,
		   size_t salt_len, const char *info, size_t size,
		   struct secret **ret, struct shvm_err *err)
{
	AUTO(kdf_ptr) kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	AUTO(kdf_ctx_ptr) ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	AUTO(secret_ptr) out = NULL;
	/* OSSL_PARAM is not const, but these are not written to. */
	void *const info_at = (void *)(uintptr_t)info;
	void *const salt_at = (void *)(uintptr_t)salt;
	OSSL_PARAM params[5];
	char digest[] = "SHA256";

	if (!ctx)
		return err_set_ossl(err, "hkdf");
	TRY(secret_new(size, &out, err));

	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
						     digest, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY,
						      key->data, key->size);
	params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO,
						      info_at, strlen(info));
	params[3] =
		salt ? OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT,
							 salt_at, salt_len)
		     : OSSL_PARAM_construct_end();
	params[4] = OSSL_PARAM_construct_end();
	if (EVP_KDF_derive(ctx, out->data, out->size, params) != 1)
		return err_set_ossl(err, "hkdf");

	*ret = STEAL(out);
	return SHVM_OK;
}

int algorithm_mac(const struct algorithm *a, const struct secret *key,
		  const void *data, size_t len,
		  uint8_t ret[static ALGORITHM_MAC_MAX], size_t *ret_len,
		  struct shvm_err *err)
{
	unsigned int n = 0;

	if (key->size > INT_MAX ||
	    !HMAC(EVP_get_digestbyname(a->digest), key->data, (int)key->size,
		  data, len, ret, &n))
		return err_set_ossl(err, "hmac");
	*ret_len = n;
	return SHVM_OK;
}
