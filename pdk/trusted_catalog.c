/* SPDX-License-Identifier: MIT */
/* Catalogs as a shielding data file looks at them. */
#include "pdk/trusted_catalog.h"

#include "base/line.h"
#include "pdk/pdk_file.h"

#include <string.h>

static int add_files(struct shvm_trust *trust, const char *const *files,
		     size_t count,
		     int (*add)(struct shvm_trust *, const char *,
				struct shvm_err *),
		     struct shvm_err *err)
{
	int r = SHVM_OK;

	for (size_t i = 0; i < count && r == SHVM_OK; i++)
		r = add(trust, files[i], err);
	return r;
}

int trusted_authorities_load(const char *const *files, size_t count, int64_t at,
			     struct shvm_trust **ret, struct shvm_err *err)
{
	AUTO(trust_ptr) trust = NULL;
	int r;

	r = shvm_trust_new(&trust, err);
	if (r == SHVM_OK)
		r = add_files(trust, files, count, shvm_trust_add_tsa_ca, err);
	if (r < 0)
		return r;
	shvm_trust_set_time(trust, at);
	*ret = STEAL(trust);
	return SHVM_OK;
}

void trusted_catalog_done(struct trusted_catalog *t)
{
	shvm_catalog_free(t->catalog);
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

/* Takes over the catalog, also when it fails. */
static int take(struct shvm_catalog *catalog, struct trusted_catalog *ret,
		struct shvm_err *err)
{
	AUTO_DONE(trusted_catalog) t = { .catalog = catalog };

	TRY(key_cert_encode(catalog->message.cert, &t.cert, err));
	id_fill(&t);
	*ret = MOVE(t);
	return SHVM_OK;
}

int trusted_catalog_load(const char *path, const struct shvm_disk_params *how,
			 struct trusted_catalog *ret, struct shvm_err *err)
{
	struct shvm_catalog *catalog;

	TRY(shvm_catalog_load(path, how, &catalog, err));
	return take(catalog, ret, err);
}

int trusted_catalog_from_disk(struct shvm_disk *disk,
			      struct trusted_catalog *ret, struct shvm_err *err)
{
	struct shvm_catalog *catalog;

	TRY(shvm_catalog_from_disk(disk, &catalog, err));
	return take(catalog, ret, err);
}

static int unconfirmed(const struct trusted_catalog *t, struct shvm_err *err)
{
	AUTO_CERT_INFO signer = { 0 };
	int r;

	r = cert_info_init(&signer, t->catalog->message.cert, err);
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
	r = describe_cert(t->catalog->message.cert, &strings, &info.signer,
			  err);
	if (r == SHVM_OK)
		params->trusted(params->trusted_ctx, &info);
	strings_done(&strings);
	return r;
}

static int confirm(const struct trusted_catalog *t,
		   const struct shvm_trust *trust, bool on_first_use,
		   struct shvm_err *err)
{
	if (on_first_use)
		return cms_check_time(&t->catalog->message, trust, err);
	if (!trust_has_anchor(trust))
		return unconfirmed(t, err);
	return cms_check_trust(&t->catalog->message, trust, err);
}

int trusted_qualifiers_add(const struct shvm_trust_params *params,
			   struct qualifiers *ret, struct shvm_err *err)
{
	const struct shvm_disk_params how = {
		.outputs = params->outputs,
		.output_count = params->output_count,
	};
	AUTO(trust_ptr) trust = NULL;
	int r;

	r = trusted_authorities_load(params->tsa_ca_files, params->tsa_ca_count,
				     params->at, &trust, err);
	if (r == SHVM_OK)
		r = add_files(trust, params->signer_files, params->signer_count,
			      shvm_trust_add_signer, err);
	if (r == SHVM_OK)
		r = add_files(trust, params->ca_files, params->ca_count,
			      shvm_trust_add_ca, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < params->count; i++) {
		const struct shvm_trust_entry *e = &params->entries[i];
		AUTO_DONE(trusted_catalog) t = { 0 };

		r = trusted_catalog_load(e->path, &how, &t, err);
		if (r < 0)
			return r;
		r = confirm(&t, trust, params->trust_on_first_use, err);
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
