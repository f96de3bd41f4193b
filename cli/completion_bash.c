/* SPDX-License-Identifier: MIT */
/* Completion for bash: words, and what completes the value of an option. */
#include "cli/completion.h"

static void print_nouns(const struct cli_cmd *const *tables, FILE *f)
{
	for (; *tables; tables++) {
		for (const struct cli_cmd *c = *tables; c->name; c++) {
			const size_t n = command_noun_len(c);

			if (c->name[n] != ' ')
				continue;
			if (completion_is_first(*tables, c))
				fprintf(f, "\t%.*s) words='", (int)n, c->name);
			fprintf(f, " %s", c->name + n + 1);
			if (!c[1].name || completion_is_first(*tables, c + 1))
				fputs("' ;;\n", f);
		}
	}
}

static void print_value(const struct cli_opt *o, FILE *f)
{
	fprintf(f, "\t\t--%s) ", o->name);
	if (opt_is_file(o)) {
		fputs("value=file ;;\n", f);
	} else if (o->kind == CLI_CHOICE) {
		fputs("value=' ", f);
		completion_choices(o, f);
		fputs("' ;;\n", f);
	} else {
		fputs("value=none ;;\n", f);
	}
}

/* A command's options, and for those with a value what completes it. */
static void print_options(const struct cli_cmd *cmd, FILE *f)
{
	struct opt_table t;
	const struct cli_opt *o;

	completion_options(cmd, &t);
	fprintf(f, "\t'%s') opts='", cmd->name);
	for (o = t.rows; o->name; o++)
		fprintf(f, " --%s", o->name);
	fputs("'\n\t\tcase $prev in\n", f);
	for (o = t.rows; o->name; o++)
		if (o->kind != CLI_FLAG)
			print_value(o, f);
	fputs("\t\tesac ;;\n", f);
}

static const char script_start[] =
	"# bash completion for shvm, made by: shvm completion bash\n"
	"_shvm()\n"
	"{\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	"\tlocal noun=${COMP_WORDS[1]} verb=${COMP_WORDS[2]} words= opts= value=\n"
	"\tCOMPREPLY=()\n"
	/* bash splits --opt=value at the equals sign */
	"\tif [[ $cur == '=' ]]; then\n"
	"\t\tcur=\n"
	"\telif [[ $prev == '=' ]]; then\n"
	"\t\tprev=${COMP_WORDS[COMP_CWORD-2]}\n"
	"\tfi\n";

void completion_bash(const struct cli_cmd *const *tables, FILE *f)
{
	fputs(script_start, f);
	fputs("\tif ((COMP_CWORD == 1)); then\n\t\twords='", f);
	completion_nouns(tables, f);
	fputs(" --help --version'\n"
	      "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	      "\t\treturn\n\tfi\n\tcase $noun in\n",
	      f);
	print_nouns(tables, f);
	fputs("\tesac\n"
	      "\tif [[ $words ]] && ((COMP_CWORD == 2)); then\n"
	      "\t\tCOMPREPLY=($(compgen -W \"$words --help\" -- \"$cur\"))\n"
	      "\t\treturn\n\tfi\n"
	      "\tcase \"$noun${words:+ $verb}\" in\n",
	      f);
	for (const struct cli_cmd *const *t = tables; *t; t++)
		for (const struct cli_cmd *c = *t; c->name; c++)
			print_options(c, f);
	fputs("\tesac\n"
	      "\tif [[ $value == ' '* ]]; then\n"
	      "\t\tCOMPREPLY=($(compgen -W \"$value\" -- \"$cur\"))\n"
	      "\telif [[ $value == none ]]; then\n"
	      "\t\t:\n"
	      "\telif [[ -z $value && $cur == -* ]]; then\n"
	      "\t\tCOMPREPLY=($(compgen -W \"$opts\" -- \"$cur\"))\n"
	      "\telse\n"
	      "\t\tcompopt -o filenames 2>/dev/null\n"
	      "\t\tlocal IFS=$'\\n'\n"
	      "\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
	      "\tfi\n"
	      "}\n"
	      "complete -F _shvm shvm\n",
	      f);
}
