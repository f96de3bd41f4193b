/* SPDX-License-Identifier: MIT */
/* Decides which guardian certificates are suitable and trusted. */
#include "base/encode.h"
#include "base/line.h"
#include "pdk/algorithm.h"
#include "pdk/guardian.h"
#include "signer/chain.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

int guardian_check_signing(X509 *cert, struct shvm_err *err)
{
	TRY(algorithm_check_rsa(X509_get0_pubkey(cert), "signing certificate",
				err));
	return key_check_usage(cert, KU_DIGITAL_SIGNATURE, "digitalSignature",
			       err);
}

/* Windows' guardians have dataEncipherment, others keyEncipherment: either means
 * that the key may decrypt. */
int guardian_check_encryption(X509 *cert, struct shvm_err *err)
{
	const uint32_t either = KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT;

	TRY(algorithm_check_rsa(X509_get0_pubkey(cert),
				"encryption certificate", err));
	/* Without required bits this checks only that the extensions are valid. */
	TRY(key_check_usage(cert, 0, "nothing", err));
	if ((X509_get_extension_flags(cert) & EXFLAG_KUSAGE) &&
	    (X509_get_key_usage(cert) & either) == 0)
		return err_reason(
			err, SHVM_E_CRYPTO, "key-usage",
			"encryption certificate: its key usage has neither keyEncipherment nor dataEncipherment");
	return SHVM_OK;
}

int guardian_check_pair(X509 *signing, X509 *encryption, struct shvm_err *err)
{
	int r;

	TRY(guardian_check_signing(signing, err));
	TRY(guardian_check_encryption(encryption, err));
	r = EVP_PKEY_eq(X509_get0_pubkey(signing),
			X509_get0_pubkey(encryption));
	ERR_clear_error();
	if (r == 1)
		return err_reason(
			err, SHVM_E_CRYPTO, "same-key",
			"signing and encryption certificate have the same key");
	return SHVM_OK;
}

int guardian_check_validity(X509 *cert, const struct shvm_trust *trust,
			    struct shvm_err *err)
{
	struct shvm_err why = { 0 };
	int r = key_check_validity(cert, trust_or_none(trust)->at, &why);
	bool is_expired = why.reason && strcmp(why.reason, "expired") == 0;

	if (r == SHVM_OK || (is_expired && trust_or_none(trust)->allow_expired))
		return SHVM_OK;
	if (is_expired)
		return err_reason(err, SHVM_E_VERIFY, "certificate-expired",
				  "%s", why.msg);
	return err_reason(err, r == SHVM_E_NOMEM ? r : SHVM_E_VERIFY,
			  why.reason, "%s", why.msg);
}

/* *ret: X509_V_OK if there is a chain to a CA. */
static int check_chain(X509 *cert, STACK_OF(X509) * helpers,
		       const struct shvm_trust *trust, int *ret,
		       struct shvm_err *err)
{
	const time_t at = trust->at ? trust->at : time(NULL);
	AUTO(x509_store_ptr) store = NULL;

	TRY(chain_store_new(trust->ca, &store, err));
	return chain_run(store, cert, helpers, trust->allow_expired ? 0 : at,
			 ret, err);
}

int guardian_check_trust(X509 *cert, STACK_OF(X509) * helpers,
			 const struct shvm_trust *trust, struct shvm_err *err)
{
	AUTO_CERT_INFO text = { 0 };
	const char *why = "neither a CA nor a fingerprint was given";
	int r = SHVM_OK, v = X509_V_OK;

	trust = trust_or_none(trust);
	if (trust->allow_untrusted_root || trust_is_pinned(trust, cert))
		return SHVM_OK;
	if (sk_X509_num(trust->ca) > 0) {
		r = check_chain(cert, helpers, trust, &v, err);
		if (r < 0 || v == X509_V_OK)
			return r;
		why = chain_words(v);
	} else if (trust_has_anchor(trust)) {
		why = "it has none of the fingerprints given";
	}

	TRY(cert_info_init(&text, cert, err));
	return err_reason(err, SHVM_E_VERIFY, "untrusted-guardian",
			  "certificate %.*s (SHA-256 %s) is not trusted: %s",
			  LINE_FIT(text.subject, 120), text.sha256, why);
}
