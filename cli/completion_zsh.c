/* SPDX-License-Identifier: MIT */
/* Completion for zsh: a list of options for _arguments per command. */
#include "cli/completion.h"

#include <string.h>

/* Escapes text within single quotes, for _arguments and _describe. */
static void put_quoted(const char *text, FILE *f)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", f);
		else if (strchr("[]:\\", *text))
			fprintf(f, "\\%c", *text);
		else
			fputc(*text, f);
	}
}

static void put_option(const struct cli_opt *o, FILE *f)
{
	fprintf(f, " \\\n\t\t\t'%s--%s%s[", o->is_list ? "*" : "", o->name,
		o->kind == CLI_FLAG ? "" : "=");
	put_quoted(o->help, f);
	fputc(']', f);
	if (o->kind != CLI_FLAG) {
		fputc(':', f);
		put_quoted(o->meta, f);
		fputc(':', f);
		if (opt_is_file(o)) {
			fputs("_files", f);
		} else if (o->kind == CLI_CHOICE) {
			fputc('(', f);
			completion_choices(o, f);
			fputc(')', f);
		} else {
			fputc(' ', f);
		}
	}
	fputc('\'', f);
}

static void put_command(const struct cli_cmd *cmd, FILE *f)
{
	struct opt_table t;

	completion_options(cmd, &t);
	fprintf(f, "\t'%s')\n\t\t_arguments -S", cmd->name);
	for (const struct cli_opt *o = t.rows; o->name; o++)
		put_option(o, f);
	if (strcmp(cmd->name, "completion") == 0)
		fputs(" \\\n\t\t\t'1:SHELL:(bash zsh fish)'", f);
	else if (cmd->operands && *cmd->operands)
		fputs(" \\\n\t\t\t'*:operand:_files'", f);
	fputs("\n\t\t;;\n", f);
}

static void put_verbs(const struct cli_cmd *table, const struct cli_cmd *first,
		      FILE *f)
{
	const int n = (int)command_noun_len(first);

	fprintf(f, "\t\t%.*s)\n\t\t\tlist=(", n, first->name);
	for (const struct cli_cmd *c = first; c->name; c++) {
		if (c != first && completion_is_first(table, c))
			break;
		fputs("\n\t\t\t\t'", f);
		put_quoted(completion_verb(c), f);
		fputc(':', f);
		put_quoted(c->summary, f);
		fputc('\'', f);
	}
	fputs(")\n\t\t\t_describe verb list\n\t\t\treturn\n\t\t\t;;\n", f);
}

void completion_zsh(const struct cli_cmd *const *tables, FILE *f)
{
	fputs("#compdef shvm\n"
	      "# zsh completion for shvm, made by: shvm completion zsh\n"
	      "_shvm()\n{\n"
	      "\tlocal -a list\n"
	      "\tlocal command=$words[2]\n"
	      "\tif ((CURRENT == 2)); then\n"
	      "\t\tlist=(--help --version",
	      f);
	completion_nouns(tables, f);
	fputs(")\n\t\t_describe command list\n\t\treturn\n\tfi\n"
	      "\tif ((CURRENT == 3)); then\n\t\tcase $command in\n",
	      f);
	for (const struct cli_cmd *const *t = tables; *t; t++)
		for (const struct cli_cmd *c = *t; c->name; c++)
			if (*completion_verb(c) && completion_is_first(*t, c))
				put_verbs(*t, c, f);
	fputs("\t\tesac\n\tfi\n\tshift words\n\t((CURRENT--))\n"
	      "\tcase $command in\n\t",
	      f);
	for (const struct cli_cmd *const *t = tables; *t; t++)
		for (const struct cli_cmd *c = *t; c->name; c++)
			if (!*completion_verb(c))
				fprintf(f, "%s | ", c->name);
	fputs("'') ;;\n"
	      "\t*)\n\t\tcommand+=\" $words[2]\"\n\t\tshift words\n"
	      "\t\t((CURRENT--))\n\t\t;;\n\tesac\n\tcase $command in\n",
	      f);
	for (const struct cli_cmd *const *t = tables; *t; t++)
		for (const struct cli_cmd *c = *t; c->name; c++)
			put_command(c, f);
	fputs("\tesac\n}\n"
	      "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n"
	      "\t_shvm \"$@\"\nelse\n\tcompdef _shvm shvm\nfi\n",
	      f);
}
