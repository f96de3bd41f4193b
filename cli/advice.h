/* SPDX-License-Identifier: MIT */
/* Which option helps where a command failed. The library names no options. */
#ifndef CLI_ADVICE_H
#define CLI_ADVICE_H

#include "base/err.h"
#include "cli/option.h"

/* Add to the message what the failed command's own options can do about it. */
void advice_add(const struct opt_table *opts, struct shvm_err *err);

#endif
