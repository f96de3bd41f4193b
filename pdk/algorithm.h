/* SPDX-License-Identifier: MIT */
/*
 * Maps the algorithm URIs of XML-DSig and XML-Enc to OpenSSL and runs them.
 * MS-KPS identifies algorithms by URIs but lists none: we write the standard
 * identifiers of docs/FORMAT-PROTECTOR.md, read all those in the table, and name
 * unknown ones in errors.
 */
#ifndef PDK_ALGORITHM_H
#define PDK_ALGORITHM_H

#include "base/buf.h"
#include "base/secret.h"
#include "signer/key.h"

#define URI_RSA_SHA256 "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
#define URI_RSA_OAEP "http://www.w3.org/2009/xmlenc11#rsa-oaep"
#define URI_HKDF "http://www.w3.org/2021/04/xmldsig-more#hkdf"
#define URI_HMAC_SHA256 "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
#define URI_SHA256 "http://www.w3.org/2001/04/xmlenc#sha256"
#define URI_SHA1 "http://www.w3.org/2000/09/xmldsig#sha1"
#define URI_MGF1_SHA1 "http://www.w3.org/2009/xmlenc11#mgf1sha1"
#define URI_MGF1_SHA256 "http://www.w3.org/2009/xmlenc11#mgf1sha256"

enum algorithm_use {
	ALGORITHM_SIGNATURE,
	ALGORITHM_WRAP, /* of the transport key, by an RSA key */
	ALGORITHM_KDF,
	ALGORITHM_MAC,
	ALGORITHM_DIGEST,
	ALGORITHM_MGF,
};

struct algorithm {
	const char *uri;
	enum algorithm_use use;
	const char *digest;  /* OpenSSL's name; NULL for rsa-oaep, hkdf */
	const char *key;     /* signatures: "RSA", "PSS" or "EC" */
	const char *refused; /* why a known algorithm is not allowed, or NULL */
};

/* NULL when the URI is unknown for this use; returns refused ones, too. */
const struct algorithm *algorithm_find(enum algorithm_use use, const char *uri);

/*
 * The same, with SHVM_E_UNSUPPORTED "unknown-algorithm" or "weak-algorithm" and a
 * message that names the URI, and the place by what.
 */
int algorithm_need(enum algorithm_use use, const char *uri, const char *what,
		   const struct algorithm **ret, struct shvm_err *err);

/* RSA that key_check_rsa() accepts, required for MS-KPS certificates; messages
 * name it by what. */
int algorithm_check_rsa(const EVP_PKEY *key, const char *what,
			struct shvm_err *err);

/* Append the signature over data. */
int algorithm_sign(const struct algorithm *a, EVP_PKEY *key, const void *data,
		   size_t len, struct buf *ret, struct shvm_err *err);
/* SHVM_E_VERIFY unless the signature over data is by this certificate. */
int algorithm_verify(const struct algorithm *a, X509 *cert, const void *data,
		     size_t len, const struct buf *signature,
		     struct shvm_err *err);

/* RSA-OAEP (RFC 8017) with its two hashes; the label is empty. */
struct oaep {
	const struct algorithm *digest, *mgf;
};
int algorithm_wrap(const struct oaep *o, X509 *cert, const struct secret *blob,
		   struct buf *ret, struct shvm_err *err);
int algorithm_unwrap(const struct oaep *o, EVP_PKEY *key,
		     const struct buf *wrapped, struct secret **ret,
		     struct shvm_err *err);

/* HKDF (RFC 5869) with HMAC-SHA256. */
int algorithm_hkdf(const struct secret *key, const uint8_t *salt,
		   size_t salt_len, const char *info, size_t size,
		   struct secret **ret, struct shvm_err *err);

enum {
	ALGORITHM_MAC_MAX = 64
};
int algorithm_mac(const struct algorithm *a, const struct secret *key,
		  const void *data, size_t len,
		  uint8_t ret[static ALGORITHM_MAC_MAX], size_t *ret_len,
		  struct shvm_err *err);

#endif
