/* SPDX-License-Identifier: MIT */
/* Which option of the failed command helps. The library names no options. */
#ifndef CLI_ADVICE_H
#define CLI_ADVICE_H

#include "base/err.h"
#include "cli/option.h"

/* Append to the message which of the failed command's options helps. */
void advice_add(const struct opt_table *opts, struct shvm_err *err);

#endif
