/* SPDX-License-Identifier: MIT */
/* The content of a shielding data file: its options, loading and printing it. */
#include "cli/pdk_content.h"

#include "base/buf.h"

#include <string.h>

enum {
	PDK_LIST_MAX = 1000
}; /* files on one command line */

#define ARGS struct content_args
const struct cli_opt pdk_content_opts[] = {
	OPT(policy, CLI_CHOICE, .meta = "Shielded|EncryptionSupported",
	    .help = "security policy of the VMs (default: EncryptionSupported)",
	    .example = "Shielded"),
	OPT_LIST(templates, CLI_RULED_PATH, .name = "trust",
		 .example = "template.vsc:GreaterThanOrEquals",
		 .help = "template to trust: its catalog, and a version rule"),
	OPT_LIST(
		signers, CLI_CERT, .example = "author.pem",
		.help = "certificate that must have signed the catalogs",
		.more = "If the file contains a chain (PEM or a PKCS#7 bundle, in any order), the certificate at its end is used."),
	OPT_LIST(
		ca, CLI_PATH, .meta = "FILE",
		.help = "CA certificates; signers of catalogs with a chain to one of them are trusted"),
	TSA_CA_OPT(tsa_ca),
	EKU_OPT(eku, "the signers"),
	OPT(trust_on_first_use, CLI_FLAG,
	    .help = "trust the signers of the catalogs without checking them"),
	OPT(require, CLI_CHOICE, .meta = "disk|os", .example = "disk",
	    .help = "what the catalogs must cover: the whole disk (default) or at least the OS volumes"),
	OPT(pin_catalog, CLI_FLAG,
	    .help = "trust exactly these catalogs, and no other of the same template"),
	OPT(answer_file, CLI_PATH, .meta = "FILE",
	    .help = "answer file: unattend.xml, LinuxOSSpecialization, or user-data of cloud-init"),
	OPT(answer, CLI_CHOICE, .example = "windows", .object = "answer",
	    .spec = "os", .spec_required = true, .meta = "windows|linux",
	    .help = "system for which to create the answer file, with the options below"),
	ANSWER_OPTS_WINDOWS(a),
	ANSWER_OPTS_LINUX(a),
	ANSWER_OPTS_BOTH(a),
	OPT(ssh_host_key, CLI_PATH_OR_NEW, .example = "new",
	    .help = "SSH host key of the machine: a new one, or an OpenSSH private key",
	    .more = "Its fingerprint is printed, so it is known before the machine exists. A machine made from it has no other host key."),
	OPT_LIST(files, CLI_NAMED_PATH,
		 .example = "agent.conf=files/agent.conf",
		 .help = "additional file; replaces a file of the same name"),
	OPT_LIST(
		substitute, CLI_TEXT, .meta = "NAME",
		.help = "name of an additional file in which placeholders are replaced, too"),
	OPT(no_size_limit, CLI_FLAG,
	    .help = "allow more than 384 KiB of additional files"),
	OPT_END,
};
#undef ARGS

static void pdk_files_done(struct pdk_files *f)
{
	for (size_t i = 0; i < f->count; i++) {
		buf_done(&f->data[i]);
		free(f->names[i]);
	}
	free(f->items);
	free(f->data);
	free(f->names);
	*f = (struct pdk_files){ 0 };
}

/* "NAME=PATH" if the text before the sign is not itself a path. */
static int split(const char *text, char **ret_name, const char **ret_path)
{
	const char *equals = strchr(text, '=');
	const char *slash = strchr(text, '/');

	if (equals && equals > text && (!slash || equals < slash)) {
		*ret_name = strndup(text, (size_t)(equals - text));
		*ret_path = equals + 1;
	} else {
		*ret_name = strdup(answer_base_name(text));
		*ret_path = text;
	}
	return *ret_name ? SHVM_OK : SHVM_E_NOMEM;
}

static int pdk_files_load(const struct cli_list *list, struct pdk_files *ret,
			  struct shvm_err *err)
{
	AUTO_DONE(pdk_files) f = { 0 };

	if (list->count > PDK_LIST_MAX)
		return err_set(err, SHVM_E_ARG, "%zu files, the limit is %d",
			       list->count, PDK_LIST_MAX);
	f.items = calloc(list->count + 1, sizeof(*f.items));
	f.data = calloc(list->count + 1, sizeof(*f.data));
	f.names = calloc(list->count + 1, sizeof(*f.names));
	if (!f.items || !f.data || !f.names)
		return err_nomem(err, "files");
	for (size_t i = 0; i < list->count; i++) {
		const char *path;

		f.count = i + 1;
		if (split(list->items[i], &f.names[i], &path) < 0)
			return err_nomem(err, "files");
		TRY(answer_read_file(path, &f.data[i], err));
		f.items[i] = (struct shvm_file){ f.names[i], f.data[i].data,
						 f.data[i].len };
	}
	*ret = MOVE(f);
	return SHVM_OK;
}

void pdk_content_done(struct pdk_content *in)
{
	answer_build_done(&in->answer);
	buf_done(&in->answer_data);
	buf_done(&in->host_key_data);
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
		return err_set(
			err, SHVM_E_ARG,
			"--answer and --answer-file cannot be used together");
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

static int load_host_key(const char *from, struct pdk_content *in,
			 struct shvm_err *err)
{
	struct buf *b = &in->host_key_data;

	if (!from)
		return SHVM_OK;
	b->wipe = true;
	if (strcmp(from, "new") == 0) {
		TRY(shvm_ssh_key_new(&b->data, &b->len, err));
		b->cap = b->len;
	} else {
		TRY(answer_read_file(from, b, err));
	}
	in->host_key = (struct shvm_file){ from, b->data, b->len };
	in->content.ssh_host_key = &in->host_key;
	return SHVM_OK;
}

/* Template i of "PATH:RULE", where PATH is a catalog, or a disk with one. */
static int parse_template(const char *text, size_t i, struct pdk_content *in,
			  struct shvm_err *err)
{
	const char *colon = strrchr(text, ':');

	in->content.template_count =
		i + 1; /* what is filled in will be released */
	if (!colon || colon == text)
		return err_set(
			err, SHVM_E_ARG,
			"template \"%s\" is not of the form PATH:RULE, where RULE is Equals, GreaterThan or GreaterThanOrEquals",
			text);
	TRY(shvm_rule_parse(colon + 1, &in->templates[i].rule, err));
	in->paths[i] = strndup(text, (size_t)(colon - text));
	return err_null(err, in->paths[i], "templates");
}

/* Errors in the command line are reported before any file is read. */
static int parse_templates(const struct content_args *a, struct pdk_content *in,
			   struct shvm_err *err)
{
	const size_t count = a->templates.count;

	if (count == 0 && (a->require || a->pin_catalog))
		return err_set(err, SHVM_E_ARG, "%s requires --trust",
			       a->require ? "--require" : "--pin-catalog");
	if (a->require)
		TRY(shvm_coverage_parse(a->require, &in->require, err));
	in->templates = calloc(count + 1, sizeof(*in->templates));
	in->catalogs = calloc(count + 1, sizeof(*in->catalogs));
	in->paths = calloc(count + 1, sizeof(*in->paths));
	if (!in->templates || !in->catalogs || !in->paths)
		return err_nomem(err, "templates");
	for (size_t i = 0; i < count; i++)
		TRY(parse_template(a->templates.items[i], i, in, err));
	return SHVM_OK;
}

static int load_templates(const struct content_args *a, const char *to,
			  struct pdk_content *in, struct shvm_err *err)
{
	const struct shvm_disk_params how = { .outputs = &to,
					      .output_count = to != NULL };

	TRY(trust_load(&a->signers, &a->ca, &a->tsa_ca, &in->trust, err));
	TRY(shvm_trust_set_eku(in->trust, a->eku, err));
	for (size_t i = 0; i < a->templates.count; i++) {
		TRY(shvm_catalog_load(in->paths[i], &how, &in->catalogs[i],
				      err));
		in->templates[i].name = in->paths[i];
		in->templates[i].catalog = in->catalogs[i];
		in->templates[i].require = in->require;
		in->templates[i].pin_content = a->pin_catalog;
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

	if (args->policy) {
		TRY(shvm_policy_parse(args->policy, &in->policy, err));
		c->policy = &in->policy;
	}
	TRY(parse_templates(args, in, err));
	TRY(load_answer(args, in, err));
	TRY(load_files(args, in, err));
	TRY(load_host_key(args->ssh_host_key, in, err));
	TRY(load_templates(args, to, in, err));
	c->answer = in->answer_file.name ? &in->answer_file : NULL;
	c->substitute = args->substitute.items;
	c->substitute_count = args->substitute.count;
	c->no_size_limit = args->no_size_limit;
	c->note = out_told;
	c->note_ctx = out;
	return SHVM_OK;
}

static json_t *json_pin(const struct shvm_qualifier_info *q)
{
	return q->is_pinned ? result_hex(q->content_sha256,
					 sizeof(q->content_sha256))
			    : json_null();
}

static json_t *json_qualifiers(const struct shvm_qualifier_info *q,
			       size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		out_list_add(
			&list,
			OBJECT(M("name", q[i].name),
			       M("version", &q[i].version),
			       M("rule", shvm_rule_name(q[i].rule)),
			       M("require", shvm_coverage_name(q[i].require)),
			       M("signer", guardian_cert_json(&q[i].signer)),
			       M("content_sha256", json_pin(&q[i]))));
	return list;
}

static json_t *json_strings(const char *const *items, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		out_list_add(&list, out_string(items[i]));
	return list;
}

static json_t *json_file(const struct shvm_file *f)
{
	return OBJECT(M("name", f->name), M("size", f->size));
}

json_t *pdk_json_host_key(const struct shvm_pdk_info *info)
{
	if (!info->ssh_host_key)
		return json_null();
	return OBJECT(M("public_key", info->ssh_host_key),
		      M("fingerprint", info->ssh_host_key_fingerprint));
}

json_t *pdk_json_content(const struct shvm_pdk_info *info)
{
	json_t *files;
	json_t *obj =
		OBJECT(M("policy", shvm_policy_name(info->policy)),
		       M("guardians", guardian_wrappings_json(info->protector)),
		       M("qualifiers_published", info->qualifiers_published),
		       M("open", info->is_open));

	if (info->is_open || info->qualifiers_published)
		out_member(&obj, "qualifiers",
			   json_qualifiers(info->qualifiers,
					   info->qualifier_count));
	if (!info->is_open)
		return obj;
	files = json_array();
	for (size_t i = 0; i < info->file_count; i++)
		out_list_add(&files, json_file(&info->files[i]));
	out_members(&obj, OBJECT(M("kind", info->kind == SHVM_PDK_TEMPLATE
						   ? "Template"
						   : "ExistingVM"),
				 M("answer_file",
				   info->answer.name ? json_file(&info->answer)
						     : json_null()),
				 M("ssh_host_key", pdk_json_host_key(info)),
				 M("files", files),
				 M("substitute",
				   json_strings(info->substitute,
						info->substitute_count)),
				 M("keys",
				   json_strings(info->keys, info->key_count))));
	return obj;
}

const struct row pdk_guardian_rows[] = {
	FIELD("  signing",
	      "SHA-256 {signing.sha256}, until {signing.not_after}"),
	FIELD("  encryption", "SHA-256 {encryption.sha256}"),
	{ 0 },
};

static const struct row qualifier_rows[] = {
	FIELD("  signer", "{signer.subject}, SHA-256 {signer.sha256}"),
	FIELD("  signed", "{require=disk}the whole disk"),
	FIELD("  signed", "{require=os}at least the OS volumes"),
	FIELD("  pinned",
	      "to the catalog content with SHA-256 {content_sha256}"),
	{ 0 },
};

/* Names and sizes; contents of the files are never shown. */
static const struct row content_rows[] = {
	FIELD("policy", "{policy}"),
	PDK_GUARDIANS_ROW,
	FIELD("templates", "{open=false}{qualifiers_published=false}sealed"),
	FIELD("template", "\"{name}\", version {rule} {version}",
	      .each = "qualifiers?", .rows = qualifier_rows),
	FIELD("kind", "{kind?}"),
	FIELD("answer file", "{name}, {size} bytes (not shown)",
	      .each = "answer_file?"),
	PDK_HOST_KEY_ROW,
	FIELD("file", "{name}, {size} bytes (not shown)", .each = "files?"),
	FIELD("values replaced in", "{}", .each = "substitute?"),
	FIELD("placeholder", "{}", .each = "keys?"),
	{ 0 },
};

int pdk_put_content(struct out *out, const struct shvm_pdk_info *info,
		    json_t *object, struct shvm_err *err)
{
	TRY(result_put(out, content_rows, object, err));
	if (!info->is_open)
		out_note(out, "use --key to show the encrypted part, too");
	return SHVM_OK;
}

json_t *pdk_trusted(struct out *out, const struct shvm_pdk_info *info,
		    size_t count)
{
	const struct shvm_qualifier_info *last =
		info->qualifiers + (info->qualifier_count - count);
	char version[SHVM_VERSION_TEXT];

	for (size_t i = 0; i < count; i++)
		out_note(
			out,
			"template \"%s\", version %s %s: signed by %s, SHA-256 %s",
			last[i].name, shvm_rule_name(last[i].rule),
			shvm_version_format(&last[i].version, version),
			last[i].signer.subject, last[i].signer.sha256);
	return json_qualifiers(last, count);
}
