/* SPDX-License-Identifier: MIT */
/* Builds, reads, checks, grants and revokes the MS-KPS Protector. */
#ifndef PDK_PROTECTOR_H
#define PDK_PROTECTOR_H

#include "base/buf.h"
#include "base/checks.h"
#include "base/secret.h"
#include "pdk/guardian.h"

AUTO_DEFINE(protector_ptr, struct shvm_protector *, shvm_protector_free);

enum {
	PROTECTOR_KEY_SIZE = 32
}; /* bytes of a generated transport key */

/*
 * shvm_protector_new(); the transport key goes to ret_key.
 */
int protector_new(const struct shvm_guardian *owner,
		  const struct shvm_guardian *const *guardians, size_t count,
		  struct shvm_protector **ret, struct secret **ret_key,
		  struct shvm_err *err);

/* A plan of it without keys and signatures, which needs no time. */
int protector_draft(const struct shvm_guardian *owner,
		    const struct shvm_guardian *const *guardians, size_t count,
		    struct shvm_protector **ret, struct shvm_err *err);

/* As shvm_protector_decode(), but accepts only the raw container. */
int protector_decode_raw(const uint8_t *data, size_t len, const char *what,
			 struct shvm_protector **ret, struct shvm_err *err);

/* The raw container, appended. */
int protector_encode(const struct shvm_protector *p, struct buf *ret,
		     struct shvm_err *err);

X509 *protector_signing_cert(const struct shvm_protector *p, size_t i);
X509 *protector_encryption_cert(const struct shvm_protector *p, size_t i);
/* Index of the first wrapping that is its own parent; SIZE_MAX: none.
 * protector_check() makes sure of exactly one. */
size_t protector_owner(const struct shvm_protector *p);

/*
 * All steps that do not need a key; with key (a transport key from
 * protector_open()) also the TransportKeySignature. steps, an empty list, receives
 * all of them; NULL: stop at the first failure. The first failure is SHVM_E_VERIFY
 * with reason "bad-protector".
 */
int protector_check(const struct shvm_protector *p, const struct secret *key,
		    struct checks *steps, struct shvm_err *err);

/*
 * Unwrap the transport key with a private encryption key; *ret_wrapping is the index
 * of the wrapping that it opened. SHVM_E_VERIFY "no-guardian-key" if the key belongs
 * to none. The MAC over the wrappings is checked.
 */
int protector_open(const struct shvm_protector *p, EVP_PKEY *encryption_key,
		   size_t *ret_wrapping, struct secret **ret_key,
		   struct shvm_err *err);

/* shvm_protector_revoke(); the new transport key goes to ret_key, which may be
 * NULL. */
int protector_revoke(const struct shvm_protector *p,
		     const struct shvm_guardian *owner,
		     const struct shvm_revocation *who,
		     struct shvm_protector **ret, struct secret **ret_key,
		     struct shvm_err *err);

#endif
