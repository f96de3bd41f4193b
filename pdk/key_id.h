/* SPDX-License-Identifier: MIT */
/* Identifies the key of a certificate: renewed certificates have the same key. */
#ifndef PDK_KEY_ID_H
#define PDK_KEY_ID_H

#include <shvm/error.h>

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

/* The same for all certificates of one key. */
struct key_id {
	uint8_t digest[32];
};

int key_id_of(const X509 *cert, struct key_id *ret, struct shvm_err *err);
bool key_id_equal(const struct key_id *a, const struct key_id *b);

/* The two keys of a guardian. */
struct key_pair {
	struct key_id signing, encryption;
};
int key_pair_of(const X509 *signing, const X509 *encryption,
		struct key_pair *ret, struct shvm_err *err);
/* Do two guardians share a key, in any role? */
bool key_pair_shares(const struct key_pair *a, const struct key_pair *b);

#endif
