/* SPDX-License-Identifier: MIT */
/* disk check: checks all format rules of an image, reports each broken one. */
#include "cli/cmd_disk.h"
#include "cli/report.h"
#include "cli/result.h"

#define ARGS struct disk_check_args
const struct cli_opt disk_check_opts[] = { DISK_PARENT_OPTS(disk), OPT_END };
#undef ARGS

static int check_put(struct out *out, const struct shvm_disk_check *c,
		     struct shvm_err *err)
{
	const struct report report = {
		.verdict = &c->verdict,
		.word = c->errors     ? "damaged"
			: c->warnings ? "doubtful"
				      : "good",
	};

	if (c->blocks)
		out_field(out, "blocks", "%ju, %ju present",
			  (uintmax_t)c->blocks, (uintmax_t)c->blocks_present);
	if (c->leaked)
		out_field(out, "leaked", "%ju bytes", (uintmax_t)c->leaked);
	return report_put(out, &report,
			  OBJECT(M("complete", c->complete),
				 M("errors", c->errors),
				 M("warnings", c->warnings),
				 M("file_size", c->file_size),
				 M("blocks", c->blocks),
				 M("blocks_present", c->blocks_present),
				 M("leaked", c->leaked)),
			  err);
}

int disk_check_run(const void *args, char *const *operands, struct out *out,
		   struct shvm_err *err)
{
	const struct disk_check_args *a = args;
	const struct shvm_disk_params params = disk_params(&a->disk);
	AUTO_DONE(shvm_disk_check) check = { 0 };

	TRY(shvm_disk_check(operands[0], &params, &check, err));
	return check_put(out, &check, err);
}
