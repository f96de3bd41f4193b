/* SPDX-License-Identifier: MIT */
/* doctor: checks that the components that shvm uses exist and work. */
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
	    .help = "also start the appliance of libguestfs (takes half a minute)",
	    .more = "This also reports whether KVM or TCG ran it: KVM may exist on this machine without QEMU being able to use it. The first start takes longer."),
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
