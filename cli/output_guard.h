/* SPDX-License-Identifier: MIT */
/* Does a result go over a file that the same command reads? */
#ifndef CLI_OUTPUT_GUARD_H
#define CLI_OUTPUT_GUARD_H

#include "cli/parse.h"

/*
 * SHVM_E_ARG when a result file (an option of kind CLI_OUT or CLI_OUT_DIR, or
 * an operand whose name begins with OUT) is a file that another option or
 * operand names, or the file of another result.
 */
int output_guard_check(const struct cli_cmd *cmd, const struct parsed *p,
		       struct shvm_err *err);

/*
 * The same for a path that stands nowhere on the command line: a file of a
 * folder, or a name that was completed.
 */
int output_guard_check_path(const struct cli_cmd *cmd, const struct parsed *p,
			    const char *path, struct shvm_err *err);

/* Before any work: result files that are there and may not be replaced. */
int output_guard_check_targets(const struct parsed *p, struct shvm_err *err);

#endif
