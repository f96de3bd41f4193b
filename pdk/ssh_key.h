/* SPDX-License-Identifier: MIT */
/* SSH public keys as an answer file for Linux has them. */
#ifndef PDK_SSH_KEY_H
#define PDK_SSH_KEY_H

#include "base/err.h"
#include "pdk/windows_names.h"

/* "TYPE BASE64 [COMMENT]" in one line; SHVM_E_ARG names what else it is. */
int ssh_key_check(const char *key, struct shvm_err *err);

/* The same as a name_fn. A private key is wrong: it would be in all VMs, and
 * would not work. What is no public key is unknown. */
enum name_verdict ssh_key_verdict(const char *text, const char **why);

#endif
