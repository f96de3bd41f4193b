/* SPDX-License-Identifier: MIT */
/*
 * Certificate chains. Signers, timestamp authorities and guardians have the
 * same rules of strength: keys of 112 bits of security (RSA 2048), signatures
 * by at least SHA-224 in every certificate below the trusted one, and RSA
 * numbers as key_check_rsa() wants them.
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
 * certificate of the store, self-signed or not. at 0: the validity periods are
 * not looked at. Any purpose: key usage and extended key usage are their
 * callers'. *ret is X509_V_OK, or what is wrong; only the run itself can fail.
 */
int chain_run(X509_STORE *store, X509 *leaf, STACK_OF(X509) * helpers,
	      time_t at, int *ret, struct shvm_err *err);

/*
 * Could a verifier who trusts the top of this chain (may be NULL) trust the
 * leaf, now? False: why has the reason. It says nothing of certificates that
 * are missing in the chain.
 */
bool chain_can_be_trusted(X509 *leaf, STACK_OF(X509) * chain, char *why,
			  size_t size);

/* What is wrong, in words; SHVM_OK's are "ok". */
const char *chain_words(int v);

#endif
