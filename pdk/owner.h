/* SPDX-License-Identifier: MIT */
/* The owner's signature over a shielding data file. */
#ifndef PDK_OWNER_H
#define PDK_OWNER_H

#include "pdk/container.h"
#include "pdk/guardian.h"

/* Sign everything before the last section, and add that section. owner needs
 * its signing key. */
int owner_sign(const struct shvm_guardian *owner, struct buf *file,
	       struct shvm_err *err);

/*
 * Is the signature section the signature of this certificate over the rest,
 * in exactly the form that owner_sign() writes? SHVM_E_VERIFY with reason
 * "bad-owner-signature".
 */
int owner_check(const struct container *c, X509 *owner_cert,
		struct shvm_err *err);

/*
 * Is the owner's certificate valid at this time (0: now), and does it demand
 * nothing that is not understood? Key and key usage are steps of
 * protector_check(). SHVM_E_VERIFY "owner-certificate".
 */
int owner_check_certificate(X509 *cert, int64_t at, struct shvm_err *err);
/* The second half of it, which no time and no option changes: no file is made
 * for an owner whose files no check accepts. */
int owner_check_extensions(X509 *cert, struct shvm_err *err);

#endif
