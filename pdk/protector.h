/* SPDX-License-Identifier: MIT */
/* Builds, reads, checks, grants and revokes the MS-KPS Protector. */
#ifndef PDK_PROTECTOR_H
#define PDK_PROTECTOR_H

#include "base/buf.h"
#include "base/checks.h"
#include "base/secret.h"
#include "pdk/guardian.h"

/* A protector as it was read or made; its certificates and its exact XML. */
struct protector;
void protector_free(struct protector *p); /* NULL is fine */
AUTO_DEFINE(protector_ptr, struct protector *, protector_free);

enum {
	PROTECTOR_KEY_SIZE = 32
}; /* bytes of a transport key that we make */

/*
 * Make a transport key and wrap it for the owner (whose private signing key
 * is needed) and the guardians. The key goes to ret_key.
 */
int protector_new(const struct guardian *owner,
		  const struct guardian *const *guardians, size_t count,
		  struct protector **ret, struct secret **ret_key,
		  struct shvm_err *err);

/* SHVM_E_ARG when two of them, or one of them and the owner, have a key in
 * common. */
int protector_check_distinct(const struct guardian *owner,
			     const struct guardian *const *guardians,
			     size_t count, struct shvm_err *err);

/* Read the raw container (4 bytes big-endian length, then XML), bare XML, or
 * a text form. Structure only; protector_check() does the rest. */
int protector_decode(const uint8_t *data, size_t len, const char *what,
		     struct protector **ret, struct shvm_err *err);
/* The raw container and nothing else. */
int protector_decode_raw(const uint8_t *data, size_t len, const char *what,
			 struct protector **ret, struct shvm_err *err);

/* The raw container, appended. */
int protector_encode(const struct protector *p, struct buf *ret,
		     struct shvm_err *err);

size_t protector_count(const struct protector *p); /* wrappings */
X509 *protector_signing_cert(const struct protector *p, size_t i);
X509 *protector_encryption_cert(const struct protector *p, size_t i);
uint32_t protector_wrapping_id(const struct protector *p, size_t i);
/* Is wrapping i its own parent? protector_check() makes sure of exactly one. */
bool protector_is_owner(const struct protector *p, size_t i);
/* Index of the first such wrapping; SIZE_MAX: none. */
size_t protector_owner(const struct protector *p);
/* Index of the wrapping that signed the document; SIZE_MAX: no such one. */
size_t protector_signer(const struct protector *p);
/* The attribute MaxOfflineUnwraps as it is written; NULL: none. */
const char *protector_offline_unwraps(const struct protector *p);
/* The document without the container's length, borrowed. */
const uint8_t *protector_xml(const struct protector *p, size_t *ret_len);

/*
 * All steps that can be done without a key; with key (a transport key from
 * protector_open()) also the TransportKeySignature. steps, a list that is
 * empty, receives all of them; NULL: the first failure ends it. The
 * first failure is SHVM_E_VERIFY with reason "bad-protector".
 */
int protector_check(const struct protector *p, const struct secret *key,
		    struct checks *steps, struct shvm_err *err);

/*
 * Unwrap the transport key with a private encryption key; *ret_wrapping is the
 * index of the wrapping it opened. SHVM_E_VERIFY "no-guardian-key" when the
 * key belongs to none. The key's MAC over the wrappings is checked.
 */
int protector_open(const struct protector *p, EVP_PKEY *encryption_key,
		   size_t *ret_wrapping, struct secret **ret_key,
		   struct shvm_err *err);

/*
 * New protectors from old. owner has both private keys (grant needs the
 * transport key, hence the encryption key).
 */
int protector_grant(const struct protector *p, const struct guardian *owner,
		    const struct guardian *const *guardians, size_t count,
		    struct protector **ret, struct shvm_err *err);

/* Guardians to remove, by the fingerprint of a certificate or by document. */
struct revocation {
	const char *const *fingerprints;
	size_t fingerprint_count;
	const struct guardian *const *guardians;
	size_t guardian_count;
};

/*
 * Removes each wrapping that is named, and each that has a key of one that is
 * removed: a certificate can be renewed, but its key would still open the new
 * protector. The rest gets a new transport key. SHVM_E_ARG when that would
 * remove the owner. gone has room for protector_count(p) marks.
 */
int protector_revoke(const struct protector *p, const struct guardian *owner,
		     const struct revocation *who, bool *gone,
		     struct protector **ret, struct secret **ret_key,
		     struct shvm_err *err);

#endif
