/* SPDX-License-Identifier: MIT */
/*
 * Small files of a Linux's /etc. The first byte chooses: 'f' fstab, 'r'
 * os-release, 's' shadow, 'm' machine-id.
 */
#include "guest/etc.h"

#include "tests/fuzz/look.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	char ret[48] = "";
	bool found;

	if (size == 0)
		return 0;
	size--;
	switch (data[0]) {
	case 'f':
		found = etc_fstab_device(text, size, ret, sizeof(ret));
		if (found != (strncmp(ret, "line ", 5) == 0))
			abort();
		break;
	case 'r':
		etc_release_name(text, size, ret, sizeof(ret));
		break;
	case 's':
		found = etc_shadow_passwords(text, size, ret, sizeof(ret));
		if (found != (*ret != '\0'))
			abort();
		break;
	case 'm':
		(void)etc_has_machine_id(text, size);
		break;
	default:
		break;
	}
	if (strnlen(ret, sizeof(ret)) == sizeof(ret))
		abort();
	look(NULL, "etc", ret);
	return 0;
}
