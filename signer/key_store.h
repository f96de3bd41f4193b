/* SPDX-License-Identifier: MIT */
/* Shared by the files that load keys; key_store.c is the entry point. */
#ifndef SIGNER_KEY_STORE_H
#define SIGNER_KEY_STORE_H

#include "base/secret.h"
#include "signer/key.h"

#include <openssl/ui.h>

/*
 * Answers prompts of OpenSSL with the callback of a key source, and never from a
 * terminal. The callback runs at most once; its answer is used for all prompts.
 */
struct key_prompt {
	const struct shvm_key_source *source;
	const char *what; /* names the key */
	struct secret *secret;
	bool asked;
	bool is_algorithm; /* an algorithm is unsupported; the answer may be right */
	int failed;	   /* failure of the callback; 0: none */
	struct shvm_err err; /* its text */
};

static inline void ui_method_free(UI_METHOD *m)
{
	UI_destroy_method(m);
}
AUTO_DEFINE(ui_method_ptr, UI_METHOD *, ui_method_free);

/* key_prompt.c: a method whose prompts need a struct key_prompt as their user data. */
int key_ui_method(UI_METHOD **ret, struct shvm_err *err);

/* Returns an error if the prompt is the reason that there is no key (lack is the
 * message when it had no answer), else 0. */
int key_prompt_check(const struct key_prompt *p, const char *lack,
		     struct shvm_err *err);

/* All objects of a store, in its order. Start as { 0 }. */
struct key_objects {
	EVP_PKEY *key; /* the private one */
	size_t keys, publics, count;
	STACK_OF(X509) * certs;
};

static inline void key_objects_done(struct key_objects *o)
{
	EVP_PKEY_free(o->key);
	x509_stack_free(o->certs);
}

/*
 * Removes the one private key and the certificate that belongs to it from o; an
 * error explains why there is not exactly one.
 */
int key_take_private(const char *path, bool is_uri, struct key_objects *o,
		     EVP_PKEY **ret, X509 **ret_cert, struct shvm_err *err);

/*
 * Windows up to 2016 exports PKCS#12 files with RC2 and 3DES; others use RC4 and
 * DES. Those are in OpenSSL's legacy provider, which is loaded into a library
 * context that is used only to read this file, so that old algorithms stay
 * disabled elsewhere. False: it does not help, or the provider is not installed.
 * pass NULL: an empty one.
 */
bool key_load_legacy(const struct buf *data, const struct secret *pass,
		     struct key_objects *o);

/* The number of keys in a PKCS#12 file, of which OpenSSL returns only the first.
 * 0: it is not PKCS#12. */
size_t key_count_pkcs12(const struct buf *data, const struct secret *pass);

/* Does it have a MAC? OpenSSL 3.0 reads none without, but gives no reason. */
bool key_has_no_mac(const struct buf *data);

/*
 * Adds the certificates of every PKCS#7 bundle in the file. It is not an error if
 * there is none. o->certs must exist.
 */
int key_load_bundles(const char *path, const struct buf *data,
		     struct key_objects *o, struct shvm_err *err);

/* key_err.c: the CKR_ value of PKCS#11 in an error of OpenSSL; 0: no error, or
 * an unknown value. */
unsigned int key_err_token(unsigned long e);

/* SHVM_E_FORMAT for a file that is neither a key nor a certificate. */
int key_err_nothing(const char *path, struct shvm_err *err);

/* Through the PKCS#11 engine. */
int key_pkcs11_private(const char *uri, struct key_prompt *prompt,
		       EVP_PKEY **ret, struct shvm_err *err);
int key_pkcs11_cert(const char *uri, struct key_prompt *prompt, X509 **ret,
		    struct shvm_err *err);

/* Can keys in tokens be used? say->msg: the library of a provider, or of the
 * engine. */
int key_pkcs11_try(struct shvm_err *say);

#endif
