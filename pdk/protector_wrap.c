/* SPDX-License-Identifier: MIT */
/* Creates the wrapping of one guardian. */
#include "pdk/protector_internal.h"

/* A guardian from shvm_guardian_decode() was checked; one that was created by other
 * functions may not have been. */
static int check_guardian(const struct shvm_guardian *g, struct shvm_err *err)
{
	if (!g->encryption_sig.uri || g->encryption_sig.value.len == 0)
		return err_set(err, SHVM_E_ARG,
			       "no signature over the encryption certificate");
	TRY(algorithm_check_rsa(X509_get0_pubkey(g->signing_cert),
				"signing certificate", err));
	return algorithm_check_rsa(X509_get0_pubkey(g->encryption_cert),
				   "encryption certificate", err);
}

void protector_name(struct wrapping *w, const struct shvm_guardian *g,
		    uint32_t id, uint32_t parent)
{
	w->id = id;
	w->parent = parent;
	(void)X509_up_ref(g->signing_cert); /* fails for no valid object */
	w->signing = g->signing_cert;
	(void)X509_up_ref(g->encryption_cert); /* as above */
	w->encryption = g->encryption_cert;
}

int protector_wrap_key(struct wrapping *w, const struct secret *blob,
		       struct shvm_err *err)
{
	struct wrapped_key *k = &w->transport;

	k->oaep.digest = algorithm_find(ALGORITHM_DIGEST, URI_SHA256);
	k->oaep.mgf = algorithm_find(ALGORITHM_MGF, URI_MGF1_SHA256);
	k->problem[0] = '\0';
	k->value.len = 0;
	TRY(protector_set_uri(&k->uri, URI_RSA_OAEP, err));
	return algorithm_wrap(&k->oaep, w->encryption, blob, &k->value, err);
}

static int sign(struct wrapping *w, EVP_PKEY *key, struct shvm_err *err)
{
	const struct algorithm *rsa =
		algorithm_find(ALGORITHM_SIGNATURE, URI_RSA_SHA256);

	TRY(key_cert_encode(w->signing, &w->signing_der, err));
	TRY(key_cert_encode(w->encryption, &w->encryption_der, err));
	TRY(protector_set_uri(&w->signing_sig.uri, URI_RSA_SHA256, err));
	return err_prefix(err,
			  algorithm_sign(rsa, key, w->signing_der.data,
					 w->signing_der.len,
					 &w->signing_sig.value, err),
			  "signing certificate");
}

static int wrap(struct wrapping *w, const struct shvm_guardian *g,
		EVP_PKEY *parent_key, const struct secret *blob,
		struct shvm_err *err)
{
	const struct signature *s = &g->encryption_sig;

	TRY(check_guardian(g, err));
	TRY(sign(w, parent_key, err));
	TRY(protector_set_uri(&w->encryption_sig.uri, s->uri, err));
	buf_add(&w->encryption_sig.value, s->value.data, s->value.len);
	TRY(buf_check(&w->encryption_sig.value, "wrapping", err));
	return protector_wrap_key(w, blob, err);
}

int protector_wrap(struct wrapping *w, const struct shvm_guardian *g,
		   EVP_PKEY *parent_key, const struct secret *blob,
		   struct shvm_err *err)
{
	return err_prefix(err, wrap(w, g, parent_key, blob, err),
			  "guardian \"%s\"", g->name);
}
