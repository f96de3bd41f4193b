/* SPDX-License-Identifier: MIT */
/* Turns the words of a command line into a command's argument struct. */
#ifndef CLI_PARSE_H
#define CLI_PARSE_H

#include "cli/command.h"

/* Common to all commands; parsed for each and kept in struct out (out.h):
 * --json --quiet --verbose --progress --jobs --force --help --version. */
struct cli_common {
	bool json, quiet, verbose, force;
	const char *progress; /* "auto", "none" or a descriptor's number */
	uint32_t jobs;	      /* 0: one per CPU */
};

struct parsed {
	struct opt_table opts; /* of the command */
	void *args;	       /* the command's struct */
	char **operands;       /* end with NULL; the words are argv's */
	size_t operand_count;
	struct cli_common common;
	bool help, version; /* --help, --version: run nothing, check nothing */
};

/* The options that every command has; ends with OPT_END. */
extern const struct cli_opt common_opts[];

/* Parse the words after the command's name. All failures are SHVM_E_ARG, except
 * out of memory. ret must be released also after a failure. */
int parse_words(const struct cli_cmd *cmd, int argc, char **argv,
		struct parsed *ret, struct shvm_err *err);
void parsed_done(struct parsed *p);

/* Is it a value of this option, of a kind whose values are texts? */
int parse_check_text(const struct cli_opt *opt, const char *text,
		     struct shvm_err *err);

/* Bytes as CLI_SIZE accepts them: digits, then K, M, G or T (powers of 1024). */
int parse_size(const char *text, uint64_t *ret, struct shvm_err *err);

#endif
