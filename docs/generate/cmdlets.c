/* SPDX-License-Identifier: MIT */
/* For which cmdlets our commands stand, in docs/cmdlets.md. */
#include "docs/generate/generate.h"

#include "cli/command.h"

bool cmdlets_table(const char *name, FILE *f)
{
	if (strcmp(name, "commands") != 0)
		return false;
	fputs("| Command | On Windows |\n| --- | --- |\n", f);
	for (const struct cli_cmd *const *table = all_tables; *table; table++)
		for (const struct cli_cmd *c = *table; c->name; c++)
			if (c->windows)
				fprintf(f, "| `shvm %s` | %s |\n", c->name,
					c->windows);
	return true;
}
