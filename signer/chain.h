/* SPDX-License-Identifier: MIT */
/*
 * Certificate chains. The same rules apply to signers, timestamp authorities and
 * guardians: keys with 112 bits of security (RSA 2048), signatures with at least
 * SHA-224 in every certificate below the trusted one, and RSA keys that
 * key_check_rsa() accepts.
 */
#ifndef SIGNER_CHAIN_H
#define SIGNER_CHAIN_H

#include "signer/key.h"

#include <openssl/x509_vfy.h>

AUTO_DEFINE(x509_store_ptr, X509_STORE *, X509_STORE_free);

/* A store that trusts these (may be NULL), with the rules above. */
int chain_store_new(STACK_OF(X509) * trusted, X509_STORE **ret,
		    struct shvm_err *err);

/*
 * One run of path validation from a leaf over helpers (may be NULL) to a
 * certificate of the store, self-signed or not. at 0: validity periods are not
 * checked. Any purpose: callers check key usage and extended key usage. *ret is
 * X509_V_OK or the failure; an error is returned only if the run itself fails.
 */
int chain_run(X509_STORE *store, X509 *leaf, STACK_OF(X509) * helpers,
	      time_t at, int *ret, struct shvm_err *err);

/*
 * Could a verifier that trusts the top of this chain (may be NULL) trust the leaf
 * now? False: why has the reason. Certificates that are missing in the chain are
 * not considered.
 */
bool chain_can_be_trusted(X509 *leaf, STACK_OF(X509) * chain, char *why,
			  size_t size);

/* The message for a result; "ok" for X509_V_OK. */
const char *chain_words(int v);

#endif
