/* SPDX-License-Identifier: MIT */
/* What cli_main() does, for any set of tables; the tests bring their own. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "cli/command.h"

#include <stdio.h>

/* Find the command, parse, run, report; returns the exit code. */
int cli_run(const struct cli_cmd *const *tables, int argc, char **argv);

/* The exit code for a result of a command: the one place that knows them. */
int cli_exit_code(int result);

/* Give the descriptors 0 to 2 something to name when they are closed. */
void cli_open_standard(void);

/* Flush and close; returns 1 and says why when something was lost. */
int cli_close(FILE *f, const char *name);

#endif
