/* SPDX-License-Identifier: MIT */
/* doctor: are the components that shvm uses there, and do they work? */
#include "cli/helper_beside.h"
#include "cli/report.h"

#include <shvm/doctor.h>
#include <stddef.h>

struct doctor_args {
	bool guest;
};

#define ARGS struct doctor_args
static const struct cli_opt doctor_opts[] = {
	OPT(guest, CLI_FLAG,
	    .help = "start libguestfs' appliance too (half a minute)",
	    .more = "And say whether KVM or TCG ran it: a machine can have KVM with which its qemu does not start. The first time takes longer."),
	OPT_END,
};
#undef ARGS

static int doctor_run(const void *args, char *const *operands, struct out *out,
		      struct shvm_err *err)
{
	const struct doctor_args *a = args;
	AUTO_DONE(shvm_verdict) verdict = { 0 };
	struct report report = { .verdict = &verdict, .all = true };

	(void)operands;
	TRY(shvm_doctor(a->guest, helper_beside(), plugin_beside(), &verdict,
			err));
	report.word = verdict.yes ? "complete" : "incomplete";
	return report_put(out, &report, json_object(), err);
}

const struct cli_cmd doctor_cmds[] = {
	{ "doctor", "",
	  "check this machine for required and optional components", NULL,
	  doctor_opts, sizeof(struct doctor_args), doctor_run },
	{ 0 },
};
