/* SPDX-License-Identifier: MIT */
/*
 * The only accepted encoding of a message (RFC 5652, sections 5.1 and 5.3, in
 * DER), so that no unsigned byte can be changed.
 */
#ifndef SIGNER_CMS_FORM_H
#define SIGNER_CMS_FORM_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cms_form {
	X509 *signer;
	STACK_OF(X509) * certs; /* all of the message, in its order */
	int digest;		/* NID: SHA-256, SHA-384 or SHA-512 */
	int signature;		/* NID: rsaEncryption, rsassaPss or ECDSA */
	bool attached;
};

/*
 * The caller has compared the message with its DER encoding. False: *what
 * names the part that differs.
 */
bool cms_form_is_exact(const struct cms_form *form, const uint8_t *der,
		       size_t len, const char **what);

#endif
