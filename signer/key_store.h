/* SPDX-License-Identifier: MIT */
/* What key_store.c and key_pkcs11.c share. */
#ifndef SIGNER_KEY_STORE_H
#define SIGNER_KEY_STORE_H

#include "base/secret.h"
#include "signer/key.h"

#include <openssl/ui.h>

/*
 * Answers OpenSSL's prompts from a key source's callback, and never from a
 * terminal. The callback runs at most once; its answer serves all prompts.
 */
struct key_prompt {
	const struct shvm_key_source *source;
	const char *what; /* names the key */
	struct secret *secret;
	bool asked;
	int failed;	     /* what the callback's failure was; 0: none */
	struct shvm_err err; /* its text */
};

static inline void ui_method_free(UI_METHOD *m)
{
	UI_destroy_method(m);
}
AUTO_DEFINE(ui_method_ptr, UI_METHOD *, ui_method_free);

/* A method whose prompts need a struct key_prompt as their user data. */
int key_ui_method(UI_METHOD **ret, struct shvm_err *err);

/* Through the PKCS#11 engine. */
int key_pkcs11_private(const char *uri, struct key_prompt *prompt,
		       EVP_PKEY **ret, struct shvm_err *err);
int key_pkcs11_cert(const char *uri, struct key_prompt *prompt, X509 **ret,
		    struct shvm_err *err);

#endif
