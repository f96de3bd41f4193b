/* SPDX-License-Identifier: MIT */
/* A verdict and its checks as JSON; docs/JSON.md lists the members. */
#include "cli/report.h"

static json_t *check_json(const struct shvm_check *c)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id",
			 out_string(c->id), "outcome",
			 out_string(shvm_outcome_name(c->outcome)), "level",
			 out_string(shvm_level_name(c->level)), "object",
			 out_string(c->object), "offset",
			 c->offset == UINT64_MAX
				 ? json_null()
				 : json_integer((json_int_t)c->offset),
			 "text", out_string(*c->text ? c->text : NULL),
			 "expected", out_string(c->expected), "fix",
			 out_string(c->fix), "source", out_string(c->source));
}

json_t *report_json_checks(const struct shvm_check *checks, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		out_list_add(&list, check_json(&checks[i]));
	return list;
}

int report_json(struct out *out, const struct report *report, json_t *more,
		struct shvm_err *err)
{
	const struct shvm_verdict *v = report->verdict;
	json_t *whole =
		json_pack("{s:b, s:o, s:o, s:o, s:o}", "yes", v->yes, "verdict",
			  out_string(report->word), "reason",
			  out_string(v->reason), "text",
			  out_string(*v->text ? v->text : NULL), "checks",
			  report_json_checks(v->checks, v->count));

	out_members(&whole, more);
	return out_json(out, whole, err);
}
