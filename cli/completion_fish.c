/* SPDX-License-Identifier: MIT */
/* Completion for fish: one line per option, with the command it is for. */
#include "cli/completion.h"

static void put_quoted(const char *text, FILE *f)
{
	fputc('\'', f);
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			fputc('\\', f);
		fputc(*text, f);
	}
	fputc('\'', f);
}

static void put_option(const struct cli_cmd *cmd, const struct cli_opt *o,
		       FILE *f)
{
	fprintf(f, "complete -c shvm -n '__shvm_is %s' -l %s", cmd->name,
		o->name);
	if (opt_is_file(o)) {
		fputs(" -r -F", f);
	} else if (o->kind == CLI_CHOICE) {
		fputs(" -x -a '", f);
		completion_choices(o, f);
		fputc('\'', f);
	} else if (o->kind != CLI_FLAG) {
		fputs(" -x", f);
	}
	fputs(" -d ", f);
	put_quoted(o->help, f);
	fputc('\n', f);
}

static void put_command(const struct cli_cmd *table, const struct cli_cmd *cmd,
			FILE *f)
{
	const int n = (int)command_noun_len(cmd);
	const char *verb = completion_verb(cmd);
	struct opt_table t;

	if (completion_is_first(table, cmd)) {
		fprintf(f, "complete -c shvm -n '__shvm_words 1' -f -a %.*s", n,
			cmd->name);
		if (!*verb) {
			fputs(" -d ", f);
			put_quoted(cmd->summary, f);
		}
		fputc('\n', f);
	}
	if (*verb) {
		fprintf(f,
			"complete -c shvm -n '__shvm_words 2; and __shvm_is %.*s' -f -a %s -d ",
			n, cmd->name, verb);
		put_quoted(cmd->summary, f);
		fputc('\n', f);
	}
	completion_options(cmd, &t);
	for (const struct cli_opt *o = t.rows; o->name; o++)
		put_option(cmd, o, f);
}

void completion_fish(const struct cli_cmd *const *tables, FILE *f)
{
	fputs("# fish completion for shvm, made by: shvm completion fish\n"
	      "# Are there so many words before the cursor?\n"
	      "function __shvm_words\n"
	      "\ttest (count (commandline -opc)) -eq $argv[1]\n"
	      "end\n"
	      "# Do the words after the program's name begin with these?\n"
	      "function __shvm_is\n"
	      "\tset -l words (commandline -opc)\n"
	      "\tset -l last (math (count $argv) + 1)\n"
	      "\ttest (count $words) -ge $last\n"
	      "\tand test \"$words[2..$last]\" = \"$argv\"\n"
	      "end\n"
	      "complete -c shvm -n '__shvm_words 1' -f -l help -d 'list all commands'\n"
	      "complete -c shvm -n '__shvm_words 1' -f -l version -d 'print the version'\n"
	      "complete -c shvm -n '__shvm_is completion' -f -a 'bash zsh fish'\n",
	      f);
	for (const struct cli_cmd *const *t = tables; *t; t++)
		for (const struct cli_cmd *c = *t; c->name; c++)
			put_command(*t, c, f);
}
