/* SPDX-License-Identifier: MIT */
/* The noun template: its table, and the commands that sign. */
#include "cli/cmd_template.h"

#include "cli/passphrase.h"
#include "cli/report.h"
#include "cli/template_view.h"

#include <string.h>

struct sign_args {
	struct disk_args disk;
	const char *template_name, *populate_from;
	struct cli_version template_version;
	const char *signing_cert, *signing_cert_pass_file, *signing_key,
		*signing_key_pass_file, *eku;
	const char *type, *cover, *algorithm, *kernel, *timestamp_url, *tls_ca,
		*out, *tree_out;
	uint64_t block_size;
	struct cli_list ignore;
};

#define ARGS struct sign_args
static const struct cli_opt how_opts[] = {
	OPT(template_name, CLI_TEXT, .meta = "TEXT",
	    .help = "template name; needed without --populate-from",
	    .more = "1 to 255 bytes of UTF-8. Shielding data files name the templates that they trust by it."),
	OPT(template_version, CLI_VERSION,
	    .help = "template version; needed without --populate-from",
	    .more = "Each part 0 to 65535."),
	OPT(populate_from, CLI_PATH, .meta = "DISK2",
	    .help = "take name and version from this disk's or file's catalog",
	    .more = "As far as --template-name and --template-version do not say otherwise. The earlier catalog's signature must be good; whether its signer is trusted is not checked."),
	OPT(signing_cert, CLI_CERT,
	    .help = "signing certificate and its chain; needed unless the key's file holds them",
	    .more = "PEM, DER, a PKCS#7 bundle (.p7b), PKCS#12 or a pkcs11: URI. Of several certificates, in any order, the one that belongs to the key signs; the others are its chain. RSA of at least 2048 bits or ECDSA on P-256 or P-384; its key usage, if it has one, must have digitalSignature; it must be valid now."),
	OPT(signing_cert_pass_file, CLI_SECRET,
	    .help = "passphrase of a PKCS#12 given as --signing-cert"),
	OPT_KEY(signing_key, .required = true,
		.help = "private key: PEM, DER, PKCS#12 or a pkcs11: URI",
		.more = "Such as pkcs11:token=T;object=O?module-path=/usr/lib/module.so. URIs are served by an OpenSSL provider or, where there is none, by the PKCS#11 engine (Debian: libengine-pkcs11-openssl), which takes a module from module-path or from the environment variable PKCS11_MODULE_PATH. The engine knows the attributes token, manufacturer, model, serial, object, id and type; others, such as slot-id, are refused. Where several keys of a token have one label, id tells them apart. A PIN in the URI is refused."),
	OPT(eku, CLI_TEXT, .meta = "OID",
	    .help = "extended key usage that the certificate must have",
	    .more = "Such as 1.3.6.1.5.5.7.3.3. By default one that has extended key usages must have codeSigning or anyExtendedKeyUsage. A chain that no verifier can trust by a CA (SHA-1 inside, an unknown critical extension) draws the warning signer-chain."),
	OPT(type, CLI_CHOICE, .meta = DISK_TYPE_META,
	    .help = "what the template is, windows by default",
	    .more = DISK_TYPE_MORE),
	OPT(cover, CLI_CHOICE, .meta = "disk|os",
	    .help = "what is signed: the whole disk, by default, or the OS volumes",
	    .more = "With os, as in Windows, boot loaders, partition table and other volumes are not signed; verify accepts that with --require os only."),
	HASH_ALGORITHM_OPT(algorithm),
	HASH_BLOCK_SIZE_OPT(block_size),
	HASH_KERNEL_OPT(kernel),
	OPT(tree_out, CLI_OUT, .help = "write the hash trees of all parts here",
	    .more = "In one file (FORMAT-TREE.md), without what is zeros. With it, verify says what changed."),
	OPT(timestamp_url, CLI_URL,
	    .help = "have the signature stamped by this RFC 3161 authority",
	    .more = "http:// or https://; the signature's hash is sent and the timestamp included. Without this option nothing touches the network. A proxy that the environment names (https_proxy) is used; a URL with a user name or password in it is refused."),
	TLS_CA_OPT(tls_ca),
	OPT_LIST(
		ignore,
		CLI_TEXT, .meta = "RULE", .help = "sign although the disk breaks this rule", .more = "What shvm disk info tells as an error is otherwise refused before anything is hashed, and the message names each rule that is in the way: shvm-disk(1) and RULES.md list the rules. Warnings, and the errors that are ignored, are told on standard error, a line each, and stop nothing. A raw file needs --ignore not-vhdx, for example."),
	OPT_END,
};

static const struct cli_opt sign_opts[] = {
	OPT_ROWS(how_opts),
	OPT(out, CLI_OUT, .required = true, .help = "write the catalog here"),
	DISK_PARTITION_OPT(disk, "this partition is the OS volume"),
	DISK_OPEN_OPTS(disk),
	OPT_END,
};

static const struct cli_opt protect_opts[] = {
	OPT_ROWS(how_opts),
	OPT(out, CLI_OUT, .help = "write the catalog into this file, too"),
	DISK_PARTITION_OPT(disk, "this partition is the OS volume"),
	OPT_END,
};
#undef ARGS

/* What the params point to while a command runs. */
struct sign_state {
	struct out *out;
	const char *catalog_file; /* NULL: none is asked for */
	const char *outputs[2];	  /* all of them */
	struct shvm_disk_params how;
	struct passphrase key_passphrase, cert_passphrase;
	struct shvm_catalog *earlier;
	json_t *checks; /* NULL: out of memory */
	struct shvm_sign_params params;
};

static void sign_state_done(struct sign_state *s)
{
	shvm_catalog_free(s->earlier);
	json_decref(s->checks);
}

/* shvm_check_fn: a line at once, and a member of the result. */
static void note_check(void *ctx, const struct shvm_check *c)
{
	struct sign_state *s = ctx;
	json_t *one = report_json_checks(c, 1);

	out_warn(s->out, "%s%s [%s]",
		 c->outcome == SHVM_CHECK_IGNORED ? "ignored: " : "", c->text,
		 c->id);
	out_list_extend(&s->checks, one);
}

static int write_catalog(void *ctx, const struct shvm_catalog *catalog,
			 struct shvm_err *err)
{
	const struct sign_state *s = ctx;
	size_t len;
	const uint8_t *der = shvm_catalog_der(catalog, &len);

	if (!s->catalog_file)
		return SHVM_OK;
	return out_file(s->out, s->catalog_file, der, len, 0644, err);
}

/* Name and version from the options, or from the earlier catalog. */
static int choose_names(const struct sign_args *a, struct sign_state *s,
			struct shvm_err *err)
{
	s->params.template_name = a->template_name;
	s->params.version = a->template_version.value;
	if (a->populate_from) {
		const struct shvm_catalog_info *i;

		TRY(shvm_catalog_load(a->populate_from, &s->how, &s->earlier,
				      err));
		i = shvm_catalog_info(s->earlier);
		if (!a->template_name)
			s->params.template_name = i->name;
		if (!a->template_version.given)
			s->params.version = i->version;
		return SHVM_OK;
	}
	if (!a->template_name || !a->template_version.given)
		return err_set(err, SHVM_E_ARG,
			       "--%s is needed, or --populate-from",
			       a->template_name ? "template-version"
						: "template-name");
	return SHVM_OK;
}

/* What no disk that is opened, nor a parent of it, may be. */
static void name_outputs(const struct sign_args *a, struct sign_state *s)
{
	size_t n = 0;

	if (a->out)
		s->outputs[n++] = a->out;
	if (a->tree_out)
		s->outputs[n++] = a->tree_out;
	s->how.outputs = s->outputs;
	s->how.output_count = n;
}

static int sign_prepare(const struct sign_args *a, struct out *out,
			struct sign_state *s, struct shvm_err *err)
{
	struct shvm_sign_params *p = &s->params;

	s->how = disk_params(&a->disk);
	s->catalog_file = a->out;
	s->out = out;
	name_outputs(a, s);
	TRY(choose_names(a, s, err));
	p->keep = write_catalog;
	p->keep_ctx = s;
	p->disk_type = disk_type_choice(a->type);
	if (a->cover)
		TRY(shvm_coverage_parse(a->cover, &p->coverage, err));
	p->cert_file = a->signing_cert;
	p->cert_source = passphrase_key(&s->cert_passphrase, a->signing_cert,
					a->signing_cert_pass_file);
	p->key = passphrase_key(&s->key_passphrase, a->signing_key,
				a->signing_key_pass_file);
	p->eku = a->eku;
	p->replace = out->common.force;
	p->timestamp_url = a->timestamp_url;
	p->timestamp_ca_file = a->tls_ca;
	p->ignore = a->ignore.items;
	p->ignore_count = a->ignore.count;
	s->checks = json_array();
	p->check = note_check;
	p->check_ctx = s;
	p->digest = (struct shvm_digest_params){
		.algorithm = a->algorithm && strcmp(a->algorithm, "sha512") == 0
				     ? SHVM_HASH_SHA512
				     : SHVM_HASH_SHA256,
		.block_size = (uint32_t)a->block_size,
		.jobs = out->common.jobs,
		.kernel = a->kernel,
		.progress = out_progress,
		.progress_ctx = out,
	};
	p->tree = (struct shvm_tree_output){ .path = a->tree_out,
					     .replace = out->common.force };
	return SHVM_OK;
}

/* The catalog as `template show` has it, and what was done with it. */
static int report(struct out *out, const struct shvm_catalog *catalog,
		  json_t *done, struct shvm_err *err)
{
	const struct shvm_catalog_info *info = shvm_catalog_info(catalog);
	json_t *obj = template_catalog_json(info);

	out_members(&obj, done);
	return result_put(out, template_catalog_rows, obj, err);
}

static int sign_run(const void *args, char *const *operands, struct out *out,
		    struct shvm_err *err)
{
	const struct sign_args *a = args;
	AUTO_DONE(sign_state) s = { 0 };
	AUTO(catalog_ptr) catalog = NULL;
	AUTO(disk_ptr) disk = NULL;

	TRY(sign_prepare(a, out, &s, err));
	TRY(shvm_disk_open(operands[0], &s.how, &disk, err));
	TRY(shvm_template_sign(disk, &s.params, &catalog, err));
	out_note(out, "%s: written", a->out);
	return report(out, catalog,
		      OBJECT(M("out", a->out), M("embedded", (bool)false),
			     M("checks", json_incref(s.checks))),
		      err);
}

static int protect_run(const void *args, char *const *operands, struct out *out,
		       struct shvm_err *err)
{
	const struct sign_args *a = args;
	AUTO_DONE(sign_state) s = { 0 };
	AUTO(catalog_ptr) catalog = NULL;
	bool replayed = false;

	TRY(sign_prepare(a, out, &s, err));
	TRY(shvm_template_protect(operands[0], &s.how, &s.params, &catalog,
				  &replayed, err));
	if (replayed)
		out_note(out, "%s: its log was dirty and is replayed",
			 operands[0]);
	out_note(out, "%s: carries the catalog", operands[0]);
	if (a->out)
		out_note(out, "%s: written", a->out);
	return report(out, catalog,
		      OBJECT(M("out", a->out), M("embedded", (bool)true),
			     M("log_replayed", replayed),
			     M("checks", json_incref(s.checks))),
		      err);
}

static int unprotect_run(const void *args, char *const *operands,
			 struct out *out, struct shvm_err *err)
{
	(void)args;
	TRY(shvm_template_unprotect(operands[0], err));
	out_text(out, "%s: carries no catalog any more", operands[0]);
	return out_json(out, OBJECT(M("removed", (bool)true)), err);
}

const struct cli_cmd template_cmds[] = {
	{ "template sign", "DISK",
	  "hash a template's volumes and write a signed catalog", NULL,
	  sign_opts, sizeof(struct sign_args), sign_run },
	{ "template protect", "DISK.vhdx",
	  "sign a template and put the catalog into the disk",
	  "Protect-TemplateDisk", protect_opts, sizeof(struct sign_args),
	  protect_run },
	{ "template unprotect", "DISK.vhdx", "take the catalog out of the disk",
	  NULL, template_no_opts, 0, unprotect_run },
	{ "template extract", "DISK",
	  "copy the catalog out of a disk into a file",
	  "Save-VolumeSignatureCatalog", template_extract_opts,
	  sizeof(struct template_extract_args), template_extract_run },
	{ "template show", "DISK|FILE.vsc",
	  "print a catalog whose signature is good; trust is not checked", NULL,
	  template_show_opts, sizeof(struct template_show_args),
	  template_show_run },
	{ "template verify", "DISK", "is the disk what a trusted signer signed",
	  NULL, template_verify_opts, sizeof(struct template_verify_args),
	  template_verify_run },
	{ 0 },
};
