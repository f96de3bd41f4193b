/* SPDX-License-Identifier: MIT */
/* guardian new, import, export, show. */
#include "base/hold.h"
#include "cli/guardian_opts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PATH_SIZE = 4096
};

/* The options that name existing keys and certificates. */
struct parts {
	const char *signing_cert, *signing_key, *signing_key_pass_file;
	const char *encryption_cert, *encryption_key, *encryption_key_pass_file;
};

#define CERT_HELP                                                                \
	.help = "certificate of the key, if the key's file does not contain it", \
	.more = "PEM, DER, a PKCS#7 bundle (.p7b), PKCS#12 or a pkcs11: URI. Of several certificates, in any order, the one that belongs to the key is used. The key must be RSA of 2048 to 16384 bits. If the certificate has a key usage, it must include digitalSignature for signing and keyEncipherment or dataEncipherment for encryption."

/* Of export the signing key is required. */
#define ARGS struct parts
static const struct cli_opt parts_opts[] = {
	OPT_KEY(signing_key,
		.help = "existing private key: PEM, PKCS#12 or a pkcs11: URI"),
	OPT(signing_cert, CLI_CERT, CERT_HELP),
	OPT_KEY(encryption_key, .help = "existing private key (optional)"),
	OPT(encryption_cert, CLI_CERT, CERT_HELP),
	OPT_END,
};
#undef ARGS

static int load_parts(const struct parts *p, const char *name,
		      struct shvm_guardian **ret, struct shvm_err *err)
{
	struct passphrase passphrase[2];
	const struct shvm_guardian_parts parts = {
		.name = name,
		.signing_key = passphrase_key(&passphrase[0], p->signing_key,
					      p->signing_key_pass_file),
		.signing_cert = p->signing_cert,
		.encryption_key =
			passphrase_key(&passphrase[1], p->encryption_key,
				       p->encryption_key_pass_file),
		.encryption_cert = p->encryption_cert,
	};

	return shvm_guardian_from_parts(&parts, ret, err);
}

static json_t *describe(const struct shvm_guardian *g)
{
	const struct shvm_guardian_info *i = shvm_guardian_info(g);

	return OBJECT(M("name", i->name), M("version", i->version),
		      M("signing", guardian_cert_json(&i->signing)),
		      M("encryption", guardian_cert_json(&i->encryption)),
		      M("other_signing_certificates", i->other_count),
		      M("document",
			OBJECT(M("algorithm", i->document_method),
			       M("signer",
				 guardian_cert_json(&i->document_signer)))));
}

/* Of all commands; only those that write have files. */
static const struct row guardian_rows[] = {
	FIELD("guardian", "{guardian.name}"),
	LINE("signing certificate:", .each = "guardian.signing",
	     .rows = guardian_cert_rows),
	LINE("encryption certificate:", .each = "guardian.encryption",
	     .rows = guardian_cert_rows),
	FIELD("other signers", "{guardian.other_signing_certificates}"),
	FIELD("document",
	      "signed by {guardian.document.signer.subject} with {guardian.document.algorithm}"),
	FIELD("metadata", "{files.metadata?}"),
	FIELD("signing key", "{files.signing?}"),
	FIELD("encryption key", "{files.encryption?}"),
	{ 0 },
};

struct new_args {
	const char *out_dir, *pass_file, *host;
	uint32_t bits;
	bool no_encryption;
	struct parts parts;
};

#define ARGS struct new_args
static const struct cli_opt new_opts[] = {
	OPT(out_dir, CLI_OUT_DIR, .required = true,
	    .help = "output folder for NAME.xml and the keys; created if missing"),
	OPT(pass_file, CLI_SECRET,
	    .help = "source of the passphrase for the new keys",
	    .more = "On the terminal (-) it must be entered twice."),
	OPT(no_encryption, CLI_FLAG,
	    .help = "write the new keys without a passphrase"),
	OPT(bits, CLI_UINT, .min = 2048, .max = 4096,
	    .help = "size of the new RSA keys in bits (default: 3072)",
	    .more = "The range is 2048 to 4096."),
	OPT(host, CLI_TEXT, .meta = "TEXT",
	    .help = "host name in the certificates' subjects (default: this host)"),
	OPT_GROUP(parts, struct parts, parts_opts),
	OPT_END,
};
#undef ARGS

static int path_in(const char *dir, const char *name, const char *end,
		   char path[PATH_SIZE], struct shvm_err *err)
{
	int n = snprintf(path, PATH_SIZE, "%s/%s%s", dir, name, end);

	return n < 0 || n >= PATH_SIZE
		       ? err_set(err, SHVM_E_ARG, "%s: the path is too long",
				 dir)
		       : SHVM_OK;
}

/* On the terminal a new passphrase must be entered twice. */
static int passphrase_twice(void *ctx, const char *what, char *buf, size_t size,
			    struct shvm_err *err)
{
	const struct passphrase *passphrase = ctx;
	char again[1024];
	int n = passphrase_ask(ctx, what, buf, size, err), m;

	if (n < 0 || strcmp(passphrase->from, "-") != 0)
		return n;
	m = passphrase_ask(ctx, "the same again", again, sizeof(again), err);
	if (m >= 0 && (m != n || memcmp(buf, again, (size_t)n) != 0))
		m = err_reason(err, SHVM_E_CRYPTO, "no-passphrase",
			       "%s: the two passphrases differ", what);
	explicit_bzero(again, sizeof(again));
	return m;
}

static int check_new(const struct new_args *a, struct shvm_err *err)
{
	const struct parts *p = &a->parts;
	bool has_parts = p->signing_key || p->signing_cert ||
			 p->encryption_key || p->encryption_cert;

	if (!has_parts && !a->pass_file == !a->no_encryption)
		return err_set(
			err, SHVM_E_ARG,
			"exactly one of --pass-file and --no-encryption is required");
	if (has_parts && !p->signing_key)
		return err_set(
			err, SHVM_E_ARG,
			"--signing-key is required for a guardian with existing keys");
	if (has_parts &&
	    (a->pass_file || a->no_encryption || a->bits || a->host))
		return err_set(
			err, SHVM_E_ARG,
			"existing keys are not rewritten: --pass-file, --no-encryption, --bits and --host cannot be used with them");
	return SHVM_OK;
}

static int make_dir(const char *path, struct shvm_err *err)
{
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_set_errno(err, "%s", path);
	return SHVM_OK;
}

/* Checked before keys are created that could not be written. */
struct new_paths {
	char xml[PATH_SIZE], signing[PATH_SIZE], encryption[PATH_SIZE];
};

static int find_paths(const struct new_args *a, const char *name,
		      struct out *out, struct new_paths *p,
		      struct shvm_err *err)
{
	TRY(path_in(a->out_dir, name, ".xml", p->xml, err));
	TRY(path_in(a->out_dir, name, "-signing.pfx", p->signing, err));
	TRY(path_in(a->out_dir, name, "-encryption.pfx", p->encryption, err));
	TRY(out_check(out, p->xml, err));
	if (!a->parts.signing_key)
		TRY(out_check(out, p->signing, err));
	if (!a->parts.signing_key)
		TRY(out_check(out, p->encryption, err));
	return SHVM_OK;
}

static void pkcs12_done(struct shvm_guardian_pkcs12 *p)
{
	if (p->signing)
		explicit_bzero(p->signing, p->signing_len);
	if (p->encryption)
		explicit_bzero(p->encryption, p->encryption_len);
	shvm_free(p->signing);
	shvm_free(p->encryption);
}

/* Writes the metadata, and the keys if they are new: all files or none. */
static int write_files(const struct new_args *a, const struct shvm_guardian *g,
		       const struct new_paths *paths, struct out *out,
		       struct shvm_err *err)
{
	__attribute__((
		cleanup(pkcs12_done))) struct shvm_guardian_pkcs12 p = { 0 };
	struct passphrase passphrase = { .from = a->pass_file,
					 .is_text = true };
	const bool has_keys = !a->parts.signing_key;
	AUTO_DONE(hold) hold = { 0 };
	size_t len;
	const uint8_t *xml = shvm_guardian_xml(g, &len);

	if (has_keys)
		TRY(shvm_guardian_pkcs12(g,
					 a->pass_file ? passphrase_twice : NULL,
					 &passphrase, &p, err));
	hold_signals(&hold);
	if (has_keys) {
		TRY(out_file(out, paths->signing, p.signing, p.signing_len,
			     0600, err));
		TRY(out_file(out, paths->encryption, p.encryption,
			     p.encryption_len, 0600, err));
	}
	return out_file(out, paths->xml, xml, len, 0644, err);
}

static int new_guardian(const struct new_args *a, const char *name,
			struct shvm_guardian **ret, struct shvm_err *err)
{
	struct shvm_guardian_new_params params = { .name = name,
						   .host = a->host,
						   .bits = a->bits };
	char host[256] = "";

	if (a->parts.signing_key)
		return load_parts(&a->parts, name, ret, err);
	if (!a->host) {
		if (gethostname(host, sizeof(host) - 1) < 0)
			return err_set_errno(err, "name of this machine");
		params.host = host;
	}
	return shvm_guardian_new(&params, ret, err);
}

static int new_run(const void *args, char *const *operands, struct out *out,
		   struct shvm_err *err)
{
	const struct new_args *a = args;
	AUTO(guardian_ptr) g = NULL;
	struct new_paths paths;
	json_t *files;

	TRY(check_new(a, err));
	TRY(find_paths(a, operands[0], out, &paths, err));
	TRY(new_guardian(a, operands[0], &g, err));
	TRY(make_dir(a->out_dir, err));
	TRY(write_files(a, g, &paths, out, err));

	files = OBJECT(M("metadata", paths.xml));
	if (!a->parts.signing_key) {
		out_member(&files, "signing", out_string(paths.signing));
		out_member(&files, "encryption", out_string(paths.encryption));
	}
	return result_put(out, guardian_rows,
			  OBJECT(M("guardian", describe(g)), M("files", files)),
			  err);
}

struct import_args {
	const char *out;
	struct guardian_trust trust;
};

#define ARGS struct import_args
static const struct cli_opt import_opts[] = {
	OPT(out, CLI_OUT, .required = true,
	    .help = "output file for the checked document"),
	GUARDIAN_TRUST_OPTS(trust),
	OPT_END,
};
#undef ARGS

/* Writes the document to path and describes it. */
static int put_out(struct out *out, const char *path,
		   const struct shvm_guardian *g, struct shvm_err *err)
{
	size_t len;
	const uint8_t *xml = shvm_guardian_xml(g, &len);

	TRY(out_file(out, path, xml, len, 0644, err));
	return result_put(out, guardian_rows,
			  OBJECT(M("guardian", describe(g)),
				 M("files", OBJECT(M("metadata", path)))),
			  err);
}

static int import_run(const void *args, char *const *operands, struct out *out,
		      struct shvm_err *err)
{
	const struct import_args *a = args;
	const char *const source = operands[0];
	AUTO(guardian_ptr) g = NULL;
	AUTO(trust_ptr) trust = NULL;

	TRY(guardian_check_tls(a->trust.tls_ca, &source, 1, err));
	TRY(guardian_trust_load(&a->trust, &trust, err));
	TRY(guardian_load(source, trust, a->trust.tls_ca, &g, err));
	return put_out(out, a->out, g, err);
}

struct export_args {
	const char *out;
	struct parts parts;
};

#define ARGS struct export_args
static const struct cli_opt export_opts[] = {
	OPT(out, CLI_OUT, .required = true,
	    .help = "output file for the metadata document"),
	OPT_GROUP(parts, struct parts, parts_opts, .required = true),
	OPT_END,
};
#undef ARGS

static int export_run(const void *args, char *const *operands, struct out *out,
		      struct shvm_err *err)
{
	const struct export_args *a = args;
	AUTO(guardian_ptr) g = NULL;

	(void)operands; /* there are none */
	TRY(load_parts(&a->parts, "export", &g, err));
	return put_out(out, a->out, g, err);
}

struct show_args {
	const char *tls_ca;
};

#define ARGS struct show_args
static const struct cli_opt show_opts[] = { TLS_CA_OPT(tls_ca), OPT_END };
#undef ARGS

/* Trust is not checked: this output helps to decide about it. */
static int show_run(const void *args, char *const *operands, struct out *out,
		    struct shvm_err *err)
{
	const struct show_args *a = args;
	const struct guardian_trust lax = { .allow_untrusted_root = true,
					    .allow_expired = true };
	const char *const source = operands[0];
	AUTO(guardian_ptr) g = NULL;
	AUTO(trust_ptr) trust = NULL;

	TRY(guardian_check_tls(a->tls_ca, &source, 1, err));
	TRY(guardian_trust_load(&lax, &trust, err));
	TRY(guardian_load(source, trust, a->tls_ca, &g, err));
	TRY(result_put(out, guardian_rows, OBJECT(M("guardian", describe(g))),
		       err));
	out_text(out, "signatures are good; trust was not checked");
	return SHVM_OK;
}

const struct cli_cmd guardian_cmds[] = {
	{ "guardian new", "NAME",
	  "create a guardian, with new or existing keys", "New-HgsGuardian",
	  new_opts, sizeof(struct new_args), new_run },
	{ "guardian import", "FILE|URL",
	  "check the metadata of a guardian and save it if trusted",
	  "Import-HgsGuardian", import_opts, sizeof(struct import_args),
	  import_run },
	{ "guardian export", "",
	  "write the metadata of a guardian with existing keys",
	  "Export-HgsGuardian", export_opts, sizeof(struct export_args),
	  export_run },
	{ "guardian show", "FILE|URL", "describe the metadata of a guardian",
	  "Get-HgsGuardian", show_opts, sizeof(struct show_args), show_run },
	{ 0 },
};
