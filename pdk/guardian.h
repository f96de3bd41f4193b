/* SPDX-License-Identifier: MIT */
/*
 * Guardians: reads, checks and writes the metadata document of MS-KPS, appendix
 * 6.4; creates new guardians.
 */
#ifndef PDK_GUARDIAN_H
#define PDK_GUARDIAN_H

#include "base/buf.h"
#include "base/secret.h"
#include "pdk/kps_xml.h"
#include "signer/trust.h"

#include <shvm/guardian.h>

struct shvm_guardian {
	char *name; /* from the file or as given; for messages */
	X509 *signing_cert, *encryption_cert;
	struct signature encryption_sig; /* over the encryption certificate */
	EVP_PKEY *signing_key, *encryption_key; /* NULL: unknown */
	struct signature self_sig; /* over the signing certificate */
	STACK_OF(X509) * others;   /* OtherSigningCertificates; NULL: none */
	uint32_t version;	   /* of GuardianInformation */
	X509 *document_cert;	   /* whose key signed the document */
	char *document_method;	   /* URI of that signature */
	struct buf xml;		   /* the document, unchanged */
	struct shvm_guardian_info info;
};
AUTO_DEFINE(guardian_ptr, struct shvm_guardian *, shvm_guardian_free);

enum {
	GUARDIAN_OTHERS_MAX = 64, /* certificates; our limit */
	GUARDIAN_NAME_MAX = 200,  /* bytes; our limit */
	GUARDIAN_BITS_DEFAULT = 3072,
	GUARDIAN_BITS_MAX = 4096, /* of generated keys */
	GUARDIAN_DAYS = 3652,	  /* 10 years, as Windows' guardians have */
};

/* Allocate one with a name and these certificates, of which it takes references. */
int guardian_alloc(const char *name, X509 *signing_cert, X509 *encryption_cert,
		   struct shvm_guardian **ret, struct shvm_err *err);
/* Fill the info from the other members. */
int guardian_describe(struct shvm_guardian *g, struct shvm_err *err);

/* Write the metadata document; needs the signing key. */
int guardian_encode(const struct shvm_guardian *g, struct buf *ret,
		    struct shvm_err *err);

/* Only the trust decision (guardian_trust.c): is this certificate trusted as a
 * guardian's? helpers are candidates for its chain, may be NULL. */
int guardian_check_trust(X509 *cert, STACK_OF(X509) * helpers,
			 const struct shvm_trust *trust, struct shvm_err *err);
/* Valid now, or expired if that is allowed. */
int guardian_check_validity(X509 *cert, const struct shvm_trust *trust,
			    struct shvm_err *err);
/* Key size and usage of the two kinds of certificates. */
int guardian_check_signing(X509 *cert, struct shvm_err *err);
int guardian_check_encryption(X509 *cert, struct shvm_err *err);
/* Each is suitable for its role, and the keys differ: SHVM_E_CRYPTO "same-key". */
int guardian_check_pair(X509 *signing, X509 *encryption, struct shvm_err *err);

/*
 * guardian_new.c: from existing certificates and keys; the encryption key may be
 * NULL. The document is decoded again like any other.
 */
int guardian_assemble(const char *name, X509 *signing_cert,
		      EVP_PKEY *signing_key, X509 *encryption_cert,
		      EVP_PKEY *encryption_key, struct shvm_guardian **ret,
		      struct shvm_err *err);
/* guardian_fetch.c: the metadata document of a key protection service. */
bool guardian_is_url(const char *text);
int guardian_fetch(const char *url, const struct shvm_fetch_params *params,
		   struct buf *ret, struct shvm_err *err);

#endif
