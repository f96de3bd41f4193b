/* SPDX-License-Identifier: MIT */
/* All cases, and how their files are written. */
#include "tests/data/vhdx/cases.h"

#include <stdio.h>
#include <string.h>

const struct gen_case *const gen_good[] = { gen_good_shapes, gen_good_corners,
					    gen_good_logs, gen_good_children,
					    NULL };
const struct gen_case *const gen_hostile[] = { gen_bad_headers,
					       gen_bad_regions,
					       gen_bad_metadata,
					       gen_bad_bats,
					       gen_bad_logs,
					       gen_bad_parents,
					       NULL };

static const struct gen_case *find(const struct gen_case *const *tables,
				   const char *name)
{
	for (; *tables; tables++)
		for (const struct gen_case *c = *tables; c->name; c++)
			if (!strcmp(c->name, name))
				return c;
	return NULL;
}

const struct gen_case *gen_case_find(const char *name)
{
	static const struct gen_case *const large[] = { gen_large, NULL };
	const struct gen_case *c = find(gen_good, name);

	if (!c)
		c = find(gen_hostile, name);
	return c ? c : find(large, name);
}

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
		size_t n = strlen(name);

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
