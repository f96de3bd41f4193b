/* SPDX-License-Identifier: MIT */
/* The container, the protector in it, and the owner's signature. */
#include "pdk/pdk_file.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf copy = { 0 };
	struct shvm_pdk *pdk = NULL;
	struct shvm_err err = { 0 };

	buf_add(&copy, data, size);
	if (pdk_file_decode(&copy, "fuzz", &pdk, &err) == 0 &&
	    pdk_file_check_signature(pdk, &err) == 0)
		(void)pdk_describe(pdk, &err);
	shvm_pdk_free(pdk);
	buf_done(&copy);
	return 0;
}
