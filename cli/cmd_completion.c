/* SPDX-License-Identifier: MIT */
/* completion: a script for a shell. */
#include "cli/completion.h"
#include "cli/out.h"

#include <string.h>

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
		shells[i].print(out->tables, out->result);
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
