/* SPDX-License-Identifier: MIT */
/* What the completion scripts of the shells have in common. */
#include "cli/completion.h"

#include "cli/parse.h"

#include <assert.h>
#include <string.h>

void completion_options(const struct cli_cmd *cmd, struct opt_table *ret)
{
	struct opt_table common;

	opt_table_init(ret, cmd->opts);
	opt_table_init(&common, common_opts);
	for (const struct cli_opt *o = common.rows; o->name; o++) {
		assert(ret->count < OPT_MAX);
		memcpy(ret->names[ret->count], o->name, strlen(o->name) + 1);
		ret->rows[ret->count] = *o;
		ret->rows[ret->count].name = ret->names[ret->count];
		ret->count++;
	}
}

bool completion_is_first(const struct cli_cmd *table, const struct cli_cmd *cmd)
{
	const size_t n = command_noun_len(cmd);

	return cmd == table || command_noun_len(cmd - 1) != n ||
	       memcmp(cmd[-1].name, cmd->name, n) != 0;
}

const char *completion_verb(const struct cli_cmd *cmd)
{
	const char *verb = cmd->name + command_noun_len(cmd);

	return *verb == ' ' ? verb + 1 : verb;
}

void completion_nouns(const struct cli_cmd *const *tables, FILE *f)
{
	for (; *tables; tables++)
		for (const struct cli_cmd *c = *tables; c->name; c++)
			if (completion_is_first(*tables, c))
				fprintf(f, " %.*s", (int)command_noun_len(c),
					c->name);
}

void completion_choices(const struct cli_opt *opt, FILE *f)
{
	for (const char *c = opt->meta; *c; c++)
		fputc(*c == '|' ? ' ' : *c, f);
}
