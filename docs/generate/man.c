/* SPDX-License-Identifier: MIT */
/* SYNOPSIS and OPTIONS of the man pages. */
#include "docs/generate/generate.h"

#include "cli/parse.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	COMMANDS_MAX = 16
};

/* The commands of a noun; a command of one word is its own noun. */
struct noun {
	const struct cli_cmd *cmds[COMMANDS_MAX];
	struct opt_table *tables; /* one a command */
	size_t count;
	size_t with_options;
};

static void noun_done(struct noun *n)
{
	free(n->tables);
}

static bool noun_init(struct noun *n, const char *name)
{
	*n = (struct noun){ .count = 0 };
	n->tables = calloc(COMMANDS_MAX, sizeof(*n->tables));
	if (!n->tables)
		return false;
	for (const struct cli_cmd *const *all = all_tables; *all; all++) {
		for (const struct cli_cmd *c = *all; c->name; c++) {
			if (command_noun_len(c) != strlen(name) ||
			    strncmp(c->name, name, strlen(name)) != 0 ||
			    n->count == COMMANDS_MAX)
				continue;
			opt_table_init(&n->tables[n->count], c->opts);
			n->with_options += n->tables[n->count].count > 0;
			n->cmds[n->count++] = c;
		}
	}
	return n->count > 0;
}

/* Text in a line of its own: dashes are dashes, "--name" is bold. */
void man_text(const char *text, FILE *f)
{
	bool bold = false, start = true;

	for (; *text; text++) {
		if (start && strncmp(text, "--", 2) == 0 &&
		    islower((unsigned char)text[2])) {
			fputs("\\fB", f);
			bold = true;
		}
		if (bold && *text != '-' && !islower((unsigned char)*text)) {
			fputs("\\fR", f);
			bold = false;
		}
		start = strchr(" (\"", *text) != NULL;
		if (*text == '\\')
			fputs("\\e", f);
		else if (*text == '-')
			fputs("\\-", f);
		else
			fputc(*text, f);
	}
	if (bold)
		fputs("\\fR", f);
}

static void put_option(const struct cli_opt *o, FILE *f)
{
	fputs("\\fB\\-\\-", f);
	man_text(o->name, f);
	fputs("\\fR", f);
	if (!o->meta)
		return;
	fputs(" \\fI", f);
	man_text(o->meta, f);
	fputs("\\fR", f);
}

bool man_synopsis(const char *name, FILE *f)
{
	struct noun n;
	const bool found = noun_init(&n, name);

	for (size_t i = 0; i < n.count; i++) {
		const struct cli_cmd *c = n.cmds[i];

		fputs(i > 0 ? ".br\n.B shvm " : ".B shvm ", f);
		man_text(c->name, f);
		if (c->operands && *c->operands) {
			fputs("\n.I ", f);
			man_text(c->operands, f);
		}
		fputc('\n', f);
		for (const struct cli_opt *o = n.tables[i].rows; o->name; o++) {
			fputs(o->required ? "" : "[", f);
			put_option(o, f);
			fputs(o->required ? "" : "]", f);
			fputs(o->is_list ? "...\n" : "\n", f);
		}
	}
	noun_done(&n);
	return found;
}

static bool is_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* The row with this name that says the same, NULL for none. */
static const struct cli_opt *same_row(const struct opt_table *t,
				      const struct cli_opt *o)
{
	const struct cli_opt *row = opt_find(t, o->name, strlen(o->name));

	return row && is_same(row->help, o->help) &&
			       is_same(row->more, o->more) &&
			       is_same(row->meta, o->meta)
		       ? row
		       : NULL;
}

/* Which commands have it, unless all do that have options. */
static void put_commands(const struct noun *n, const struct cli_opt *o, FILE *f)
{
	size_t with = 0, done = 0;

	for (size_t i = 0; i < n->count; i++)
		with += same_row(&n->tables[i], o) != NULL;
	if (with == n->with_options)
		return;
	fputs("For ", f);
	for (size_t i = 0; i < n->count; i++) {
		const char *verb = n->cmds[i]->name;

		if (!same_row(&n->tables[i], o))
			continue;
		if (done > 0)
			fputs(done + 1 == with ? " and " : ", ", f);
		verb += strcspn(verb, " ");
		verb += strspn(verb, " ");
		fprintf(f, "\\fB%s\\fR", verb);
		done++;
	}
	fputs(".\n", f);
}

/* "a text" as a sentence. */
static void put_sentence(const char *text, FILE *f)
{
	const char first[2] = { (char)toupper((unsigned char)*text), '\0' };
	const size_t len = strlen(text);

	man_text(*text == '-' ? "" : first, f);
	man_text(*text == '-' ? text : text + 1, f);
	if (len > 0 && strchr(".?!", text[len - 1]) == NULL)
		fputc('.', f);
	fputc('\n', f);
}

/* Sentences, a line each: ". " ends one. */
static void put_more(const char *text, FILE *f)
{
	while (*text) {
		const char *end = strstr(text, ". ");
		const size_t len =
			end ? (size_t)(end - text) + 1 : strlen(text);
		char *line = strndup(text, len);

		if (!line)
			abort();
		man_text(line, f);
		fputc('\n', f);
		free(line);
		text += len;
		text += strspn(text, " ");
	}
}

static void put_entry(const struct noun *n, const struct cli_opt *o, FILE *f)
{
	fputs(".TP\n", f);
	put_option(o, f);
	fputc('\n', f);
	put_sentence(o->help, f);
	if (o->more)
		put_more(o->more, f);
	if (o->is_list)
		fputs("May be given several times.\n", f);
	if (n)
		put_commands(n, o, f);
}

bool man_options(const char *name, FILE *f)
{
	struct opt_table common;
	struct noun n;
	bool found;

	if (strcmp(name, "common") == 0) {
		opt_table_init(&common, common_opts);
		for (const struct cli_opt *o = common.rows; o->name; o++)
			put_entry(NULL, o, f);
		return true;
	}
	found = noun_init(&n, name);
	for (size_t i = 0; i < n.count; i++) {
		for (const struct cli_opt *o = n.tables[i].rows; o->name; o++) {
			bool is_new = true;

			for (size_t j = 0; j < i; j++)
				if (same_row(&n.tables[j], o))
					is_new = false;
			if (is_new)
				put_entry(&n, o, f);
		}
	}
	noun_done(&n);
	return found;
}
