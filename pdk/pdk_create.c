/* SPDX-License-Identifier: MIT */
/* Creates shielding data files. */
#include "pdk/pdk_create.h"

#include "base/reserved.h"
#include "pdk/owner.h"

#include <string.h>

enum {
	GUARDIANS_MAX = 1000 /* our limit */
};

int pdk_seal(const struct shvm_guardian *owner,
	     const struct shvm_protector *protector,
	     const struct secret *transport_key, const struct body *body,
	     bool publish, struct buf *ret, struct shvm_err *err)
{
	AUTO_DONE(buf) raw = { 0 };
	AUTO_DONE(buf) published = { 0 };
	AUTO_DONE(buf) xml = { .wipe = true };
	AUTO_DONE(buf) file = { 0 };
	struct container_parts parts = { .policy = body->policy };

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
	*ret = MOVE(file);
	return SHVM_OK;
}

/* Decodes the finished file and compares it with the input. */
static int read_back(struct buf *file, const struct secret *transport_key,
		     const struct body *body, struct shvm_pdk **ret,
		     struct shvm_err *err)
{
	AUTO_DONE(buf) xml = { .wipe = true };
	AUTO_DONE(buf) again = { .wipe = true };
	AUTO(pdk_ptr) pdk = NULL;

	TRY(pdk_file_decode(file, "pdk", &pdk, err));
	TRY(pdk_file_check_signature(pdk, err));
	TRY(secret_copy(transport_key->data, transport_key->size,
			&pdk->transport_key, err));
	TRY(pdk_file_open_body(pdk, err));
	TRY(body_encode(body, &xml, err));
	TRY(body_encode(&pdk->body, &again, err));
	if (again.len != xml.len || memcmp(again.data, xml.data, xml.len) != 0)
		return err_set(err, SHVM_E_CRYPTO,
			       "pdk: the body reads back as another one");
	*ret = STEAL(pdk);
	return SHVM_OK;
}

int pdk_assemble(const struct shvm_guardian *owner,
		 const struct shvm_protector *protector,
		 const struct secret *transport_key, const struct body *body,
		 bool publish, struct shvm_pdk **ret, struct shvm_err *err)
{
	AUTO_DONE(buf) file = { 0 };

	TRY(pdk_seal(owner, protector, transport_key, body, publish, &file,
		     err));
	return err_prefix(err, read_back(&file, transport_key, body, ret, err),
			  "reading back");
}

static int fill_body(const struct shvm_pdk_params *params, struct body *ret,
		     struct shvm_err *err)
{
	TRY(reserved_check(params->reserved, "struct shvm_pdk_params", err));
	if (!params->owner)
		return err_set(err, SHVM_E_ARG, "an owner is needed");
	TRY(owner_check_extensions(params->owner->signing_cert, err));
	if (params->guardian_count > GUARDIANS_MAX)
		return err_set(err, SHVM_E_ARG,
			       "%zu guardians, the limit is %d",
			       params->guardian_count, GUARDIANS_MAX);
	ret->kind = params->kind;
	TRY(body_put(ret, &params->content, err));
	return body_finish(ret, &params->content, err);
}

/* Takes ownership of the body. */
static int plan(const struct shvm_pdk_params *params, struct body *body,
		bool publish, struct shvm_pdk **ret, struct shvm_err *err)
{
	AUTO(pdk_ptr) pdk = calloc(1, sizeof(*pdk));

	TRY(err_null(err, pdk, "plan"));
	pdk->body = MOVE(*body);
	pdk->info.is_open = true;
	TRY(protector_draft(params->owner, params->guardians,
			    params->guardian_count, &pdk->protector, err));
	TRY(pdk_describe(pdk, err));
	/* As in pdk_seal(). */
	pdk->info.qualifiers_published =
		publish && pdk->info.qualifier_count > 0;
	*ret = STEAL(pdk);
	return SHVM_OK;
}

int shvm_pdk_create(const struct shvm_pdk_params *params, struct shvm_pdk **ret,
		    struct shvm_err *err)
{
	const bool publish = params->content.publish_qualifiers &&
			     *params->content.publish_qualifiers;
	AUTO_DONE(body) body = { 0 };
	AUTO(protector_ptr) protector = NULL;
	AUTO(secret_ptr) transport_key = NULL;

	TRY(fill_body(params, &body, err));
	if (params->plan)
		return plan(params, &body, publish, ret, err);
	TRY(protector_new(params->owner, params->guardians,
			  params->guardian_count, &protector, &transport_key,
			  err));
	return pdk_assemble(params->owner, protector, transport_key, &body,
			    publish, ret, err);
}
