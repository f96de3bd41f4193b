/* SPDX-License-Identifier: MIT */
/* Commands as tables, and the list of all of them. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "base/err.h"
#include "cli/option.h"

#include <string.h>

struct out; /* destination of results, messages and progress; see out.h */

/* The result of a command besides 0 and the negative codes. */
enum {
	CLI_SAYS_NO = 1
}; /* the result is already printed; exit 3 */

struct cli_cmd {
	const char *name; /* two words: noun verb; or one: "doctor" */
	/*
	 * "DISK.vhdx", "PROTECTOR OUT": one word each, all required. A last
	 * word that ends in "..." stands for one or more, one in "[...]" is
	 * optional.
	 */
	const char *operands;
	const char *summary;	    /* one line, no full stop */
	const char *windows;	    /* the corresponding cmdlet, or NULL */
	const struct cli_opt *opts; /* ends with OPT_END */
	size_t args_size;
	int (*run)(const void *args, char *const *operands, struct out *out,
		   struct shvm_err *err); /* operands end with NULL */
};

/* One table per file cmd_*.c; each ends with a NULL name. */
extern const struct cli_cmd disk_cmds[], template_cmds[], guardian_cmds[],
	protector_cmds[], pdk_cmds[], answer_cmds[], fsk_cmds[], doctor_cmds[],
	completion_cmds[];

/* All tables of the program, in the order of --help; ends with NULL. */
extern const struct cli_cmd *const all_tables[];

/* Length of the noun in "noun verb"; all of it for one word. */
static inline size_t command_noun_len(const struct cli_cmd *cmd)
{
	return strcspn(cmd->name, " ");
}

#endif
