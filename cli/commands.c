/* SPDX-License-Identifier: MIT */
/* The list of all tables, in the order in which --help shows them. */
#include "cli/help.h"

const struct cli_cmd *const all_tables[] = {
#if __has_include("cli/cmd_disk.c")
	disk_cmds,
#endif
#if __has_include("cli/cmd_template.c")
	template_cmds,
#endif
#if __has_include("cli/cmd_guardian.c")
	guardian_cmds,
#endif
#if __has_include("cli/cmd_protector.c")
	protector_cmds,
#endif
#if __has_include("cli/cmd_pdk.c")
	pdk_cmds,
#endif
#if __has_include("cli/cmd_answer.c")
	answer_cmds,
#endif
#if __has_include("cli/cmd_fsk.c")
	fsk_cmds,
#endif
#if __has_include("cli/cmd_doctor.c")
	doctor_cmds,
#endif
	completion_cmds, NULL,
};
