/* SPDX-License-Identifier: MIT */
/* Changes a shielding data file, which only its owner can do. */
#include "base/reserved.h"
#include "pdk/answer.h"
#include "pdk/answer_password.h"
#include "pdk/pdk_create.h"

#include <string.h>

/* A copy of the file, opened by its owner, who has both private keys. */
static int owned_open(const struct shvm_pdk *pdk,
		      const struct shvm_guardian *owner, struct shvm_pdk **ret,
		      struct shvm_err *err)
{
	AUTO(pdk_ptr) copy = NULL;
	int r = pdk_file_check_protector(pdk, err);

	if (r == SHVM_OK && (!owner->signing_key || !owner->encryption_key))
		r = err_reason(
			err, SHVM_E_CRYPTO, "no-owner-key",
			"the owner's signing and encryption keys are needed");
	if (r == SHVM_OK)
		r = key_check_match(pdk_file_owner_cert(pdk),
				    owner->signing_key, err);
	TRY(err_prefix(err, r, "%s", pdk->name));
	TRY(shvm_pdk_decode(pdk->file.data, pdk->file.len, pdk->name, &copy,
			    err));
	TRY(err_prefix(err, pdk_file_unlock(copy, owner->encryption_key, err),
		       "%s", pdk->name));
	*ret = STEAL(copy);
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

/* Sets a password in the answer file; old receives the replaced ones. */
static int change_password(struct payload *p, const struct shvm_pdk_changes *c,
			   bool windows, struct old_passwords *old,
			   struct shvm_err *err)
{
	const struct notes notes = { c->content.note, c->content.note_ctx };
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
	if (r == SHVM_OK && system == ANSWER_CLOUD_INIT)
		r = err_set(
			err, SHVM_E_ARG,
			"answer file: is user-data of cloud-init, in which no password can be replaced");
	if (r == SHVM_OK && (system == ANSWER_WINDOWS) != windows)
		r = err_set(err, SHVM_E_ARG,
			    "answer file: is for %s and has no password of %s",
			    windows ? "Linux" : "Windows",
			    windows ? "an account of Windows" : "root");
	if (r == SHVM_OK)
		r = answer_set_password(&text, system, &change, &changed, old,
					err);
	TRY(err_prefix(err, r, "%s", p->answer.name));
	buf_done(&p->answer.data);
	p->answer.data = MOVE(changed);
	return SHVM_OK;
}

static int remove_old(struct body *b, const struct shvm_pdk_changes *c,
		      struct shvm_err *err)
{
	for (size_t i = 0; i < c->remove_template_count; i++)
		TRY(qualifiers_remove(&b->qualifiers, c->remove_templates[i],
				      err));
	for (size_t i = 0; i < c->remove_file_count; i++)
		TRY(payload_remove(&b->payload, c->remove_files[i], err));
	return SHVM_OK;
}

static int change_body(struct body *b, const struct shvm_pdk_changes *c,
		       struct shvm_err *err)
{
	const struct notes notes = { c->content.note, c->content.note_ctx };
	AUTO_DONE(old_passwords) old = { 0 };

	TRY(remove_old(b, c, err));
	TRY(body_put(b, &c->content, err));
	if (c->admin_password)
		TRY(change_password(&b->payload, c, true, &old, err));
	if (c->root_password)
		TRY(change_password(&b->payload, c, false, &old, err));
	TRY(body_finish(b, &c->content, err));
	return old_passwords_warn(&old, &b->payload, &notes, err);
}

int shvm_pdk_edit(const struct shvm_pdk *pdk, const struct shvm_guardian *owner,
		  const struct shvm_pdk_changes *changes, struct shvm_pdk **ret,
		  struct shvm_err *err)
{
	const bool *publish = changes->content.publish_qualifiers;
	AUTO(pdk_ptr) copy = NULL;

	TRY(reserved_check(changes->reserved, "struct shvm_pdk_changes", err));
	TRY(owned_open(pdk, owner, &copy, err));
	TRY(err_prefix(err, change_body(&copy->body, changes, err), "%s",
		       pdk->name));
	return pdk_assemble(owner, copy->protector, copy->transport_key,
			    &copy->body,
			    publish ? *publish : copy->container.has_qualifiers,
			    ret, err);
}

int shvm_pdk_grant(const struct shvm_pdk *pdk,
		   const struct shvm_guardian *owner,
		   const struct shvm_guardian *const *guardians, size_t count,
		   struct shvm_pdk **ret, struct shvm_err *err)
{
	AUTO(pdk_ptr) copy = NULL;
	AUTO(protector_ptr) protector = NULL;

	TRY(owned_open(pdk, owner, &copy, err));
	TRY(shvm_protector_grant(copy->protector, owner, guardians, count,
				 &protector, err));
	return pdk_assemble(owner, protector, copy->transport_key, &copy->body,
			    copy->container.has_qualifiers, ret, err);
}

int shvm_pdk_revoke(const struct shvm_pdk *pdk,
		    const struct shvm_guardian *owner,
		    const struct shvm_revocation *who, struct shvm_pdk **ret,
		    struct shvm_err *err)
{
	AUTO(pdk_ptr) copy = NULL;
	AUTO(protector_ptr) protector = NULL;
	AUTO(secret_ptr) key = NULL;

	TRY(owned_open(pdk, owner, &copy, err));
	TRY(protector_revoke(copy->protector, owner, who, &protector, &key,
			     err));
	return pdk_assemble(owner, protector, key, &copy->body,
			    copy->container.has_qualifiers, ret, err);
}
