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
	    .help = "template name (required without --populate-from)",
	    .more = "1 to 255 bytes of UTF-8. Shielding data files identify trusted templates by this name."),
	OPT(template_version, CLI_VERSION,
	    .help = "template version (required without --populate-from)",
	    .more = "Each part is a number from 0 to 65535."),
	OPT(populate_from, CLI_PATH, .meta = "DISK2",
	    .help = "disk or catalog file to take name and version from",
	    .more = "--template-name and --template-version override them. The signature of that catalog must be good; whether its signer is trusted is not checked."),
	OPT(signing_cert, CLI_CERT,
	    .help = "signing certificate and its chain (required unless the key's file contains them)",
	    .more = "PEM, DER, a PKCS#7 bundle (.p7b), PKCS#12 or a pkcs11: URI. Of several certificates, in any order, the one that belongs to the key signs; the others are its chain. The key must be RSA of at least 2048 bits or ECDSA on P-256 or P-384. If the certificate has a key usage, it must include digitalSignature. It must be valid now."),
	OPT(signing_cert_pass_file, CLI_SECRET,
	    .help = "source of the passphrase of a PKCS#12 file given as --signing-cert"),
	OPT_KEY(signing_key, .required = true,
		.help = "private key: PEM, DER, PKCS#12 or a pkcs11: URI",
		.more = "An example of a URI is pkcs11:token=T;object=O?module-path=/usr/lib/module.so. URIs are handled by an OpenSSL provider or, if there is none, by the PKCS#11 engine (Debian: libengine-pkcs11-openssl), which uses the module named by module-path or by the environment variable PKCS11_MODULE_PATH. The engine supports the attributes token, manufacturer, model, serial, object, id and type; others, such as slot-id, are refused. If several keys of a token have the same label, use id to select one. A PIN in the URI is refused."),
	OPT(eku, CLI_TEXT, .meta = "OID",
	    .help = "extended key usage that the certificate must have (OID)",
	    .more = "For example 1.3.6.1.5.5.7.3.3. By default a certificate with extended key usages must have codeSigning or anyExtendedKeyUsage. A chain that no verifier can trust by a CA (it uses SHA-1 or has an unknown critical extension) causes the warning signer-chain."),
	OPT(type, CLI_CHOICE, .meta = DISK_TYPE_META,
	    .help = "type of template (default: windows)",
	    .more = DISK_TYPE_MORE),
	OPT(cover, CLI_CHOICE, .meta = "disk|os",
	    .help = "what to sign: the whole disk (default) or the OS volumes",
	    .more = "With os, as on Windows, boot loaders, partition table and other volumes are not signed; verify accepts such a catalog only with --require os."),
	HASH_ALGORITHM_OPT(algorithm),
	HASH_BLOCK_SIZE_OPT(block_size),
	HASH_KERNEL_OPT(kernel),
	OPT(tree_out, CLI_OUT,
	    .help = "output file for the hash trees of all parts",
	    .more = "One file (FORMAT-TREE.md) that leaves out zeros. With it, verify reports what changed."),
	OPT(timestamp_url, CLI_URL,
	    .help = "RFC 3161 timestamp authority that timestamps the signature", .more = "http:// or https://. The hash of the signature is sent, and the timestamp is added to the catalog. Without this option the network is not used. A proxy named in the environment (https_proxy) is used. A URL with a user name or password is refused."),
	TLS_CA_OPT(tls_ca),
	OPT_LIST(
		ignore, CLI_TEXT, .meta = "RULE",
		.help = "readiness rule that the disk may break",
		.more = "Without this option a disk for which shvm disk info reports an error is refused before anything is hashed, and the message names each broken rule: shvm-disk(1) and RULES.md list the rules. Warnings and ignored errors are printed on standard error, one line each, and do not stop the command. For example, a raw file requires --ignore not-vhdx."),
	OPT_END,
};

static const struct cli_opt sign_opts[] = {
	OPT_ROWS(how_opts),
	OPT(out, CLI_OUT, .required = true,
	    .help = "output file for the catalog"),
	DISK_PARTITION_OPT(disk, "number of the OS volume's partition"),
	DISK_OPEN_OPTS(disk),
	OPT_END,
};

static const struct cli_opt protect_opts[] = {
	OPT_ROWS(how_opts),
	OPT(out, CLI_OUT, .help = "additional output file for the catalog"),
	DISK_PARTITION_OPT(disk, "number of the OS volume's partition"),
	OPT_END,
};
#undef ARGS

/* The params point into this while a command runs. */
struct sign_state {
	struct out *out;
	const char *catalog_file; /* NULL: not requested */
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

/* shvm_check_fn: prints a line now and adds a member to the result. */
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
			       "--%s or --populate-from is required",
			       a->template_name ? "template-version"
						: "template-name");
	return SHVM_OK;
}

/* Files that must not be the opened disk or one of its parents. */
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

/* The catalog as `template show` prints it, and what was done with it. */
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
		out_note(out, "%s: the log was dirty and was replayed",
			 operands[0]);
	out_note(out, "%s: catalog embedded", operands[0]);
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
	out_text(out, "%s: catalog removed", operands[0]);
	return out_json(out, OBJECT(M("removed", (bool)true)), err);
}

const struct cli_cmd template_cmds[] = {
	{ "template sign", "DISK",
	  "hash a template disk and write a signed catalog", NULL, sign_opts,
	  sizeof(struct sign_args), sign_run },
	{ "template protect", "DISK.vhdx",
	  "sign a template disk and embed the catalog in it",
	  "Protect-TemplateDisk", protect_opts, sizeof(struct sign_args),
	  protect_run },
	{ "template unprotect", "DISK.vhdx", "remove the catalog from a disk",
	  NULL, template_no_opts, 0, unprotect_run },
	{ "template extract", "DISK", "copy the catalog of a disk to a file",
	  "Save-VolumeSignatureCatalog", template_extract_opts,
	  sizeof(struct template_extract_args), template_extract_run },
	{ "template show", "DISK|FILE.vsc",
	  "print a catalog, without checking trust in its signer", NULL,
	  template_show_opts, sizeof(struct template_show_args),
	  template_show_run },
	{ "template verify", "DISK", "verify a disk against a signed catalog",
	  NULL, template_verify_opts, sizeof(struct template_verify_args),
	  template_verify_run },
	{ "template tree", "DISK",
	  "make the hash trees with which a template is read verified", NULL,
	  template_tree_opts, sizeof(struct template_tree_args),
	  template_tree_run },
	{ 0 },
};
