/* SPDX-License-Identifier: MIT */
/* Detects what a file is that was given as a key or a certificate. */
#ifndef SIGNER_KEY_FORM_H
#define SIGNER_KEY_FORM_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * "an OpenSSH private key", "a certificate" ... for text with a line that begins
 * such an object; private ones take precedence. NULL for anything else, such as
 * an OpenSSH public key.
 */
const char *key_form_name(const void *data, size_t len);

/* Remove a byte order mark, and convert UTF-16 to UTF-8: PEM saved by Windows. */
int key_file_text(const char *path, struct buf *data, struct shvm_err *err);

/*
 * Before a passphrase is requested, refuse files that would not be usable with
 * one: other forms than PEM, and private keys instead of a certificate.
 */
int key_file_check(const char *path, const struct buf *data, bool want_key,
		   struct shvm_err *err);

#endif
