/* SPDX-License-Identifier: MIT */
/* Names what a file is that was given as a key or a certificate. */
#ifndef SIGNER_KEY_FORM_H
#define SIGNER_KEY_FORM_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * "an OpenSSH private key", "a certificate" ... for text in which such a thing
 * begins a line, the private ones first. NULL for anything else, such as an
 * OpenSSH public key.
 */
const char *key_form_name(const void *data, size_t len);

/* Remove a byte order mark, and make UTF-16 UTF-8: PEM as Windows saves it. */
int key_file_text(const char *path, struct buf *data, struct shvm_err *err);

/*
 * Refuse what no passphrase can make usable, before one is asked for: forms
 * that are not PEM's, and private keys where a certificate is wanted.
 */
int key_file_check(const char *path, const struct buf *data, bool want_key,
		   struct shvm_err *err);

#endif
