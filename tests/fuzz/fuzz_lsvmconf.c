/* SPDX-License-Identifier: MIT */
/* lsvmconf as it lies on an EFI system partition. */
#include "guest/lsvmconf.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shvm_err err = { 0 };
	struct lsvmconf conf;
	const int r = lsvmconf_decode((const char *)data, size, &conf, &err);

	if (r < 0 && (!err.reason || strcmp(err.reason, "bad-lsvmconf") != 0))
		abort();
	/* Both partitions are named, and the folder is one of the known. */
	if (r == 0 && (!conf.has_boot || !conf.has_root ||
		       !memchr(conf.vendor, 0, sizeof(conf.vendor)) ||
		       strpbrk(conf.vendor, "/\\.")))
		abort();
	return 0;
}
