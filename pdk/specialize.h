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
#include "pdk/payload.h"

enum {
	SPECIALIZE_IV = 16,
	SPECIALIZE_SIZE_MAX = 64 << 20
};

/*
 * The answer file and the text files of a payload with all values put in.
 * A file that is not UTF-8 text goes through as it is. fabric NULL: none.
 */
int specialize_apply(const struct payload *from,
		     const struct shvm_fabric *fabric, struct payload *ret,
		     size_t *ret_count, struct shvm_err *err);

/* SPECIALIZATION_CLEAR_DATA: the answer file first, as "unattend.xml". */
int specialize_encode(const struct payload *p, struct buf *ret,
		      struct shvm_err *err);
/* All entries come back as files (none as the answer). */
int specialize_decode(const uint8_t *data, size_t len, struct payload *ret,
		      struct shvm_err *err);

/*
 * SECURE_SPECIALIZATION, mode 1 (AES-CBC, PKCS#7). The key has 16, 24 or 32
 * bytes. iv NULL: random. Decryption also reads mode 2, whose HMAC cannot be
 * checked: what it covers is not public.
 */
int specialize_encrypt(const struct secret *key, const uint8_t *iv,
		       const struct buf *clear, struct buf *ret,
		       struct shvm_err *err);
int specialize_decrypt(const struct secret *key, const uint8_t *data,
		       size_t len, struct buf *ret, struct shvm_err *err);

#endif
