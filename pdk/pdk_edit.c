/* SPDX-License-Identifier: MIT */
/* Changes to a shielding data file, which only its owner can make. */
#include "pdk/answer.h"
#include "pdk/answer_password.h"
#include "pdk/pdk_create.h"
#include "pdk/trusted_catalog.h"

#include <string.h>

/* A file that was unlocked with its owner's keys. */
struct owned {
	struct shvm_pdk *pdk;
	struct shvm_guardian *owner; /* with both private keys */
	const struct shvm_owner_keys *keys;
};

static void owned_done(struct owned *o)
{
	shvm_pdk_free(o->pdk);
	shvm_guardian_free(o->owner);
}

static void tell(const struct owned *o, enum shvm_pdk_event event,
		 const struct shvm_pdk_guardian *who)
{
	if (o->keys->told)
		o->keys->told(o->keys->told_ctx, event, who);
}

/* The owner as the protector shows it; its metadata file is not needed. */
static int owner_from(const struct shvm_pdk *pdk, struct shvm_guardian **ret,
		      struct shvm_err *err)
{
	const size_t i = protector_owner(pdk->protector);

	return guardian_alloc("owner",
			      protector_signing_cert(pdk->protector, i),
			      protector_encryption_cert(pdk->protector, i), ret,
			      err);
}

static int owned_open(const char *path, const struct shvm_owner_keys *keys,
		      struct owned *ret, struct shvm_err *err)
{
	AUTO_DONE(owned) o = { 0 };
	int r;

	if (!keys->signing.uri || !keys->encryption.uri)
		return err_set(
			err, SHVM_E_ARG,
			"the owner's signing and encryption keys are needed");
	TRY(pdk_file_load(path, &o.pdk, err));
	r = pdk_file_check_protector(o.pdk, err);
	if (r < 0)
		return err_prefix(err, r, "%s", path);
	TRY(owner_from(o.pdk, &o.owner, err));
	r = shvm_guardian_set_keys(o.owner, &keys->signing, &keys->encryption,
				   err);
	if (r < 0)
		return err_prefix(err, r, "%s", path);
	r = pdk_file_unlock(o.pdk, o.owner->encryption_key, err);
	if (r < 0)
		return err_prefix(err, r, "%s", path);
	o.keys = keys;
	if (!o.pdk->info.protector_signer->is_owner)
		tell(&o, SHVM_PDK_WAS_SIGNED_BY, o.pdk->info.protector_signer);
	*ret = MOVE(o);
	return SHVM_OK;
}

static int assemble(const struct owned *o,
		    const struct shvm_protector *protector,
		    const struct secret *transport_key, bool publish,
		    uint8_t **ret, size_t *ret_size, struct shvm_err *err)
{
	struct buf file = { 0 };

	TRY(pdk_assemble(o->owner, protector, transport_key, &o->pdk->body,
			 publish, &file, err));
	*ret = file.data;
	*ret_size = file.len;
	return SHVM_OK;
}

static int ask_password(const struct shvm_pdk_changes *c, bool windows,
			struct secret **ret, struct shvm_err *err)
{
	return windows ? answer_password(c->admin_password,
					 c->admin_password_ctx,
					 "administrator password", ret, err)
		       : answer_password(c->root_password, c->root_password_ctx,
					 "root password", ret, err);
}

/* Put a password in the answer file; old receives those that it had. */
static int change_password(struct payload *p, const struct shvm_pdk_changes *c,
			   bool windows, struct old_passwords *old,
			   struct shvm_err *err)
{
	const struct notes notes = { c->note, c->note_ctx };
	AUTO(secret_ptr) password = NULL;
	AUTO_DONE(buf) text = { .wipe = true };
	AUTO_DONE(buf) changed = { .wipe = true };
	struct password_change change = { .notes = &notes };
	enum answer_system system;
	int r;

	if (!p->answer.name)
		return err_set(err, SHVM_E_ARG,
			       "there is no answer file to put a password in");
	TRY(ask_password(c, windows, &password, err));
	change.account = windows ? c->account : NULL;
	change.password = password;
	r = answer_file_read(p->answer.data.data, p->answer.data.len, &text,
			     &system, err);
	if (r == SHVM_OK && (system == ANSWER_WINDOWS) != windows)
		r = err_set(err, SHVM_E_ARG,
			    "answer file: is for %s and has no password of %s",
			    windows ? "Linux" : "Windows",
			    windows ? "an account of Windows" : "root");
	if (r == SHVM_OK)
		r = answer_set_password(&text, system, &change, &changed, old,
					err);
	if (r < 0)
		return err_prefix(err, r, "%s", p->answer.name);
	buf_done(&p->answer.data);
	p->answer.data = MOVE(changed);
	return SHVM_OK;
}

static int change_files(struct payload *p, const struct shvm_pdk_changes *c,
			struct shvm_err *err)
{
	const struct notes notes = { c->note, c->note_ctx };
	AUTO_DONE(old_passwords) old = { 0 };
	int r = SHVM_OK;

	for (size_t i = 0; i < c->remove_file_count; i++)
		TRY(payload_remove(p, c->remove_files[i], err));
	if (c->answer)
		TRY(payload_set_answer(p, c->answer, err));
	if (c->admin_password)
		r = change_password(p, c, true, &old, err);
	if (r == SHVM_OK && c->root_password)
		r = change_password(p, c, false, &old, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < c->file_count; i++) {
		if (payload_has(p, c->files[i].name))
			TRY(payload_remove(p, c->files[i].name, err));
		TRY(payload_add(p, &c->files[i], err));
	}
	for (size_t i = 0; i < c->substitute_count; i++)
		TRY(payload_substitute(p, c->substitute[i], err));
	TRY(draft_check_files(p, &notes, err));
	TRY(old_passwords_warn(&old, p, &notes, err));
	return c->no_size_limit ? SHVM_OK : payload_check_size(p, err);
}

static int change_body(struct body *b, const struct shvm_pdk_changes *c,
		       struct shvm_err *err)
{
	if (c->policy)
		b->policy = *c->policy;
	for (size_t i = 0; i < c->remove_template_count; i++)
		TRY(qualifiers_remove(&b->qualifiers, c->remove_templates[i],
				      err));
	if (c->add_templates)
		TRY(trusted_qualifiers_add(c->add_templates, &b->qualifiers,
					   err));
	TRY(change_files(&b->payload, c, err));
	return body_check(b, err);
}

int shvm_pdk_edit(const char *path, const struct shvm_owner_keys *owner,
		  const struct shvm_pdk_changes *changes, uint8_t **ret,
		  size_t *ret_size, struct shvm_err *err)
{
	AUTO_DONE(owned) o = { 0 };
	bool publish;
	int r;

	TRY(owned_open(path, owner, &o, err));
	r = change_body(&o.pdk->body, changes, err);
	if (r < 0)
		return err_prefix(err, r, "%s", path);
	publish = changes->publish_qualifiers ? *changes->publish_qualifiers
					      : o.pdk->container.has_qualifiers;
	return assemble(&o, o.pdk->protector, o.pdk->transport_key, publish,
			ret, ret_size, err);
}

int shvm_pdk_grant(const char *path, const struct shvm_owner_keys *owner,
		   const struct shvm_pdk_fabrics *fabrics, uint8_t **ret,
		   size_t *ret_size, struct shvm_err *err)
{
	AUTO_DONE(owned) o = { 0 };
	AUTO_DONE(guardians) g = { 0 };
	AUTO(protector_ptr) protector = NULL;

	TRY(guardians_load(fabrics, &g, err));
	TRY(owned_open(path, owner, &o, err));
	TRY(shvm_protector_grant(o.pdk->protector, o.owner,
				 (const struct shvm_guardian *const *)g.items,
				 g.count, &protector, err));
	return assemble(&o, protector, o.pdk->transport_key,
			o.pdk->container.has_qualifiers, ret, ret_size, err);
}

int shvm_pdk_revoke(const char *path, const struct shvm_owner_keys *owner,
		    const struct shvm_revocation *who, uint8_t **ret,
		    size_t *ret_size, struct shvm_err *err)
{
	AUTO_DONE(owned) o = { 0 };
	AUTO(protector_ptr) protector = NULL;
	AUTO(secret_ptr) transport_key = NULL;
	const struct shvm_protector_info *now;

	TRY(owned_open(path, owner, &o, err));
	TRY(protector_revoke(o.pdk->protector, o.owner, who, &protector,
			     &transport_key, err));
	/* Wrappings that stay keep their ids and their order. */
	now = shvm_protector_info(protector);
	for (size_t i = 0, k = 0; i < o.pdk->info.guardian_count; i++)
		if (k < now->wrapping_count &&
		    now->wrappings[k].id == o.pdk->info.guardians[i].id)
			k++;
		else
			tell(&o, SHVM_PDK_REMOVED, &o.pdk->info.guardians[i]);
	return assemble(&o, protector, transport_key,
			o.pdk->container.has_qualifiers, ret, ret_size, err);
}
