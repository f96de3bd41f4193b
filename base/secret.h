/* SPDX-License-Identifier: MIT */
/* Memory for secrets: locked, undumpable, wiped; and where they come from. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/auto.h"
#include "base/err.h"

#include <shvm/types.h>
#include <stdint.h>

/*
 * Bytes on pages of their own, between guard pages. size is the requested one.
 */
struct secret {
	uint8_t *data;
	size_t size;
};

/* size bytes of zeros, at least 1. */
int secret_new(size_t size, struct secret **ret, struct shvm_err *err);
void secret_free(struct secret *s); /* wipes; NULL is fine */
AUTO_DEFINE(secret_ptr, struct secret *, secret_free);

/* A new secret with these bytes; the caller wipes its own copy. */
int secret_copy(const void *data, size_t size, struct secret **ret,
		struct shvm_err *err);

/* Make a secret shorter; the bytes after the new end are wiped. */
void secret_truncate(struct secret *s, size_t size);

enum {
	SECRET_PASSPHRASE_MAX = 1024
};

/*
 * Ask the callback of a key source. what is the name of the key for the prompt.
 * The result may be empty (size 0). A callback that is NULL or fails is
 * SHVM_E_CRYPTO.
 */
int secret_ask(shvm_passphrase_fn ask, void *ctx, const char *what,
	       struct secret **ret, struct shvm_err *err);

/*
 * Turn off core dumps and ptrace by other processes, for programs that load
 * keys.
 */
int secret_no_core_dumps(struct shvm_err *err);

/* Random bytes for keys, salts and nonces, from OpenSSL's private DRBG. */
int secret_random(void *data, size_t size, struct shvm_err *err);

#endif
