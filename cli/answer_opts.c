/* SPDX-License-Identifier: MIT */
/* The options of answer files, shared by "answer" and "pdk create". */
#include "cli/answer_opts.h"

#include "base/file.h"
#include "base/utf16.h"

#include <string.h>
#include <unistd.h>

enum {
	INPUT_MAX =
		16 << 20, /* bytes per file; the library has a lower limit */
	SCRIPTS_MAX = 50,
};

#define ARGS struct answer_args
const struct cli_opt answer_windows_opts[] = {
	OPT(admin_password, CLI_DRAWN, .example = "random",
	    .help = "source of the administrator's password"),
	OPT(admin_password_out, CLI_OUT, .example = "admin-password.txt",
	    .help = "output file for the random password, mode 0600"),
	OPT(for_windows.admin_name, CLI_TEXT, .meta = "NAME",
	    .help = "new administrator account to create instead of using Administrator"),
	OPT(for_windows.product_key, CLI_FLAG,
	    .help = "have the fabric supply @ProductKey@"),
	OPT(for_windows.domain, CLI_TEXT, .meta = "NAME",
	    .help = "domain to join"),
	OPT(for_windows.domain_user, CLI_TEXT, .meta = "USER",
	    .help = "account that joins the domain: USER, DOMAIN\\USER or USER@DOMAIN"),
	OPT(domain_pass_file, CLI_SECRET,
	    .help = "source of the password of --domain-user"),
	OPT(for_windows.domain_ou, CLI_TEXT, .meta = "DN",
	    .help = "organizational unit of the VM"),
	OPT(rdp_cert, CLI_PATH, .meta = "FILE.pfx",
	    .help = "certificate and private key for Remote Desktop"),
	OPT(rdp_cert_pass_file, CLI_SECRET,
	    .help = "source of the passphrase of --rdp-cert"),
	OPT_LIST(
		scripts, CLI_PATH, .meta = "FILE",
		.help = "configuration script, .ps1 or .bat; scripts run in the given order"),
	OPT(for_windows.locale, CLI_TEXT, .meta = "NAME",
	    .help = "language and region (default: en-US)"),
	OPT(for_windows.time_zone, CLI_TEXT, .meta = "NAME",
	    .example = "@TimeZone@",
	    .help = "Windows name of the time zone, or @TimeZone@ to let the fabric supply it"),
	OPT_END,
};

const struct cli_opt answer_linux_opts[] = {
	OPT(root_password, CLI_DRAWN, .help = "source of root's password"),
	OPT(root_password_out, CLI_OUT, .meta = "FILE",
	    .help = "output file for the random password, mode 0600"),
	OPT(ssh_key, CLI_PATH_OR_TEXT, .meta = "FILE.pub|KEY",
	    .help = "OpenSSH public key for root",
	    .more = "Either a file or the key itself (\"TYPE BASE64\")."),
	OPT_END,
};

const struct cli_opt answer_both_opts[] = {
	OPT(static_ip, CLI_CHOICE,
	    .meta = "None|All|IPv4Address|IPv6Address|DnsServerOnly",
	    .help = "settings to take from the fabric's IP pool (default: None, use DHCP)"),
	OPT(adapters, CLI_UINT, .min = 1, .max = 8,
	    .help = "number of network adapters with a static IP (default: 1)"),
	OPT_END,
};
#undef ARGS

const char *answer_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int answer_read_file(const char *path, struct buf *ret, struct shvm_err *err)
{
	ret->wipe = true;
	return file_read_all(path, INPUT_MAX, ret, err);
}

static int passphrase_random(void *ctx, const char *what, char *buf,
			     size_t size, struct shvm_err *err)
{
	const struct secret *s = ctx;

	if (s->size > size)
		return err_set(err, SHVM_E_ARG,
			       "%s: %zu bytes, the limit is %zu", what, s->size,
			       size);
	memcpy(buf, s->data, s->size);
	return (int)s->size;
}

static int draw_password(struct answer_build *b, struct shvm_err *err)
{
	TRY(secret_new(SHVM_PASSWORD_SIZE, &b->random, err));
	TRY(shvm_password_random((char *)b->random->data, err));
	secret_truncate(b->random, SHVM_PASSWORD_SIZE - 1);
	return SHVM_OK;
}

int answer_password_source(const struct answer_args *a, bool windows,
			   struct passphrase *passphrase,
			   struct answer_build *b, shvm_passphrase_fn *ret_fn,
			   void **ret_ctx, struct shvm_err *err)
{
	const char *option = windows ? "admin-password" : "root-password";
	const char *from = windows ? a->admin_password : a->root_password;
	const char *out =
		windows ? a->admin_password_out : a->root_password_out;

	*ret_fn = NULL;
	if (!from && !out)
		return SHVM_OK;
	if (!from)
		return err_set(err, SHVM_E_ARG, "--%s-out needs --%s random",
			       option, option);
	if ((strcmp(from, "random") == 0) != (out != NULL))
		return err_set(
			err, SHVM_E_ARG,
			"--%s random and --%s-out must be given together",
			option, option);
	if (out) {
		TRY(draw_password(b, err));
		b->random_out = out;
		*ret_fn = passphrase_random;
		*ret_ctx = b->random;
		return SHVM_OK;
	}
	*passphrase = (struct passphrase){ .from = from, .is_text = true };
	*ret_fn = passphrase_ask;
	*ret_ctx = passphrase;
	return SHVM_OK;
}

int answer_check_unused(const struct answer_args *a, struct shvm_err *err)
{
	if (opt_any_given(answer_windows_opts, a) ||
	    opt_any_given(answer_linux_opts, a) ||
	    opt_any_given(answer_both_opts, a))
		return err_set(
			err, SHVM_E_ARG,
			"options for an answer file require --answer windows or --answer linux");
	return SHVM_OK;
}

static int check_other_kind(const struct answer_args *a, bool windows,
			    struct shvm_err *err)
{
	const char *asked = windows ? "Windows" : "Linux";
	const char *other = windows ? "Linux" : "Windows";

	if (opt_any_given(windows ? answer_linux_opts : answer_windows_opts, a))
		return err_set(
			err, SHVM_E_ARG,
			"an option for %s cannot be used with a %s answer file",
			other, asked);
	return SHVM_OK;
}

/* Reads the scripts; data and files have room for all of them. */
static int load_scripts(const struct cli_list *list, struct buf *data,
			struct shvm_file *files, struct shvm_err *err)
{
	for (size_t i = 0; i < list->count; i++) {
		TRY(answer_read_file(list->items[i], &data[i], err));
		files[i] = (struct shvm_file){ answer_base_name(list->items[i]),
					       data[i].data, data[i].len };
	}
	return SHVM_OK;
}

static int build_windows_with(const struct answer_args *a,
			      const struct shvm_file *scripts, struct out *out,
			      struct answer_build *b, struct shvm_err *err)
{
	struct passphrase admin = { 0 }, domain = { 0 }, rdp = { 0 };
	struct shvm_answer_windows_params p = a->for_windows;

	p.rdp_certificate =
		passphrase_key(&rdp, a->rdp_cert, a->rdp_cert_pass_file);
	p.adapters = a->adapters;
	p.scripts = scripts;
	p.script_count = a->scripts.count;
	p.note = out ? out_told : NULL;
	p.note_ctx = out;
	rdp.is_text = true; /* a script in the answer file contains it */
	if (!a->admin_password)
		return err_set(err, SHVM_E_ARG,
			       "--admin-password is required for Windows");
	TRY(answer_password_source(a, true, &admin, b, &p.admin_password,
				   &p.admin_password_ctx, err));
	if (a->domain_pass_file) {
		domain = (struct passphrase){ a->domain_pass_file, true };
		p.domain_password = passphrase_ask;
		p.domain_password_ctx = &domain;
	}
	if (a->static_ip)
		TRY(shvm_static_ip_parse(a->static_ip, &p.static_ip, err));
	return shvm_answer_windows(&p, &b->answer, err);
}

static int build_windows(const struct answer_args *a, struct out *out,
			 struct answer_build *b, struct shvm_err *err)
{
	struct buf data[SCRIPTS_MAX] = { 0 };
	struct shvm_file files[SCRIPTS_MAX] = { 0 };
	int r;

	if (a->scripts.count > SCRIPTS_MAX)
		return err_set(err, SHVM_E_ARG, "%zu scripts, the limit is %d",
			       a->scripts.count, SCRIPTS_MAX);
	r = load_scripts(&a->scripts, data, files, err);
	if (r == SHVM_OK)
		r = build_windows_with(a, files, out, b, err);
	for (size_t i = 0; i < SCRIPTS_MAX; i++)
		buf_done(&data[i]);
	return r;
}

/*
 * The value of --ssh-key: a file, or the public key itself ("TYPE BASE64").
 * New-ShieldingDataAnswerFile also accepts both. It is not a secret.
 */
static int load_ssh_key(const char *from, struct buf *key, struct shvm_err *err)
{
	AUTO_DONE(buf) file = { 0 };

	if (strchr(from, ' ') && access(from, F_OK) != 0) {
		buf_add_text(key, from);
	} else {
		TRY(file_read_all(from, 64 << 10, &file, err));
		/* ssh-keygen's output through > of Windows PowerShell. */
		if (!utf16_marked_to_utf8(file.data, file.len, key, NULL))
			return err_set(err, SHVM_E_ARG,
				       "%s: not well-formed UTF-16", from);
	}
	while (key->len > 0 && (key->data[key->len - 1] == '\n' ||
				key->data[key->len - 1] == '\r'))
		key->len--;
	buf_add_zeros(key, 1);
	TRY(buf_check(key, "SSH key", err));
	if (strlen((const char *)key->data) + 1 != key->len)
		return err_set(err, SHVM_E_ARG, "%s: not an OpenSSH public key",
			       from);
	return SHVM_OK;
}

static int build_linux(const struct answer_args *a, struct answer_build *b,
		       struct shvm_err *err)
{
	AUTO_DONE(buf) key = { 0 };
	struct passphrase root = { 0 };
	struct shvm_answer_linux_params p = a->for_linux;

	p.adapters = a->adapters;
	TRY(answer_password_source(a, false, &root, b, &p.root_password,
				   &p.root_password_ctx, err));
	if (a->ssh_key) {
		TRY(load_ssh_key(a->ssh_key, &key, err));
		p.ssh_key = (const char *)key.data;
	}
	if (a->static_ip)
		TRY(shvm_static_ip_parse(a->static_ip, &p.static_ip, err));
	return shvm_answer_linux(&p, &b->answer, err);
}

void answer_build_done(struct answer_build *b)
{
	shvm_answer_done(&b->answer);
	secret_free(b->random);
	*b = (struct answer_build){ 0 };
}

int answer_build(const struct answer_args *a, bool windows, struct out *out,
		 struct answer_build *ret, struct shvm_err *err)
{
	TRY(check_other_kind(a, windows, err));
	return windows ? build_windows(a, out, ret, err)
		       : build_linux(a, ret, err);
}

int answer_write_password(const struct answer_build *b, struct out *out,
			  struct shvm_err *err)
{
	AUTO_DONE(buf) line = { .wipe = true };

	if (!b->random)
		return SHVM_OK;
	buf_add(&line, b->random->data, b->random->size);
	buf_add_text(&line, "\n");
	TRY(buf_check(&line, "password", err));
	TRY(out_file(out, b->random_out, line.data, line.len, 0600, err));
	out_note(out,
		 "the password was written to %s and is stored nowhere else",
		 b->random_out);
	return SHVM_OK;
}
