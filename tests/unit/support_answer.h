/* SPDX-License-Identifier: MIT */
/* What tests ask of an answer file. */
#ifndef TESTS_UNIT_SUPPORT_ANSWER_H
#define TESTS_UNIT_SUPPORT_ANSWER_H

#include <shvm/pdk.h>

/* shvm_passphrase_fn: ctx is the password. */
int answer_ask(void *ctx, const char *what, char *buf, size_t size,
	       struct shvm_err *err);

/* Against a RELAX NG schema in this file. */
void answer_validate(const struct shvm_answer *a, const char *schema);
/* The substitution keys, joined by blanks. */
void answer_keys_are(const struct shvm_answer *a, const char *keys);
bool answer_holds(const struct shvm_answer *a, const char *text);

#endif
