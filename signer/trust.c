/* SPDX-License-Identifier: MIT */
/* The trusted certificates: files are read once, when they are added. */
#include "signer/trust.h"

#include "base/encode.h"

#include <openssl/err.h>
#include <string.h>

int shvm_trust_new(struct shvm_trust **ret, struct shvm_err *err)
{
	struct shvm_trust *t = calloc(1, sizeof(*t));

	TRY(err_null(err, t, "trust"));
	*ret = t;
	return SHVM_OK;
}

void shvm_trust_free(struct shvm_trust *trust)
{
	if (!trust)
		return;
	x509_stack_free(trust->signers);
	x509_stack_free(trust->ca);
	x509_stack_free(trust->tsa_ca);
	free(trust->fingerprints);
	free(trust->eku);
	free(trust);
}

int shvm_trust_add_signer(struct shvm_trust *trust, const char *path,
			  struct shvm_err *err)
{
	return key_add_cert_file(path, true, &trust->signers, err);
}

int shvm_trust_add_ca(struct shvm_trust *trust, const char *path,
		      struct shvm_err *err)
{
	return key_add_cert_file(path, false, &trust->ca, err);
}

int shvm_trust_add_tsa_ca(struct shvm_trust *trust, const char *path,
			  struct shvm_err *err)
{
	return key_add_cert_file(path, false, &trust->tsa_ca, err);
}

int fingerprint_parse(const char *text, uint8_t ret[FINGERPRINT_SIZE],
		      struct shvm_err *err)
{
	char hex[2 * FINGERPRINT_SIZE + 1];
	const char *p = text;
	size_t n = 0;

	for (; *p && n < sizeof(hex) - 1; p++)
		if (*p != ':')
			hex[n++] = *p;
	hex[n] = '\0';
	if (*p == '\0' && hex_parse(hex, ret, FINGERPRINT_SIZE))
		return SHVM_OK;
	return err_set(
		err, SHVM_E_ARG,
		"fingerprint \"%.100s\" is not the SHA-256 of a certificate: 64 hexadecimal digits",
		text);
}

bool fingerprint_is_of(const uint8_t fingerprint[FINGERPRINT_SIZE], X509 *cert)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	return X509_digest(cert, EVP_sha256(), digest, &len) == 1 &&
	       len == FINGERPRINT_SIZE && memcmp(digest, fingerprint, len) == 0;
}

int shvm_trust_add_fingerprint(struct shvm_trust *trust, const char *sha256,
			       struct shvm_err *err)
{
	const size_t n = trust->fingerprint_count;
	uint8_t(*list)[FINGERPRINT_SIZE];
	uint8_t digest[FINGERPRINT_SIZE];

	TRY(fingerprint_parse(sha256, digest, err));
	list = reallocarray(trust->fingerprints, n + 1, sizeof(*list));
	TRY(err_null(err, list, "fingerprints"));
	memcpy(list[n], digest, sizeof(digest));
	trust->fingerprints = list;
	trust->fingerprint_count = n + 1;
	return SHVM_OK;
}

int shvm_trust_set_eku(struct shvm_trust *trust, const char *oid,
		       struct shvm_err *err)
{
	char *copy = NULL;

	TRY(key_check_oid(oid, err));
	if (oid) {
		copy = strdup(oid);
		TRY(err_null(err, copy, "extended key usage"));
	}
	free(trust->eku);
	trust->eku = copy;
	return SHVM_OK;
}

void shvm_trust_set_time(struct shvm_trust *trust, int64_t at)
{
	trust->at = (time_t)at;
}

void shvm_trust_allow_untrusted_root(struct shvm_trust *trust)
{
	trust->allow_untrusted_root = true;
}

void shvm_trust_allow_expired(struct shvm_trust *trust)
{
	trust->allow_expired = true;
}

bool trust_has_anchor(const struct shvm_trust *trust)
{
	return sk_X509_num(trust->signers) > 0 || sk_X509_num(trust->ca) > 0 ||
	       trust->fingerprint_count > 0;
}

bool trust_is_pinned(const struct shvm_trust *trust, X509 *cert)
{
	for (int i = 0; i < sk_X509_num(trust->signers); i++)
		if (key_cert_equal(cert, sk_X509_value(trust->signers, i)))
			return true;
	for (size_t i = 0; i < trust->fingerprint_count; i++)
		if (fingerprint_is_of(trust->fingerprints[i], cert))
			return true;
	return false;
}
