/* SPDX-License-Identifier: MIT */
/* The options of answer files, shared by "answer" and "pdk create". */
#ifndef CLI_ANSWER_OPTS_H
#define CLI_ANSWER_OPTS_H

#include "base/buf.h"
#include "base/secret.h"
#include "cli/ask.h"
#include "cli/out.h"

#include <shvm/pdk.h>

struct answer_args {
	const char *admin_password, *admin_password_out, *admin_name;
	const char *root_password, *root_password_out, *ssh_key;
	const char *domain, *domain_user, *domain_pass_file, *domain_ou;
	const char *rdp_cert, *rdp_cert_pass_file;
	const char *static_ip, *locale, *time_zone;
	struct cli_list scripts;
	uint32_t adapters;
	bool product_key;
};

/* Entries of an option table; T is the argument struct, M its member. */
#define ANSWER_OPTS_BOTH(T, M)                                                 \
	{ "static-ip",                                                         \
	  CLI_CHOICE,                                                          \
	  offsetof(T, M.static_ip),                                            \
	  false,                                                               \
	  0,                                                                   \
	  0,                                                                   \
	  "None|All|IPv4Address|IPv6Address|DnsServerOnly",                    \
	  "addresses come from the fabric's pool; default None: DHCP" },       \
	{                                                                      \
		"adapters", CLI_UINT, offsetof(T, M.adapters), false, 1, 8,    \
			"N", "network adapters with a static IP, default 1"    \
	}

#define ANSWER_OPTS_WINDOWS(T, M)                                               \
	{ "admin-password",                                                     \
	  CLI_DRAWN,                                                            \
	  offsetof(T, M.admin_password),                                        \
	  false,                                                                \
	  0,                                                                    \
	  0,                                                                    \
	  "FILE|fd:N|-|random",                                                 \
	  "where the administrator's password comes from" },                    \
		{ "admin-password-out",                                         \
		  CLI_OUT,                                                      \
		  offsetof(T, M.admin_password_out),                            \
		  false,                                                        \
		  0,                                                            \
		  0,                                                            \
		  "FILE",                                                       \
		  "write the random password here, once, mode 0600" },          \
		{ "admin-name",                                                 \
		  CLI_STRING,                                                   \
		  offsetof(T, M.admin_name),                                    \
		  false,                                                        \
		  0,                                                            \
		  0,                                                            \
		  "NAME",                                                       \
		  "a new administrator account instead of Administrator" },     \
		{ "product-key",                                                \
		  CLI_FLAG,                                                     \
		  offsetof(T, M.product_key),                                   \
		  false,                                                        \
		  0,                                                            \
		  0,                                                            \
		  NULL,                                                         \
		  "the fabric supplies @ProductKey@" },                         \
		{ "domain", CLI_STRING, offsetof(T, M.domain), false, 0,        \
		  0,	    "NAME",	"domain to join" },                     \
		{ "domain-user",                                                \
		  CLI_STRING,                                                   \
		  offsetof(T, M.domain_user),                                   \
		  false,                                                        \
		  0,                                                            \
		  0,                                                            \
		  "USER",                                                       \
		  "account that joins it, also DOMAIN\\USER or USER@DOMAIN" },  \
		{ "domain-pass-file",                                           \
		  CLI_SECRET,                                                   \
		  offsetof(T, M.domain_pass_file),                              \
		  false,                                                        \
		  0,                                                            \
		  0,                                                            \
		  "FILE|fd:N|-",                                                \
		  "where that account's password comes from" },                 \
		{ "domain-ou",                                                  \
		  CLI_STRING,                                                   \
		  offsetof(T, M.domain_ou),                                     \
		  false,                                                        \
		  0,                                                            \
		  0,                                                            \
		  "DN",                                                         \
		  "organizational unit of the machine" },                       \
		{ "rdp-cert",                                                   \
		  CLI_PATH,                                                     \
		  offsetof(T, M.rdp_cert),                                      \
		  false,                                                        \
		  0,                                                            \
		  0,                                                            \
		  "FILE.pfx",                                                   \
		  "certificate and key for Remote Desktop" },                   \
		{ "rdp-cert-pass-file",                                         \
		  CLI_SECRET,                                                   \
		  offsetof(T, M.rdp_cert_pass_file),                            \
		  false,                                                        \
		  0,                                                            \
		  0,                                                            \
		  "FILE|fd:N|-",                                                \
		  "its passphrase" },                                           \
		{ "script",                                                     \
		  CLI_PATHS,                                                    \
		  offsetof(T, M.scripts),                                       \
		  false,                                                        \
		  0,                                                            \
		  0,                                                            \
		  "FILE",                                                       \
		  "configuration script, .ps1 or .bat; several run in order" }, \
		{ "locale",                                                     \
		  CLI_STRING,                                                   \
		  offsetof(T, M.locale),                                        \
		  false,                                                        \
		  0,                                                            \
		  0,                                                            \
		  "NAME",                                                       \
		  "language and region, default en-US" },                       \
	{                                                                       \
		"time-zone", CLI_STRING, offsetof(T, M.time_zone), false, 0,    \
			0, "NAME",                                              \
			"Windows' name, or @TimeZone@ for the fabric's"         \
	}

#define ANSWER_OPTS_LINUX(T, M)                                                \
	{ "root-password",                                                     \
	  CLI_DRAWN,                                                           \
	  offsetof(T, M.root_password),                                        \
	  false,                                                               \
	  0,                                                                   \
	  0,                                                                   \
	  "FILE|fd:N|-|random",                                                \
	  "where root's password comes from" },                                \
		{ "root-password-out",                                         \
		  CLI_OUT,                                                     \
		  offsetof(T, M.root_password_out),                            \
		  false,                                                       \
		  0,                                                           \
		  0,                                                           \
		  "FILE",                                                      \
		  "write the random password here, once, mode 0600" },         \
	{                                                                      \
		"ssh-key", CLI_PATH, offsetof(T, M.ssh_key), false, 0, 0,      \
			"FILE.pub|KEY", "OpenSSH public key of root"           \
	}

/* An answer that was built, and the password that was drawn for it. */
struct answer_build {
	struct shvm_answer answer;
	struct secret *random; /* NULL: none was drawn */
	const char *random_out;
};
void answer_build_done(struct answer_build *b);

/* SHVM_E_ARG when an option of an answer file was given without --answer. */
int answer_check_unused(const struct answer_args *a, struct shvm_err *err);

/*
 * Where the account's password comes from, for an answer file that is not made
 * here: NULL without the option. ask must outlive what is returned; a drawn
 * password is kept in b.
 */
int answer_password_source(const struct answer_args *a, bool windows,
			   struct ask *ask, struct answer_build *b,
			   shvm_passphrase_fn *ret_fn, void **ret_ctx,
			   struct shvm_err *err);

/* out is told of names that Windows may refuse; NULL: no one is. */
int answer_build(const struct answer_args *a, bool windows, struct out *out,
		 struct answer_build *ret, struct shvm_err *err);

/* Write the password that was drawn, if one was; before the result is. */
int answer_write_password(const struct answer_build *b, struct out *out,
			  struct shvm_err *err);

/* A whole file that may hold secrets. */
int answer_read_file(const char *path, struct buf *ret, struct shvm_err *err);

/* The last part of a path. */
const char *answer_base_name(const char *path);

#endif
