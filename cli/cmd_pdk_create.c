/* SPDX-License-Identifier: MIT */
/* pdk create: a shielding data file from options or from a specification. */
#include "base/buf.h"
#include "base/hold.h"
#include "cli/output_guard.h"
#include "cli/pdk_content.h"

#include <string.h>

#define ARGS struct create_args
const struct cli_opt pdk_create_opts[] = {
	OPT(owner, CLI_PATH_OR_URL, .help = "guardian metadata of the owner"),
	OPT_KEY(owner_signing_key, .help = "the owner's private signing key"),
	OPT_LIST(
		fabrics.guardians, CLI_PATH_OR_URL,
		.help = "a fabric that may run the machines",
		.more = "Of a URL without a path the metadata of the key protection service is fetched."),
	GUARDIAN_TRUST_OPTS(fabrics.trust),
	OPT(c.policy, CLI_CHOICE, .meta = "Shielded|EncryptionSupported",
	    .help = "what the machines are, default EncryptionSupported"),
	OPT(existing_vm, CLI_FLAG,
	    .help = "for machines that exist: no templates, no answer file"),
	OPT_LIST(
		c.templates, CLI_RULED_PATH, .name = "trust",
		.help = "a template to trust, by its catalog and a version rule"),
	PDK_SIGNER_OPTS(c),
	PDK_PUBLISH_OPT(publish_qualifiers),
	OPT(c.answer_file, CLI_PATH, .meta = "FILE.xml",
	    .help = "unattend.xml or LinuxOSSpecialization"),
	OPT(c.answer, CLI_CHOICE, .object = "answer", .spec = "os",
	    .spec_required = true, .meta = "windows|linux",
	    .help = "make the answer file here, with the options below"),
	ANSWER_OPTS_WINDOWS(c.a),
	ANSWER_OPTS_LINUX(c.a),
	ANSWER_OPTS_BOTH(c.a),
	OPT_LIST(c.files, CLI_NAMED_PATH,
		 .help = "a further file for the machine"),
	PDK_SUBSTITUTE_OPTS(c),
	OPT(spec, CLI_PATH, .spec = "", .meta = "FILE.json",
	    .help = "take all of this from a specification"),
	OPT(print_spec, CLI_FLAG, .spec = "",
	    .help = "print a specification to start from"),
	OPT(print_plan, CLI_FLAG, .spec = "",
	    .help = "say what would go in, without secrets, and write nothing"),
	OPT_END,
};
#undef ARGS

static int load_params(const struct create_args *a,
		       struct passphrase *passphrase, struct pdk_content *in,
		       struct shvm_pdk_params *p, struct shvm_err *err)
{
	int r;

	*p = (struct shvm_pdk_params){
		.owner_file = a->owner,
		.owner_signing_key =
			passphrase_key(passphrase, a->owner_signing_key,
				       a->owner_signing_key_pass_file),
		.fabrics = pdk_fabrics(&a->fabrics),
		.kind = a->existing_vm ? SHVM_PDK_EXISTING_VM
				       : SHVM_PDK_TEMPLATE,
		.publish_qualifiers = a->publish_qualifiers,
		.no_size_limit = a->c.no_size_limit,
	};
	if (!a->owner)
		return err_set(err, SHVM_E_ARG, "--owner is needed");
	if (guardian_check_tls(a->fabrics.trust.tls_ca, &a->owner, 1, NULL) <
	    0) {
		r = guardian_check_tls(a->fabrics.trust.tls_ca,
				       a->fabrics.guardians.items,
				       a->fabrics.guardians.count, err);
		if (r < 0)
			return r;
	}
	r = pdk_content_load(&a->c, in, err);
	if (r < 0)
		return r;
	p->policy = in->policy;
	p->answer = in->answer_file;
	p->files = in->all;
	p->file_count = in->file_count;
	p->substitute = a->c.substitute.items;
	p->substitute_count = a->c.substitute.count;
	p->templates = in->trust;
	return SHVM_OK;
}

static int print_plan(const struct shvm_pdk_params *params, struct out *out,
		      struct shvm_err *err)
{
	struct shvm_pdk_plan *plan;
	json_t *files = json_array(), *obj;
	int r;

	r = shvm_pdk_plan_new(params, &plan, err);
	if (r < 0) {
		json_decref(files);
		return r;
	}
	out_field(out, "kind", "%s",
		  plan->kind == SHVM_PDK_TEMPLATE ? "Template" : "ExistingVM");
	out_field(out, "policy", "%s", shvm_policy_name(plan->policy));
	pdk_text_guardians(out, plan->guardians, plan->guardian_count);
	pdk_text_qualifiers(out, plan->qualifiers, plan->qualifier_count);
	if (plan->answer_name)
		out_field(out, "answer file", "%s, %ju bytes",
			  plan->answer_name, (uintmax_t)plan->answer_size);
	for (size_t i = 0; i < params->file_count; i++) {
		out_field(out, "file", "%s, %zu bytes", params->files[i].name,
			  params->files[i].size);
		out_list_add(&files,
			     json_pack("{s:o, s:I}", "name",
				       out_string(params->files[i].name),
				       "size",
				       (json_int_t)params->files[i].size));
	}
	for (size_t i = 0; i < plan->key_count; i++)
		out_field(out, "fabric key", "%s", plan->keys[i]);
	obj = json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "kind",
		out_string(plan->kind == SHVM_PDK_TEMPLATE ? "Template"
							   : "ExistingVM"),
		"policy", out_string(shvm_policy_name(plan->policy)),
		"guardians",
		pdk_json_guardians(plan->guardians, plan->guardian_count),
		"qualifiers",
		pdk_json_qualifiers(plan->qualifiers, plan->qualifier_count),
		"answer_file", out_string(plan->answer_name), "files", files,
		"keys", pdk_json_strings(plan->keys, plan->key_count));
	shvm_pdk_plan_free(plan);
	return out_json(out, obj, err);
}

static int create(struct shvm_pdk_params *params, struct pdk_content *in,
		  const char *path, struct out *out, struct shvm_err *err)
{
	AUTOFREE uint8_t *file = NULL;
	AUTO(pdk_ptr) pdk = NULL;
	AUTO_DONE(hold) hold = { 0 };
	const struct shvm_pdk_info *info;
	size_t size;
	int r;

	pdk_content_tell(in, out);
	params->templates = in->trust;
	if (!params->owner_signing_key.uri)
		return err_set(err, SHVM_E_ARG,
			       "--owner-signing-key is needed");
	r = shvm_pdk_create(params, &file, &size, err);
	if (r == SHVM_OK)
		r = shvm_pdk_decode(file, size, path, &pdk, err);
	if (r < 0)
		return r;
	info = shvm_pdk_info(pdk);
	/* The password comes first: a file that nobody can log in to would be
	 * of no use, and a password without a file does no harm. */
	hold_signals(&hold);
	r = answer_write_password(&in->answer, out, err);
	if (r < 0)
		return r;
	r = out_file(out, path, file, size, 0600, err);
	hold_done(&hold);
	if (r < 0)
		return r;
	out_field(out, "shielding data", "%s, %zu bytes", path, size);
	out_field(out, "policy", "%s", shvm_policy_name(params->policy));
	pdk_text_guardians(out, info->guardians, info->guardian_count);
	return out_json(out,
			json_pack("{s:o, s:I, s:o, s:o, s:O, s:o}", "file",
				  out_string(path), "size", (json_int_t)size,
				  "policy",
				  out_string(shvm_policy_name(params->policy)),
				  "guardians",
				  pdk_json_guardians(info->guardians,
						     info->guardian_count),
				  "trusted", in->trusted, "password_file",
				  out_string(in->answer.random_out)),
			err);
}

static int create_merged(const struct create_args *a, const char *path,
			 struct out *out, struct shvm_err *err)
{
	AUTO_DONE(pdk_content) in = { 0 };
	struct passphrase passphrase;
	struct shvm_pdk_params params;
	int r;

	if (!a->print_plan && !path)
		return err_set(err, SHVM_E_ARG,
			       "pdk create: OUT.pdk is missing");
	if (!a->print_plan) {
		r = out_check(out, path, err);
		if (r < 0)
			return r;
	}
	r = load_params(a, &passphrase, &in, &params, err);
	if (r < 0)
		return r;
	in.trust.outputs = &path;
	in.trust.output_count = path != NULL && !a->print_plan;
	params.note = out_told;
	params.note_ctx = out;
	if (a->print_plan)
		return print_plan(&params, out, err);
	return create(&params, &in, path, out, err);
}

int pdk_create_run(const void *args, char *const *operands, struct out *out,
		   struct shvm_err *err)
{
	struct create_args a = *(const struct create_args *)args;
	AUTO_DONE(pdk_spec) spec = { 0 };
	int r;

	if (a.print_spec) {
		out_block(out, pdk_spec_example);
		return SHVM_OK;
	}
	r = secret_no_core_dumps(err);
	if (r < 0)
		return r;
	if (a.spec) {
		struct parsed merged = *out->parsed;

		r = pdk_spec_load(a.spec, &merged.opts, &a, &spec, err);
		if (r < 0)
			return r;
		/* As for a command line with all of it. */
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
