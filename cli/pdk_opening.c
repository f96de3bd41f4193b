/* SPDX-License-Identifier: MIT */
/* The options that open a shielding data file. */
#include "cli/pdk_cmds.h"

#define ARGS struct opening_args
const struct cli_opt pdk_opening_opts[] = {
	OPT_KEY(key,
		.help = "private encryption key of the owner or a guardian"),
	PDK_OWNER_OPT(owner_fingerprint),
	OPT_END,
};
#undef ARGS
