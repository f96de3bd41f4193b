/* SPDX-License-Identifier: MIT */
/*
 * Enveloped XML signatures over a whole document, under a tight profile. The
 * only user of libxmlsec1.
 *
 * The profile: one ds:Signature, a child of the root; exclusive canonical form
 * of SignedInfo; one Reference whose URI is "" or "#ID" of the root; the two
 * transforms enveloped-signature and exclusive canonical form, in this order;
 * SHA-256, -384 or -512; rsa-sha256/384/512 or ecdsa-sha256/384; no Object, no
 * parameters. So what is verified is what the caller reads from the tree.
 */
#ifndef BASE_XMLDSIG_H
#define BASE_XMLDSIG_H

#include "base/xml.h"

#include <openssl/x509.h>

enum {
	XMLDSIG_CERTS_MAX = 8
}; /* in KeyInfo; ours */

/* A signature that conforms to the profile; nothing is verified yet. */
struct xmldsig {
	struct xml_node *node;		     /* belongs to the document */
	const char *method;		     /* URI, as long */
	struct buf certs[XMLDSIG_CERTS_MAX]; /* DER from KeyInfo, untrusted */
	size_t cert_count;
};
void xmldsig_done(struct xmldsig *s);

/*
 * Find the signature and check it against the profile. At most once per
 * document. SHVM_E_FORMAT, reason "bad-signature-profile".
 */
int xmldsig_find(struct xml_doc *doc, struct xmldsig *ret,
		 struct shvm_err *err);

/* Did this certificate's key sign the document? SHVM_E_VERIFY when not. */
int xmldsig_verify(const struct xmldsig *s, X509 *cert, struct shvm_err *err);

/*
 * Sign the whole document with an RSA key, RSA-SHA256; the signature becomes
 * the root's last child, and its KeyInfo contains the certificate.
 */
int xmldsig_sign(struct xml_doc *doc, EVP_PKEY *key, X509 *cert,
		 struct shvm_err *err);

#endif
