/* SPDX-License-Identifier: MIT */
/* protector new, grant, revoke, show, check. */
#include "cli/guardian_opts.h"
#include "cli/report.h"

#include <string.h>

#define ARGS struct guardian_owner
static const struct cli_opt owner_opts[] = {
	OPT(owner, CLI_PATH_OR_URL, .required = true,
	    .help = "metadata document of the owner",
	    .more = "A file or a URL. It is trusted because the owner's private keys match it."),
	OPT_KEY(owner_signing_key, .required = true,
		.help = "private signing key of the owner: PEM, PKCS#12 or a pkcs11: URI"),
	OPT_END,
};

static const struct cli_opt owner_encryption_opts[] = {
	OPT_KEY(owner_encryption_key, .required = true,
		.help = "private encryption key of the owner, to open the protector"),
	OPT_END,
};
#undef ARGS

/* For new, grant and revoke. */
struct edit_args {
	struct guardian_owner owner;
	struct cli_list guardians, fingerprints;
	struct guardian_trust trust;
	const char *out;
	const char *form;
};

#define ARGS struct edit_args
static const struct cli_opt out_opts[] = {
	OPT(out, CLI_OUT, .over = true, .required = true,
	    .help = "output file for the key protector"),
	OPT(form, CLI_CHOICE, .meta = "raw|xml",
	    .help = "form of the output: raw container (default) or bare XML"),
	OPT_END,
};

static const struct cli_opt new_opts[] = {
	OPT_GROUP(owner, struct guardian_owner, owner_opts),
	OPT_LIST(guardians, CLI_PATH_OR_URL,
		 .help = "metadata document of a guardian that gets access"),
	GUARDIAN_TRUST_OPTS(trust),
	OPT_ROWS(out_opts),
	OPT_END,
};

static const struct cli_opt grant_opts[] = {
	OPT_GROUP(owner, struct guardian_owner, owner_opts),
	OPT_GROUP(owner, struct guardian_owner, owner_encryption_opts),
	OPT_LIST(guardians, CLI_PATH_OR_URL, .required = true,
		 .help = "metadata document of a guardian to give access"),
	GUARDIAN_TRUST_OPTS(trust),
	OPT_ROWS(out_opts),
	OPT_END,
};

static const struct cli_opt revoke_opts[] = {
	OPT_GROUP(owner, struct guardian_owner, owner_opts),
	OPT_GROUP(owner, struct guardian_owner, owner_encryption_opts),
	OPT_LIST(guardians, CLI_PATH_OR_URL,
		 .help = "metadata document of a guardian to remove"),
	OPT_LIST(
		fingerprints, CLI_FINGERPRINT,
		.help = "signing or encryption certificate of a guardian to remove"),
	TLS_CA_OPT(trust.tls_ca),
	OPT_ROWS(out_opts),
	OPT_END,
};
#undef ARGS

static json_t *describe(const struct shvm_protector *p)
{
	const struct shvm_protector_info *i = shvm_protector_info(p);

	return OBJECT(M("size", i->raw_size),
		      M("max_offline_unwraps", i->max_offline_unwraps),
		      M("wrappings", guardian_wrappings_json(i)),
		      M("signer", i->signer),
		      M("algorithms",
			OBJECT(M("guardian_signature", i->guardian_algorithm),
			       M("key_derivation", i->derivation_algorithm),
			       M("transport_key_signature",
				 i->mac_algorithm))));
}

static const struct row wrapping_rows[] = {
	LINE("signing certificate:", .each = "signing",
	     .rows = guardian_cert_rows),
	LINE("encryption certificate:", .each = "encryption",
	     .rows = guardian_cert_rows),
	FIELD("key wrapped by", "{algorithms.transport_key}"),
	{ 0 },
};

/* For all commands; only revoke has removed, and show writes no file. */
static const struct row protector_rows[] = {
	FIELD("key protector",
	      "{protector.size} bytes, {protector.wrappings:count} wrappings"),
	FIELD("offline unwraps",
	      "at most {protector.max_offline_unwraps} (not signed)"),
	LINE("wrapping {id}, {role}, parent {parent}",
	     .each = "protector.wrappings", .rows = wrapping_rows),
	FIELD("signed by",
	      "wrapping {protector.signer} with {protector.algorithms.guardian_signature}"),
	FIELD("MAC",
	      "{protector.algorithms.transport_key_signature}, key by {protector.algorithms.key_derivation}"),
	GUARDIAN_REMOVED_ROW,
	FIELD("written", "{files.protector?}"),
	{ 0 },
};

/* old: for revoke, to report the removed guardians; else NULL. */
static int write_result(struct out *out, const struct edit_args *a,
			const struct shvm_protector *old,
			const struct shvm_protector *p, struct shvm_err *err)
{
	AUTOFREE uint8_t *raw = NULL;
	const uint8_t *data;
	json_t *object;
	size_t len;

	if (a->form && strcmp(a->form, "xml") == 0) {
		data = shvm_protector_xml(p, &len);
	} else {
		TRY(shvm_protector_raw(p, &raw, &len, err));
		data = raw;
	}
	TRY(out_file(out, a->out, data, len, 0644, err));
	object = OBJECT(M("protector", describe(p)));
	if (old)
		out_member(&object, "removed",
			   guardian_removed(shvm_protector_info(old),
					    shvm_protector_info(p)));
	out_member(&object, "files", OBJECT(M("protector", a->out)));
	return result_put(out, protector_rows, object, err);
}

static const struct shvm_guardian *const *borrow(
	const struct guardian_list *list)
{
	return (const struct shvm_guardian *const *)list->items;
}

static int new_run(const void *args, char *const *operands, struct out *out,
		   struct shvm_err *err)
{
	const struct edit_args *a = args;
	AUTO_DONE(guardian_list) list = { 0 };
	AUTO(guardian_ptr) owner = NULL;
	AUTO(protector_ptr) p = NULL;

	(void)operands; /* there are none */
	TRY(guardian_load_all(&a->owner, &a->guardians, &a->trust, &list,
			      &owner, err));
	if (list.count == 0)
		out_note(
			out,
			"no --guardian was given: only the owner can open the key protector");
	TRY(shvm_protector_new(owner, borrow(&list), list.count, &p, err));
	return write_result(out, a, NULL, p, err);
}

static int grant_run(const void *args, char *const *operands, struct out *out,
		     struct shvm_err *err)
{
	const struct edit_args *a = args;
	AUTO_DONE(guardian_list) list = { 0 };
	AUTO(guardian_ptr) owner = NULL;
	AUTO(protector_ptr) old = NULL;
	AUTO(protector_ptr) p = NULL;

	TRY(shvm_protector_load(operands[0], &old, err));
	TRY(guardian_load_all(&a->owner, &a->guardians, &a->trust, &list,
			      &owner, err));
	TRY(shvm_protector_grant(old, owner, borrow(&list), list.count, &p,
				 err));
	guardian_warn_signer(out, shvm_protector_info(old));
	return write_result(out, a, NULL, p, err);
}

static int revoke_run(const void *args, char *const *operands, struct out *out,
		      struct shvm_err *err)
{
	const struct edit_args *a = args;
	/* A guardian that is removed does not have to be trusted. */
	const struct guardian_trust lax = { .tls_ca = a->trust.tls_ca,
					    .allow_untrusted_root = true,
					    .allow_expired = true };
	AUTO_DONE(guardian_list) list = { 0 };
	AUTO(guardian_ptr) owner = NULL;
	AUTO(protector_ptr) old = NULL;
	AUTO(protector_ptr) p = NULL;
	struct shvm_revocation who = {
		.fingerprints = a->fingerprints.items,
		.fingerprint_count = a->fingerprints.count,
	};

	if (a->guardians.count + a->fingerprints.count == 0)
		return err_set(
			err, SHVM_E_ARG,
			"no guardian to remove: give --guardian or --fingerprint");
	TRY(shvm_protector_load(operands[0], &old, err));
	TRY(guardian_load_all(&a->owner, &a->guardians, &lax, &list, &owner,
			      err));
	who.guardians = borrow(&list);
	who.guardian_count = list.count;
	TRY(shvm_protector_revoke(old, owner, &who, &p, err));
	guardian_warn_signer(out, shvm_protector_info(old));
	return write_result(out, a, old, p, err);
}

static int show_run(const void *args, char *const *operands, struct out *out,
		    struct shvm_err *err)
{
	AUTO(protector_ptr) p = NULL;

	(void)args; /* there are no options */
	TRY(shvm_protector_load(operands[0], &p, err));
	return result_put(out, protector_rows,
			  OBJECT(M("protector", describe(p))), err);
}

struct check_args {
	const char *key, *key_pass_file;
};

#define ARGS struct check_args
static const struct cli_opt check_opts[] = {
	OPT_KEY(key,
		.help = "private encryption key of the owner or of a guardian, to run all steps"),
	OPT_END,
};
#undef ARGS

static int report(struct out *out, const struct shvm_verdict *verdict,
		  struct shvm_err *err)
{
	const struct report report = { .verdict = verdict,
				       .word = verdict->yes ? "good" : "bad",
				       .all = true };

	return report_put(out, &report, json_object(), err);
}

/* A file that is not a protector (see err) fails the first step. */
static int report_malformed(struct out *out, struct shvm_err *err)
{
	struct shvm_verdict verdict = { .reason = "bad-protector", .count = 1 };
	const struct shvm_check step = { .id = "well-formed",
					 .outcome = SHVM_CHECK_FAILED,
					 .level = SHVM_LEVEL_ERROR,
					 .offset = UINT64_MAX,
					 .text = verdict.text };

	verdict.checks = &step;
	memcpy(verdict.text, err->msg, sizeof(verdict.text));
	return report(out, &verdict, err);
}

static int check_run(const void *args, char *const *operands, struct out *out,
		     struct shvm_err *err)
{
	const struct check_args *a = args;
	AUTO_DONE(shvm_verdict) verdict = { 0 };
	AUTO(protector_ptr) p = NULL;
	struct passphrase passphrase;
	struct shvm_key_source key =
		passphrase_key(&passphrase, a->key, a->key_pass_file);
	int r;

	r = shvm_protector_load(operands[0], &p, err);
	if (r == SHVM_E_FORMAT)
		return report_malformed(out, err);
	TRY(r);
	TRY(shvm_protector_check(p, a->key ? &key : NULL, &verdict, err));
	return report(out, &verdict, err);
}

const struct cli_cmd protector_cmds[] = {
	{ "protector new", "",
	  "create a key protector for an owner and guardians",
	  "New-HgsKeyProtector", new_opts, sizeof(struct edit_args), new_run },
	{ "protector grant", "PROTECTOR", "give more guardians access",
	  "Grant-HgsKeyProtectorAccess", grant_opts, sizeof(struct edit_args),
	  grant_run },
	{ "protector revoke", "PROTECTOR",
	  "remove guardians and replace the transport key",
	  "Revoke-HgsKeyProtectorAccess", revoke_opts, sizeof(struct edit_args),
	  revoke_run },
	{ "protector show", "PROTECTOR", "describe a key protector",
	  "ConvertTo-HgsKeyProtector", NO_OPTS, show_run },
	{ "protector check", "PROTECTOR",
	  "check a key protector as a key protection service does", NULL,
	  check_opts, sizeof(struct check_args), check_run },
	{ 0 },
};
