/* SPDX-License-Identifier: MIT */
/* The owner's signature over a shielding data file. */
#include "pdk/owner.h"

#include "signer/cms.h"

#include <openssl/cms.h>
#include <openssl/x509v3.h>
#include <string.h>

#define BAD(err, ...)                                                          \
	err_reason(err, SHVM_E_VERIFY, "bad-owner-signature", __VA_ARGS__)

int owner_sign(const struct shvm_guardian *owner, struct buf *file,
	       struct shvm_err *err)
{
	const struct cms_signer signer = { .cert = owner->signing_cert,
					   .key = owner->signing_key };
	AUTO_DONE(buf) der = { 0 };
	struct view v;

	if (!owner->signing_key)
		return err_set(err, SHVM_E_CRYPTO,
			       "owner %s: the signing key is needed",
			       owner->name);
	TRY(err_prefix(err,
		       cms_sign(&signer, file->data, file->len, true, &der,
				err),
		       "owner's signature"));
	v = (struct view){ der.data, der.len };
	return container_add_signature(file, &v, err);
}

static int check_message(struct cms_message *m, const struct container *c,
			 X509 *owner_cert, struct shvm_err *err)
{
	struct shvm_err why = { 0 };
	int r;

	if (!key_cert_equal(m->cert, owner_cert))
		return BAD(
			err,
			"pdk: the signature is not made by the owner of the protector");
	if (m->attached)
		return BAD(err, "pdk: the owner's signature holds a content");
	r = cms_check_signature(m, c->signed_part.data, c->signed_part.len,
				&why);
	if (r == SHVM_E_VERIFY)
		return BAD(
			err,
			"pdk: verification of the owner's signature failed: the file was modified");
	if (r < 0)
		return err_set(err, r, "%s", why.msg);
	if (sk_X509_num(m->chain) != 1 || m->timestamp_token.len > 0)
		return BAD(
			err,
			"pdk: the owner's signature holds more than a signature");
	if (m->digest != NID_sha256 || m->signature != NID_rsaEncryption)
		return BAD(
			err,
			"pdk: the owner's signature is not RSA PKCS#1 with SHA-256");
	return SHVM_OK;
}

int owner_check(const struct container *c, X509 *owner_cert,
		struct shvm_err *err)
{
	AUTO_DONE(cms_message) m = { 0 };
	struct shvm_err why = { 0 };
	int r;

	r = cms_decode(c->signature.data, c->signature.len, &m, &why);
	if (r == SHVM_E_NOMEM)
		return err_nomem(err, "owner's signature");
	if (r < 0)
		return BAD(err, "pdk: owner's signature: %s", why.msg);
	return check_message(&m, c, owner_cert, err);
}

int owner_check_extensions(X509 *cert, struct shvm_err *err)
{
	if (X509_get_extension_flags(cert) & EXFLAG_CRITICAL)
		return err_reason(
			err, SHVM_E_VERIFY, "owner-certificate",
			"pdk: the owner's certificate has a critical extension that is not known");
	return SHVM_OK;
}

int owner_check_certificate(X509 *cert, int64_t at, struct shvm_err *err)
{
	struct shvm_err why = { 0 };
	int r = key_check_validity(cert, at, &why);

	if (r == SHVM_E_NOMEM)
		return err_nomem(err, "owner's certificate");
	if (r < 0)
		return err_reason(err, SHVM_E_VERIFY, "owner-certificate",
				  "pdk: the owner's %s", why.msg);
	return owner_check_extensions(cert, err);
}
