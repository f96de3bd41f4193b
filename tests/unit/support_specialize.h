/* SPDX-License-Identifier: MIT */
/* Reads what a machine receives; the product only writes it. */
#ifndef TESTS_UNIT_SUPPORT_SPECIALIZE_H
#define TESTS_UNIT_SUPPORT_SPECIALIZE_H

#include "pdk/specialize.h"

/* All entries come back as files (none as the answer). */
int specialize_decode(const uint8_t *data, size_t len, struct payload *ret,
		      struct shvm_err *err);

/* Also reads mode 2, whose HMAC cannot be checked: what it covers is not
 * public. */
int specialize_decrypt(const struct secret *key, const uint8_t *data,
		       size_t len, struct buf *ret, struct shvm_err *err);

#endif
