/* SPDX-License-Identifier: MIT */
/* Builds the object that decides which certificates are trusted from options. */
#ifndef CLI_TRUST_OPTS_H
#define CLI_TRUST_OPTS_H

#include "base/auto.h"
#include "cli/option.h"

#include <shvm/trust.h>

AUTO_DEFINE(trust_ptr, struct shvm_trust *, shvm_trust_free);

/* Lists of files; each may be NULL. */
int trust_load(const struct cli_list *signers, const struct cli_list *ca,
	       const struct cli_list *tsa_ca, struct shvm_trust **ret,
	       struct shvm_err *err);

#endif
