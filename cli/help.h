/* SPDX-License-Identifier: MIT */
/* The texts of --help, from the tables. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/cli.h"

#include <stdio.h>

/* All tables of the program; ends with NULL. */
extern const struct cli_cmd *const all_tables[];

void help_program(const struct cli_cmd *const *tables, FILE *f);
void help_noun(const struct cli_cmd *const *tables, const char *noun, FILE *f);
void help_command(const struct cli_cmd *cmd, FILE *f);

/* Completion for bash, as a script. */
void completion_bash(const struct cli_cmd *const *tables, FILE *f);
extern const struct cli_cmd completion_cmds[];

/* Length of the noun in "noun verb"; all of it for one word. */
size_t command_noun_len(const struct cli_cmd *cmd);

#endif
