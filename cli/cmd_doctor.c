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
	struct shvm_verdict verdict = { 0 };
	struct report report = { .verdict = &verdict, .all = true };
	bool yes;
	int r;

	(void)operands;
	TRY(shvm_doctor(a->guest, helper_beside(), &verdict, err));
	yes = verdict.yes;
	report.word = yes ? "complete" : "incomplete";
	r = report_put(out, &report, json_object(), err);
	shvm_verdict_done(&verdict);
	if (r < 0)
		return r;
	return yes ? SHVM_OK : CLI_SAYS_NO;
}

const struct cli_cmd doctor_cmds[] = {
	{ "doctor", "",
	  "check this machine for required and optional components", NULL,
	  doctor_opts, sizeof(struct doctor_args), doctor_run },
	{ 0 },
};
