/* SPDX-License-Identifier: MIT */
/* The owner's signature over a shielding data file. */
#ifndef PDK_OWNER_H
#define PDK_OWNER_H

#include "pdk/container.h"
#include "pdk/guardian.h"

/* Sign everything before the last section, and add that section. Requires the
 * owner's signing key. */
int owner_sign(const struct shvm_guardian *owner, struct buf *file,
	       struct shvm_err *err);

/*
 * Is the signature section a signature by this certificate over the rest, in
 * exactly the form that owner_sign() writes? SHVM_E_VERIFY with reason
 * "bad-owner-signature".
 */
int owner_check(const struct container *c, X509 *owner_cert,
		struct shvm_err *err);

/*
 * Is the owner's certificate valid at this time (0: now), and has it no unknown
 * critical extension? protector_check() checks key and key usage. SHVM_E_VERIFY
 * "owner-certificate".
 */
int owner_check_certificate(X509 *cert, int64_t at, struct shvm_err *err);
/* The second half of it, which does not depend on time: no file is created for an
 * owner whose files would always be refused. */
int owner_check_extensions(X509 *cert, struct shvm_err *err);

#endif
