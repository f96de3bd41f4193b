/* SPDX-License-Identifier: MIT */
/* The program: finds the command, runs it, returns the exit code. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

/* Parse the words after the program's name and run; returns the exit code. */
int cli_main(int argc, char **argv);

#endif
