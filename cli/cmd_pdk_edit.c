/* SPDX-License-Identifier: MIT */
/* pdk edit, grant, revoke: changes that only the owner can make. */
#include "base/buf.h"
#include "base/hold.h"
#include "cli/pdk_content.h"

#include <string.h>

#define ARGS struct edit_args
static const struct cli_opt owner_opts[] = {
	OPT_KEY(owner_signing_key, .help = "the owner's private signing key",
		.required = true),
	OPT_KEY(owner_encryption_key,
		.help = "the owner's private encryption key", .required = true),
	OPT(out, CLI_OUT, .over = true,
	    .help = "write the new file here; default: FILE.pdk itself, which needs --force"),
	OPT_END,
};

const struct cli_opt pdk_edit_opts[] = {
	OPT_ROWS(owner_opts),
	OPT(c.policy, CLI_CHOICE, .meta = "Shielded|EncryptionSupported",
	    .help = "the new policy"),
	OPT_LIST(c.templates, CLI_RULED_PATH, .name = "trust",
		 .help = "a further template to trust"),
	OPT_LIST(untrust, CLI_TEXT, .meta = "NAME",
		 .help = "trust templates of this name no more"),
	PDK_SIGNER_OPTS(c),
	PDK_PUBLISH_OPT(publish_qualifiers),
	OPT(no_publish_qualifiers, CLI_FLAG,
	    .help = "let nobody read it without a key any more"),
	OPT(c.answer_file, CLI_PATH, .meta = "FILE.xml",
	    .help = "the new answer file"),
	OPT(c.answer, CLI_CHOICE, .meta = "windows|linux",
	    .help = "make a new answer file, with the options below"),
	ANSWER_OPTS_WINDOWS(c.a),
	OPT(account, CLI_TEXT, .meta = "NAME",
	    .help = "account of --admin-password, where the answer file has several"),
	ANSWER_OPTS_LINUX(c.a),
	ANSWER_OPTS_BOTH(c.a),
	OPT_LIST(c.files, CLI_NAMED_PATH,
		 .help = "add a file, or replace the one of this name"),
	OPT_LIST(remove_files, CLI_TEXT, .meta = "NAME",
		 .help = "remove a file"),
	PDK_SUBSTITUTE_OPTS(c),
	OPT_END,
};

const struct cli_opt pdk_grant_opts[] = {
	OPT_ROWS(owner_opts),
	OPT_LIST(fabrics.guardians, CLI_PATH_OR_URL, .required = true,
		 .help = "a fabric that may run the machines"),
	GUARDIAN_TRUST_OPTS(fabrics.trust),
	OPT_END,
};

const struct cli_opt pdk_revoke_opts[] = {
	OPT_ROWS(owner_opts),
	OPT_LIST(fabrics.guardians, CLI_PATH_OR_URL,
		 .help = "remove this guardian",
		 .more = "Its document need not be trusted or valid."),
	OPT_LIST(
		fingerprints, CLI_FINGERPRINT,
		.help = "remove the guardian with this signing or encryption certificate"),
	TLS_CA_OPT(fabrics.trust.tls_ca),
	OPT_END,
};
#undef ARGS

/* The keys of the owner, where their passphrases come from, and who is told
 * what becomes of the file. */
struct owner {
	struct passphrase signing, encryption;
	struct shvm_owner_keys keys;
	struct out *out;
	json_t *removed; /* guardians; of revoke, else NULL */
};

static void owner_done(struct owner *o)
{
	json_decref(o->removed);
}

static void tell(void *ctx, enum shvm_pdk_event event,
		 const struct shvm_pdk_guardian *who)
{
	struct owner *o = ctx;

	if (event == SHVM_PDK_WAS_SIGNED_BY) {
		out_warn(o->out, GUARDIAN_SIGNED_BY, who->id,
			 who->signing.subject, who->signing.sha256);
		return;
	}
	out_field(o->out, "removed", "wrapping %u, %s, SHA-256 %s", who->id,
		  who->signing.subject, who->signing.sha256);
	out_list_add(&o->removed, pdk_json_guardian(who));
}

static void owner_init(struct owner *o, const struct edit_args *a,
		       struct out *out)
{
	*o = (struct owner){ .out = out };
	o->keys.told = tell;
	o->keys.told_ctx = o;
	o->keys.signing = passphrase_key(&o->signing, a->owner_signing_key,
					 a->owner_signing_key_pass_file);
	o->keys.encryption =
		passphrase_key(&o->encryption, a->owner_encryption_key,
			       a->owner_encryption_key_pass_file);
}

/* Before any work: a target that may not be written. */
static int check_target(const struct edit_args *a, const char *path,
			struct out *out, struct shvm_err *err)
{
	int r;

	if (!a->out && !out->common.force)
		return err_set(
			err, SHVM_E_ARG,
			"--out is needed, or --force to replace the file itself");
	r = out_check(out, a->out ? a->out : path, err);
	if (r < 0)
		return r;
	return secret_no_core_dumps(err);
}

/* The new file, and an object with further members of the result. */
struct result {
	uint8_t *data;
	size_t size;
	json_t *more;
};

static void result_done(struct result *res)
{
	free(res->data);
	json_decref(res->more);
}

/* answer: NULL, or where a password may be that has a file of its own. */
static int write_file(const char *path, const struct edit_args *a,
		      const struct answer_build *answer, struct result *res,
		      struct out *out, struct shvm_err *err)
{
	AUTO_DONE(hold) hold = { 0 };
	json_t *object;
	const char *to = a->out ? a->out : path;
	int r = SHVM_OK;

	hold_signals(&hold); /* both files or none */
	if (answer)
		r = answer_write_password(answer, out, err);
	if (r == SHVM_OK)
		r = out_file(out, to, res->data, res->size, 0600, err);
	if (r < 0)
		return r;
	hold_done(&hold);
	out_field(out, "shielding data", "%s, %zu bytes", to, res->size);
	object = json_pack("{s:o, s:I}", "file", out_string(to), "size",
			   (json_int_t)res->size);
	out_members(&object, STEAL(res->more));
	return out_json(out, object, err);
}

/* What pdk edit loads; the changes point into it. */
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
 * Without --answer a password goes into the answer file that is there, and the
 * options for one are not options of a new file.
 */
static int load_password(struct edit *e, struct shvm_err *err)
{
	struct answer_args *a = &e->args.a;
	struct shvm_pdk_changes *c = &e->changes;
	const struct answer_args with = *a;
	int r;

	if (e->args.answer)
		return SHVM_OK;
	if ((a->admin_password || a->admin_password_out) &&
	    (a->root_password || a->root_password_out))
		return err_set(
			err, SHVM_E_ARG,
			"--admin-password and --root-password exclude each other");
	a->admin_password = a->admin_password_out = NULL;
	a->root_password = a->root_password_out = NULL;
	r = answer_password_source(&with, true, &e->password, &e->in.answer,
				   &c->admin_password, &c->admin_password_ctx,
				   err);
	if (r < 0)
		return r;
	return answer_password_source(&with, false, &e->password, &e->in.answer,
				      &c->root_password, &c->root_password_ctx,
				      err);
}

static int load_changes(const struct edit_args *a, struct edit *e,
			struct shvm_err *err)
{
	struct shvm_pdk_changes *c = &e->changes;
	struct pdk_content *in = &e->in;
	int r;

	e->args = a->c;
	if (a->publish_qualifiers && a->no_publish_qualifiers)
		return err_set(
			err, SHVM_E_ARG,
			"--publish-qualifiers and --no-publish-qualifiers contradict each other");
	e->publish = a->publish_qualifiers;
	r = load_password(e, err);
	if (r < 0)
		return r;
	r = pdk_content_load(&e->args, in, err);
	if (r < 0)
		return r;
	if (a->account && (e->args.answer || !c->admin_password))
		return err_set(
			err, SHVM_E_ARG,
			"--account goes with --admin-password and without --answer");
	c->account = a->account;
	c->policy = a->c.policy ? &in->policy : NULL;
	c->publish_qualifiers =
		a->publish_qualifiers || a->no_publish_qualifiers ? &e->publish
								  : NULL;
	c->answer = in->answer_file.name ? &in->answer_file : NULL;
	c->files = in->all;
	c->file_count = in->file_count;
	c->remove_files = a->remove_files.items;
	c->remove_file_count = a->remove_files.count;
	in->trust.outputs = &a->out;
	in->trust.output_count = a->out != NULL;
	c->add_templates = in->trust.count > 0 ? &in->trust : NULL;
	c->remove_templates = a->untrust.items;
	c->remove_template_count = a->untrust.count;
	c->substitute = a->c.substitute.items;
	c->substitute_count = a->c.substitute.count;
	c->no_size_limit = a->c.no_size_limit;
	return SHVM_OK;
}

int pdk_edit_run(const void *args, char *const *operands, struct out *out,
		 struct shvm_err *err)
{
	const struct edit_args *a = args;
	AUTO_DONE(edit) e = { 0 };
	AUTO_DONE(owner) owner = { 0 };
	AUTO_DONE(result) res = { 0 };
	int r;

	r = check_target(a, operands[0], out, err);
	if (r < 0)
		return r;
	r = load_changes(a, &e, err);
	if (r < 0)
		return r;
	pdk_content_tell(&e.in, out);
	e.changes.note = out_told;
	e.changes.note_ctx = out;
	owner_init(&owner, a, out);
	r = shvm_pdk_edit(operands[0], &owner.keys, &e.changes, &res.data,
			  &res.size, err);
	if (r < 0)
		return r;
	res.more =
		json_pack("{s:O, s:o}", "trusted", e.in.trusted,
			  "password_file", out_string(e.in.answer.random_out));
	return write_file(operands[0], a, &e.in.answer, &res, out, err);
}

int pdk_grant_run(const void *args, char *const *operands, struct out *out,
		  struct shvm_err *err)
{
	const struct edit_args *a = args;
	const struct shvm_pdk_fabrics fabrics = pdk_fabrics(&a->fabrics);
	AUTO_DONE(owner) owner = { 0 };
	AUTO_DONE(result) res = { 0 };
	int r;

	r = check_target(a, operands[0], out, err);
	if (r == SHVM_OK)
		r = guardian_check_tls(a->fabrics.trust.tls_ca,
				       a->fabrics.guardians.items,
				       a->fabrics.guardians.count, err);
	if (r < 0)
		return r;
	owner_init(&owner, a, out);
	r = shvm_pdk_grant(operands[0], &owner.keys, &fabrics, &res.data,
			   &res.size, err);
	if (r < 0)
		return r;
	res.more = json_object();
	return write_file(operands[0], a, NULL, &res, out, err);
}

int pdk_revoke_run(const void *args, char *const *operands, struct out *out,
		   struct shvm_err *err)
{
	const struct edit_args *a = args;
	const struct cli_list *files = &a->fabrics.guardians;
	/* Who is to go need not be trusted. */
	const struct guardian_trust lax = { .tls_ca = a->fabrics.trust.tls_ca,
					    .allow_untrusted_root = true,
					    .allow_expired = true };
	AUTO_DONE(guardian_list) list = { 0 };
	struct shvm_revocation who = {
		.fingerprints = a->fingerprints.items,
		.fingerprint_count = a->fingerprints.count,
		.guardian_count = files->count,
	};
	AUTO_DONE(owner) owner = { 0 };
	AUTO_DONE(result) res = { 0 };
	int r;

	if (files->count + a->fingerprints.count == 0)
		return err_set(err, SHVM_E_ARG,
			       "give --guardian or --fingerprint");
	r = check_target(a, operands[0], out, err);
	if (r == SHVM_OK)
		r = guardian_check_tls(lax.tls_ca, files->items, files->count,
				       err);
	if (r == SHVM_OK)
		r = guardian_list_load(files, &lax, &list, err);
	if (r < 0)
		return r;
	who.guardians = (const struct shvm_guardian *const *)list.items;
	owner_init(&owner, a, out);
	owner.removed = json_array();
	r = shvm_pdk_revoke(operands[0], &owner.keys, &who, &res.data,
			    &res.size, err);
	if (r < 0)
		return r;
	out_note(out,
		 "a guardian that kept the old file can still open that one");
	res.more = json_pack("{s:O}", "removed", owner.removed);
	return write_file(operands[0], a, NULL, &res, out, err);
}
