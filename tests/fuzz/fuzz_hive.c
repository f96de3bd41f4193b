/* SPDX-License-Identifier: MIT */
/*
 * A registry hive, looked at as SOFTWARE and as SYSTEM. Its checksum is made
 * right first, and zeros follow up to the length that it states, so that the
 * input passes these checks.
 */
#include "base/le.h"
#include "helper/hive.h"
#include "tests/fuzz/look.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	BASE = 4096,
	HIVE_MAX = 256 * 1024
};

static size_t hive_seal(uint8_t *hive, size_t size)
{
	uint32_t sum = 0, len;

	for (size_t i = 0; i < 508; i += 4)
		sum ^= le32_get(hive + i);
	le32_put(hive + 508, sum);
	len = le32_get(hive + 40);
	if (len > HIVE_MAX - BASE)
		return size;
	return len + BASE > size ? len + BASE : size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t hive[HIVE_MAX];
	AUTOCLOSE int fd = memfd_create("fuzz-hive", MFD_CLOEXEC);
	struct shvm_guest_facts f;
	char path[64], why[FILES_WHY];
	void *h;

	if (fd < 0 || size < BASE || size > HIVE_MAX)
		return 0;
	memset(hive, 0, sizeof(hive));
	memcpy(hive, data, size);
	size = hive_seal(hive, size);
	if (write(fd, hive, size) != (ssize_t)size)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	facts_init(&f);
	h = hive_open(path, why);
	if (!h)
		return 0;
	registry_software(&hive_registry, h, &f);
	registry_system(&hive_registry, h, &f);
	hive_close(h);
	shvm_guest_facts_each(&f, look, NULL);
	return 0;
}
