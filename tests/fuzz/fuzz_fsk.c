/* SPDX-License-Identifier: MIT */
/* Fabric data; what is taken reads back the same. */
#include "pdk/fabric.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shvm_fabric *f = NULL, *again = NULL;
	struct buf xml = { 0 };

	if (fabric_decode(data, size, &f, NULL) == 0) {
		if (fabric_encode(f, &xml, NULL) < 0 ||
		    fabric_decode(xml.data, xml.len, &again, NULL) < 0 ||
		    f->count != again->count)
			abort();
		for (size_t i = 0; i < f->count; i++)
			if (strcmp(f->pairs[i].key, again->pairs[i].key) != 0 ||
			    strcmp(f->pairs[i].value, again->pairs[i].value) !=
				    0)
				abort();
	}
	shvm_fabric_free(f);
	shvm_fabric_free(again);
	buf_done(&xml);
	return 0;
}
