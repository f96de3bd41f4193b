/* SPDX-License-Identifier: MIT */
/* Catalogs as a shielding data file looks at them. */
#include "pdk/trusted_catalog.h"

#include "base/line.h"

#include <string.h>

int catalog_identify(const struct shvm_catalog *c, struct buf *cert,
		     struct template_id *id, struct shvm_err *err)
{
	const struct shvm_catalog_info *info = &c->info;

	TRY(key_cert_encode(c->message.cert, cert, err));
	id->name = info->name;
	id->version = info->version;
	id->cert = cert->data;
	id->cert_len = cert->len;
	for (size_t i = 0; i < info->volume_count; i++) {
		const struct shvm_catalog_volume *v = &info->volumes[i];
		struct shvm_qualifier_digest *d;

		if (v->role > SHVM_ROLE_ROOT ||
		    id->digest_count == QUALIFIER_DIGESTS_MAX)
			continue;
		d = &id->digests[id->digest_count++];
		d->role = v->role;
		d->algorithm = v->digest.algorithm;
		d->block_size = v->digest.block_size;
		d->hash_size = v->digest.hash_size;
		memcpy(d->digest, v->digest.digest, sizeof(d->digest));
	}
	return SHVM_OK;
}

static int confirm(const struct shvm_catalog *c,
		   const struct shvm_pdk_content *content, struct shvm_err *err)
{
	const struct shvm_trust *trust = trust_or_none(content->trust);
	const struct shvm_cert_info *signer = &c->info.signer;

	if (content->trust_on_first_use)
		return cms_check_time(&c->message, trust, err);
	if (trust_has_anchor(trust))
		return cms_check_trust(&c->message, trust, err);
	return err_reason(
		err, SHVM_E_ARG, "untrusted-signer",
		"its signer is %.*s, SHA-256 %s; a signer's certificate or a CA must confirm it, unless it is trusted on first use",
		LINE_FIT(signer->subject, 150), signer->sha256);
}

int trusted_qualifiers_add(const struct shvm_pdk_content *c,
			   struct qualifiers *ret, struct shvm_err *err)
{
	for (size_t i = 0; i < c->template_count; i++) {
		const struct shvm_pdk_template *t = &c->templates[i];
		AUTO_DONE(buf) cert = { 0 };
		struct template_id id = { 0 };
		int r = confirm(t->catalog, c, err);

		if (r < 0)
			return t->name ? err_prefix(err, r, "%s", t->name) : r;
		TRY(catalog_identify(t->catalog, &cert, &id, err));
		TRY(qualifiers_add(ret, &id, t->rule, t->pin_digest, err));
	}
	return SHVM_OK;
}
