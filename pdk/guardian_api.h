/* SPDX-License-Identifier: MIT */
/* What stands behind the opaque types of <shvm/guardian.h>. */
#ifndef PDK_GUARDIAN_API_H
#define PDK_GUARDIAN_API_H

#include "pdk/guardian.h"

struct shvm_guardian {
	struct guardian *inner;
	struct shvm_guardian_info info; /* its strings are in texts */
	struct cert_text texts[3];
};

/* The inner guardians of public ones; free() the array. */
int guardians_inner(const struct shvm_guardian *const *guardians, size_t count,
		    const struct guardian ***ret, struct shvm_err *err);

/* The description of a certificate whose texts are in t. */
struct shvm_cert_info guardian_cert_info(const struct cert_text *t);

#endif
