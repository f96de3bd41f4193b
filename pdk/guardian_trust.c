/* SPDX-License-Identifier: MIT */
/* Which guardian certificates are fit and which are trusted. */
#include "base/line.h"
#include "pdk/algorithm.h"
#include "pdk/guardian.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

AUTO_DEFINE(store_ptr, X509_STORE *, X509_STORE_free);
AUTO_DEFINE(store_ctx_ptr, X509_STORE_CTX *, X509_STORE_CTX_free);

enum {
	SHA256_SIZE = 32
};

static bool parse_fingerprint(const char *text, uint8_t digest[SHA256_SIZE])
{
	char hex[2 * SHA256_SIZE + 1];
	size_t n = 0;

	for (; *text && n < sizeof(hex) - 1; text++)
		if (*text != ':')
			hex[n++] = *text;
	hex[n] = '\0';
	return *text == '\0' && hex_parse(hex, digest, SHA256_SIZE);
}

bool guardian_fingerprint_is_valid(const char *text)
{
	uint8_t digest[SHA256_SIZE];

	return parse_fingerprint(text, digest);
}

bool guardian_has_fingerprint(X509 *cert, const char *text)
{
	uint8_t want[SHA256_SIZE], digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	return parse_fingerprint(text, want) &&
	       X509_digest(cert, EVP_sha256(), digest, &len) == 1 &&
	       len == sizeof(want) && memcmp(digest, want, len) == 0;
}

int guardian_check_signing(X509 *cert, struct shvm_err *err)
{
	int r = algorithm_check_rsa(X509_get0_pubkey(cert),
				    "signing certificate", err);

	return r < 0 ? r
		     : key_check_usage(cert, KU_DIGITAL_SIGNATURE,
				       "digitalSignature", err);
}

/* Windows' guardians have dataEncipherment, others keyEncipherment: either
 * says that the key is there to decrypt. */
int guardian_check_encryption(X509 *cert, struct shvm_err *err)
{
	const uint32_t either = KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT;
	int r = algorithm_check_rsa(X509_get0_pubkey(cert),
				    "encryption certificate", err);

	if (r < 0)
		return r;
	/* With no bits asked for: only that the extensions can be read. */
	r = key_check_usage(cert, 0, "nothing", err);
	if (r < 0)
		return r;
	if ((X509_get_extension_flags(cert) & EXFLAG_KUSAGE) &&
	    (X509_get_key_usage(cert) & either) == 0)
		return err_reason(
			err, SHVM_E_CRYPTO, "key-usage",
			"encryption certificate: its key usage has neither keyEncipherment nor dataEncipherment");
	return SHVM_OK;
}

int guardian_check_validity(X509 *cert, const struct shvm_guardian_trust *trust,
			    struct shvm_err *err)
{
	struct shvm_err why = { 0 };
	int r = key_check_validity(cert, 0, &why);
	bool is_expired = why.reason && strcmp(why.reason, "expired") == 0;

	if (r == SHVM_OK || (is_expired && trust && trust->allow_expired))
		return SHVM_OK;
	if (is_expired)
		return err_reason(err, SHVM_E_VERIFY, "certificate-expired",
				  "%s (allow-expired would accept it)",
				  why.msg);
	return err_reason(err, r == SHVM_E_NOMEM ? r : SHVM_E_VERIFY,
			  why.reason, "%s", why.msg);
}

/* *ret: does a chain lead to one of the file's certificates? */
static int check_chain(X509 *cert, STACK_OF(X509) * helpers,
		       const struct shvm_guardian_trust *trust, bool *ret,
		       const char **ret_why, struct shvm_err *err)
{
	const struct shvm_key_source source = { .uri = trust->ca_file };
	AUTO(x509_stack_ptr) ca = NULL;
	AUTO(store_ptr) store = X509_STORE_new();
	AUTO(store_ctx_ptr) ctx = X509_STORE_CTX_new();
	unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
	int r;

	if (!store || !ctx)
		return err_nomem(err, "certificate store");
	r = key_load_certs(&source, &ca, err);
	if (r < 0)
		return r;
	for (int i = 0; i < sk_X509_num(ca); i++)
		if (X509_STORE_add_cert(store, sk_X509_value(ca, i)) != 1)
			return err_set_ossl(err, "certificate store");
	if (trust->allow_expired)
		flags |= X509_V_FLAG_NO_CHECK_TIME;
	if (X509_STORE_CTX_init(ctx, store, cert, helpers) != 1)
		return err_set_ossl(err, "certificate store");
	X509_STORE_CTX_set_flags(ctx, flags);

	*ret = X509_verify_cert(ctx) == 1;
	*ret_why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx));
	ERR_clear_error();
	return SHVM_OK;
}

static int check_fingerprints(X509 *cert,
			      const struct shvm_guardian_trust *trust,
			      bool *ret, struct shvm_err *err)
{
	*ret = false;
	for (size_t i = 0; i <= trust->fingerprint_count; i++) {
		const char *text = i < trust->fingerprint_count
					   ? trust->fingerprints[i]
					   : trust->fingerprint;

		if (!text)
			continue;
		if (!guardian_fingerprint_is_valid(text))
			return err_set(
				err, SHVM_E_ARG,
				"fingerprint \"%.100s\" is not the SHA-256 of a certificate: 64 hexadecimal digits",
				text);
		if (guardian_has_fingerprint(cert, text))
			*ret = true;
	}
	return SHVM_OK;
}

int guardian_check_trust(X509 *cert, STACK_OF(X509) * helpers,
			 const struct shvm_guardian_trust *trust,
			 struct shvm_err *err)
{
	static const struct shvm_guardian_trust strict = { 0 };
	AUTO_DONE(cert_text) text = { 0 };
	const char *why = "neither a CA nor a fingerprint was given";
	bool is_trusted = false;
	int r;

	if (!trust)
		trust = &strict;
	r = check_fingerprints(cert, trust, &is_trusted, err);
	if (r < 0 || is_trusted)
		return r;
	if (trust->ca_file) {
		r = check_chain(cert, helpers, trust, &is_trusted, &why, err);
		if (r < 0 || is_trusted)
			return r;
	} else if (trust->fingerprint || trust->fingerprint_count > 0) {
		why = "it has none of the fingerprints given";
	}
	if (trust->allow_untrusted_root)
		return SHVM_OK;

	r = cert_text_init(&text, cert, err);
	if (r < 0)
		return r;
	return err_reason(
		err, SHVM_E_VERIFY, "untrusted-guardian",
		"certificate %.*s (SHA-256 %s) is not trusted: %s; use --fingerprint, --ca or --allow-untrusted-root",
		LINE_FIT(text.subject, 120), text.sha256, why);
}
