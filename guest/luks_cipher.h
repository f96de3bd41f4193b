/* SPDX-License-Identifier: MIT */
/* AES as LUKS1 volumes use it: sectors of 512 bytes, each with an IV. */
#ifndef GUEST_LUKS_CIPHER_H
#define GUEST_LUKS_CIPHER_H

#include "guest/luks.h"

/* OpenSSL's name of the cipher; NULL: unknown. */
const char *luks_cipher(const struct luks_header *h);

/*
 * Decrypt sectors in place, the first has the number @first; the last may be
 * incomplete.
 */
int luks_decrypt(const struct luks_header *h, const uint8_t *key,
		 uint64_t first, uint8_t *data, size_t len,
		 struct shvm_err *err);

#endif
