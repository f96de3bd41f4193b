/* SPDX-License-Identifier: MIT */
/* Verifies the signature of a message, and decides trust in its signer. */
#include "base/line.h"
#include "signer/cms.h"

#include "signer/chain.h"
#include "signer/ossl.h"

#include <limits.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>

/* The token must be for exactly these signature bytes. */
static int check_timestamp(const struct cms_message *m, STACK_OF(X509) * ca,
			   time_t at, struct shvm_err *err)
{
	STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(m->cms);
	const ASN1_OCTET_STRING *s = CMS_SignerInfo_get0_signature(
		sk_CMS_SignerInfo_value(infos, 0));

	return cms_timestamp_check(&m->timestamp_token,
				   ASN1_STRING_get0_data(s),
				   (size_t)ASN1_STRING_length(s), ca, at, err);
}

int cms_check_signature(const struct cms_message *m, const void *data,
			size_t len, struct shvm_err *err)
{
	/* No purpose and no chain here: trust is decided separately. */
	const unsigned int flags = CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY;
	AUTO(bio_ptr) in = NULL;
	int r;

	if (m->attached == (data != NULL))
		return err_reason(
			err, SHVM_E_VERIFY, "bad-signature",
			m->attached
				? "cms: the content is attached, expected detached"
				: "cms: the content is detached, expected attached");
	if (data) {
		if (len > INT_MAX)
			return err_set(
				err, SHVM_E_ARG,
				"cms: the content of %zu bytes is too long",
				len);
		in = BIO_new_mem_buf(data, (int)len);
		/* CMS_verify() would leak this for an unknown digest; cms_decode()
	 * accepts no message with such a digest. */
		if (!in)
			return err_set_ossl(err, "cms: content");
	}
	if (CMS_verify(m->cms, NULL, NULL, in, NULL, flags) != 1) {
		const unsigned long e = ERR_peek_last_error();
		const char *why = e ? ERR_reason_error_string(e) : NULL;

		(void)err_reason(err, SHVM_E_VERIFY, "bad-signature",
				 "cms: signature verification failed: %s",
				 why ? why : "unknown reason");
		ERR_clear_error();
		return SHVM_E_VERIFY;
	}
	ERR_clear_error();
	if (m->timestamp_token.len == 0)
		return SHVM_OK;
	r = check_timestamp(m, NULL, 0, err);
	if (r == SHVM_E_VERIFY)
		(void)err_reason(
			err, r, "bad-signature",
			"cms: the timestamp is damaged or is for another signature");
	return r;
}

static int distrust(struct shvm_err *err, X509 *cert, const char *why)
{
	AUTO_CERT_INFO text = { 0 };

	TRY(cert_info_init(&text, cert, err));
	return err_reason(err, SHVM_E_VERIFY, "untrusted-signer",
			  "signer %s (SHA-256 %s): %s", text.subject,
			  text.sha256, why);
}

/* Is there a chain to a CA? Not required for a pinned certificate. */
static int check_who(const struct cms_message *m, X509_STORE *store,
		     struct shvm_err *err)
{
	char why[200];
	int v, r;

	if (!store)
		return distrust(err, m->cert, "is not a trusted certificate");
	r = chain_run(store, m->cert, m->chain, 0, &v, err);
	if (r < 0 || v == X509_V_OK)
		return r;
	line_put(why, sizeof(why), "no chain to a trusted CA: %s",
		 chain_words(v));
	return distrust(err, m->cert, why);
}

/* The time for which validity is checked, as a number and as text. */
static int choose_time(const struct cms_message *m,
		       const struct shvm_trust *trust, time_t *ret, char *words,
		       size_t size, struct shvm_err *err)
{
	const time_t now = trust->at ? trust->at : time(NULL);
	const char *then = trust->at ? "at the given time" : "now";
	struct shvm_err why = { 0 };
	int r;

	*ret = now;
	(void)snprintf(words, size, "%s", then);
	if (m->timestamp_token.len == 0)
		return SHVM_OK;
	if (!trust->tsa_ca) {
		(void)snprintf(
			words, size,
			"%s; the timestamp is not used without a trusted timestamp authority",
			then);
		return SHVM_OK;
	}
	r = check_timestamp(m, trust->tsa_ca, now, &why);
	if (r == SHVM_OK) {
		*ret = m->timestamp;
		(void)snprintf(words, size, "at the time of the timestamp");
		return SHVM_OK;
	}
	if (r != SHVM_E_VERIFY)
		return err_set(err, r, "%s", why.msg);
	(void)snprintf(words, size, "%s; the timestamp is not used: %.300s",
		       then, why.msg);
	return SHVM_OK;
}

/* Checks the certificate and, unless it is pinned, its chain at that time. */
static int check_validity(const struct cms_message *m,
			  const struct shvm_trust *trust, X509_STORE *store,
			  struct shvm_err *err)
{
	struct shvm_err why = { 0 };
	int r, v = X509_V_OK;
	char words[400];
	time_t at;

	TRY(choose_time(m, trust, &at, words, sizeof(words), err));
	r = key_check_validity(m->cert, at, &why);
	if (r == SHVM_OK && store) {
		TRY(chain_run(store, m->cert, m->chain, at, &v, err));
		line_put(why.msg, sizeof(why.msg), "chain: %s", chain_words(v));
	} else if (r < 0 && r != SHVM_E_CRYPTO) {
		return err_set(err, r, "%s", why.msg);
	}
	if (r == SHVM_OK && v == X509_V_OK)
		return SHVM_OK;
	return err_reason(err, SHVM_E_VERIFY, "certificate-expired",
			  "%s (checked %s)", why.msg, words);
}

/* who: also check that it is a trusted signer. */
static int check_trust(const struct cms_message *m,
		       const struct shvm_trust *trust, bool who,
		       struct shvm_err *err)
{
	AUTO(x509_store_ptr) store = NULL;
	struct shvm_err why = { 0 };
	int r;

	if (who && !trust_is_pinned(trust, m->cert)) {
		if (sk_X509_num(trust->ca) > 0)
			TRY(chain_store_new(trust->ca, &store, err));
		TRY(check_who(m, store, err));
	}
	r = key_check_strength(m->cert, &why);
	if (r == SHVM_OK)
		r = key_check_usage(m->cert, KU_DIGITAL_SIGNATURE,
				    "digitalSignature", &why);
	if (r == SHVM_OK && who)
		r = key_check_eku(m->cert, trust->eku, &why);
	if (r < 0)
		return r == SHVM_E_CRYPTO ? distrust(err, m->cert, why.msg)
					  : err_set(err, r, "%s", why.msg);
	return check_validity(m, trust, store, err);
}

int cms_check_trust(const struct cms_message *m, const struct shvm_trust *trust,
		    struct shvm_err *err)
{
	const int r = check_trust(m, trust, true, err);

	ERR_clear_error(); /* hostile input may leave more than one */
	return r;
}

int cms_check_time(const struct cms_message *m, const struct shvm_trust *trust,
		   struct shvm_err *err)
{
	const int r = check_trust(m, trust, false, err);

	ERR_clear_error();
	return r;
}
