/* SPDX-License-Identifier: MIT */
/* The texts of --help, from the tables. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/command.h"

#include <stdio.h>

void help_program(const struct cli_cmd *const *tables, FILE *f);
void help_noun(const struct cli_cmd *const *tables, const char *noun, FILE *f);
void help_command(const struct cli_cmd *cmd, FILE *f);

#endif
