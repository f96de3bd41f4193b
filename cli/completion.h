/* SPDX-License-Identifier: MIT */
/* Completion scripts for shells, from the tables. */
#ifndef CLI_COMPLETION_H
#define CLI_COMPLETION_H

#include "cli/command.h"

#include <stdio.h>

void completion_bash(const struct cli_cmd *const *tables, FILE *f);
void completion_zsh(const struct cli_cmd *const *tables, FILE *f);
void completion_fish(const struct cli_cmd *const *tables, FILE *f);

/* The options of a command, its own first, then the common ones. */
void completion_options(const struct cli_cmd *cmd, struct opt_table *ret);

/* Is this command of a table the first one of its noun? */
bool completion_is_first(const struct cli_cmd *table,
			 const struct cli_cmd *cmd);

/* All nouns, with a blank before each. */
void completion_nouns(const struct cli_cmd *const *tables, FILE *f);

/* The words of a CLI_CHOICE, with a blank between two. */
void completion_choices(const struct cli_opt *opt, FILE *f);

/* The verb of a command; "" when it has none. */
const char *completion_verb(const struct cli_cmd *cmd);

#endif
