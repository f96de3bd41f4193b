/* SPDX-License-Identifier: MIT */
/* Which guardian certificates are fit and which are trusted. */
#include "base/encode.h"
#include "base/line.h"
#include "pdk/algorithm.h"
#include "pdk/guardian.h"
#include "signer/chain.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

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

int guardian_check_pair(X509 *signing, X509 *encryption, struct shvm_err *err)
{
	int r = guardian_check_signing(signing, err);

	if (r == SHVM_OK)
		r = guardian_check_encryption(encryption, err);
	if (r < 0)
		return r;
	r = EVP_PKEY_eq(X509_get0_pubkey(signing),
			X509_get0_pubkey(encryption));
	ERR_clear_error();
	if (r == 1)
		return err_reason(
			err, SHVM_E_CRYPTO, "same-key",
			"signing and encryption certificate have the same key");
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
				  "%s", why.msg);
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
	AUTO(x509_store_ptr) store = NULL;
	int r, v;

	r = key_load_certs(&source, &ca, err);
	if (r < 0)
		return r;
	r = chain_store_new(ca, &store, err);
	if (r < 0)
		return r;
	r = chain_run(store, cert, helpers,
		      trust->allow_expired ? 0 : time(NULL), &v, err);
	if (r < 0)
		return r;
	*ret = v == X509_V_OK;
	*ret_why = chain_words(v);
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
	AUTO_CERT_INFO text = { 0 };
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

	r = cert_info_init(&text, cert, err);
	if (r < 0)
		return r;
	return err_reason(err, SHVM_E_VERIFY, "untrusted-guardian",
			  "certificate %.*s (SHA-256 %s) is not trusted: %s",
			  LINE_FIT(text.subject, 120), text.sha256, why);
}
