/* SPDX-License-Identifier: MIT */
/* Writes the files of a case. */
#include "tests/gen/cases.h"

#include <stdio.h>

static int write_as(const struct gen_disk *d, const char *dir, const char *name,
		    const char *suffix)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s%s", dir, name, suffix);
	return gen_write(d, path);
}

int gen_case_write(const struct gen_case *c, const char *dir)
{
	const struct gen_disk *d = c->disk.parent;
	char name[256];

	if (write_as(&c->disk, dir, c->name, ".vhdx"))
		return -1;
	(void)snprintf(name, sizeof(name), "%s", c->name);
	for (int depth = 1; d; d = d->parent, depth++) {
		size_t n = 0;

		for (; name[n]; n++)
			;
		(void)snprintf(name + n, sizeof(name) - n, "-parent");
		if (depth == 1 && c->parent_file) {
			if (write_as(d, dir, c->parent_file, ""))
				return -1;
		} else if (write_as(d, dir, name, ".vhdx")) {
			return -1;
		}
	}
	return 0;
}
