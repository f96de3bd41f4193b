/* SPDX-License-Identifier: MIT */
/*
 * The files for one VM with the fabric's values, and the two forms of the payload
 * for Linux guests (lsvmtools, lsvmutils/specialize.h and lsvmload/specialize.h).
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
 * Can a VM be created from these files, as far as this can be checked without the
 * fabric's values? The answer file must be XML with a known root; names must be
 * valid on its system; in each file with substitution the placeholders must be in
 * places that allow values; existing values must be accepted by the system. keys
 * (may be NULL, starts as { 0 }) receives the placeholders.
 *
 * SHVM_E_VERIFY with a reason of shvm_pdk_specialize().
 */
int specialize_check(const struct payload *p, struct tokens *keys,
		     const struct notes *notes, struct shvm_err *err);

/* Only the placeholders of the files that can be parsed. */
int specialize_keys(const struct payload *p, struct tokens *keys,
		    struct shvm_err *err);

/*
 * specialize_check(), then the files with placeholders replaced. fabric NULL: no
 * values.
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
