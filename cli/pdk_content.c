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
	for (size_t i = 0; i < in->content.template_count; i++) {
		shvm_catalog_free(in->catalogs[i]);
		free(in->paths[i]);
	}
	free(in->catalogs);
	free(in->paths);
	free(in->templates);
	shvm_trust_free(in->trust);
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
	in->content.files = in->all;
	in->content.file_count = n;
	return SHVM_OK;
}

/* Template i of "PATH:RULE", where PATH is a catalog, or a disk with one. */
static int load_template(const char *text, const struct shvm_disk_params *how,
			 size_t i, struct pdk_content *in, struct shvm_err *err)
{
	struct shvm_pdk_template *t = &in->templates[i];
	const char *colon = strrchr(text, ':');

	in->content.template_count = i + 1; /* what is filled in is released */
	if (!colon || colon == text)
		return err_set(
			err, SHVM_E_ARG,
			"template \"%s\" is not of the form PATH:RULE, with Equals, GreaterThan or GreaterThanOrEquals",
			text);
	TRY(shvm_rule_parse(colon + 1, &t->rule, err));
	in->paths[i] = strndup(text, (size_t)(colon - text));
	TRY(err_null(err, in->paths[i], "templates"));
	TRY(shvm_catalog_load(in->paths[i], how, &in->catalogs[i], err));
	t->name = in->paths[i];
	t->catalog = in->catalogs[i];
	return SHVM_OK;
}

static int load_templates(const struct content_args *a, const char *to,
			  struct pdk_content *in, struct shvm_err *err)
{
	const struct shvm_disk_params how = { .outputs = &to,
					      .output_count = to != NULL };
	const size_t count = a->templates.count;

	in->templates = calloc(count + 1, sizeof(*in->templates));
	in->catalogs = calloc(count + 1, sizeof(*in->catalogs));
	in->paths = calloc(count + 1, sizeof(*in->paths));
	if (!in->templates || !in->catalogs || !in->paths)
		return err_nomem(err, "templates");
	TRY(trust_load(&a->signers, &a->ca, &a->tsa_ca, &in->trust, err));
	for (size_t i = 0; i < count; i++) {
		TRY(load_template(a->templates.items[i], &how, i, in, err));
		in->templates[i].pin_digest = a->pin_digest;
	}
	in->content.templates = in->templates;
	in->content.trust = in->trust;
	in->content.trust_on_first_use = a->trust_on_first_use;
	return SHVM_OK;
}

int pdk_content_load(const struct content_args *args, const char *to,
		     struct out *out, struct pdk_content *in,
		     struct shvm_err *err)
{
	struct shvm_pdk_content *c = &in->content;
	int r;

	if (args->policy) {
		TRY(shvm_policy_parse(args->policy, &in->policy, err));
		c->policy = &in->policy;
	}
	r = load_answer(args, in, err);
	if (r == SHVM_OK)
		r = load_files(args, in, err);
	if (r == SHVM_OK)
		r = load_templates(args, to, in, err);
	c->answer = in->answer_file.name ? &in->answer_file : NULL;
	c->substitute = args->substitute.items;
	c->substitute_count = args->substitute.count;
	c->no_size_limit = args->no_size_limit;
	c->note = out_told;
	c->note_ctx = out;
	return r;
}
