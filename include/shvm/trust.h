/* SPDX-License-Identifier: MIT */
/*
 * Which certificates are trusted, and at what time. One object is used for
 * catalogs of templates, guardians and shielding data files. C99 and C++ clean.
 */
#ifndef SHVM_TRUST_H
#define SHVM_TRUST_H

#include <shvm/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct shvm_trust;

/**
 * shvm_trust_new() - an object that trusts no certificate yet
 * @ret: receives the object; release it with shvm_trust_free()
 *
 * Files are read once, by the function that adds them.
 * Threads: several threads may use one object that is no longer changed.
 * Errors:  SHVM_E_NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_trust_new(struct shvm_trust **ret,
					    struct shvm_err *err);

/**
 * shvm_trust_free() - release a trust object
 * @trust: the object; NULL is fine
 */
SHVM_API void shvm_trust_free(struct shvm_trust *trust);

/**
 * shvm_trust_add_signer() - trust this certificate and no other of its file
 * @trust: the object to change
 * @path: PEM, DER or PKCS#7: one certificate or one chain, whose end
 *         certificate is used
 *
 * Errors: SHVM_E_IO, _FORMAT, _CRYPTO, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_trust_add_signer(struct shvm_trust *trust,
						   const char *path,
						   struct shvm_err *err);

/**
 * shvm_trust_add_fingerprint() - trust the certificate with this SHA-256
 * @trust: the object to change
 * @sha256: 64 hexadecimal digits, colons allowed
 *
 * Errors: SHVM_E_ARG, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_trust_add_fingerprint(
	struct shvm_trust *trust, const char *sha256, struct shvm_err *err);

/**
 * shvm_trust_add_ca() - trust certificates with a chain to one of a file
 * @trust: the object to change
 * @path: PEM, DER or PKCS#7: any number of certificates, self-signed or not
 *
 * Revocation is not checked.
 * Errors: SHVM_E_IO, _FORMAT, _CRYPTO, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_trust_add_ca(struct shvm_trust *trust,
					       const char *path,
					       struct shvm_err *err);

/**
 * shvm_trust_add_tsa_ca() - trust timestamps with a chain to one of a file
 * @trust: the object to change
 * @path: as for shvm_trust_add_ca()
 *
 * Without such a file no timestamp is trusted.
 * Errors: SHVM_E_IO, _FORMAT, _CRYPTO, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_trust_add_tsa_ca(struct shvm_trust *trust,
						   const char *path,
						   struct shvm_err *err);

/**
 * shvm_trust_set_eku() - the extended key usage that a signer must have
 * @trust: the object to change
 * @oid: such as "1.3.6.1.5.5.7.3.3"; NULL: a certificate that has extended key
 *       usages must have codeSigning or anyExtendedKeyUsage
 *
 * Only for signers of catalogs.
 * Errors: SHVM_E_ARG, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_trust_set_eku(struct shvm_trust *trust,
						const char *oid,
						struct shvm_err *err);

/**
 * shvm_trust_set_time() - when certificates have to be valid
 * @trust: the object to change
 * @at: Unix time in seconds; 0, the default: now
 */
SHVM_API void shvm_trust_set_time(struct shvm_trust *trust, int64_t at);

/**
 * shvm_trust_allow_untrusted_root() - accept guardians without a trust anchor
 * @trust: the object to change
 *
 * Only for guardians: a catalog always needs a signer that is trusted.
 */
SHVM_API void shvm_trust_allow_untrusted_root(struct shvm_trust *trust);

/**
 * shvm_trust_allow_expired() - accept guardians with expired certificates
 * @trust: the object to change
 *
 * Only for guardians: for catalogs, timestamps prove when they were signed.
 */
SHVM_API void shvm_trust_allow_expired(struct shvm_trust *trust);

#ifdef __cplusplus
}
#endif

#endif
