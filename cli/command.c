/* SPDX-License-Identifier: MIT */
/* The list of all tables, in the order in which --help shows them. */
#include "cli/command.h"

const struct cli_cmd *const all_tables[] = {
	disk_cmds,   template_cmds, guardian_cmds, protector_cmds,  pdk_cmds,
	answer_cmds, fsk_cmds,	    doctor_cmds,   completion_cmds, NULL,
};
