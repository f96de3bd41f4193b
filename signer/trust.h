/* SPDX-License-Identifier: MIT */
/* The trust object of <shvm/trust.h>. */
#ifndef SIGNER_TRUST_H
#define SIGNER_TRUST_H

#include "signer/key.h"

#include <shvm/trust.h>

enum {
	FINGERPRINT_SIZE = 32 /* bytes: SHA-256 of the DER */
};

struct shvm_trust {
	STACK_OF(X509) * signers, *ca, *tsa_ca; /* NULL: none was added */
	uint8_t (*fingerprints)[FINGERPRINT_SIZE];
	size_t fingerprint_count;
	time_t at; /* 0: now */
	char *eku; /* as for key_check_eku() */
	bool allow_untrusted_root, allow_expired;
};
AUTO_DEFINE(trust_ptr, struct shvm_trust *, shvm_trust_free);

/* Callers may pass NULL, which means an object without any anchor. */
static inline const struct shvm_trust *trust_or_none(
	const struct shvm_trust *trust)
{
	static const struct shvm_trust none = { 0 };

	return trust ? trust : &none;
}

/* Does it have an anchor for signers: a certificate, a fingerprint or a CA? */
bool trust_has_anchor(const struct shvm_trust *trust);

/* Is exactly this certificate trusted, as a signer or by its fingerprint? */
bool trust_is_pinned(const struct shvm_trust *trust, X509 *cert);

/* A fingerprint as text: 64 hexadecimal digits, colons allowed. SHVM_E_ARG. */
int fingerprint_parse(const char *text, uint8_t ret[FINGERPRINT_SIZE],
		      struct shvm_err *err);
bool fingerprint_is_of(const uint8_t fingerprint[FINGERPRINT_SIZE], X509 *cert);

#endif
