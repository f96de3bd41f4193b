/* SPDX-License-Identifier: MIT */
/* The command completion, and what the shells' scripts have in common. */
#include "cli/completion.h"

#include "cli/out.h"
#include "cli/parse.h"

#include <assert.h>
#include <string.h>

void completion_options(const struct cli_cmd *cmd, struct opt_table *ret)
{
	struct opt_table common;

	opt_table_init(ret, cmd->opts);
	opt_table_init(&common, common_opts);
	for (const struct cli_opt *o = common.rows; o->name; o++) {
		if (opt_find(ret, o->name, strlen(o->name)))
			continue;
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

static int completion_run(const void *args, char *const *operands,
			  struct out *out, struct shvm_err *err)
{
	static const struct {
		const char *name;
		void (*print)(const struct cli_cmd *const *tables, FILE *f);
	} shells[] = {
		{ "bash", completion_bash },
		{ "zsh", completion_zsh },
		{ "fish", completion_fish },
	};

	(void)args;
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
		if (strcmp(operands[0], shells[i].name) != 0)
			continue;
		shells[i].print(all_tables, out->result);
		return SHVM_OK;
	}
	return err_set(err, SHVM_E_ARG,
		       "completion: shell '%s' is none of bash|zsh|fish",
		       operands[0]);
}

const struct cli_cmd completion_cmds[] = {
	{ "completion", "SHELL",
	  "print a completion script for SHELL: bash, zsh or fish", NULL, NULL,
	  0, completion_run },
	{ 0 },
};
