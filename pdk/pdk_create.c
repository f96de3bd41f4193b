/* SPDX-License-Identifier: MIT */
/* Makes shielding data files. */
#include "pdk/pdk_create.h"

#include "pdk/answer_file.h"
#include "pdk/owner.h"
#include "pdk/specialize.h"
#include "pdk/trusted_catalog.h"

#include <string.h>

enum {
	GUARDIANS_MAX = 1000 /* ours */
};

void guardians_done(struct guardians *g)
{
	for (size_t i = 0; i < g->count; i++)
		shvm_guardian_free(g->items[i]);
	free(g->items);
	*g = (struct guardians){ 0 };
}

int guardians_load(const struct shvm_pdk_fabrics *fabrics,
		   struct guardians *ret, struct shvm_err *err)
{
	const char *const *files = fabrics->guardian_files;
	const size_t count = fabrics->guardian_count;
	AUTO_DONE(guardians) g = { 0 };

	if (count > GUARDIANS_MAX)
		return err_set(err, SHVM_E_ARG,
			       "%zu guardians, the limit is %d", count,
			       GUARDIANS_MAX);
	g.items = calloc(count + 1, sizeof(*g.items));
	TRY(err_null(err, g.items, "guardians"));
	for (size_t i = 0; i < count; i++) {
		TRY(shvm_guardian_load(files[i], &fabrics->trust, &g.items[i],
				       err));
		g.count++;
	}
	*ret = MOVE(g);
	return SHVM_OK;
}

void draft_done(struct draft *d)
{
	shvm_guardian_free(d->owner);
	guardians_done(&d->guardians);
	body_done(&d->body);
}

/* Sealed in UTF-8: readers of another kind need no converter. */
static int store_utf8(struct payload *p, struct shvm_err *err)
{
	AUTO_DONE(buf) text = { .wipe = true };
	enum answer_system system;
	int r;

	r = answer_file_read(p->answer.data.data, p->answer.data.len, &text,
			     &system, err);
	if (r < 0)
		return err_prefix(err, r, "%s", p->answer.name);
	buf_done(&p->answer.data);
	p->answer.data = MOVE(text);
	return SHVM_OK;
}

int draft_check_files(struct payload *p, const struct notes *notes,
		      struct shvm_err *err)
{
	int r = SHVM_OK;

	if (p->answer.name)
		r = store_utf8(p, err);
	if (r == SHVM_OK)
		r = specialize_check(p, NULL, notes, err);
	if (r == SHVM_E_VERIFY) {
		r = SHVM_E_FORMAT;
		if (err)
			err->code = r;
	}
	return r;
}

static int draft_payload(const struct shvm_pdk_params *p, struct draft *d,
			 struct shvm_err *err)
{
	const struct notes notes = { p->note, p->note_ctx };

	if (p->answer.name)
		TRY(payload_set_answer(&d->body.payload, &p->answer, err));
	for (size_t i = 0; i < p->file_count; i++)
		TRY(payload_add(&d->body.payload, &p->files[i], err));
	for (size_t i = 0; i < p->substitute_count; i++)
		TRY(payload_substitute(&d->body.payload, p->substitute[i],
				       err));
	TRY(draft_check_files(&d->body.payload, &notes, err));
	return p->no_size_limit ? SHVM_OK
				: payload_check_size(&d->body.payload, err);
}

int draft_load(const struct shvm_pdk_params *params, struct draft *ret,
	       struct shvm_err *err)
{
	struct shvm_guardian_trust owner_trust = params->fabrics.trust;
	AUTO_DONE(draft) d = { 0 };

	if (!params->owner_file)
		return err_set(err, SHVM_E_ARG, "an owner is needed");
	d.body.kind = params->kind;
	d.body.policy = params->policy;
	TRY(draft_payload(params, &d, err));
	/* That the owner's own key fits is proof enough; it is checked before
	 * anything is made. What guardians are trusted by says nothing of him. */
	owner_trust.allow_untrusted_root = true;
	TRY(shvm_guardian_load(params->owner_file, &owner_trust, &d.owner,
			       err));
	TRY(owner_check_extensions(d.owner->signing_cert, err));
	TRY(guardians_load(&params->fabrics, &d.guardians, err));
	TRY(protector_check_distinct(
		d.owner, (const struct shvm_guardian *const *)d.guardians.items,
		d.guardians.count, err));
	TRY(trusted_qualifiers_add(&params->templates, &d.body.qualifiers,
				   err));
	TRY(body_check(&d.body, err));
	*ret = MOVE(d);
	return SHVM_OK;
}

/* What goes out must be what any reader will find in it. */
static int read_back(const struct buf *file, const struct shvm_guardian *owner,
		     const struct secret *transport_key, const struct buf *xml,
		     struct shvm_err *err)
{
	AUTO_DONE(buf) again = { .wipe = true };
	struct container c;

	TRY(container_decode(file->data, file->len, &c, err));
	TRY(owner_check(&c, owner->signing_cert, err));
	TRY(container_open(&c, transport_key, &again, err));
	if (again.len != xml->len ||
	    memcmp(again.data, xml->data, xml->len) != 0)
		return err_set(err, SHVM_E_CRYPTO,
			       "pdk: the body reads back as another one");
	return SHVM_OK;
}

int pdk_assemble(const struct shvm_guardian *owner,
		 const struct shvm_protector *protector,
		 const struct secret *transport_key, const struct body *body,
		 bool publish, struct buf *ret, struct shvm_err *err)
{
	AUTO_DONE(buf) raw = { 0 };
	AUTO_DONE(buf) published = { 0 };
	AUTO_DONE(buf) xml = { .wipe = true };
	AUTO_DONE(buf) file = { 0 };
	struct container_parts parts = { .policy = body->policy };
	int r;

	TRY(body_encode(body, &xml, err));
	TRY(protector_encode(protector, &raw, err));
	parts.protector = (struct view){ raw.data, raw.len };
	if (publish && body->qualifiers.count > 0) {
		TRY(qualifiers_encode_document(&body->qualifiers, &published,
					       err));
		parts.qualifiers =
			(struct view){ published.data, published.len };
	}
	TRY(container_seal(&parts, transport_key, &xml, &file, err));
	TRY(owner_sign(owner, &file, err));
	r = read_back(&file, owner, transport_key, &xml, err);
	if (r < 0)
		return err_prefix(err, r, "reading back");
	*ret = MOVE(file);
	return SHVM_OK;
}

int shvm_pdk_create(const struct shvm_pdk_params *params, uint8_t **ret,
		    size_t *ret_size, struct shvm_err *err)
{
	AUTO_DONE(draft) d = { 0 };
	AUTO(protector_ptr) protector = NULL;
	AUTO(secret_ptr) transport_key = NULL;
	struct buf file = { 0 };

	TRY(draft_load(params, &d, err));
	TRY(shvm_guardian_set_keys(d.owner, &params->owner_signing_key, NULL,
				   err));
	TRY(protector_new(
		d.owner, (const struct shvm_guardian *const *)d.guardians.items,
		d.guardians.count, &protector, &transport_key, err));
	TRY(pdk_assemble(d.owner, protector, transport_key, &d.body,
			 params->publish_qualifiers, &file, err));
	*ret = file.data;
	*ret_size = file.len;
	return SHVM_OK;
}
