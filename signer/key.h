/* SPDX-License-Identifier: MIT */
/*
 * Loads certificates, chains and private keys: PEM, DER, PKCS#12 and provider
 * URIs (OSSL_STORE, and the PKCS#11 engine if no provider handles the URI).
 */
#ifndef SIGNER_KEY_H
#define SIGNER_KEY_H

#include "base/auto.h"
#include "base/err.h"

#include <openssl/x509.h>
#include <shvm/types.h>
#include <stdbool.h>
#include <time.h>

struct buf;

AUTO_DEFINE(x509_ptr, X509 *, X509_free);
AUTO_DEFINE(pkey_ptr, EVP_PKEY *, EVP_PKEY_free);
static inline void x509_stack_free(STACK_OF(X509) * s)
{
	sk_X509_pop_free(s, X509_free);
}
AUTO_DEFINE(x509_stack_ptr, STACK_OF(X509) *, x509_stack_free);
/* Takes ownership of cert, also on failure. */
static inline bool key_certs_push(STACK_OF(X509) * certs, X509 *cert)
{
	if (sk_X509_push(certs, cert) > 0)
		return true;
	X509_free(cert);
	return false;
}

/* Our limits for certificate and key files and their contents. */
enum {
	KEY_FILE_MAX = 1 << 20,
	KEY_CERTS_MAX = 1000,
	KEY_ITERATIONS_MAX =
		2500000 /* hash runs to try a passphrase; our limit */
};

/*
 * The private key that a source names. A PKCS#12 or PEM file may also contain
 * certificates: ret_cert (the one that belongs to the key) and ret_chain (the
 * others; each may be NULL) receive them, or NULL.
 */
int key_load_private(const struct shvm_key_source *source, EVP_PKEY **ret,
		     X509 **ret_cert, STACK_OF(X509) * *ret_chain,
		     struct shvm_err *err);

/* The same from the bytes of a PKCS#12 file; the source has its name. */
int key_load_pkcs12(const struct shvm_key_source *source,
		    const struct buf *file, EVP_PKEY **ret, X509 **ret_cert,
		    struct shvm_err *err);

/*
 * Certificates of a file, in its order: PEM (one or more), DER, a PKCS#7
 * bundle, or PKCS#12 (its passphrase by the callback), or a pkcs11: URI.
 */
int key_load_certs(const struct shvm_key_source *source, STACK_OF(X509) * *ret,
		   struct shvm_err *err);

/* The end of the one chain in a file, in any order. */
int key_load_leaf(const char *path, X509 **ret, struct shvm_err *err);

/*
 * Add to a stack (NULL: a new one) all certificates of a file, or only the leaf:
 * a pinned signer is one certificate, and the chain in its file is not pinned.
 */
int key_add_cert_file(const char *path, bool leaf_only, STACK_OF(X509) * *all,
		      struct shvm_err *err);

/*
 * Before a passphrase is tried on a PKCS#12 or PEM file: SHVM_E_UNSUPPORTED
 * "too-slow" if its unencrypted parts require more than KEY_ITERATIONS_MAX hash
 * runs. Authentication cannot come first: it requires those runs. The file must
 * consist of this number of PEM blocks, or, if that is 0, of one object in DER:
 * otherwise SHVM_E_FORMAT.
 */
int key_check_work(const char *path, const struct buf *file, size_t blocks,
		   struct shvm_err *err);

/*
 * Remove the certificate that belongs to the key from certs; the others are its
 * chain. If there are several (one was renewed), it is the first that is valid
 * now, else the first. If there is none: SHVM_E_CRYPTO "key-mismatch".
 */
int key_take_signer(const char *path, STACK_OF(X509) * certs, EVP_PKEY *key,
		    X509 **ret, struct shvm_err *err);

/* Remove the one that issued none of the others, or SHVM_E_CRYPTO. */
int key_take_leaf(const char *path, STACK_OF(X509) * certs, X509 **ret,
		  struct shvm_err *err);

/* One DER certificate with nothing after it; messages name it by what. */
int key_cert_decode(const uint8_t *der, size_t len, const char *what,
		    X509 **ret, struct shvm_err *err);
/* Its DER, appended. */
struct buf;
int key_cert_encode(X509 *cert, struct buf *ret, struct shvm_err *err);

bool key_cert_equal(const X509 *a, const X509 *b); /* as DER */

/*
 * The key belongs to the certificate, or SHVM_E_CRYPTO "key-mismatch". Compares
 * only public keys; key_check_signs() tests that the key works.
 */
int key_check_match(X509 *cert, EVP_PKEY *key, struct shvm_err *err);

/*
 * Creates a test signature and verifies it with the certificate: a token may have
 * a key and still refuse to sign with it.
 */
int key_check_signs(X509 *cert, EVP_PKEY *key, struct shvm_err *err);

/*
 * May this certificate sign templates? RSA of at least 2048 bits or ECDSA
 * P-256/P-384, digitalSignature if a key usage is present, valid at the time @at
 * (0: now). The reason is one of "weak-key", "key-type",
 * "key-usage", "expired", "not-yet-valid".
 */
int key_check_signer(X509 *cert, time_t at, struct shvm_err *err);

/*
 * Extended key usage. eku NULL: if there is one, it must include codeSigning or
 * anyExtendedKeyUsage. eku an OID ("1.3.6.1..."): it must include that one.
 * SHVM_E_CRYPTO "key-usage"; SHVM_E_ARG for text that is not an OID.
 */
int key_check_eku(X509 *cert, const char *eku, struct shvm_err *err);
/* Is this an OID in numbers, or NULL? SHVM_E_ARG. */
int key_check_oid(const char *eku, struct shvm_err *err);

/* Parts of that check that other rules use, too. at 0: now. */
int key_check_validity(X509 *cert, time_t at, struct shvm_err *err);
int key_check_strength(X509 *cert, struct shvm_err *err);
/* bits: KU_DIGITAL_SIGNATURE ...; messages call them name. */
int key_check_usage(X509 *cert, uint32_t bits, const char *name,
		    struct shvm_err *err);

/*
 * Are the numbers of an RSA key plausible? OpenSSL accepts an exponent of 1, with
 * which everyone can decrypt and sign. The exponent must be odd, 65537 to 2^32 - 1
 * (a DWORD in CryptoAPI), the modulus odd, of at most 16384 bits and without a
 * prime factor below 752. Messages name the key by what. SHVM_E_CRYPTO
 * "weak-key".
 */
enum {
	KEY_RSA_BITS_MIN = 2048,
	KEY_RSA_BITS_MAX = 16384
};
int key_check_rsa(const EVP_PKEY *key, const char *what, struct shvm_err *err);

/* The digest that goes with a key: SHA-384 for P-384, else SHA-256. */
const EVP_MD *key_digest(const EVP_PKEY *key);

/* ASN.1 time as Unix time; false for one that is malformed. */
bool key_time(const ASN1_TIME *t, int64_t *ret);

/* err_set_ossl(), but a PKCS#11 failure in the queue is named: CKR_... */
int key_err_ossl(struct shvm_err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The description of a certificate for text and JSON; done releases the texts. */
int cert_info_init(struct shvm_cert_info *ret, X509 *cert,
		   struct shvm_err *err);
void cert_info_done(struct shvm_cert_info *info);
#define AUTO_CERT_INFO                                                         \
	__attribute__((cleanup(cert_info_done))) struct shvm_cert_info

#endif
