/* SPDX-License-Identifier: MIT */
/* doctor: what of this machine works, what is missing, and what brings it. */
#include "cli/helper_beside.h"
#include "cli/out.h"

#include <shvm/doctor.h>
#include <stddef.h>

struct doctor_args {
	bool guest;
};

#define ARGS struct doctor_args
static const struct cli_opt doctor_opts[] = {
	OPT(guest, CLI_FLAG,
	    .help = "start libguestfs' appliance too (half a minute)"),
	OPT_END,
};
#undef ARGS

static json_t *items_json(const struct shvm_doctor_item *items, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		const struct shvm_doctor_item *item = &items[i];

		out_list_add(&list,
			     json_pack("{s:o, s:b, s:b, s:o, s:o}", "name",
				       out_string(item->name), "works",
				       item->works, "needed", item->needed,
				       "text", out_string(item->text),
				       "package", out_string(item->package)));
	}
	return list;
}

static int doctor_run(const void *args, char *const *operands, struct out *out,
		      struct shvm_err *err)
{
	const struct doctor_args *a = args;
	struct shvm_doctor_item items[SHVM_DOCTOR_MAX];
	bool well = true;
	size_t count;
	int r;

	(void)operands;
	shvm_doctor(a->guest, helper_beside(), items, &count);
	for (size_t i = 0; i < count; i++) {
		out_text(out, "%-8s %-16s %s%s%s",
			 items[i].works	   ? "works"
			 : items[i].needed ? "MISSING"
					   : "missing",
			 items[i].name, items[i].text,
			 items[i].package ? "; install " : "",
			 items[i].package ? items[i].package : "");
		well = well && (items[i].works || !items[i].needed);
	}
	r = out_json(out,
		     json_pack("{s:b, s:o}", "well", well, "items",
			       items_json(items, count)),
		     err);
	if (r < 0)
		return r;
	return well ? SHVM_OK
		    : err_set(err, SHVM_E_UNSUPPORTED,
			      "something that is needed does not work");
}

const struct cli_cmd doctor_cmds[] = {
	{ "doctor", "", "what of this machine works, and what is missing", NULL,
	  doctor_opts, sizeof(struct doctor_args), doctor_run },
	{ 0 },
};
