/* SPDX-License-Identifier: MIT */
/* The payload for Linux guests, clear and encrypted. */
#include "tests/unit/support_specialize.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct payload p = { 0 }, again = { 0 };
	struct secret *key = NULL;
	struct buf b = { 0 };

	if (specialize_decode(data, size, &p, NULL) == 0 &&
	    specialize_encode(&p, &b, NULL) == 0 &&
	    (specialize_decode(b.data, b.len, &again, NULL) < 0 ||
	     again.count != p.count))
		abort();
	b.len = 0;
	if (secret_new(16, &key, NULL) == 0)
		(void)specialize_decrypt(key, data, size, &b, NULL);
	secret_free(key);
	payload_done(&p);
	payload_done(&again);
	buf_done(&b);
	return 0;
}
