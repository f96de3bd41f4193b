/* SPDX-License-Identifier: MIT */
/*
 * What a machine receives: files with the fabric's values, and the two forms
 * of the payload for Linux guests (lsvmtools, lsvmutils/specialize.h and
 * lsvmload/specialize.h).
 */
#ifndef PDK_SPECIALIZE_H
#define PDK_SPECIALIZE_H

#include "base/secret.h"
#include "pdk/fabric.h"
#include "pdk/note.h"
#include "pdk/payload.h"

enum {
	SPECIALIZE_IV = 16,
	SPECIALIZE_SIZE_MAX = 64 << 20
};

/*
 * Could a machine be made of these files, as far as that can be told without
 * the fabric's values? The answer file must be XML of a known root; names must
 * be such as its system has; each file that is substituted must have its
 * placeholders where values can go; values that are there must be such as the
 * system accepts. keys (may be NULL, starts as { 0 }) receives the placeholders.
 *
 * SHVM_E_VERIFY with a reason of shvm_pdk_specialize().
 */
int specialize_check(const struct payload *p, struct tokens *keys,
		     const struct notes *notes, struct shvm_err *err);

/* The placeholders alone, of what can be read; the rest has none. */
int specialize_keys(const struct payload *p, struct tokens *keys,
		    struct shvm_err *err);

/*
 * All of specialize_check(), and the files with the values put in. fabric NULL:
 * there are none.
 */
int specialize_apply(const struct payload *from,
		     const struct shvm_fabric *fabric,
		     const struct notes *notes, struct payload *ret,
		     size_t *ret_count, struct shvm_err *err);

/* SPECIALIZATION_CLEAR_DATA: the answer file first, as "unattend.xml". */
int specialize_encode(const struct payload *p, struct buf *ret,
		      struct shvm_err *err);

/*
 * SECURE_SPECIALIZATION, mode 1 (AES-CBC, PKCS#7). The key has 16, 24 or 32
 * bytes. iv NULL: random.
 */
int specialize_encrypt(const struct secret *key, const uint8_t *iv,
		       const struct buf *clear, struct buf *ret,
		       struct shvm_err *err);

#endif
