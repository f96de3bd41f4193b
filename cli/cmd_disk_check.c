/* SPDX-License-Identifier: MIT */
/* disk check: all rules of an image's format, each broken one in one run. */
#include "cli/cmd_disk.h"
#include "cli/findings_out.h"

#define ARGS struct disk_check_args
const struct cli_opt disk_check_opts[] = { DISK_PARENT_OPTS(disk), OPT_END };
#undef ARGS

static const char *verdict_of(const struct shvm_disk_check *c)
{
	return c->errors ? "damaged" : c->warnings ? "doubtful" : "good";
}

/* What is only noted, like free space, is not a finding: ok goes with exit 0. */
static bool is_good(const struct shvm_disk_check *c)
{
	return c->errors == 0 && c->warnings == 0;
}

static json_t *check_json(const struct shvm_disk_check *c)
{
	return json_pack("{s:b, s:o, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
			 "ok", is_good(c), "verdict", out_string(verdict_of(c)),
			 "complete", c->complete, "errors",
			 (json_int_t)c->errors, "warnings",
			 (json_int_t)c->warnings, "file_size",
			 (json_int_t)c->file_size, "blocks",
			 (json_int_t)c->blocks, "blocks_present",
			 (json_int_t)c->blocks_present, "leaked",
			 (json_int_t)c->leaked, "findings",
			 findings_json(c->findings, c->finding_count));
}

static int check_put(struct out *out, const struct shvm_disk_check *c,
		     struct shvm_err *err)
{
	int r;

	findings_text(out, c->findings, c->finding_count);
	if (c->blocks)
		out_field(out, "blocks", "%ju, %ju present",
			  (uintmax_t)c->blocks, (uintmax_t)c->blocks_present);
	if (c->leaked)
		out_field(out, "leaked", "%ju bytes", (uintmax_t)c->leaked);
	if (!c->complete)
		out_text(out, "not everything could be looked at");
	out_field(out, "verdict", "%s (%ju errors, %ju warnings)",
		  verdict_of(c), (uintmax_t)c->errors, (uintmax_t)c->warnings);
	r = out_json(out, check_json(c), err);
	if (r < 0)
		return r;
	return is_good(c) ? SHVM_OK : CLI_SAYS_NO;
}

int disk_check_run(const void *args, char *const *operands, struct out *out,
		   struct shvm_err *err)
{
	const struct disk_check_args *a = args;
	const struct shvm_disk_params params = disk_params(&a->disk);
	struct shvm_disk_check check = { 0 };
	int r;

	r = shvm_disk_check(operands[0], &params, &check, err);
	if (r == 0)
		r = check_put(out, &check, err);
	shvm_disk_check_done(&check);
	return r;
}
