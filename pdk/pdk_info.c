/* SPDX-License-Identifier: MIT */
/* Describes a shielding data file. */
#include "pdk/pdk_file.h"

#include <string.h>

void pdk_describe_done(struct shvm_pdk *pdk)
{
	for (size_t i = 0; i < pdk->info.qualifier_count; i++)
		cert_info_done(&pdk->qualifiers[i].signer);
	free(pdk->qualifiers);
	pdk->qualifiers = NULL;
	pdk->info.qualifier_count = 0;
	body_lists_done(&pdk->lists);
}

static int describe_qualifier(const struct qualifier *q,
			      struct shvm_qualifier_info *ret,
			      struct shvm_err *err)
{
	AUTO(x509_ptr) cert = NULL;

	ret->name = q->name;
	ret->version = q->version;
	ret->rule = q->rule;
	ret->require = q->require;
	ret->is_pinned = q->is_pinned;
	memcpy(ret->content_sha256, q->content_sha256,
	       sizeof(ret->content_sha256));
	TRY(key_cert_decode(q->cert.data, q->cert.len,
			    "qualifier's certificate", &cert, err));
	return cert_info_init(&ret->signer, cert, err);
}

static int describe_qualifiers(struct shvm_pdk *pdk, const struct qualifiers *q,
			       struct shvm_err *err)
{
	pdk->qualifiers = calloc(q->count + 1, sizeof(*pdk->qualifiers));
	TRY(err_null(err, pdk->qualifiers, "description"));
	pdk->info.qualifiers = pdk->qualifiers;
	pdk->info.qualifier_count = q->count;
	for (size_t i = 0; i < q->count; i++)
		TRY(describe_qualifier(&q->items[i], &pdk->qualifiers[i], err));
	return SHVM_OK;
}

static void describe_protector(const struct shvm_protector_info *p,
			       struct shvm_pdk_info *ret)
{
	size_t owners = 0;

	ret->protector = p;
	ret->owner = ret->protector_signer = NULL;
	for (size_t i = 0; i < p->wrapping_count; i++) {
		const struct shvm_wrapping_info *w = &p->wrappings[i];

		if (w->id == p->signer)
			ret->protector_signer = w;
		if (w->is_owner && owners++ == 0)
			ret->owner = w;
	}
	if (owners != 1)
		ret->owner = NULL;
}

int pdk_describe(struct shvm_pdk *pdk, struct shvm_err *err)
{
	const struct container *c = &pdk->container;
	struct shvm_pdk_info *info = &pdk->info;
	int r;

	pdk_describe_done(pdk);
	info->size = pdk->file.len;
	info->body_size = c->body.len;
	info->policy = info->is_open ? pdk->body.policy : c->policy_value;
	info->qualifiers_published = c->has_qualifiers;
	describe_protector(shvm_protector_info(pdk->protector), info);
	r = describe_qualifiers(pdk,
				info->is_open ? &pdk->body.qualifiers
					      : &pdk->published,
				err);
	if (r == SHVM_OK && info->is_open)
		r = body_describe(&pdk->body, &pdk->lists, info, err);
	if (r < 0) /* no incomplete description */
		pdk_describe_done(pdk);
	return r;
}
