/* SPDX-License-Identifier: MIT */
/* Would a result replace a file that the same command reads? */
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
 * The same for a path that is not on the command line: a file in a folder, or a
 * name with an appended suffix.
 */
int output_guard_check_path(const struct cli_cmd *cmd, const struct parsed *p,
			    const char *path, struct shvm_err *err);

/* Before any work: refuse existing result files that must not be replaced. */
int output_guard_check_targets(const struct parsed *p, struct shvm_err *err);

#endif
