/* SPDX-License-Identifier: MIT */
/* pdk create: a shielding data file from options or from a specification. */
#include "base/buf.h"
#include "base/hold.h"
#include "cli/output_guard.h"
#include "cli/pdk_cmds.h"

#include <string.h>

#define ARGS struct create_args
const struct cli_opt pdk_create_opts[] = {
	OPT(owner.owner, CLI_PATH_OR_URL, .example = "owner.xml",
	    .help = "metadata document of the owner"),
	OPT_KEY(owner.owner_signing_key, .example = "owner-signing.pfx",
		.help = "private signing key of the owner"),
	OPT_LIST(
		fabrics.guardians, CLI_PATH_OR_URL, .example = "fabric.xml",
		.help = "metadata document of a guardian whose hosts may run the VMs",
		.more = "For a URL without a path, the metadata of the key protection service is fetched."),
	GUARDIAN_TRUST_OPTS(fabrics.trust),
	OPT(existing_vm, CLI_FLAG,
	    .help = "create a file for VMs that exist already, without templates and answer file"),
	PDK_PUBLISH_OPT(publish_qualifiers),
	PDK_CONTENT_OPTS(c),
	OPT(spec, CLI_PATH, .spec = "", .meta = "FILE.json",
	    .help = "specification to read these options from"),
	OPT(print_spec, CLI_FLAG, .spec = "",
	    .help = "print an example of a specification"),
	OPT(print_plan, CLI_FLAG, .spec = "",
	    .help = "print what the file would contain, without secrets, and write nothing"),
	OPT_END,
};
#undef ARGS

/* Everything that a file is created from. */
struct parts {
	struct shvm_guardian *owner;
	struct guardian_list guardians;
	struct pdk_content in;
};

static void parts_done(struct parts *p)
{
	shvm_guardian_free(p->owner);
	guardian_list_done(&p->guardians);
	pdk_content_done(&p->in);
}

static int load_guardians(const struct create_args *a, struct parts *p,
			  struct shvm_err *err)
{
	struct guardian_owner owner = a->owner;

	if (!owner.owner)
		return err_set(err, SHVM_E_ARG, "--owner is required");
	if (!owner.owner_signing_key && !a->print_plan)
		return err_set(err, SHVM_E_ARG,
			       "--owner-signing-key is required");
	if (a->print_plan)
		owner.owner_signing_key = NULL;
	return guardian_load_all(&owner, &a->fabrics.guardians,
				 &a->fabrics.trust, &p->guardians, &p->owner,
				 err);
}

static int make(const struct create_args *a, const char *path, struct out *out,
		struct parts *p, struct shvm_pdk **ret, struct shvm_err *err)
{
	struct shvm_pdk_params params = {
		.kind = a->existing_vm ? SHVM_PDK_EXISTING_VM
				       : SHVM_PDK_TEMPLATE,
		.plan = a->print_plan,
	};

	TRY(pdk_content_load(&a->c, path, out, &p->in, err));
	TRY(load_guardians(a, p, err));
	params.owner = p->owner;
	params.guardians =
		(const struct shvm_guardian *const *)p->guardians.items;
	params.guardian_count = p->guardians.count;
	params.content = p->in.content;
	params.content.publish_qualifiers = &a->publish_qualifiers;
	return shvm_pdk_create(&params, ret, err);
}

static const struct row created_rows[] = {
	FIELD("shielding data", "{file}, {size} bytes"),
	FIELD("policy", "{policy}"),
	PDK_GUARDIANS_ROW,
	PDK_HOST_KEY_ROW,
	{ 0 },
};

static int write_file(const struct shvm_pdk *pdk, const struct pdk_content *in,
		      const char *path, struct out *out, struct shvm_err *err)
{
	const struct shvm_pdk_info *info = shvm_pdk_info(pdk);
	AUTO_DONE(hold) hold = { 0 };
	const uint8_t *file;
	json_t *trusted;
	size_t size;
	int r;

	file = shvm_pdk_data(pdk, &size);
	trusted = pdk_trusted(out, info, info->qualifier_count);
	/* Write the password first: a shielding data file whose password is
	 * lost is useless, and a password without a file does no harm. */
	hold_signals(&hold);
	r = answer_write_password(&in->answer, out, err);
	if (r == SHVM_OK)
		r = out_file(out, path, file, size, 0600, err);
	hold_done(&hold);
	if (r < 0) {
		json_decref(trusted);
		return r;
	}
	return result_put(out, created_rows,
			  OBJECT(M("file", path), M("size", size),
				 M("policy", shvm_policy_name(info->policy)),
				 M("guardians",
				   guardian_wrappings_json(info->protector)),
				 M("trusted", trusted),
				 M("ssh_host_key", pdk_json_host_key(info)),
				 M("password_file", in->answer.random_out)),
			  err);
}

/* A new host key will be another one when the file is made. */
static int print_plan(const struct create_args *a,
		      const struct shvm_pdk_info *info, struct out *out,
		      struct shvm_err *err)
{
	json_t *object = pdk_json_content(info);

	if (a->c.ssh_host_key && strcmp(a->c.ssh_host_key, "new") == 0)
		out_member(&object, "ssh_host_key", json_null());
	return pdk_put_content(out, info, object, err);
}

static int create_merged(const struct create_args *a, const char *path,
			 struct out *out, struct shvm_err *err)
{
	AUTO_DONE(parts) parts = { 0 };
	AUTO(pdk_ptr) pdk = NULL;
	int r = SHVM_OK;

	if (!a->print_plan && !path)
		return err_set(err, SHVM_E_ARG,
			       "pdk create: OUT.pdk is required");
	if (!a->print_plan)
		r = out_check(out, path, err);
	if (r == SHVM_OK)
		r = make(a, a->print_plan ? NULL : path, out, &parts, &pdk,
			 err);
	if (r < 0)
		return r;
	if (!a->print_plan)
		return write_file(pdk, &parts.in, path, out, err);
	return print_plan(a, shvm_pdk_info(pdk), out, err);
}

static int print_spec(struct out *out, struct shvm_err *err)
{
	AUTO_DONE(buf) text = { 0 };
	struct opt_table rows;

	opt_table_init(&rows, pdk_create_opts);
	TRY(pdk_spec_example(&rows, &text, err));
	out_block(out, (const char *)text.data);
	return SHVM_OK;
}

int pdk_create_run(const void *args, char *const *operands, struct out *out,
		   struct shvm_err *err)
{
	struct create_args a = *(const struct create_args *)args;
	AUTO_DONE(pdk_spec) spec = { 0 };
	int r;

	if (a.print_spec)
		return print_spec(out, err);
	if (a.spec) {
		struct parsed merged = *out->parsed;

		TRY(pdk_spec_load(a.spec, &merged.opts, &a, &spec, err));
		/* The same checks as for values on the command line. */
		merged.args = &a;
		r = output_guard_check(out->cmd, &merged, err);
		if (r == SHVM_OK)
			r = passphrase_check(&merged, err);
		if (r == SHVM_OK && !a.print_plan)
			r = output_guard_check_targets(&merged, err);
		if (r < 0)
			return r;
	}
	return create_merged(&a, operands[0], out, err);
}
