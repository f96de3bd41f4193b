/* SPDX-License-Identifier: MIT */
/* Signs and verifies CMS messages (RFC 5652, CAdES-BES); trust decisions. */
#ifndef SIGNER_CMS_H
#define SIGNER_CMS_H

#include "base/buf.h"
#include "signer/trust.h"

#include <time.h>

/* Our limits for a message that is read. */
enum {
	CMS_SIZE_MAX = 1 << 20,
	CMS_CERTS_MAX = 32
};

struct cms_signer {
	X509 *cert;
	EVP_PKEY *key;
	STACK_OF(X509) * chain; /* may be NULL */
	time_t signing_time;	/* 0: now */
};

/*
 * SignedData over data, DER. detached: the content is left out. Signed
 * attributes: content type, signing time, message digest and
 * signing-certificate-v2 (RFC 5035), which lists all certificates in the message.
 */
int cms_sign(const struct cms_signer *signer, const void *data, size_t len,
	     bool detached, struct buf *ret, struct shvm_err *err);

/* A decoded message; nothing is trusted yet. */
struct cms_message {
	void *cms;		/* CMS_ContentInfo */
	X509 *cert;		/* of the one signer */
	int digest, signature;	/* NIDs of the algorithms */
	STACK_OF(X509) * chain; /* all certificates in the message */
	time_t signing_time;	/* 0: none */
	time_t timestamp;	/* RFC 3161, 0: none */
	struct buf content;	/* attached content; empty when detached */
	bool attached;
	struct buf timestamp_token; /* DER; empty: none */
};

/*
 * One DER SignedData of at most CMS_SIZE_MAX bytes and nothing after it: one
 * signer whose certificate is in the message, content type id-data,
 * SHA-256/384/512 with RSA (PKCS#1 or PSS) or ECDSA, the signed attributes that
 * cms_sign() writes, and only the encoding of cms_form.h. SHVM_E_FORMAT;
 * SHVM_E_UNSUPPORTED for an algorithm.
 */
int cms_decode(
	const uint8_t *der, size_t len, struct cms_message *ret,
	struct shvm_err *err); /* reason "bad-catalog" family: caller's */
void cms_message_done(struct cms_message *m);

/* SHA-2 of at least 256 bits. */
bool cms_allows_digest(int nid);

/*
 * Verify the signature and the integrity of a timestamp, if there is one. data is
 * the detached content, or NULL for attached. Fails with reason "bad-signature".
 * Does not decide trust.
 */
int cms_check_signature(const struct cms_message *m, const void *data,
			size_t len, struct shvm_err *err);

/*
 * Is the signer trusted: pinned, or with a chain to a CA, and with the required
 * extended key usage? "untrusted-signer" or "certificate-expired": now, or at the
 * time of a timestamp that a certificate of trust->tsa_ca signed.
 */
int cms_check_trust(const struct cms_message *m, const struct shvm_trust *trust,
		    struct shvm_err *err);
/* Check only that the signer's certificate may sign and was valid at that time. */
int cms_check_time(const struct cms_message *m, const struct shvm_trust *trust,
		   struct shvm_err *err);

/*
 * RFC 3161. A request over a message's signature (DER TimeStampReq with a nonce,
 * appended), and the response added to the message as the unsigned attribute of
 * CAdES-T; der is replaced by the longer message.
 */
int cms_timestamp_request(const struct buf *der, struct buf *ret,
			  struct shvm_err *err);
int cms_timestamp_attach(struct buf *der, const struct buf *request,
			 const uint8_t *response, size_t len,
			 struct shvm_err *err);
/* Both, with the HTTP exchange between them; errors as tsa_post(). */
struct tsa;
int cms_timestamp(struct buf *der, const struct tsa *tsa, struct shvm_err *err);

/* The parts of cms_timestamp.c that cms_verify.c needs. */
int cms_timestamp_decode(const uint8_t *token, size_t len, time_t *ret,
			 struct shvm_err *err);
/* ca NULL: check only integrity. The token must be for signature. */
int cms_timestamp_check(const struct buf *token, const uint8_t *signature,
			size_t len, STACK_OF(X509) * ca, time_t at,
			struct shvm_err *err);

#endif
