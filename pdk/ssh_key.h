/* SPDX-License-Identifier: MIT */
/* SSH public keys in an answer file for Linux. */
#ifndef PDK_SSH_KEY_H
#define PDK_SSH_KEY_H

#include "base/err.h"
#include "pdk/windows_names.h"

/* "TYPE BASE64 [COMMENT]" on one line; SHVM_E_ARG names what it is instead. */
int ssh_key_check(const char *key, struct shvm_err *err);

/* The same as a name_fn. A private key is wrong: it would be in all VMs, and would
 * not work. Anything else that is not a public key is unknown. */
enum name_verdict ssh_key_verdict(const char *text, const char **why);

#endif
