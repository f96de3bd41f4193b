/* SPDX-License-Identifier: MIT */
/* A configuration file of cloud-init. */
#include "guest/cloud_init.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cloud_sources s = { 0 };
	struct shvm_guest_facts f;

	cloud_add(&s, "a.cfg", (const char *)data, size);
	/* A list, or why there is none, or nothing; never both. */
	if (*s.list && *s.unread)
		abort();
	facts_init(&f);
	cloud_give(&s, &f);
	if (strcmp(f.datasources, s.list) != 0 ||
	    !*f.root_trouble != !*s.unread)
		abort();
	(void)cloud_is_local(s.list);
	cloud_add_identify(&s, (const char *)data, size);
	if (*s.list && *s.unread)
		abort();
	return 0;
}
