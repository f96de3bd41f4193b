/* SPDX-License-Identifier: MIT */
/* Catalogs of templates that a shielding data file trusts. */
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
	id->coverage = info->coverage;
	memcpy(id->content_sha256, info->content_sha256,
	       sizeof(id->content_sha256));
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
		const struct qualifier_terms terms = {
			.rule = t->rule,
			.require = t->require,
			.pin = t->pin_content,
		};
		AUTO_DONE(buf) cert = { 0 };
		struct template_id id = { 0 };
		int r = confirm(t->catalog, c, err);

		if (r == SHVM_OK)
			r = catalog_identify(t->catalog, &cert, &id, err);
		if (r == SHVM_OK)
			r = qualifiers_add(ret, &id, &terms, err);
		if (r < 0)
			return t->name ? err_prefix(err, r, "%s", t->name) : r;
	}
	return SHVM_OK;
}
