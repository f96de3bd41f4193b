/* SPDX-License-Identifier: MIT */
/* Catalogs as a shielding data file looks at them. */
#include "pdk/trusted_catalog.h"

#include "base/line.h"
#include "pdk/pdk_file.h"

#include <string.h>

/* The files that say whom to trust, loaded once for all entries. */
struct anchors {
	STACK_OF(X509) * signers, *ca, *tsa;
};

static void anchors_done(struct anchors *a)
{
	sk_X509_pop_free(a->signers, X509_free);
	sk_X509_pop_free(a->ca, X509_free);
	sk_X509_pop_free(a->tsa, X509_free);
}

int trusted_authorities_load(const char *const *files, size_t count,
			     STACK_OF(X509) * *ret, struct shvm_err *err)
{
	*ret = NULL;
	return count > 0 ? key_load_cert_files(files, count, false, ret, err)
			 : SHVM_OK;
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

static int decode(const char *path, const uint8_t *der, size_t len,
		  struct trusted_catalog *ret, struct shvm_err *err)
{
	AUTO_DONE(trusted_catalog) t = { 0 };
	int r;

	r = template_catalog_decode(der, len, &t.catalog, &t.message, err);
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

int trusted_catalog_load(const char *path, const struct shvm_disk_params *how,
			 struct trusted_catalog *ret, struct shvm_err *err)
{
	AUTO(catalog_ptr) catalog = NULL;
	const uint8_t *der;
	size_t len;
	int r;

	r = shvm_catalog_load(path, how, &catalog, err);
	if (r < 0)
		return r;
	der = shvm_catalog_der(catalog, &len);
	return decode(path, der, len, ret, err);
}

int trusted_catalog_from_disk(struct shvm_disk *disk,
			      struct trusted_catalog *ret, struct shvm_err *err)
{
	AUTO_DONE(buf) der = { 0 };
	int r;

	r = template_disk_item(disk, &der, err);
	if (r < 0)
		return r;
	return decode(disk_path(disk), der.data, der.len, ret, err);
}

int trusted_catalog_check_time(struct trusted_catalog *t, int64_t at,
			       STACK_OF(X509) * tsa, struct shvm_err *err)
{
	X509 *const own[] = { t->message.cert };
	const struct cms_trust trust = { .pinned = own,
					 .pinned_count = 1,
					 .at = (time_t)at,
					 .tsa_ca = tsa };

	return cms_check_trust(&t->message, &trust, err);
}

static int unconfirmed(const struct trusted_catalog *t, struct shvm_err *err)
{
	AUTO_DONE(cert_text) signer = { 0 };
	int r;

	r = cert_text_init(&signer, t->message.cert, err);
	if (r < 0)
		return r;
	return err_reason(
		err, SHVM_E_ARG, "untrusted-signer",
		"its signer is %.*s, SHA-256 %s; a signer's certificate or a CA must confirm it, unless it is trusted on first use",
		LINE_FIT(signer.subject, 150), signer.sha256);
}

/* Tell the caller who signed the template that was added last. */
static int tell(const struct shvm_trust_params *params,
		const struct trusted_catalog *t, const struct qualifiers *all,
		struct shvm_err *err)
{
	const struct qualifier *q = &all->items[all->count - 1];
	struct shvm_qualifier_info info = {
		.name = q->name,
		.version = q->version,
		.rule = q->rule,
		.digest_count = q->digest_count,
	};
	struct strings strings = { 0 };
	int r;

	if (!params->trusted)
		return SHVM_OK;
	memcpy(info.digests, q->digests, sizeof(info.digests));
	r = describe_cert(t->message.cert, &strings, &info.signer, err);
	if (r == SHVM_OK)
		params->trusted(params->trusted_ctx, &info);
	strings_done(&strings);
	return r;
}

static int confirm(struct trusted_catalog *t, const struct anchors *a,
		   const struct shvm_trust_params *params, struct shvm_err *err)
{
	AUTOFREE X509 **pinned = NULL;
	struct cms_trust trust = { .at = (time_t)params->at, .tsa_ca = a->tsa };
	const int count = sk_X509_num(a->signers);

	if (params->trust_on_first_use)
		return trusted_catalog_check_time(t, params->at, a->tsa, err);
	if (count <= 0 && sk_X509_num(a->ca) <= 0)
		return unconfirmed(t, err);
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

int trusted_qualifiers_add(const struct shvm_trust_params *params,
			   struct qualifiers *ret, struct shvm_err *err)
{
	const struct shvm_disk_params how = {
		.outputs = params->outputs,
		.output_count = params->output_count,
	};
	AUTO_DONE(anchors) a = { 0 };
	int r;

	r = key_load_cert_files(params->signer_files, params->signer_count,
				true, &a.signers, err);
	if (r < 0)
		return r;
	r = key_load_cert_files(params->ca_files, params->ca_count, false,
				&a.ca, err);
	if (r < 0)
		return r;
	r = trusted_authorities_load(params->tsa_ca_files, params->tsa_ca_count,
				     &a.tsa, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < params->count; i++) {
		const struct shvm_trust_entry *e = &params->entries[i];
		AUTO_DONE(trusted_catalog) t = { 0 };

		r = trusted_catalog_load(e->path, &how, &t, err);
		if (r < 0)
			return r;
		r = confirm(&t, &a, params, err);
		if (r < 0)
			return err_prefix(err, r, "%s", e->path);
		r = qualifiers_add(ret, &t.id, e->rule, params->pin_digest,
				   err);
		if (r < 0)
			return r;
		r = tell(params, &t, ret, err);
		if (r < 0)
			return r;
	}
	return SHVM_OK;
}
