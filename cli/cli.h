/* SPDX-License-Identifier: MIT */
/*
 * Commands and their options as tables: the single source of parsing, help,
 * the man pages' synopses and shell completion.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/err.h"

#include <shvm/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* There is no kind that takes a secret's value: only the file that holds it. */
enum cli_kind {
	CLI_FLAG,    /* bool */
	CLI_STRING,  /* const char * */
	CLI_PATH,    /* const char *, completed as a file name */
	CLI_CHOICE,  /* const char *, one of the words in value: "a|b|c" */
	CLI_UINT,    /* uint32_t within min..max */
	CLI_SIZE,    /* uint64_t bytes: a number with K, M, G or T behind it */
	CLI_VERSION, /* struct shvm_version */
	CLI_STRINGS, /* struct cli_list, may be given several times */
	CLI_PATHS,   /* the same, completed as file names */
	CLI_SECRET, /* const char *, where a secret comes from: FILE, fd:N, - */
	CLI_SECRETS, /* struct cli_list of those */
	CLI_DRAWN,   /* as CLI_SECRET, or the word random: it is drawn */
	CLI_OUT,     /* const char *, a result file: none that is read; or,
		      * with DIR in value, the folder of several */
	CLI_OUT_OVER /* the same, but it may be the first operand's file */
};

struct cli_list {
	const char **items; /* freed by the parser after the command ran */
	size_t count;
};

struct cli_opt {
	const char *name; /* long name, no dashes */
	enum cli_kind kind;
	size_t field; /* offset in the command's argument struct */
	bool required;
	unsigned int min, max; /* CLI_UINT, and CLI_SIZE where max is not 0 */
	const char *value;     /* placeholder in help; NULL for a flag */
	const char *help;      /* one line, no full stop */
};

/* Common to all commands; parsed for each and kept in struct out (out.h):
 * --json --quiet --verbose --progress --jobs --force --help --version. */
struct cli_common {
	bool json, quiet, verbose, force;
	const char *progress; /* "auto", "none" or a descriptor's number */
	uint32_t jobs;	      /* 0: one a CPU */
};

struct out; /* where results, messages and progress go; see out.h */

/* A command's answer besides 0 and the negative codes. */
enum {
	CLI_SAYS_NO = 1
}; /* the result is out already; exit 3 */

struct cli_cmd {
	const char *name; /* two words: noun verb; or one: "doctor" */
	/*
	 * "DISK.vhdx", "PROTECTOR OUT": one word each, all required. A last
	 * word that ends in "..." takes one or more, one in "[...]" may be
	 * missing.
	 */
	const char *operands;
	const char *summary;	    /* one line, no full stop */
	const char *windows;	    /* the cmdlet it stands for, or NULL */
	const struct cli_opt *opts; /* ends with a NULL name */
	size_t args_size;
	int (*run)(const void *args, char *const *operands, struct out *out,
		   struct shvm_err *err); /* operands end with NULL */
};

/* Several values, in a struct cli_list? */
static inline bool cli_is_list(const struct cli_opt *opt)
{
	return opt->kind == CLI_STRINGS || opt->kind == CLI_PATHS ||
	       opt->kind == CLI_SECRETS;
}

/* One table a file cmd_*.c, each ends with a NULL name. */
extern const struct cli_cmd disk_cmds[], template_cmds[], guardian_cmds[],
	protector_cmds[], pdk_cmds[], answer_cmds[], fsk_cmds[], doctor_cmds[];

/* Parse the words after the program's name and run; returns the exit code. */
int cli_main(int argc, char **argv);

#endif
