/* SPDX-License-Identifier: MIT */
/* Guardian metadata, with every trust given, so that all of it is read. */
#include "pdk/guardian.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct shvm_trust lax = {
		.allow_untrusted_root = true,
		.allow_expired = true,
	};
	AUTO(guardian_ptr) g = NULL;
	struct shvm_err err = { 0 };

	if (shvm_guardian_decode(data, size, "fuzz", &lax, &g, &err) < 0 &&
	    err.msg[0] == '\0')
		__builtin_trap(); /* a failure without words */
	return 0;
}
