/* SPDX-License-Identifier: MIT */
/* Public API of guardians; see <shvm/guardian.h>. */
#include "pdk/guardian_api.h"

#include <string.h>

AUTO_DEFINE(api_ptr, struct shvm_guardian *, shvm_guardian_free);

void shvm_guardian_free(struct shvm_guardian *guardian)
{
	if (!guardian)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(guardian->texts); i++)
		cert_text_done(&guardian->texts[i]);
	guardian_free(guardian->inner);
	free(guardian);
}

struct shvm_cert_info guardian_cert_info(const struct cert_text *t)
{
	return (struct shvm_cert_info){
		.subject = t->subject,
		.issuer = t->issuer,
		.serial = t->serial,
		.sha256 = t->sha256,
		.not_before = t->not_before,
		.not_after = t->not_after,
	};
}

/* Takes over *inner, also when it fails. */
static int wrap(struct guardian **inner, struct shvm_guardian **ret,
		struct shvm_err *err)
{
	AUTO(guardian_ptr) g = STEAL(*inner);
	AUTO(api_ptr) api = calloc(1, sizeof(*api));
	X509 *const certs[] = { g->signing_cert, g->encryption_cert,
				g->document_cert };
	int r;

	if (!api)
		return err_nomem(err, "guardian");
	for (size_t i = 0; i < ARRAY_SIZE(certs); i++) {
		if (!certs[i])
			continue;
		r = cert_text_init(&api->texts[i], certs[i], err);
		if (r < 0)
			return r;
	}
	api->info = (struct shvm_guardian_info){
		.name = g->name,
		.version = g->version,
		.signing = guardian_cert_info(&api->texts[0]),
		.encryption = guardian_cert_info(&api->texts[1]),
		.other_count = g->others ? (size_t)sk_X509_num(g->others) : 0,
		.document_signer = guardian_cert_info(&api->texts[2]),
		.document_method = g->document_method,
		.has_signing_key = g->signing_key != NULL,
		.has_encryption_key = g->encryption_key != NULL,
	};
	api->inner = STEAL(g);
	*ret = STEAL(api);
	return SHVM_OK;
}

int shvm_guardian_load(const char *source,
		       const struct shvm_guardian_trust *trust,
		       struct shvm_guardian **ret, struct shvm_err *err)
{
	AUTO(guardian_ptr) g = NULL;
	int r = guardian_load(source, trust, &g, err);

	return r < 0 ? r : wrap(&g, ret, err);
}

const struct shvm_guardian_info *shvm_guardian_info(
	const struct shvm_guardian *guardian)
{
	return &guardian->info;
}

const uint8_t *shvm_guardian_xml(const struct shvm_guardian *guardian,
				 size_t *ret_len)
{
	*ret_len = guardian->inner->xml.len;
	return guardian->inner->xml.data;
}

/* What we made is read back as any other, which also proves that it reads. */
static int read_back(const struct guardian *made, struct guardian **ret,
		     struct shvm_err *err)
{
	static const struct shvm_guardian_trust own = {
		.allow_untrusted_root = true,
	};
	AUTO(guardian_ptr) g = NULL;
	int r;

	r = guardian_decode(made->xml.data, made->xml.len, made->name, &own, &g,
			    err);
	if (r < 0)
		return r;
	if (made->signing_key)
		(void)EVP_PKEY_up_ref(made->signing_key); /* cannot fail */
	g->signing_key = made->signing_key;
	if (made->encryption_key)
		(void)EVP_PKEY_up_ref(made->encryption_key); /* cannot fail */
	g->encryption_key = made->encryption_key;
	*ret = STEAL(g);
	return SHVM_OK;
}

int shvm_guardian_new(const struct shvm_guardian_new_params *params,
		      struct shvm_guardian **ret, struct shvm_err *err)
{
	AUTO(guardian_ptr) made = NULL;
	AUTO(guardian_ptr) g = NULL;
	int r;

	if (!params->name || !params->host)
		return err_set(err, SHVM_E_ARG, "guardian: name or host lacks");
	r = guardian_generate(params->name, params->host, params->bits, &made,
			      err);
	if (r < 0)
		return r;
	r = read_back(made, &g, err);
	return r < 0 ? r : wrap(&g, ret, err);
}

/* A certificate: of its own file, or of the PKCS#12 that holds the key. */
static int find_cert(const char *file, const struct shvm_key_source *from,
		     EVP_PKEY *key, X509 **from_key, const char *what,
		     X509 **ret, struct shvm_err *err)
{
	AUTO(x509_stack_ptr) certs = NULL;
	struct shvm_key_source source = *from;
	int r;

	if (!file) {
		if (!*from_key)
			return err_set(
				err, SHVM_E_ARG,
				"guardian: no %s certificate given, and none beside the key",
				what);
		*ret = STEAL(*from_key);
		return SHVM_OK;
	}
	source.uri = file; /* a PKCS#12 may have the key's passphrase */
	r = key_load_certs(&source, &certs, err);
	if (r < 0)
		return r;
	if (!key)
		return key_take_leaf(file, certs, ret, err);
	r = key_take_signer(file, certs, key, ret, err);
	return r < 0 ? err_prefix(err, r, "%s key", what) : SHVM_OK;
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
	AUTO(guardian_ptr) made = NULL;
	AUTO(guardian_ptr) g = NULL;
	int r;

	if (!parts->name || !parts->signing_key.uri)
		return err_set(err, SHVM_E_ARG,
			       "guardian: name or signing key lacks");
	r = key_load_private(&parts->signing_key, &signing_key, &beside_signing,
			     NULL, err);
	if (r == SHVM_OK && parts->encryption_key.uri)
		r = key_load_private(&parts->encryption_key, &encryption_key,
				     &beside_encryption, NULL, err);
	if (r == SHVM_OK)
		r = find_cert(parts->signing_cert, &parts->signing_key,
			      signing_key, &beside_signing, "signing", &signing,
			      err);
	if (r == SHVM_OK)
		r = find_cert(parts->encryption_cert, &parts->encryption_key,
			      encryption_key, &beside_encryption, "encryption",
			      &encryption, err);
	if (r < 0)
		return r;
	r = guardian_assemble(parts->name, signing, signing_key, encryption,
			      encryption_key, &made, err);
	if (r < 0)
		return r;
	r = read_back(made, &g, err);
	return r < 0 ? r : wrap(&g, ret, err);
}

int shvm_guardian_set_keys(struct shvm_guardian *guardian,
			   const struct shvm_key_source *signing,
			   const struct shvm_key_source *encryption,
			   struct shvm_err *err)
{
	int r = guardian_set_keys(guardian->inner, signing, encryption, err);

	if (r < 0)
		return r;
	guardian->info.has_signing_key = guardian->inner->signing_key != NULL;
	guardian->info.has_encryption_key =
		guardian->inner->encryption_key != NULL;
	return SHVM_OK;
}

int shvm_guardian_pkcs12(const struct shvm_guardian *guardian,
			 shvm_passphrase_fn passphrase, void *passphrase_ctx,
			 struct shvm_guardian_pkcs12 *ret, struct shvm_err *err)
{
	const struct guardian *g = guardian->inner;
	AUTO(secret_ptr) pass = NULL;
	AUTO_DONE(buf) signing = { .wipe = true };
	AUTO_DONE(buf) encryption = { .wipe = true };
	int r;

	if (!g->signing_key || !g->encryption_key)
		return err_reason(err, SHVM_E_CRYPTO, "no-owner-key",
				  "guardian \"%s\": a private key lacks",
				  g->name);
	if (passphrase) {
		r = secret_ask(passphrase, passphrase_ctx,
			       "the new guardian's keys", &pass, err);
		if (r < 0)
			return r;
	}
	r = guardian_pkcs12(g->signing_cert, g->signing_key, g->name, pass,
			    &signing, err);
	if (r < 0)
		return r;
	r = guardian_pkcs12(g->encryption_cert, g->encryption_key, g->name,
			    pass, &encryption, err);
	if (r < 0)
		return r;
	ret->signing_len = signing.len;
	ret->signing = STEAL(signing.data);
	ret->encryption_len = encryption.len;
	ret->encryption = STEAL(encryption.data);
	return SHVM_OK;
}
