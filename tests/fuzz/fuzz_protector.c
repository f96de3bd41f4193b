/* SPDX-License-Identifier: MIT */
/* Key protectors in all their forms; what reads is checked and written again.
 * A first byte of 0xff is a transport key's blob instead. */
#include "pdk/protector_internal.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void blob(const uint8_t *data, size_t size)
{
	AUTO(secret_ptr) s = NULL;
	AUTO(secret_ptr) key = NULL;

	if (size == 0 || secret_copy(data, size, &s, NULL) < 0)
		return;
	(void)protector_blob_decode(s, &key, NULL); /* only must not crash */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_DONE(checks) steps = { 0 };
	AUTO(protector_ptr) p = NULL;
	AUTO_DONE(buf) raw = { 0 };
	struct shvm_err err = { 0 };
	int r;

	if (size > 0 && data[0] == 0xff && (size < 2 || data[1] != 0xfe)) {
		blob(data + 1, size - 1);
		return 0;
	}
	if (shvm_protector_decode(data, size, "fuzz", &p, &err) < 0) {
		if (err.msg[0] == '\0')
			__builtin_trap(); /* a failure without words */
		return 0;
	}
	r = protector_check(p, NULL, &steps, &err);
	if (protector_encode(p, &raw, &err) < 0)
		return 0;
	/* A good one of ours has one spelling only. */
	if (r == 0 && protector_is_ours(p) && size == raw.len &&
	    memcmp(data, raw.data, size) != 0)
		__builtin_trap();
	return 0;
}
