/* SPDX-License-Identifier: MIT */
/* What pdk create and pdk edit put into a file: read, built and kept alive. */
#include "cli/pdk_content.h"

#include <string.h>

void pdk_content_done(struct pdk_content *in)
{
	answer_build_done(&in->answer);
	buf_done(&in->answer_data);
	pdk_files_done(&in->files);
	free(in->all);
	free(in->entries);
	for (size_t i = 0; i < in->trust.count; i++)
		free(in->storage[i]);
	free(in->storage);
	json_decref(in->trusted);
}

static void show_trusted(void *ctx, const struct shvm_qualifier_info *q)
{
	struct pdk_content *in = ctx;
	char version[SHVM_VERSION_TEXT];
	json_t *list;

	out_note(in->out,
		 "template \"%s\", version %s %s: signed by %s, SHA-256 %s",
		 q->name, shvm_rule_name(q->rule),
		 shvm_version_format(&q->version, version), q->signer.subject,
		 q->signer.sha256);
	list = pdk_json_qualifiers(q, 1);
	out_list_extend(&in->trusted, list);
}

void pdk_content_tell(struct pdk_content *in, struct out *out)
{
	in->out = out;
	in->trusted = json_array();
	in->trust.trusted = show_trusted;
	in->trust.trusted_ctx = in;
}

static int load_answer(const struct content_args *a, struct pdk_content *in,
		       struct shvm_err *err)
{
	int r;

	if (a->answer && a->answer_file)
		return err_set(err, SHVM_E_ARG,
			       "--answer and --answer-file exclude each other");
	if (a->answer) {
		TRY(answer_build(&a->a, strcmp(a->answer, "windows") == 0, NULL,
				 &in->answer, err));
		in->answer_file =
			(struct shvm_file){ "unattend.xml",
					    in->answer.answer.xml,
					    in->answer.answer.xml_size };
		return SHVM_OK;
	}

	r = answer_check_unused(&a->a, err);
	if (r < 0 || !a->answer_file)
		return r;
	TRY(answer_read_file(a->answer_file, &in->answer_data, err));
	in->answer_file =
		(struct shvm_file){ answer_base_name(a->answer_file),
				    in->answer_data.data, in->answer_data.len };
	return SHVM_OK;
}

static int load_files(const struct content_args *a, struct pdk_content *in,
		      struct shvm_err *err)
{
	const struct shvm_answer *answer = &in->answer.answer;
	size_t n = answer->file_count;

	TRY(pdk_files_load(&a->files, &in->files, err));
	in->all = calloc(n + in->files.count + 1, sizeof(*in->all));
	TRY(err_null(err, in->all, "files"));
	if (n > 0)
		memcpy(in->all, answer->files, n * sizeof(*in->all));
	for (size_t i = 0; i < in->files.count; i++)
		in->all[n++] = in->files.items[i];
	in->file_count = n;
	return SHVM_OK;
}

static int load_trust(const struct content_args *a, struct pdk_content *in,
		      struct shvm_err *err)
{
	in->entries = calloc(a->templates.count + 1, sizeof(*in->entries));
	in->storage = calloc(a->templates.count + 1, sizeof(*in->storage));
	if (!in->entries || !in->storage)
		return err_nomem(err, "templates");
	in->trust = (struct shvm_trust_params){
		.entries = in->entries,
		.count = a->templates.count,
		.signer_files = a->signers.items,
		.signer_count = a->signers.count,
		.ca_files = a->ca.items,
		.ca_count = a->ca.count,
		.tsa_ca_files = a->tsa_ca.items,
		.tsa_ca_count = a->tsa_ca.count,
		.trust_on_first_use = a->trust_on_first_use,
		.pin_digest = a->pin_digest,
	};
	return pdk_trust_entries(&a->templates, in->storage, in->entries, err);
}

int pdk_content_load(const struct content_args *args, struct pdk_content *in,
		     struct shvm_err *err)
{
	if (args->policy)
		TRY(shvm_policy_parse(args->policy, &in->policy, err));
	TRY(load_answer(args, in, err));
	TRY(load_files(args, in, err));
	return load_trust(args, in, err);
}
