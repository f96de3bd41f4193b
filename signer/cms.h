/* SPDX-License-Identifier: MIT */
/* Signs and verifies CMS messages (RFC 5652, CAdES-BES); trust decisions. */
#ifndef SIGNER_CMS_H
#define SIGNER_CMS_H

#include "base/buf.h"
#include "signer/key.h"

#include <time.h>

struct cms_signer {
	X509 *cert;
	EVP_PKEY *key;
	STACK_OF(X509) * chain; /* may be NULL */
	time_t signing_time;	/* 0: now */
};

/*
 * SignedData over data, DER. detached: the content is left out. Signed
 * attributes: content type, signing time, message digest and
 * signing-certificate-v2 (RFC 5035).
 */
int cms_sign(const struct cms_signer *signer, const void *data, size_t len,
	     bool detached, struct buf *ret, struct shvm_err *err);

/* How a signer is trusted: one of the two. Start as { 0 }. */
struct cms_trust {
	X509 *const *pinned; /* any of these, compared as DER */
	size_t pinned_count;
	STACK_OF(X509) * ca; /* or a chain to one of these */
	time_t at;	     /* 0: now */
};

/* A message that was parsed; nothing is trusted yet. */
struct cms_message {
	void *cms;		/* CMS_ContentInfo */
	X509 *cert;		/* of the one signer */
	STACK_OF(X509) * chain; /* all certificates in the message */
	time_t signing_time;	/* 0: none */
	time_t timestamp;	/* RFC 3161, 0: none */
	struct buf content;	/* attached content; empty when detached */
};
int cms_decode(
	const uint8_t *der, size_t len, struct cms_message *ret,
	struct shvm_err *err); /* reason "bad-catalog" family: caller's */
void cms_message_done(struct cms_message *m);

/*
 * Is the signature good? detached content in data, or NULL for attached.
 * Fails with reason "bad-signature". Says nothing about trust.
 */
int cms_check_signature(struct cms_message *m, const void *data, size_t len,
			struct shvm_err *err);

/* Is the signer trusted? "untrusted-signer" or "certificate-expired". */
int cms_check_trust(struct cms_message *m, const struct cms_trust *trust,
		    struct shvm_err *err);

#endif
