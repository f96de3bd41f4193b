/* SPDX-License-Identifier: MIT */
/* Changes a password in an existing answer file. */
#ifndef PDK_ANSWER_PASSWORD_H
#define PDK_ANSWER_PASSWORD_H

#include "base/secret.h"
#include "pdk/answer_file.h"
#include "pdk/payload.h"

struct password_change {
	const char *account; /* NULL: the only one that has a password */
	const struct secret *password;
	const struct notes *notes; /* receive the changes */
};

/* The replaced passwords, each with a terminating NUL; set to wipe. */
struct old_passwords {
	struct buf texts;
};
void old_passwords_done(struct old_passwords *old);

/*
 * text (of answer_file_read()) with the password of one account replaced, and
 * its copies for AutoLogon, and no other change. What is written for Windows is
 * the hidden form. ret starts empty.
 *
 * SHVM_E_ARG: no account has a password; reason "several-accounts": more than
 * one has, and none was named; reason "no-account": the named one has none.
 */
int answer_set_password(const struct buf *text, enum answer_system system,
			const struct password_change *change, struct buf *ret,
			struct old_passwords *old, struct shvm_err *err);

/* Warn about every place that still contains an old password: as text, in
 * UTF-16, and in its hidden forms. */
int old_passwords_warn(const struct old_passwords *old, const struct payload *p,
		       const struct notes *notes, struct shvm_err *err);

#endif
