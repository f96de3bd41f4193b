/* SPDX-License-Identifier: MIT */
/* Reads passphrases from a file, "fd:N" or the terminal, never from argv. */
#ifndef CLI_PASSPHRASE_H
#define CLI_PASSPHRASE_H

#include "cli/parse.h"

/* from is the value of a --*-pass-file option: FILE, "fd:N" or "-". */
struct passphrase {
	const char *from;
	bool is_text; /* the secret is set or written: it must not be empty */
};

/*
 * Before any work: can each source that the arguments name be opened? A user may
 * have passed the secret itself by mistake, so the message names the option and
 * never repeats its value. SHVM_E_ARG.
 */
int passphrase_check(const struct parsed *p, struct shvm_err *err);

/*
 * shvm_passphrase_fn; ctx is a struct passphrase. Reads the first line of the file
 * with secret_line_read(), or a line from the terminal without echo. Warns about a
 * file that other users can read. err names file and key.
 */
int passphrase_ask(void *ctx, const char *what, char *buf, size_t size,
		   struct shvm_err *err);

/* A key source for the option pair --X and --X-pass-file; passphrase must outlive
 * it. NULL pass_file: the key is not encrypted. */
struct shvm_key_source passphrase_key(struct passphrase *passphrase,
				      const char *uri, const char *pass_file);

#endif
