/* SPDX-License-Identifier: MIT */
/* The options of answer files, shared by "answer" and "pdk create". */
#ifndef CLI_ANSWER_OPTS_H
#define CLI_ANSWER_OPTS_H

#include "base/buf.h"
#include "base/secret.h"
#include "cli/out.h"
#include "cli/passphrase.h"

#include <shvm/pdk.h>

struct answer_args {
	/* Passed to the library unchanged: most new options. */
	struct shvm_answer_windows_params for_windows;
	struct shvm_answer_linux_params for_linux;
	/* Values that are read or prompted for first, or apply to both systems. */
	const char *admin_password, *admin_password_out;
	const char *root_password, *root_password_out, *ssh_key;
	const char *domain_pass_file, *rdp_cert, *rdp_cert_pass_file;
	const char *static_ip;
	struct cli_list scripts;
	uint32_t adapters;
};

/* For Windows, for Linux, and for both. */
extern const struct cli_opt answer_windows_opts[], answer_linux_opts[],
	answer_both_opts[];
#define ANSWER_OPTS_WINDOWS(m)                                                 \
	OPT_GROUP(m, struct answer_args, answer_windows_opts,                  \
		  .object = "answer")
#define ANSWER_OPTS_LINUX(m)                                                   \
	OPT_GROUP(m, struct answer_args, answer_linux_opts, .object = "answer")
#define ANSWER_OPTS_BOTH(m)                                                    \
	OPT_GROUP(m, struct answer_args, answer_both_opts, .object = "answer")

/* A finished answer file, and the password that was generated for it. */
struct answer_build {
	struct shvm_answer answer;
	struct secret *random; /* NULL: none was generated */
	const char *random_out;
};
void answer_build_done(struct answer_build *b);

/* SHVM_E_ARG when an option of an answer file was given without --answer. */
int answer_check_unused(const struct answer_args *a, struct shvm_err *err);

/*
 * The source of the account's password, for an answer file that already exists:
 * NULL without the option. passphrase must outlive the returned source; a
 * generated password is kept in b.
 */
int answer_password_source(const struct answer_args *a, bool windows,
			   struct passphrase *passphrase,
			   struct answer_build *b, shvm_passphrase_fn *ret_fn,
			   void **ret_ctx, struct shvm_err *err);

/* Warns on out (may be NULL) about names that Windows may refuse. */
int answer_build(const struct answer_args *a, bool windows, struct out *out,
		 struct answer_build *ret, struct shvm_err *err);

/* Write the generated password, if any, before the result is written. */
int answer_write_password(const struct answer_build *b, struct out *out,
			  struct shvm_err *err);

/* A whole file that may hold secrets. */
int answer_read_file(const char *path, struct buf *ret, struct shvm_err *err);

/* The last part of a path. */
const char *answer_base_name(const char *path);

#endif
