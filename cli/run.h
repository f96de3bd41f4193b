/* SPDX-License-Identifier: MIT */
/* Implements cli_main() for any set of tables; tests use their own. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "cli/command.h"

#include <stdio.h>

/* Find the command, parse, run, report; returns the exit code. */
int cli_run(const struct cli_cmd *const *tables, int argc, char **argv);

/* The exit code for a result of a command; defined only here. */
int cli_exit_code(int result);

/* Open the null device for each of the descriptors 0 to 2 that is closed. */
void cli_open_standard(void);

/* Flush and close; prints an error and returns 1 if output was lost. */
int cli_close(FILE *f, const char *name);

#endif
