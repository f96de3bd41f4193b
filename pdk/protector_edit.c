/* SPDX-License-Identifier: MIT */
/* Grants and revokes access: the owner creates a new protector from an old one. */
#include "pdk/protector_internal.h"

#include <string.h>

/* A copy of the protector, from its document, with room for more wrappings. */
static int copy(const struct shvm_protector *p, size_t more,
		struct shvm_protector **ret, struct shvm_err *err)
{
	AUTO(protector_ptr) new = NULL;
	AUTO(protector_ptr) old = NULL;

	TRY(shvm_protector_decode(p->xml.data, p->xml.len, "key protector",
				  &old, err));
	TRY(protector_alloc(old->count + more, &new, err));
	memcpy(new->items, old->items, old->count * sizeof(*new->items));
	new->count = old->count;
	old->count = 0; /* owned by the new one now */
	new->max_offline_unwraps = STEAL(old->max_offline_unwraps);
	*ret = STEAL(new);
	return SHVM_OK;
}

/*
 * The old protector must be valid and must be this owner's, since the owner signs
 * the new one: otherwise the owner would sign a forgery. A protector with
 * unsupported algorithms is refused here, with the name of the algorithm.
 */
static int check_owner(const struct shvm_protector *p,
		       const struct shvm_guardian *owner,
		       struct secret **ret_blob, struct shvm_err *err)
{
	AUTO(secret_ptr) blob = NULL;
	AUTO(secret_ptr) key = NULL;
	size_t at = 0, i = protector_owner(p);
	struct key_id theirs, ours;

	if (!owner->signing_key || !owner->encryption_key)
		return err_reason(
			err, SHVM_E_CRYPTO, "no-owner-key",
			"owner \"%s\": both private keys are needed, signing and encryption",
			owner->name);
	TRY(err_prefix(err, protector_check(p, NULL, NULL, err),
		       "the old protector"));
	TRY(key_id_of(p->items[i].signing, &theirs, err));
	TRY(key_id_of(owner->signing_cert, &ours, err));
	if (!key_id_equal(&theirs, &ours))
		return err_reason(err, SHVM_E_VERIFY, "not-owner",
				  "\"%s\" is not the owner of this protector",
				  owner->name);
	TRY(err_prefix(err,
		       protector_unwrap(p, owner->encryption_key, &at, &blob,
					&key, err),
		       "the old protector"));
	if (at != i)
		return err_reason(
			err, SHVM_E_VERIFY, "not-owner",
			"the encryption key is that of wrapping %u, not the owner's",
			p->items[at].id);
	TRY(err_prefix(err, protector_check_mac(p, key, err),
		       "the old protector: transport-key-signature"));
	*ret_blob = STEAL(blob);
	return SHVM_OK;
}

/* The lowest unused id. */
static uint32_t free_id(const struct shvm_protector *p)
{
	uint32_t id = 1;

	while (protector_find(p, id) != SIZE_MAX)
		id++;
	return id;
}

static int add_guardian(struct shvm_protector *p,
			const struct shvm_guardian *owner,
			const struct shvm_guardian *g,
			const struct secret *blob, struct shvm_err *err)
{
	struct wrapping *w = &p->items[p->count];
	uint32_t id = free_id(p), owner_id = p->items[protector_owner(p)].id;

	p->count++; /* from here on released with p */
	protector_name(w, g, id, owner_id);
	return protector_wrap(w, g, owner->signing_key, blob, err);
}

int shvm_protector_grant(const struct shvm_protector *p,
			 const struct shvm_guardian *owner,
			 const struct shvm_guardian *const *guardians,
			 size_t count, struct shvm_protector **ret,
			 struct shvm_err *err)
{
	AUTO(protector_ptr) new = NULL;
	AUTO(secret_ptr) blob = NULL;
	AUTO(secret_ptr) key = NULL;
	size_t owner_at = protector_owner(p);

	if (count == 0 || count > PROTECTOR_WRAPPINGS_MAX)
		return err_set(err, SHVM_E_ARG, "grant to %zu guardians",
			       count);
	TRY(check_owner(p, owner, &blob, err));
	TRY(protector_check_new(p, guardians, count, err));
	TRY(copy(p, count, &new, err));
	for (size_t i = 0; i < count; i++)
		TRY(add_guardian(new, owner, guardians[i], blob, err));
	TRY(protector_blob_decode(blob, &key, err));
	TRY(protector_seal(new, p->items[owner_at].id, owner->signing_key, key,
			   err));
	*ret = STEAL(new);
	return SHVM_OK;
}

/*
 * A wrapping that stays: its certificate was signed by a parent that may be
 * removed, so the owner signs it now.
 */
static int adopt(struct wrapping *w, const struct shvm_guardian *owner,
		 uint32_t owner_id, struct shvm_err *err)
{
	const struct algorithm *rsa =
		algorithm_find(ALGORITHM_SIGNATURE, URI_RSA_SHA256);

	if (w->parent == owner_id)
		return SHVM_OK;
	w->parent = owner_id;
	signature_done(&w->signing_sig);
	TRY(protector_set_uri(&w->signing_sig.uri, URI_RSA_SHA256, err));
	return algorithm_sign(rsa, owner->signing_key, w->signing_der.data,
			      w->signing_der.len, &w->signing_sig.value, err);
}

static void remove_gone(struct shvm_protector *p, const bool *gone)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->count; i++)
		if (gone[i])
			wrapping_done(&p->items[i]);
		else
			p->items[kept++] = p->items[i];
	p->count = kept;
}

int protector_revoke(const struct shvm_protector *p,
		     const struct shvm_guardian *owner,
		     const struct shvm_revocation *who,
		     struct shvm_protector **ret, struct secret **ret_key,
		     struct shvm_err *err)
{
	AUTO(protector_ptr) new = NULL;
	AUTO(secret_ptr) old_blob = NULL;
	AUTO(secret_ptr) blob = NULL;
	AUTO(secret_ptr) key = NULL;
	uint32_t owner_id;
	AUTOFREE bool *gone = calloc(p->count, sizeof(*gone));

	TRY(err_null(err, gone, "key protector"));
	if (who->fingerprint_count + who->guardian_count == 0)
		return err_set(err, SHVM_E_ARG, "no guardian to revoke");
	TRY(check_owner(p, owner, &old_blob, err));
	owner_id = p->items[protector_owner(p)].id;
	TRY(protector_find_revoked(p, who, gone, err));
	TRY(protector_key_new(&key, &blob, err));
	TRY(copy(p, 0, &new, err));
	remove_gone(new, gone);
	for (size_t i = 0; i < new->count; i++) {
		TRY(adopt(&new->items[i], owner, owner_id, err));
		TRY(protector_wrap_key(&new->items[i], blob, err));
	}
	TRY(protector_seal(new, owner_id, owner->signing_key, key, err));
	*ret = STEAL(new);
	if (ret_key)
		*ret_key = STEAL(key);
	return SHVM_OK;
}

int shvm_protector_revoke(const struct shvm_protector *protector,
			  const struct shvm_guardian *owner,
			  const struct shvm_revocation *who,
			  struct shvm_protector **ret, struct shvm_err *err)
{
	return protector_revoke(protector, owner, who, ret, NULL, err);
}
