/* SPDX-License-Identifier: MIT */
/* The hash of a password as /etc/shadow of Linux has it. */
#include "pdk/password_hash.h"

#include "base/secret.h"

#include <crypt.h>

enum {
	SALT_BYTES = 32,
	SHA512_ROUNDS = 100000
};

int password_hash(const char *password, struct buf *ret, struct shvm_err *err)
{
	static const struct {
		const char *prefix;
		unsigned long cost;
	} ways[] = { { "$y$", 0 }, { "$6$", SHA512_ROUNDS } };
	AUTO(secret_ptr) room = NULL;
	char random[SALT_BYTES], setting[CRYPT_GENSALT_OUTPUT_SIZE];

	TRY(secret_new(sizeof(struct crypt_data), &room, err));
	TRY(secret_random(random, sizeof(random), err));
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		const char *hash;

		if (!crypt_gensalt_rn(ways[i].prefix, ways[i].cost, random,
				      sizeof(random), setting, sizeof(setting)))
			continue;
		hash = crypt_rn(password, setting, room->data, (int)room->size);
		if (hash) {
			buf_add_text(ret, hash);
			return buf_check(ret, "password", err);
		}
	}
	return err_set(
		err, SHVM_E_CRYPTO,
		"the C library has neither yescrypt nor SHA-512 for passwords");
}
