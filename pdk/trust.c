/* SPDX-License-Identifier: MIT */
/* Catalogs as a shielding data file looks at them. */
#include "pdk/trust.h"

#include <string.h>

/* The files of --signer and --ca, loaded once for all entries. */
struct anchors {
	STACK_OF(X509) * signers, *ca;
};

static void anchors_done(struct anchors *a)
{
	sk_X509_pop_free(a->signers, X509_free);
	sk_X509_pop_free(a->ca, X509_free);
}

static int load_certs(const char *const *files, size_t count,
		      STACK_OF(X509) * *ret, struct shvm_err *err)
{
	AUTO(x509_stack_ptr) all = sk_X509_new_null();

	if (!all)
		return err_nomem(err, "certificates");
	for (size_t i = 0; i < count; i++) {
		const struct shvm_key_source source = { .uri = files[i] };
		AUTO(x509_stack_ptr) some = NULL;
		X509 *cert;
		int r;

		r = key_load_certs(&source, &some, err);
		if (r < 0)
			return r;
		while ((cert = sk_X509_shift(some)) != NULL) {
			if (!sk_X509_push(all, cert)) {
				X509_free(cert);
				return err_nomem(err, "certificates");
			}
		}
	}
	*ret = STEAL(all);
	return SHVM_OK;
}

void trusted_catalog_done(struct trusted_catalog *t)
{
	shvm_catalog_free(t->catalog);
	cms_message_done(&t->message);
	buf_done(&t->cert);
	*t = (struct trusted_catalog){ 0 };
}

static void id_fill(struct trusted_catalog *t)
{
	const struct shvm_catalog_info *info = shvm_catalog_info(t->catalog);
	struct template_id *id = &t->id;

	id->name = info->name;
	id->version = info->version;
	id->cert = t->cert.data;
	id->cert_len = t->cert.len;
	id->digest_count = info->volume_count;
	for (size_t i = 0; i < info->volume_count; i++) {
		const struct shvm_catalog_volume *v = &info->volumes[i];
		struct shvm_qualifier_digest *d = &id->digests[i];

		d->role = v->role;
		d->algorithm = v->algorithm;
		d->block_size = v->block_size;
		d->hash_size = v->hash_size;
		memcpy(d->digest, v->digest, sizeof(d->digest));
	}
}

int trusted_catalog_load(const char *path, struct trusted_catalog *ret,
			 struct shvm_err *err)
{
	AUTO_DONE(trusted_catalog) t = { 0 };
	const uint8_t *der;
	size_t len;
	int r;

	r = shvm_catalog_load(path, &t.catalog, err);
	if (r < 0)
		return r;
	der = shvm_catalog_der(t.catalog, &len);
	r = cms_decode(der, len, &t.message, err);
	if (r < 0) {
		if (err && r != SHVM_E_NOMEM) {
			err->code = SHVM_E_VERIFY;
			err->reason = "bad-catalog";
		}
		return r == SHVM_E_NOMEM ? r : SHVM_E_VERIFY;
	}
	r = cms_check_signature(&t.message, NULL, 0, err);
	if (r < 0)
		return err_prefix(err, r, "%s", path);
	r = key_cert_encode(t.message.cert, &t.cert, err);
	if (r < 0)
		return r;
	id_fill(&t);
	*ret = t;
	t = (struct trusted_catalog){ 0 };
	return SHVM_OK;
}

int trusted_catalog_check_time(struct trusted_catalog *t, int64_t at,
			       struct shvm_err *err)
{
	X509 *const own[] = { t->message.cert };
	const struct cms_trust trust = { .pinned = own,
					 .pinned_count = 1,
					 .at = (time_t)at };

	return cms_check_trust(&t->message, &trust, err);
}

static int confirm(struct trusted_catalog *t, const struct anchors *a,
		   const struct shvm_trust_params *params, struct shvm_err *err)
{
	AUTOFREE X509 **pinned = NULL;
	struct cms_trust trust = { .at = (time_t)params->at };
	const int count = sk_X509_num(a->signers);

	if (params->trust_on_first_use)
		return trusted_catalog_check_time(t, params->at, err);
	if (count <= 0 && sk_X509_num(a->ca) <= 0)
		return err_reason(
			err, SHVM_E_ARG, "untrusted-signer",
			"a signer's certificate or a CA is needed to trust a catalog, unless it is trusted on first use");
	pinned = calloc((size_t)count + 1, sizeof(X509 *));
	if (!pinned)
		return err_nomem(err, "certificates");
	for (int i = 0; i < count; i++)
		pinned[i] = sk_X509_value(a->signers, i);
	trust.pinned = pinned;
	trust.pinned_count = (size_t)count;
	trust.ca = sk_X509_num(a->ca) > 0 ? a->ca : NULL;
	return cms_check_trust(&t->message, &trust, err);
}

int trust_add(const struct shvm_trust_params *params, struct qualifiers *ret,
	      struct shvm_err *err)
{
	AUTO_DONE(anchors) a = { 0 };
	int r;

	r = load_certs(params->signer_files, params->signer_count, &a.signers,
		       err);
	if (r < 0)
		return r;
	r = load_certs(params->ca_files, params->ca_count, &a.ca, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < params->count; i++) {
		const struct shvm_trust_entry *e = &params->entries[i];
		AUTO_DONE(trusted_catalog) t = { 0 };

		r = trusted_catalog_load(e->path, &t, err);
		if (r < 0)
			return r;
		r = confirm(&t, &a, params, err);
		if (r < 0)
			return err_prefix(err, r, "%s", e->path);
		r = qualifiers_add(ret, &t.id, e->rule, params->pin_digest,
				   err);
		if (r < 0)
			return r;
	}
	return SHVM_OK;
}
