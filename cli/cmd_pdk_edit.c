/* SPDX-License-Identifier: MIT */
/* pdk edit, grant, revoke: changes that only the owner can make. */
#include "base/buf.h"
#include "base/hold.h"
#include "cli/pdk_cmds.h"

#include <string.h>

#define ARGS struct edit_args
static const struct cli_opt owner_opts[] = {
	OPT_KEY(owner.owner_signing_key,
		.help = "private signing key of the owner", .required = true),
	OPT_KEY(owner.owner_encryption_key,
		.help = "private encryption key of the owner",
		.required = true),
	OPT(out, CLI_OUT, .over = true,
	    .help = "output file (default: FILE.pdk itself, which requires --force)"),
	OPT_END,
};

const struct cli_opt pdk_edit_opts[] = {
	OPT_ROWS(owner_opts),
	PDK_CONTENT_OPTS(c),
	OPT_LIST(untrust, CLI_TEXT, .meta = "NAME",
		 .help = "name of templates to no longer trust"),
	PDK_PUBLISH_OPT(publish_qualifiers),
	OPT(no_publish_qualifiers, CLI_FLAG,
	    .help = "stop publishing the qualifiers: only a key shows them"),
	OPT(account, CLI_TEXT, .meta = "NAME",
	    .help = "account to set --admin-password for, if the answer file has several"),
	OPT_LIST(remove_files, CLI_TEXT, .meta = "NAME",
		 .help = "name of a file to remove"),
	OPT_END,
};

const struct cli_opt pdk_grant_opts[] = {
	OPT_ROWS(owner_opts),
	OPT_LIST(
		fabrics.guardians, CLI_PATH_OR_URL, .required = true,
		.help = "metadata document of a guardian whose hosts may run the VMs"),
	GUARDIAN_TRUST_OPTS(fabrics.trust),
	OPT_END,
};

const struct cli_opt pdk_revoke_opts[] = {
	OPT_ROWS(owner_opts),
	OPT_LIST(fabrics.guardians, CLI_PATH_OR_URL,
		 .help = "metadata document of a guardian to remove",
		 .more = "The document does not have to be trusted or valid."),
	OPT_LIST(
		fingerprints, CLI_FINGERPRINT,
		.help = "signing or encryption certificate of a guardian to remove"),
	TLS_CA_OPT(fabrics.trust.tls_ca),
	OPT_END,
};
#undef ARGS

/* Before any work: refuse a target that must not be overwritten. */
static int check_target(const struct edit_args *a, const char *path,
			struct out *out, struct shvm_err *err)
{
	if (!a->out && !out->common.force)
		return err_set(
			err, SHVM_E_ARG,
			"give --out FILE, or --force to replace the file itself");
	return out_check(out, a->out ? a->out : path, err);
}

/* Loads the unchanged file, and its owner with both keys. */
static int load_owned(const char *path, const struct edit_args *a,
		      struct shvm_pdk **ret_pdk, struct shvm_guardian **ret,
		      struct shvm_err *err)
{
	AUTO(pdk_ptr) pdk = NULL;
	AUTO(guardian_ptr) owner = NULL;

	TRY(shvm_pdk_load(path, &pdk, err));
	TRY(shvm_pdk_check_owner(pdk, NULL, err));
	TRY(shvm_pdk_owner(pdk, &owner, err));
	TRY(guardian_owner_keys(&a->owner, owner, err));
	*ret_pdk = STEAL(pdk);
	*ret = STEAL(owner);
	return SHVM_OK;
}

/* Only revoke removes. */
static const struct row edited_rows[] = {
	GUARDIAN_REMOVED_ROW,
	FIELD("shielding data", "{file}, {size} bytes"),
	PDK_HOST_KEY_ROW,
	{ 0 },
};

/* answer: NULL, or it may have a password with its own output file. Takes
 * ownership of more: additional members of the result. */
static int write_file(const char *path, const struct edit_args *a,
		      const struct answer_build *answer,
		      const struct shvm_pdk *pdk, json_t *more, struct out *out,
		      struct shvm_err *err)
{
	AUTO_DONE(hold) hold = { 0 };
	json_t *object;
	const char *to = a->out ? a->out : path;
	const uint8_t *data;
	size_t size;
	int r = SHVM_OK;

	data = shvm_pdk_data(pdk, &size);
	hold_signals(&hold); /* write both files or none */
	if (answer)
		r = answer_write_password(answer, out, err);
	if (r == SHVM_OK)
		r = out_file(out, to, data, size, 0600, err);
	if (r < 0) {
		json_decref(more);
		return r;
	}
	hold_done(&hold);
	object = OBJECT(M("file", to), M("size", size));
	out_members(&object, more);
	return result_put(out, edited_rows, object, err);
}

/* Data that pdk edit loads; the changes point into it. */
struct edit {
	struct content_args args;
	struct pdk_content in;
	struct passphrase password;
	bool publish;
	struct shvm_pdk_changes changes;
};

static void edit_done(struct edit *e)
{
	pdk_content_done(&e->in);
}

/*
 * Without --answer a password is set in the existing answer file, and the
 * password options do not describe a new answer file.
 */
static int load_password(struct edit *e, struct shvm_err *err)
{
	struct answer_args *a = &e->args.a;
	struct shvm_pdk_changes *c = &e->changes;
	const struct answer_args with = *a;

	if (e->args.answer)
		return SHVM_OK;
	if ((a->admin_password || a->admin_password_out) &&
	    (a->root_password || a->root_password_out))
		return err_set(
			err, SHVM_E_ARG,
			"--admin-password and --root-password cannot be used together");
	a->admin_password = a->admin_password_out = NULL;
	a->root_password = a->root_password_out = NULL;
	TRY(answer_password_source(&with, true, &e->password, &e->in.answer,
				   &c->admin_password, &c->admin_password_ctx,
				   err));
	return answer_password_source(&with, false, &e->password, &e->in.answer,
				      &c->root_password, &c->root_password_ctx,
				      err);
}

static int load_changes(const struct edit_args *a, struct out *out,
			struct edit *e, struct shvm_err *err)
{
	struct shvm_pdk_changes *c = &e->changes;
	struct pdk_content *in = &e->in;

	e->args = a->c;
	if (a->publish_qualifiers && a->no_publish_qualifiers)
		return err_set(
			err, SHVM_E_ARG,
			"--publish-qualifiers and --no-publish-qualifiers cannot be used together");
	e->publish = a->publish_qualifiers;
	TRY(load_password(e, err));
	TRY(pdk_content_load(&e->args, a->out, out, in, err));
	if (a->account && (e->args.answer || !c->admin_password))
		return err_set(
			err, SHVM_E_ARG,
			"--account requires --admin-password and cannot be used with --answer");
	c->account = a->account;
	c->content = in->content;
	c->content.publish_qualifiers =
		a->publish_qualifiers || a->no_publish_qualifiers ? &e->publish
								  : NULL;
	c->remove_files = a->remove_files.items;
	c->remove_file_count = a->remove_files.count;
	c->remove_templates = a->untrust.items;
	c->remove_template_count = a->untrust.count;
	return SHVM_OK;
}

int pdk_edit_run(const void *args, char *const *operands, struct out *out,
		 struct shvm_err *err)
{
	const struct edit_args *a = args;
	AUTO_DONE(edit) e = { 0 };
	AUTO(pdk_ptr) old = NULL;
	AUTO(pdk_ptr) new = NULL;
	AUTO(guardian_ptr) owner = NULL;
	json_t *more;

	TRY(check_target(a, operands[0], out, err));
	TRY(load_changes(a, out, &e, err));
	TRY(load_owned(operands[0], a, &old, &owner, err));
	TRY(shvm_pdk_edit(old, owner, &e.changes, &new, err));
	guardian_warn_signer(out, shvm_pdk_info(old)->protector);
	more = OBJECT(M("trusted", pdk_trusted(out, shvm_pdk_info(new),
					       e.in.content.template_count)),
		      M("ssh_host_key", pdk_json_host_key(shvm_pdk_info(new))),
		      M("password_file", e.in.answer.random_out));
	return write_file(operands[0], a, &e.in.answer, new, more, out, err);
}

int pdk_grant_run(const void *args, char *const *operands, struct out *out,
		  struct shvm_err *err)
{
	const struct edit_args *a = args;
	const struct cli_list *files = &a->fabrics.guardians;
	const struct guardian_trust *trust = &a->fabrics.trust;
	AUTO_DONE(guardian_list) list = { 0 };
	AUTO(pdk_ptr) old = NULL;
	AUTO(pdk_ptr) new = NULL;
	AUTO(guardian_ptr) owner = NULL;

	TRY(check_target(a, operands[0], out, err));
	TRY(guardian_check_tls(trust->tls_ca, files->items, files->count, err));
	TRY(guardian_list_load(files, trust, &list, err));
	TRY(load_owned(operands[0], a, &old, &owner, err));
	TRY(shvm_pdk_grant(old, owner,
			   (const struct shvm_guardian *const *)list.items,
			   list.count, &new, err));
	guardian_warn_signer(out, shvm_pdk_info(old)->protector);
	return write_file(operands[0], a, NULL, new, json_object(), out, err);
}

int pdk_revoke_run(const void *args, char *const *operands, struct out *out,
		   struct shvm_err *err)
{
	const struct edit_args *a = args;
	const struct cli_list *files = &a->fabrics.guardians;
	/* A guardian that is removed does not have to be trusted. */
	const struct guardian_trust lax = { .tls_ca = a->fabrics.trust.tls_ca,
					    .allow_untrusted_root = true,
					    .allow_expired = true };
	AUTO_DONE(guardian_list) list = { 0 };
	struct shvm_revocation who = {
		.fingerprints = a->fingerprints.items,
		.fingerprint_count = a->fingerprints.count,
		.guardian_count = files->count,
	};
	AUTO(pdk_ptr) old = NULL;
	AUTO(pdk_ptr) new = NULL;
	AUTO(guardian_ptr) owner = NULL;
	json_t *more;

	if (files->count + a->fingerprints.count == 0)
		return err_set(
			err, SHVM_E_ARG,
			"no guardian to remove: give --guardian or --fingerprint");
	TRY(check_target(a, operands[0], out, err));
	TRY(guardian_check_tls(lax.tls_ca, files->items, files->count, err));
	TRY(guardian_list_load(files, &lax, &list, err));
	TRY(load_owned(operands[0], a, &old, &owner, err));
	who.guardians = (const struct shvm_guardian *const *)list.items;
	TRY(shvm_pdk_revoke(old, owner, &who, &new, err));
	guardian_warn_signer(out, shvm_pdk_info(old)->protector);
	more = OBJECT(
		M("removed", guardian_removed(shvm_pdk_info(old)->protector,
					      shvm_pdk_info(new)->protector)));
	out_note(
		out,
		"a removed guardian that has a copy of the old file can still open the copy");
	return write_file(operands[0], a, NULL, new, more, out, err);
}
