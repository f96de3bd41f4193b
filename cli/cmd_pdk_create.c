/* SPDX-License-Identifier: MIT */
/* pdk create: a shielding data file from options or from a specification. */
#include "base/buf.h"
#include "cli/pdk_cmds.h"

#include <string.h>

#define AT(f) offsetof(struct create_args, f)
const struct cli_opt pdk_create_opts[] = {
	{ "owner", CLI_PATH, AT(owner), false, 0, 0, "FILE.xml",
	  "guardian metadata of the owner" },
	{ "owner-signing-key", CLI_STRING, AT(owner_signing_key), false, 0, 0,
	  "FILE|URI", "the owner's private signing key" },
	{ "owner-signing-key-pass-file", CLI_PATH,
	  AT(owner_signing_key_pass_file), false, 0, 0, "FILE|fd:N|-",
	  "its passphrase" },
	{ "guardian", CLI_PATHS, AT(guardians), false, 0, 0, "FILE.xml",
	  "a fabric that may run the machines; may be given several times" },
	{ "guardian-ca", CLI_PATH, AT(guardian_ca), false, 0, 0, "FILE",
	  "certificates of owner and guardians must chain to one of these" },
	{ "guardian-fingerprint", CLI_STRINGS, AT(fingerprints), false, 0, 0,
	  "SHA256", "or be this signing certificate, of any guardian" },
	{ "allow-untrusted-root", CLI_FLAG, AT(allow_untrusted_root), false, 0,
	  0, NULL, "take guardians whose certificates chain to nothing" },
	{ "allow-expired", CLI_FLAG, AT(allow_expired), false, 0, 0, NULL,
	  "take guardians whose certificates have expired" },
	{ "policy", CLI_CHOICE, AT(policy), false, 0, 0,
	  "Shielded|EncryptionSupported",
	  "what the machines are, default EncryptionSupported" },
	{ "existing-vm", CLI_FLAG, AT(existing_vm), false, 0, 0, NULL,
	  "for machines that exist: no templates, no answer file" },
	{ "trust", CLI_STRINGS, AT(trust), false, 0, 0, "X.vsc:RULE|DISK:RULE",
	  "a template to trust, by its catalog and a version rule" },
	{ "signer", CLI_PATHS, AT(signers), false, 0, 0, "CERT",
	  "certificate that the catalogs must be signed with" },
	{ "ca", CLI_PATHS, AT(ca), false, 0, 0, "FILE",
	  "or that their signers must chain to" },
	{ "tsa-ca", CLI_PATHS, AT(tsa_ca), false, 0, 0, "FILE",
	  "trust timestamps of this authority, for signers that have expired" },
	{ "trust-on-first-use", CLI_FLAG, AT(trust_on_first_use), false, 0, 0,
	  NULL, "take the catalogs' signers as they are" },
	{ "pin-digest", CLI_FLAG, AT(pin_digest), false, 0, 0, NULL,
	  "trust only the very disks that were signed" },
	{ "publish-qualifiers", CLI_FLAG, AT(publish_qualifiers), false, 0, 0,
	  NULL, "let anybody read which templates are trusted" },
	{ "answer-file", CLI_PATH, AT(answer_file), false, 0, 0, "FILE.xml",
	  "unattend.xml or LinuxOSSpecialization" },
	{ "answer", CLI_CHOICE, AT(answer), false, 0, 0, "windows|linux",
	  "make the answer file here, with the options below" },
	ANSWER_OPTS_WINDOWS(struct create_args, a),
	ANSWER_OPTS_LINUX(struct create_args, a),
	ANSWER_OPTS_BOTH(struct create_args, a),
	{ "file", CLI_STRINGS, AT(files), false, 0, 0, "[NAME=]PATH",
	  "a further file for the machine; may be given several times" },
	{ "no-size-limit", CLI_FLAG, AT(no_size_limit), false, 0, 0, NULL,
	  "allow more than 384 KiB of further files" },
	{ "spec", CLI_PATH, AT(spec), false, 0, 0, "FILE.json",
	  "take all of this from a specification" },
	{ "print-spec", CLI_FLAG, AT(print_spec), false, 0, 0, NULL,
	  "print a specification to start from" },
	{ "print-plan", CLI_FLAG, AT(print_plan), false, 0, 0, NULL,
	  "say what would go in, without secrets, and write nothing" },
	{ 0 },
};
#undef AT

/* Everything that must live until the file is made. */
struct inputs {
	struct answer_build answer;
	struct buf answer_data;
	struct pdk_files files;
	struct shvm_file *all; /* further files, those of the answer first */
	struct shvm_trust_entry *entries;
	char **storage;
	size_t entry_count;
	struct ask ask;
};

static void inputs_done(struct inputs *in)
{
	answer_build_done(&in->answer);
	buf_done(&in->answer_data);
	pdk_files_done(&in->files);
	free(in->all);
	free(in->entries);
	for (size_t i = 0; i < in->entry_count; i++)
		free(in->storage[i]);
	free(in->storage);
}

static int load_answer(const struct create_args *a, struct inputs *in,
		       struct shvm_pdk_params *p, struct shvm_err *err)
{
	int r;

	if (a->answer && a->answer_file)
		return err_set(err, SHVM_E_ARG,
			       "--answer and --answer-file exclude each other");
	if (!a->answer) {
		r = answer_check_unused(&a->a, err);
		if (r < 0)
			return r;
	}
	if (a->answer_file) {
		r = answer_read_file(a->answer_file, &in->answer_data, err);
		if (r < 0)
			return r;
		p->answer =
			(struct shvm_file){ answer_base_name(a->answer_file),
					    in->answer_data.data,
					    in->answer_data.len };
		return SHVM_OK;
	}
	if (!a->answer)
		return SHVM_OK;
	r = answer_build(&a->a, strcmp(a->answer, "windows") == 0, &in->answer,
			 err);
	if (r < 0)
		return r;
	p->answer = (struct shvm_file){ "unattend.xml", in->answer.answer.xml,
					in->answer.answer.xml_size };
	return SHVM_OK;
}

static int load_files(const struct create_args *a, struct inputs *in,
		      struct shvm_pdk_params *p, struct shvm_err *err)
{
	const struct shvm_answer *answer = &in->answer.answer;
	size_t n = answer->file_count;
	int r;

	r = pdk_files_load(&a->files, &in->files, err);
	if (r < 0)
		return r;
	in->all = calloc(n + in->files.count + 1, sizeof(*in->all));
	if (!in->all)
		return err_nomem(err, "files");
	if (n > 0)
		memcpy(in->all, answer->files, n * sizeof(*in->all));
	for (size_t i = 0; i < in->files.count; i++)
		in->all[n++] = in->files.items[i];
	p->files = in->all;
	p->file_count = n;
	return SHVM_OK;
}

static int load_trust(const struct create_args *a, struct inputs *in,
		      struct shvm_trust_params *t, struct shvm_err *err)
{
	int r;

	in->entries = calloc(a->trust.count + 1, sizeof(*in->entries));
	in->storage = calloc(a->trust.count + 1, sizeof(*in->storage));
	if (!in->entries || !in->storage)
		return err_nomem(err, "templates");
	in->entry_count = a->trust.count;
	r = pdk_trust_entries(&a->trust, in->storage, in->entries, err);
	if (r < 0)
		return r;
	*t = (struct shvm_trust_params){
		.entries = in->entries,
		.count = a->trust.count,
		.signer_files = a->signers.items,
		.signer_count = a->signers.count,
		.ca_files = a->ca.items,
		.ca_count = a->ca.count,
		.tsa_ca_files = a->tsa_ca.items,
		.tsa_ca_count = a->tsa_ca.count,
		.trust_on_first_use = a->trust_on_first_use,
		.pin_digest = a->pin_digest,
	};
	return SHVM_OK;
}

static int load_params(const struct create_args *a, struct inputs *in,
		       struct shvm_pdk_params *p, struct shvm_err *err)
{
	int r;

	*p = (struct shvm_pdk_params){
		.owner_file = a->owner,
		.owner_signing_key = ask_key(&in->ask, a->owner_signing_key,
					     a->owner_signing_key_pass_file),
		.guardian_files = a->guardians.items,
		.guardian_count = a->guardians.count,
		.trust = { .ca_file = a->guardian_ca,
			   .fingerprints = a->fingerprints.items,
			   .fingerprint_count = a->fingerprints.count,
			   .allow_untrusted_root = a->allow_untrusted_root,
			   .allow_expired = a->allow_expired },
		.kind = a->existing_vm ? SHVM_PDK_EXISTING_VM
				       : SHVM_PDK_TEMPLATE,
		.publish_qualifiers = a->publish_qualifiers,
		.no_size_limit = a->no_size_limit,
	};
	if (!a->owner)
		return err_set(err, SHVM_E_ARG, "--owner is needed");
	if (a->policy) {
		r = shvm_policy_parse(a->policy, &p->policy, err);
		if (r < 0)
			return r;
	}
	r = load_answer(a, in, p, err);
	if (r < 0)
		return r;
	r = load_files(a, in, p, err);
	if (r < 0)
		return r;
	return load_trust(a, in, &p->templates, err);
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
		(void)json_array_append_new(
			files,
			json_pack("{s:s, s:I}", "name", params->files[i].name,
				  "size", (json_int_t)params->files[i].size));
	}
	for (size_t i = 0; i < plan->key_count; i++)
		out_field(out, "fabric key", "%s", plan->keys[i]);
	obj = json_pack(
		"{s:s, s:s, s:o, s:o, s:s?, s:o, s:o}", "kind",
		plan->kind == SHVM_PDK_TEMPLATE ? "Template" : "ExistingVM",
		"policy", shvm_policy_name(plan->policy), "guardians",
		pdk_json_guardians(plan->guardians, plan->guardian_count),
		"qualifiers",
		pdk_json_qualifiers(plan->qualifiers, plan->qualifier_count),
		"answer_file", plan->answer_name, "files", files, "keys",
		pdk_json_strings(plan->keys, plan->key_count));
	shvm_pdk_plan_free(plan);
	return out_json(out, obj, err);
}

static int create(const struct shvm_pdk_params *params, const struct inputs *in,
		  const char *path, struct out *out, struct shvm_err *err)
{
	AUTOFREE uint8_t *file = NULL;
	size_t size;
	int r;

	if (!params->owner_signing_key.uri)
		return err_set(err, SHVM_E_ARG,
			       "--owner-signing-key is needed");
	r = shvm_pdk_create(params, &file, &size, err);
	if (r < 0)
		return r;
	/* The password comes first: a file that nobody can log in to would be
	 * of no use, and a password without a file does no harm. */
	r = answer_write_password(&in->answer, out, err);
	if (r < 0)
		return r;
	r = out_file(out, path, file, size, 0600, err);
	if (r < 0)
		return r;
	out_field(out, "shielding data", "%s, %zu bytes", path, size);
	out_field(out, "policy", "%s", shvm_policy_name(params->policy));
	out_field(out, "guardians", "%zu and the owner",
		  params->guardian_count);
	return out_json(out,
			json_pack("{s:o, s:I, s:s, s:I, s:s?}", "file",
				  out_string(path), "size", (json_int_t)size,
				  "policy", shvm_policy_name(params->policy),
				  "guardians",
				  (json_int_t)params->guardian_count,
				  "password_file", in->answer.random_out),
			err);
}

static int create_merged(const struct create_args *a, const char *path,
			 struct out *out, struct shvm_err *err)
{
	AUTO_DONE(inputs) in = { 0 };
	struct shvm_pdk_params params;
	int r;

	if (!a->print_plan && !path)
		return err_set(err, SHVM_E_ARG,
			       "pdk create: OUT.pdk is missing");
	if (!a->print_plan) {
		r = answer_check_target(out, path, err);
		if (r < 0)
			return r;
	}
	r = load_params(a, &in, &params, err);
	if (r < 0)
		return r;
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
		(void)fputs(pdk_spec_example, out->result);
		return SHVM_OK;
	}
	r = secret_no_core_dumps(err);
	if (r < 0)
		return r;
	if (a.spec) {
		r = pdk_spec_load(a.spec, &spec, &a, err);
		if (r < 0)
			return r;
	}
	return create_merged(&a, operands[0], out, err);
}
