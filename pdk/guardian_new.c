/* SPDX-License-Identifier: MIT */
/* Creates guardians from new or existing keys and certificates. */
#include "base/file.h"
#include "base/line.h"
#include "base/reserved.h"
#include "pdk/algorithm.h"
#include "pdk/guardian.h"

#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

AUTO_DEFINE(asn1_int_ptr, ASN1_INTEGER *, ASN1_INTEGER_free);
AUTO_DEFINE(bn_ptr, BIGNUM *, BN_free);
AUTO_DEFINE(ext_ptr, X509_EXTENSION *, X509_EXTENSION_free);
AUTO_DEFINE(p12_ptr, PKCS12 *, PKCS12_free);

enum {
	SERIAL_BITS = 127,	   /* RFC 5280 4.1.2.2: positive, at most 20
				      bytes */
	PKCS12_ITERATIONS = 100000 /* our choice */
};

static bool add_extension(X509 *cert, int nid, const char *value)
{
	AUTO(ext_ptr) ext = NULL;
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	return ext && X509_add_ext(cert, ext, -1) == 1;
}

/*
 * As UTF8String, without the limit of 64 characters of X.520 for a common name:
 * the names of Windows' own guardians are longer.
 */
static bool set_subject(X509 *cert, const char *text)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_NAME_add_entry_by_NID(name, NID_commonName,
					  V_ASN1_UTF8STRING,
					  (const unsigned char *)text, -1, -1,
					  0) == 1 &&
	       X509_set_issuer_name(cert, name) == 1;
}

static bool set_serial(X509 *cert)
{
	AUTO(bn_ptr) number = BN_new();
	AUTO(asn1_int_ptr) serial = NULL;

	if (!number || BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE,
			       BN_RAND_BOTTOM_ANY) != 1)
		return false;
	serial = BN_to_ASN1_INTEGER(number, NULL);
	return serial && X509_set_serialNumber(cert, serial) == 1;
}

static int self_signed(const char *subject, const char *usage, EVP_PKEY *key,
		       X509 **ret, struct shvm_err *err)
{
	AUTO(x509_ptr) cert = X509_new();

	if (!cert || X509_set_version(cert, X509_VERSION_3) != 1 ||
	    !set_serial(cert) || !set_subject(cert, subject) ||
	    !X509_gmtime_adj(X509_getm_notBefore(cert), 0) ||
	    !X509_time_adj_ex(X509_getm_notAfter(cert), GUARDIAN_DAYS, 0,
			      NULL) ||
	    X509_set_pubkey(cert, key) != 1 ||
	    !add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") ||
	    !add_extension(cert, NID_key_usage, usage) ||
	    !add_extension(cert, NID_subject_key_identifier, "hash") ||
	    X509_sign(cert, key, EVP_sha256()) <= 0)
		return err_set_ossl(err, "certificate \"%s\"", subject);
	*ret = STEAL(cert);
	return SHVM_OK;
}

/* kind is "Signing" or "Encryption". */
static int new_pair(const char *kind,
		    const struct shvm_guardian_new_params *params,
		    const char *usage, unsigned int bits, EVP_PKEY **ret_key,
		    X509 **ret_cert, struct shvm_err *err)
{
	AUTO(pkey_ptr) key = NULL;
	AUTO_DONE(buf) subject = { 0 };

	key = EVP_RSA_gen(bits);
	if (!key)
		return err_set_ossl(err, "RSA key of %u bits", bits);
	buf_printf(&subject, "Shielded VM %s Certificate (%s) (%s)", kind,
		   params->name, params->host);
	buf_add(&subject, "", 1);
	TRY(buf_check(&subject, "guardian", err));
	TRY(self_signed((const char *)subject.data, usage, key, ret_cert, err));
	*ret_key = STEAL(key);
	return SHVM_OK;
}

static int sign_cert(X509 *cert, EVP_PKEY *key, struct signature *ret,
		     struct shvm_err *err)
{
	const struct algorithm *rsa =
		algorithm_find(ALGORITHM_SIGNATURE, URI_RSA_SHA256);
	AUTO_DONE(buf) der = { 0 };

	TRY(key_cert_encode(cert, &der, err));
	TRY(algorithm_sign(rsa, key, der.data, der.len, &ret->value, err));
	ret->uri = strdup(URI_RSA_SHA256);
	return err_null(err, ret->uri, "guardian");
}

static int check_name(const char *name, struct shvm_err *err)
{
	size_t len = strlen(name);

	if (len > GUARDIAN_NAME_MAX || !file_name_is_safe(name, len))
		return err_set(
			err, SHVM_E_ARG,
			"guardian name \"%.*s\": it becomes a file name, so it has no slash and no control character and at most %d bytes",
			LINE_FIT(name, 100), GUARDIAN_NAME_MAX);
	return SHVM_OK;
}

static int check_parts(const struct shvm_guardian *g, struct shvm_err *err)
{
	int r;

	TRY(guardian_check_pair(g->signing_cert, g->encryption_cert, err));
	TRY(key_check_validity(g->signing_cert, 0, err));
	TRY(key_check_validity(g->encryption_cert, 0, err));
	r = key_check_match(g->signing_cert, g->signing_key, err);
	if (r == SHVM_OK)
		r = key_check_signs(g->signing_cert, g->signing_key, err);
	TRY(err_prefix(err, r, "signing key"));
	if (!g->encryption_key)
		return SHVM_OK;
	return err_prefix(err,
			  key_check_match(g->encryption_cert, g->encryption_key,
					  err),
			  "encryption key");
}

/* The created document is decoded like any other, which also tests it. */
static int read_back(const struct shvm_guardian *made,
		     struct shvm_guardian **ret, struct shvm_err *err)
{
	static const struct shvm_trust own = {
		.allow_untrusted_root = true,
	};
	AUTO(guardian_ptr) g = NULL;

	TRY(shvm_guardian_decode(made->xml.data, made->xml.len, made->name,
				 &own, &g, err));
	(void)EVP_PKEY_up_ref(made->signing_key); /* cannot fail */
	g->signing_key = made->signing_key;
	if (made->encryption_key)
		(void)EVP_PKEY_up_ref(made->encryption_key); /* cannot fail */
	g->encryption_key = made->encryption_key;
	g->info.has_signing_key = true;
	g->info.has_encryption_key = g->encryption_key != NULL;
	*ret = STEAL(g);
	return SHVM_OK;
}

int guardian_assemble(const char *name, X509 *signing_cert,
		      EVP_PKEY *signing_key, X509 *encryption_cert,
		      EVP_PKEY *encryption_key, struct shvm_guardian **ret,
		      struct shvm_err *err)
{
	AUTO(guardian_ptr) g = NULL;

	TRY(check_name(name, err));
	TRY(guardian_alloc(name, signing_cert, encryption_cert, &g, err));
	g->version = 1;
	(void)EVP_PKEY_up_ref(signing_key); /* fails for no valid object */
	g->signing_key = signing_key;
	if (encryption_key)
		(void)EVP_PKEY_up_ref(encryption_key); /* as above */
	g->encryption_key = encryption_key;

	TRY(check_parts(g, err));
	TRY(sign_cert(encryption_cert, signing_key, &g->encryption_sig, err));
	TRY(sign_cert(signing_cert, signing_key, &g->self_sig, err));
	TRY(guardian_encode(g, &g->xml, err));
	return read_back(g, ret, err);
}

int shvm_guardian_new(const struct shvm_guardian_new_params *params,
		      struct shvm_guardian **ret, struct shvm_err *err)
{
	const unsigned int bits =
		params->bits ? params->bits : GUARDIAN_BITS_DEFAULT;
	AUTO(pkey_ptr) signing_key = NULL;
	AUTO(pkey_ptr) encryption_key = NULL;
	AUTO(x509_ptr) signing = NULL;
	AUTO(x509_ptr) encryption = NULL;

	TRY(reserved_check(params->reserved, "struct shvm_guardian_new_params",
			   err));
	if (!params->name || !params->host)
		return err_set(err, SHVM_E_ARG,
			       "guardian: a name and a host are needed");
	if (bits < KEY_RSA_BITS_MIN || bits > GUARDIAN_BITS_MAX)
		return err_set(err, SHVM_E_ARG,
			       "RSA keys of %u bits, not %d to %d", bits,
			       KEY_RSA_BITS_MIN, GUARDIAN_BITS_MAX);
	TRY(check_name(params->name, err));
	TRY(err_prefix(err, check_name(params->host, err), "host"));

	TRY(new_pair("Signing", params, "critical,digitalSignature", bits,
		     &signing_key, &signing, err));
	TRY(new_pair("Encryption", params,
		     "critical,keyEncipherment,dataEncipherment", bits,
		     &encryption_key, &encryption, err));
	return guardian_assemble(params->name, signing, signing_key, encryption,
				 encryption_key, ret, err);
}

/* A certificate from a separate file, or from the PKCS#12 file of the key. */
static int find_cert(const char *file, const struct shvm_key_source *from,
		     EVP_PKEY *key, X509 **from_key, const char *what,
		     X509 **ret, struct shvm_err *err)
{
	AUTO(x509_stack_ptr) certs = NULL;
	struct shvm_key_source source = *from;

	if (!file) {
		if (!*from_key)
			return err_set(
				err, SHVM_E_ARG,
				"guardian: no %s certificate given, and none beside the key",
				what);
		*ret = STEAL(*from_key);
		return SHVM_OK;
	}
	source.uri =
		file; /* a PKCS#12 file may have the passphrase of the key */
	TRY(key_load_certs(&source, &certs, err));
	if (!key)
		return key_take_leaf(file, certs, ret, err);
	return err_prefix(err, key_take_signer(file, certs, key, ret, err),
			  "%s key", what);
}

int shvm_guardian_from_parts(const struct shvm_guardian_parts *parts,
			     struct shvm_guardian **ret, struct shvm_err *err)
{
	AUTO(pkey_ptr) signing_key = NULL;
	AUTO(pkey_ptr) encryption_key = NULL;
	AUTO(x509_ptr) beside_signing = NULL;
	AUTO(x509_ptr) beside_encryption = NULL;
	AUTO(x509_ptr) signing = NULL;
	AUTO(x509_ptr) encryption = NULL;

	TRY(reserved_check(parts->reserved, "struct shvm_guardian_parts", err));
	if (!parts->name || !parts->signing_key.uri)
		return err_set(err, SHVM_E_ARG,
			       "guardian: a name and a signing key are needed");
	TRY(key_load_private(&parts->signing_key, &signing_key, &beside_signing,
			     NULL, err));
	if (parts->encryption_key.uri)
		TRY(key_load_private(&parts->encryption_key, &encryption_key,
				     &beside_encryption, NULL, err));
	TRY(find_cert(parts->signing_cert, &parts->signing_key, signing_key,
		      &beside_signing, "signing", &signing, err));
	TRY(find_cert(parts->encryption_cert, &parts->encryption_key,
		      encryption_key, &beside_encryption, "encryption",
		      &encryption, err));
	return guardian_assemble(parts->name, signing, signing_key, encryption,
				 encryption_key, ret, err);
}

/* Encodes one certificate and its key. passphrase NULL: not encrypted. */
static int pkcs12(X509 *cert, EVP_PKEY *key, const char *friendly_name,
		  const struct secret *passphrase, struct buf *ret,
		  struct shvm_err *err)
{
	const int cipher = passphrase ? NID_aes_256_cbc : -1;
	AUTO(secret_ptr) text = NULL; /* with a NUL for OpenSSL */
	AUTO(p12_ptr) p12 = NULL;
	uint8_t *at;
	int len;

	TRY(secret_new(passphrase ? passphrase->size + 1 : 1, &text, err));
	if (passphrase) {
		if (passphrase->size == 0 ||
		    memchr(passphrase->data, 0, passphrase->size))
			return err_set(
				err, SHVM_E_ARG,
				"the passphrase is empty or holds a NUL");
		memcpy(text->data, passphrase->data, passphrase->size);
	}

	p12 = PKCS12_create((const char *)text->data, friendly_name, key, cert,
			    NULL, cipher, cipher, PKCS12_ITERATIONS,
			    PKCS12_ITERATIONS, 0);
	if (!p12)
		return err_set_ossl(err, "PKCS#12 of \"%s\"", friendly_name);
	ret->wipe = true;
	len = i2d_PKCS12(p12, NULL);
	at = len > 0 ? buf_grow(ret, (size_t)len) : NULL;
	if (!at || i2d_PKCS12(p12, &at) != len)
		return err_set_ossl(err, "PKCS#12 of \"%s\"", friendly_name);
	return SHVM_OK;
}

int shvm_guardian_pkcs12(const struct shvm_guardian *guardian,
			 shvm_passphrase_fn passphrase, void *passphrase_ctx,
			 struct shvm_guardian_pkcs12 *ret, struct shvm_err *err)
{
	AUTO(secret_ptr) pass = NULL;
	AUTO_DONE(buf) signing = { .wipe = true };
	AUTO_DONE(buf) encryption = { .wipe = true };

	if (!guardian->signing_key || !guardian->encryption_key)
		return err_reason(err, SHVM_E_CRYPTO, "no-owner-key",
				  "guardian \"%s\": a private key is missing",
				  guardian->name);
	if (passphrase) {
		TRY(secret_ask(passphrase, passphrase_ctx,
			       "the new guardian's keys", &pass, err));
	}
	TRY(pkcs12(guardian->signing_cert, guardian->signing_key,
		   guardian->name, pass, &signing, err));
	TRY(pkcs12(guardian->encryption_cert, guardian->encryption_key,
		   guardian->name, pass, &encryption, err));
	ret->signing_len = signing.len;
	ret->signing = STEAL(signing.data);
	ret->encryption_len = encryption.len;
	ret->encryption = STEAL(encryption.data);
	return SHVM_OK;
}
