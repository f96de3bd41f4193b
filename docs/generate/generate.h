/* SPDX-License-Identifier: MIT */
/* The parts of the documents that are made from the program's own tables. */
#ifndef DOCS_GENERATE_GENERATE_H
#define DOCS_GENERATE_GENERATE_H

#include <stdbool.h>
#include <stdio.h>

/* Man pages: SYNOPSIS and OPTIONS of a noun; "common" is no noun. False when
 * there is no such noun. */
bool man_synopsis(const char *noun, FILE *f);
bool man_options(const char *noun, FILE *f);
/* Text in a line of its own: dashes are dashes, "--name" is bold. */
void man_text(const char *text, FILE *f);

/* The rules of a section: a table of docs/RULES.md, a list of a man page. */
bool rules_table(const char *name, FILE *f);
bool rules_list(const char *name, FILE *f);
/* A line for each text of a broken rule: its id, its level and the text. */
void rules_print(FILE *f);

/* The facts about a guest, a table of docs/JSON.md. */
bool facts_table(const char *name, FILE *f);

/* Commands and their cmdlets, a table of docs/cmdlets.md. */
bool cmdlets_table(const char *name, FILE *f);

/* A cell of a table: what Markdown takes for something else is escaped. */
void markdown_text(const char *text, FILE *f);

/* All of docs/pdk-spec.schema.json. */
bool schema_make(FILE *f);

#endif
