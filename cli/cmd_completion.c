/* SPDX-License-Identifier: MIT */
/* completion: a script for a shell. */
#include "cli/completion.h"

#include "base/auto.h"
#include "base/err.h"
#include "cli/out.h"

#include <stdlib.h>
#include <string.h>

typedef void (*print_fn)(const struct cli_cmd *const *tables, FILE *f);

/* A truncated script is useless: print all of it, or fail. */
static int print_whole(print_fn print, struct out *out, struct shvm_err *err)
{
	AUTOFREE char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	TRY(err_null(err, f, "completion"));
	print(out->tables, f);
	if (fclose(f) != 0)
		return err_nomem(err, "completion");
	return out_whole(out, text, len, err);
}

static int completion_run(const void *args, char *const *operands,
			  struct out *out, struct shvm_err *err)
{
	static const struct {
		const char *name;
		print_fn print;
	} shells[] = {
		{ "bash", completion_bash },
		{ "zsh", completion_zsh },
		{ "fish", completion_fish },
	};

	(void)args;
	for (size_t i = 0; i < ARRAY_SIZE(shells); i++) {
		if (strcmp(operands[0], shells[i].name) != 0)
			continue;
		return print_whole(shells[i].print, out, err);
	}
	return err_set(
		err, SHVM_E_ARG,
		"completion: unknown shell '%s' (expected bash, zsh or fish)",
		operands[0]);
}

const struct cli_cmd completion_cmds[] = {
	{ "completion", "SHELL",
	  "print a completion script for bash, zsh or fish", NULL, NULL, 0,
	  completion_run },
	{ 0 },
};
