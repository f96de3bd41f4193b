/* SPDX-License-Identifier: MIT */
/* Fuzzes the catalog's XML; what is read has to be written back and again. */
#include "signer/catalog.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_DONE(buf) once = { 0 };
	AUTO_DONE(buf) twice = { 0 };
	AUTO_DONE(catalog_lists) lists = { 0 };
	AUTO_DONE(catalog_lists) more = { 0 };
	struct shvm_err err = { 0 };
	struct shvm_catalog_info c, again;

	if (catalog_decode(data, size, &c, &lists, &err) < 0)
		return 0;
	if (catalog_encode(&c, &once, &err) < 0 ||
	    catalog_decode(once.data, once.len, &again, &more, &err) < 0 ||
	    catalog_encode(&again, &twice, &err) < 0 || once.len != twice.len ||
	    memcmp(once.data, twice.data, once.len) != 0)
		abort();
	return 0;
}
