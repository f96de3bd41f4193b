/* SPDX-License-Identifier: MIT */
/*
 * Guardians: reads, checks and writes the metadata document of MS-KPS,
 * appendix 6.4; makes new guardians.
 */
#ifndef PDK_GUARDIAN_H
#define PDK_GUARDIAN_H

#include "base/buf.h"
#include "signer/key.h"

#include <shvm/guardian.h>

/* One guardian: its two certificates, and private keys where we have them. */
struct guardian {
	char *name; /* of the file or as given; for people */
	X509 *signing_cert, *encryption_cert;
	struct buf encryption_signature; /* over the encryption certificate */
	char *encryption_signature_uri;
	EVP_PKEY *signing_key, *encryption_key; /* NULL: not ours */
};

void guardian_free(struct guardian *g); /* NULL is fine */
AUTO_DEFINE(guardian_ptr, struct guardian *, guardian_free);

/* Decode a metadata document and check everything of formats section 3. */
int guardian_decode(const uint8_t *xml, size_t len, const char *what,
		    const struct shvm_guardian_trust *trust,
		    struct guardian **ret, struct shvm_err *err);

/* Read a metadata file and check it. */
int guardian_load(const char *path, const struct shvm_guardian_trust *trust,
		  struct guardian **ret, struct shvm_err *err);

/* Write the metadata document; needs the signing key. */
int guardian_encode(const struct guardian *g, struct buf *ret,
		    struct shvm_err *err);

/* Attach private keys; each must match its certificate. */
int guardian_set_keys(struct guardian *g, const struct shvm_key_source *signing,
		      const struct shvm_key_source *encryption,
		      struct shvm_err *err);

#endif
