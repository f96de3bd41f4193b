/* SPDX-License-Identifier: MIT */
/* What the files share that load keys: key_store.c is the top of them. */
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
	bool is_algorithm;   /* what failed is an algorithm, not the answer */
	int failed;	     /* what the callback's failure was; 0: none */
	struct shvm_err err; /* its text */
};

static inline void ui_method_free(UI_METHOD *m)
{
	UI_destroy_method(m);
}
AUTO_DEFINE(ui_method_ptr, UI_METHOD *, ui_method_free);

/* key_prompt.c: a method whose prompts need a struct key_prompt as their user data. */
int key_ui_method(UI_METHOD **ret, struct shvm_err *err);

/* Why the prompt is the reason that there is no key, of which lack says what
 * it wanted; 0: it is not. */
int key_prompt_check(const struct key_prompt *p, const char *lack,
		     struct shvm_err *err);

/* Everything that a store held, in its order. Start as { 0 }. */
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
 * The one private key that the file or URI holds, or the text that says why it
 * is not one, and the certificate that belongs to it. Both leave o.
 */
int key_take_private(const char *path, bool is_uri, struct key_objects *o,
		     EVP_PKEY **ret, X509 **ret_cert, struct shvm_err *err);

/*
 * Windows up to 2016 exports PKCS#12 files under RC2 and 3DES; others have RC4
 * and DES. Those are in
 * OpenSSL's legacy provider, which is loaded into a context that only this
 * file is read in: nowhere else do old algorithms become possible. False: it
 * does not help, or the provider is not installed. pass NULL: an empty one.
 */
bool key_load_legacy(const struct buf *data, const struct secret *pass,
		     struct key_objects *o);

/* OpenSSL gives the first key of a PKCS#12 and does not tell of the others. 0:
 * it is none. */
size_t key_count_pkcs12(const struct buf *data, const struct secret *pass);

/* OpenSSL 3.0 reads none without, and does not say so. */
bool key_has_no_mac(const struct buf *data);

/*
 * The certificates of every PKCS#7 bundle in the file. Not an error: there is
 * none. o->certs must be there.
 */
int key_load_bundles(const char *path, const struct buf *data,
		     struct key_objects *o, struct shvm_err *err);

/* key_err.c: the CKR_ value of PKCS#11 in an error of OpenSSL; 0: none that is
 * known, or no error. */
unsigned int key_err_token(unsigned long e);

/* SHVM_E_FORMAT for a file that is no key and no certificate. */
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
