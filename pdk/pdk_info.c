/* SPDX-License-Identifier: MIT */
/* Describes a shielding data file for its readers. */
#include "base/array.h"
#include "base/line.h"
#include "pdk/owner.h"
#include "pdk/pdk_file.h"
#include "pdk/specialize.h"

#include <stdio.h>
#include <string.h>

void strings_done(struct strings *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->items[i]);
	free(s->items);
	*s = (struct strings){ 0 };
}

int strings_add(struct strings *s, const char *text, const char **ret,
		struct shvm_err *err)
{
	if (!ARRAY_GROW(s->items, s->count))
		return err_nomem(err, "description");
	s->items[s->count] = strdup(text);
	if (!s->items[s->count])
		return err_nomem(err, "description");
	*ret = s->items[s->count++];
	return SHVM_OK;
}

int describe_cert(X509 *cert, struct strings *s, struct shvm_cert_info *ret,
		  struct shvm_err *err)
{
	AUTO_CERT_INFO t = { 0 };
	int r;

	r = cert_info_init(&t, cert, err);
	if (r < 0)
		return r;
	if (strings_add(s, t.subject, &ret->subject, err) < 0 ||
	    strings_add(s, t.issuer, &ret->issuer, err) < 0 ||
	    strings_add(s, t.serial, &ret->serial, err) < 0 ||
	    strings_add(s, t.sha256, &ret->sha256, err) < 0)
		return SHVM_E_NOMEM;
	ret->not_before = t.not_before;
	ret->not_after = t.not_after;
	return SHVM_OK;
}

int describe_qualifiers(const struct qualifiers *q, struct strings *s,
			struct shvm_qualifier_info **ret, struct shvm_err *err)
{
	AUTOFREE struct shvm_qualifier_info *list =
		calloc(q->count + 1, sizeof(*list));
	int r;

	if (!list)
		return err_nomem(err, "description");
	for (size_t i = 0; i < q->count; i++) {
		const struct qualifier *item = &q->items[i];
		AUTO(x509_ptr) cert = NULL;

		r = key_cert_decode(item->cert.data, item->cert.len,
				    "qualifier's certificate", &cert, err);
		if (r < 0)
			return r;
		r = describe_cert(cert, s, &list[i].signer, err);
		if (r < 0)
			return r;
		r = strings_add(s, item->name, &list[i].name, err);
		if (r < 0)
			return r;
		list[i].version = item->version;
		list[i].rule = item->rule;
		memcpy(list[i].digests, item->digests, sizeof(list[i].digests));
		list[i].digest_count = item->digest_count;
	}
	*ret = STEAL(list);
	return SHVM_OK;
}

static int describe_guardians(struct shvm_pdk *pdk, struct shvm_err *err)
{
	const struct shvm_protector_info *p =
		shvm_protector_info(pdk->protector);
	const size_t count = p->wrapping_count;
	size_t owners = 0;
	int r;

	pdk->info.protector_signer = NULL;
	free(pdk->guardians);
	pdk->guardians = calloc(count, sizeof(*pdk->guardians));
	if (!pdk->guardians)
		return err_nomem(err, "description");
	for (size_t i = 0; i < count; i++) {
		struct shvm_pdk_guardian *g = &pdk->guardians[i];

		g->id = p->wrappings[i].id;
		g->is_owner = p->wrappings[i].is_owner;
		if (g->id == p->signer)
			pdk->info.protector_signer = g;
		owners += g->is_owner;
		if (g->is_owner)
			pdk->info.owner = g;
		r = describe_cert(protector_signing_cert(pdk->protector, i),
				  &pdk->strings, &g->signing, err);
		if (r < 0)
			return r;
		r = describe_cert(protector_encryption_cert(pdk->protector, i),
				  &pdk->strings, &g->encryption, err);
		if (r < 0)
			return r;
	}
	if (owners != 1)
		pdk->info.owner = NULL;
	pdk->info.guardians = pdk->guardians;
	pdk->info.guardian_count = count;
	pdk->info.max_offline_unwraps = p->max_offline_unwraps;
	return SHVM_OK;
}

int pdk_file_describe_signature(struct shvm_pdk *pdk, struct shvm_err *err)
{
	struct shvm_err why = { 0 };
	int r = pdk_file_check_protector(pdk, &why);

	if (r == SHVM_OK)
		r = pdk_file_check_signature(pdk, &why);
	if (r == SHVM_E_NOMEM)
		return err_nomem(err, "description");
	pdk->info.signature_good = r == SHVM_OK;
	line_put(pdk->info.signature_text, sizeof(pdk->info.signature_text),
		 "%s", r < 0 ? why.msg : "");
	/* Of no owner there is no certificate. */
	if (r == SHVM_OK)
		r = owner_check_certificate(pdk_file_owner_cert(pdk), 0, &why);
	if (r == SHVM_E_NOMEM)
		return err_nomem(err, "description");
	pdk->info.owner_certificate_good = r == SHVM_OK;
	line_put(pdk->info.owner_certificate_text,
		 sizeof(pdk->info.owner_certificate_text), "%s",
		 r < 0 ? why.msg : "");
	return SHVM_OK;
}

static int describe_files(struct shvm_pdk *pdk, struct shvm_err *err)
{
	const struct payload *p = &pdk->body.payload;
	struct shvm_pdk_info *info = &pdk->info;
	int r;

	free(pdk->files);
	pdk->files = calloc(p->count + 1, sizeof(*pdk->files));
	free(pdk->substitute);
	pdk->substitute = calloc(p->count + 1, sizeof(*pdk->substitute));
	if (!pdk->files || !pdk->substitute)
		return err_nomem(err, "description");
	info->substitute = pdk->substitute;
	info->substitute_count = 0;
	for (size_t i = 0; i < p->count; i++) {
		const struct payload_file *f = &p->files[i];

		pdk->files[i] = (struct shvm_file){ f->name, f->data.data,
						    f->data.len };
		if (f->substitute)
			pdk->substitute[info->substitute_count++] = f->name;
	}
	info->files = pdk->files;
	info->file_count = p->count;
	info->answer = (struct shvm_file){ p->answer.name, p->answer.data.data,
					   p->answer.data.len };
	tokens_done(&pdk->keys);
	r = specialize_keys(p, &pdk->keys, err);
	if (r < 0)
		return r;
	info->keys = (const char *const *)pdk->keys.items;
	info->key_count = pdk->keys.count;
	return SHVM_OK;
}

int pdk_file_describe(struct shvm_pdk *pdk, struct shvm_err *err)
{
	const struct container *c = &pdk->container;
	struct shvm_pdk_info *info = &pdk->info;
	const struct qualifiers *q =
		info->is_open ? &pdk->body.qualifiers : &pdk->published;
	int r;

	strings_done(&pdk->strings);
	info->size = pdk->file.len;
	info->protector_size = c->protector.len;
	info->body_size = c->body.len;
	info->policy = c->policy_value;
	info->qualifiers_published = c->has_qualifiers;
	r = describe_guardians(pdk, err);
	if (r < 0) {
		r = pdk_file_reason(err, r, SHVM_E_FORMAT, "bad-protector");
		return err_prefix(err, r, "key protector");
	}
	free(pdk->qualifiers);
	pdk->qualifiers = NULL;
	r = describe_qualifiers(q, &pdk->strings, &pdk->qualifiers, err);
	if (r < 0 && info->is_open)
		return pdk_file_reason(err, r, SHVM_E_VERIFY, "tampered-body");
	if (r < 0)
		return pdk_file_reason(err, r, SHVM_E_FORMAT, "bad-pdk");
	info->qualifiers = pdk->qualifiers;
	info->qualifier_count = q->count;
	if (!info->is_open)
		return SHVM_OK;
	info->kind = pdk->body.kind;
	r = describe_files(pdk, err);
	return r < 0 ? pdk_file_reason(err, r, SHVM_E_VERIFY, "tampered-body")
		     : SHVM_OK;
}
