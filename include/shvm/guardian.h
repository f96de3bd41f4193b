/* SPDX-License-Identifier: MIT */
/*
 * Guardians and key protectors per [MS-KPS]. C99 and C++ clean.
 *
 * A guardian is a signing and an encryption certificate; its metadata document
 * is what a Host Guardian Service publishes. A key protector wraps one secret,
 * the transport key, for an owner and any number of guardians. No function here
 * returns a transport key or the bytes of a private key, except
 * shvm_guardian_pkcs12(), whose purpose it is.
 */
#ifndef SHVM_GUARDIAN_H
#define SHVM_GUARDIAN_H

#include <shvm/trust.h>
#include <shvm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How to fetch a source that is a URL. Start as { 0 }. */
struct shvm_fetch_params {
	const char *tls_ca_file;   /* PEM: the CAs of its https:// server; NULL:
				    the system's */
	shvm_progress_fn progress; /* counts bytes, total 0: unknown;
				      non-zero cancels. NULL: not called */
	void *progress_ctx;
	uint64_t reserved[4]; /* zeros */
};

struct shvm_guardian;

/* Description of a guardian, to which it belongs. */
struct shvm_guardian_info {
	const char *name; /* of the file, or as given; for people */
	uint32_t version; /* of GuardianInformation */
	struct shvm_cert_info signing, encryption;
	size_t other_count;		       /* other signing certificates */
	struct shvm_cert_info document_signer; /* of ds:Signature */
	const char *document_method;	       /* its algorithm's URI */
	bool has_signing_key, has_encryption_key; /* private ones, loaded */
};

/**
 * shvm_guardian_load() - read a metadata document and check it
 * @source: a file, or an http:// or https:// URL; if it has no path, the
 *         metadata path of the key protection service is added
 * @trust: which signing certificates are trusted; NULL: none
 * @params: how to fetch it; NULL: the defaults
 * @ret: receives the guardian; release it with shvm_guardian_free()
 *
 * Checked are the schema, both certificates (RSA 2048 to 16384, key usage,
 * validity), the signatures over them, the document's signature, and trust.
 * Redirects are not followed, and an answer is at most 1 MiB.
 * Errors:  SHVM_E_FORMAT, _UNSUPPORTED (reason "unknown-algorithm",
 *          "weak-algorithm"), _VERIFY ("untrusted-guardian",
 *          "certificate-expired", "not-yet-valid", "bad-signature", "tls"),
 *          _CRYPTO ("weak-key", "key-type", "key-usage"), _NETWORK (trying
 *          again may help), _CANCELLED, _IO, _ARG, _NOMEM.
 * Source:  [MS-KPS] appendix 6.4; docs/FORMAT-GUARDIAN.md.
 */
SHVM_API SHVM_MUST_CHECK int shvm_guardian_load(
	const char *source, const struct shvm_trust *trust,
	const struct shvm_fetch_params *params, struct shvm_guardian **ret,
	struct shvm_err *err);

/**
 * shvm_guardian_decode() - the same from memory
 * @xml: the document, in UTF-8
 * @len: its bytes
 * @name: of the guardian, for texts
 * @trust: which signing certificates are trusted; NULL: none
 * @ret: receives the guardian; release it with shvm_guardian_free()
 */
SHVM_API SHVM_MUST_CHECK int shvm_guardian_decode(
	const uint8_t *xml, size_t len, const char *name,
	const struct shvm_trust *trust, struct shvm_guardian **ret,
	struct shvm_err *err);

/**
 * shvm_guardian_free() - release a guardian
 * @guardian: the guardian; NULL is fine
 */
SHVM_API void shvm_guardian_free(struct shvm_guardian *guardian);

/**
 * shvm_guardian_info() - description of a guardian
 * @guardian: the guardian
 *
 * Return: the description, which belongs to the guardian.
 */
SHVM_API const struct shvm_guardian_info *shvm_guardian_info(
	const struct shvm_guardian *guardian);

/**
 * shvm_guardian_xml() - its metadata document
 * @guardian: the guardian
 * @ret_len: receives the number of bytes
 *
 * Return: the exact bytes, which belong to the guardian.
 */
SHVM_API const uint8_t *shvm_guardian_xml(const struct shvm_guardian *guardian,
					  size_t *ret_len);

/* Start as { 0 }, then set the fields without a default. */
struct shvm_guardian_new_params {
	const char *name;     /* UTF-8, one path component */
	const char *host;     /* name of this machine, the same */
	uint32_t bits;	      /* of both RSA keys, 2048 to 4096; 0: 3072 */
	uint64_t reserved[4]; /* zeros */
};

/**
 * shvm_guardian_new() - create a guardian with new keys
 * @params: its names and key size
 * @ret: receives the guardian, with both private keys
 *
 * Two self-signed certificates, valid for ten years, like those of
 * New-HgsGuardian -GenerateCertificates.
 * Errors: SHVM_E_ARG, _CRYPTO, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_guardian_new(
	const struct shvm_guardian_new_params *params,
	struct shvm_guardian **ret, struct shvm_err *err);

/* Start as { 0 }, then set the fields without a default. */
struct shvm_guardian_parts {
	const char *name; /* UTF-8, one path component */
	struct shvm_key_source signing_key;
	const char *signing_cert; /* file; NULL: in the key's PKCS#12 */
	struct shvm_key_source encryption_key; /* uri NULL: not available */
	const char *encryption_cert; /* file; NULL: in the key's PKCS#12 */
	uint64_t reserved[4];	     /* zeros */
};

/**
 * shvm_guardian_from_parts() - create a guardian from existing keys
 * @parts: where certificates and keys are; a key may be in a token
 * @ret: receives the guardian, with the private keys that were named
 *
 * Errors: SHVM_E_ARG, _CRYPTO ("key-mismatch", "weak-key", "key-type",
 *         "key-usage", "expired", "not-yet-valid"), _IO, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_guardian_from_parts(
	const struct shvm_guardian_parts *parts, struct shvm_guardian **ret,
	struct shvm_err *err);

/**
 * shvm_guardian_set_keys() - add private keys to a guardian
 * @guardian: the guardian that receives them
 * @signing: key of the signing certificate; NULL: leave it
 * @encryption: key of the encryption certificate; NULL: leave it
 *
 * Nothing is changed on failure.
 * Errors: SHVM_E_CRYPTO ("key-mismatch"), _IO, _ARG, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_guardian_set_keys(
	struct shvm_guardian *guardian, const struct shvm_key_source *signing,
	const struct shvm_key_source *encryption, struct shvm_err *err);

/*
 * The two files that New-HgsGuardian imports; the caller wipes them and then
 * releases them with shvm_free().
 */
struct shvm_guardian_pkcs12 {
	uint8_t *signing, *encryption;
	size_t signing_len, encryption_len; /* bytes */
};

/**
 * shvm_guardian_pkcs12() - certificates and private keys as PKCS#12
 * @guardian: with both private keys, which must not be in a token
 * @passphrase: called once; NULL: the keys are not encrypted
 * @passphrase_ctx: is given to @passphrase
 * @ret: receives both files
 *
 * Encrypted with AES-256-CBC under PBKDF2, as OpenSSL 3 and Windows since
 * Server 2019 do.
 * Errors: SHVM_E_CRYPTO, _ARG (an empty passphrase), _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_guardian_pkcs12(
	const struct shvm_guardian *guardian, shvm_passphrase_fn passphrase,
	void *passphrase_ctx, struct shvm_guardian_pkcs12 *ret,
	struct shvm_err *err);

struct shvm_protector;

/* One guardian's part of a protector. Strings belong to the protector. */
struct shvm_wrapping_info {
	uint32_t id, parent; /* the owner is its own parent */
	bool is_owner;
	struct shvm_cert_info signing, encryption;
	const char *signing_algorithm;	  /* URIs: of the parent's signature, */
	const char *encryption_algorithm; /* of the own one, */
	const char *transport_algorithm;  /* and of the key's wrapping */
};

/*
 * A protector as read. That a value is in here does not mean that it is
 * trusted.
 */
struct shvm_protector_info {
	const struct shvm_wrapping_info *wrappings;
	size_t wrapping_count;
	const char *max_offline_unwraps; /* as it is written, which no signature
					     covers; NULL: none */
	uint32_t signer;		 /* wrapping of GuardianSignature */
	const char *guardian_algorithm;	 /* URIs: of GuardianSignature, */
	const char *derivation_algorithm; /* of the MAC key's derivation, */
	const char *mac_algorithm;	  /* of TransportKeySignature */
	size_t raw_size;		  /* bytes of the raw container */
};

/**
 * shvm_protector_load() - read a key protector
 * @path: the raw container, its decimal text form (one byte a line, as
 *        PowerShell prints it), the bare XML,
 *        or one of these in base64
 * @ret: receives the protector; release it with shvm_protector_free()
 *
 * Errors: SHVM_E_FORMAT with reason "bad-protector", _IO, _NOMEM. Signatures
 *         are not checked, and unknown algorithms are not an error here.
 * Source: [MS-KPS] 2.2.2; docs/FORMAT-PROTECTOR.md.
 */
SHVM_API SHVM_MUST_CHECK int shvm_protector_load(const char *path,
						 struct shvm_protector **ret,
						 struct shvm_err *err);

/**
 * shvm_protector_decode() - the same from memory
 * @data: one of these forms
 * @len: its bytes
 * @name: for texts
 * @ret: receives the protector; release it with shvm_protector_free()
 */
SHVM_API SHVM_MUST_CHECK int shvm_protector_decode(const uint8_t *data,
						   size_t len, const char *name,
						   struct shvm_protector **ret,
						   struct shvm_err *err);

/**
 * shvm_protector_free() - release a protector
 * @protector: the protector; NULL is fine
 */
SHVM_API void shvm_protector_free(struct shvm_protector *protector);

/**
 * shvm_protector_info() - description of a protector
 * @protector: the protector
 *
 * Return: the description, which belongs to the protector.
 */
SHVM_API const struct shvm_protector_info *shvm_protector_info(
	const struct shvm_protector *protector);

/**
 * shvm_protector_raw() - the raw container: 4 bytes length, then the XML
 * @protector: the protector
 * @ret: receives the bytes; release them with shvm_free()
 * @ret_len: receives the number of bytes
 */
SHVM_API SHVM_MUST_CHECK int shvm_protector_raw(
	const struct shvm_protector *protector, uint8_t **ret, size_t *ret_len,
	struct shvm_err *err);

/**
 * shvm_protector_xml() - the XML without the container's length
 * @protector: the protector
 * @ret_len: receives the number of bytes
 *
 * Return: the exact bytes, which belong to the protector.
 */
SHVM_API const uint8_t *shvm_protector_xml(
	const struct shvm_protector *protector, size_t *ret_len);

/**
 * shvm_protector_new() - create a transport key and wrap it
 * @owner: with its private signing key; always stays the owner
 * @guardians: who else may open it; the owner is not among them
 * @count: how many guardians
 * @ret: receives the protector
 *
 * Errors: SHVM_E_ARG (a guardian given twice, or one that has the same key as
 *         another or the owner), _CRYPTO ("no-owner-key", or the key does not
 *         sign), _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_protector_new(
	const struct shvm_guardian *owner,
	const struct shvm_guardian *const *guardians, size_t count,
	struct shvm_protector **ret, struct shvm_err *err);

/**
 * shvm_protector_grant() - a protector that more guardians can open
 * @protector: the old one; it is checked first and not changed
 * @owner: with both private keys
 * @guardians: who else may open the new one
 * @count: how many guardians
 * @ret: receives it; the transport key stays the same
 *
 * Errors: SHVM_E_VERIFY ("bad-protector", "not-owner", "no-guardian-key"),
 *         _UNSUPPORTED ("unknown-algorithm"), _ARG (already in it), _CRYPTO,
 *         _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_protector_grant(
	const struct shvm_protector *protector,
	const struct shvm_guardian *owner,
	const struct shvm_guardian *const *guardians, size_t count,
	struct shvm_protector **ret, struct shvm_err *err);

/* Guardians to remove. Start as { 0 }, then name at least one. */
struct shvm_revocation {
	const char *const *fingerprints; /* SHA-256 of a signing or encryption
					    certificate each */
	size_t fingerprint_count;
	const struct shvm_guardian *const *guardians; /* by their keys */
	size_t guardian_count;
};

/**
 * shvm_protector_revoke() - a protector that fewer guardians can open
 * @protector: the old one; it is checked first and not changed
 * @owner: with both private keys; cannot be revoked
 * @who: the guardians to remove
 * @ret: receives it; it has a new transport key
 *
 * Removes each named wrapping and each that has the same key: a guardian with a
 * renewed certificate has the same key. Wrappings that stay keep their ids, so
 * those whose ids are not in @ret were removed. Data that were sealed with the
 * old transport key stay sealed with it, and a guardian that has opened the old
 * protector still knows that key.
 * Errors: as shvm_protector_grant(); SHVM_E_ARG for the owner, or a
 *         fingerprint or guardian that no wrapping has.
 */
SHVM_API SHVM_MUST_CHECK int shvm_protector_revoke(
	const struct shvm_protector *protector,
	const struct shvm_guardian *owner, const struct shvm_revocation *who,
	struct shvm_protector **ret, struct shvm_err *err);

/**
 * shvm_protector_check() - the checks of a key protection service
 * @protector: the protector, of any owner
 * @key: a private encryption key that opens it, for the steps that need the
 *       transport key; NULL: these are skipped
 * @ret: receives the verdict, with all steps; release it with
 *       shvm_verdict_done()
 *
 * Source: [MS-KPS] 3.1.5.1.1.3, step by step.
 * Return: 0 when a verdict was reached, yes or no; a negative code when none
 *         could be reached (the key cannot be loaded, out of memory).
 */
SHVM_API SHVM_MUST_CHECK int shvm_protector_check(
	const struct shvm_protector *protector,
	const struct shvm_key_source *key, struct shvm_verdict *ret,
	struct shvm_err *err);

#ifdef __cplusplus
}
#endif

#endif
