/* SPDX-License-Identifier: MIT */
/* The hash of a password as /etc/shadow of Linux has it. */
#ifndef PDK_PASSWORD_HASH_H
#define PDK_PASSWORD_HASH_H

#include "base/buf.h"

/* Append it for a password without NUL: yescrypt, or SHA-512 where the C library
 * of this machine has only that. A new salt each time. */
int password_hash(const char *password, struct buf *ret, struct shvm_err *err);

#endif
