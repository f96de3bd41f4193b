/* SPDX-License-Identifier: MIT */
/* The texts of --help, from the tables. */
#include "cli/help.h"

#include "base/match.h"
#include "cli/parse.h"

#include <string.h>

enum {
	OPTION_COLUMN = 28,
	COMMAND_COLUMN = 38,
	WIDTH = 79
};

/* Prints words from column on, wrapped before WIDTH; *at is the current column. */
static void print_words(const char *text, int column, int *at, FILE *f)
{
	while (*text) {
		int len = (int)strcspn(text, " ");

		if (*at > column && *at + 1 + len > WIDTH) {
			fputc('\n', f);
			*at = 0;
		}
		if (*at < column)
			*at += fprintf(f, "%*s", column - *at, "");
		else if (*at > column)
			*at += fprintf(f, " ");
		*at += fprintf(f, "%.*s", len, text);
		text += len;
		text += strspn(text, " ");
	}
}

/* The text of a line, in the column; n characters are already printed. */
static void print_entry(int n, int column, const char *text, const char *more,
			FILE *f)
{
	if (n > column - 2) {
		fputc('\n', f);
		n = 0;
	}
	print_words(text, column, &n, f);
	print_words(more, column, &n, f);
	fputc('\n', f);
}

static void print_command(const struct cli_cmd *cmd, FILE *f)
{
	const char *operands = cmd->operands ? cmd->operands : "";
	int n = fprintf(f, "  %s%s%s", cmd->name, *operands ? " " : "",
			operands);

	print_entry(n, COMMAND_COLUMN, cmd->summary, "", f);
}

static const char exits[] =
	"Exit status: 0 done or yes; 1 failed; 2 wrong usage; 3 verification "
	"says no;\n75 a network peer failed, try again; 130 interrupted.\n";

void help_program(const struct cli_cmd *const *tables, FILE *f)
{
	fputs("Usage: shvm NOUN VERB [OPTION...] [OPERAND...]\n\n"
	      "Shielded VM template disks, guardians and shielding data files.\n",
	      f);
	for (; *tables; tables++) {
		fputc('\n', f);
		for (const struct cli_cmd *c = *tables; c->name; c++)
			print_command(c, f);
	}
	fputs("\nMore: shvm NOUN --help, shvm NOUN VERB --help, "
	      "shvm --version, man shvm.\n",
	      f);
	fputs(exits, f);
}

void help_noun(const struct cli_cmd *const *tables, const char *noun, FILE *f)
{
	fprintf(f, "Usage: shvm %s VERB [OPTION...] [OPERAND...]\n\n", noun);
	for (; *tables; tables++)
		for (const struct cli_cmd *c = *tables; c->name; c++)
			if (text_is(c->name, command_noun_len(c), noun))
				print_command(c, f);
	fprintf(f, "\nMore: shvm %s VERB --help, man shvm-%s.\n", noun, noun);
}

static void print_option(const struct cli_opt *opt, FILE *f)
{
	int n = fprintf(f, "  --%s%s%s", opt->name, opt->meta ? " " : "",
			opt->meta ? opt->meta : "");

	bool many = opt->is_list;
	const char *more = "";

	if (opt->required)
		more = many ? "(required, repeatable)" : "(required)";
	else if (many)
		more = "(repeatable)";
	print_entry(n, OPTION_COLUMN, opt->help, more, f);
}

void help_command(const struct cli_cmd *cmd, FILE *f)
{
	const char *operands = cmd->operands ? cmd->operands : "";
	struct opt_table own, common;

	fprintf(f, "Usage: shvm %s [OPTION...]%s%s\n\n%s\n", cmd->name,
		*operands ? " " : "", operands, cmd->summary);
	if (cmd->windows)
		fprintf(f, "On Windows: %s\n", cmd->windows);

	opt_table_init(&own, cmd->opts);
	opt_table_init(&common, common_opts);
	if (own.count > 0)
		fputs("\nOptions:\n", f);
	for (const struct cli_opt *o = own.rows; o->name; o++)
		print_option(o, f);

	fputs("\nCommon options:\n", f);
	for (const struct cli_opt *o = common.rows; o->name; o++)
		if (!opt_find(&own, o->name, strlen(o->name)))
			print_option(o, f);
	fputc('\n', f);
	fputs(exits, f);
}
