/* SPDX-License-Identifier: MIT */
/* What both engines do with a file. */
#include "guest/files.h"

#include <stdio.h>

enum shvm_known files_load(const struct files *f, const char *path, size_t max,
			   struct buf *ret, char why[FILES_WHY])
{
	uint64_t size = 0;
	const enum shvm_known known =
		f->ops->read(f->fs, path, max, ret, &size, why);

	if (known != SHVM_YES || (size <= max && !ret->failed))
		return known;
	if (ret->failed) /* there was no memory for its bytes */
		(void)snprintf(why, FILES_WHY, "cannot be read");
	else
		(void)snprintf(why, FILES_WHY, "has more than %zu bytes", max);
	return SHVM_UNKNOWN;
}
