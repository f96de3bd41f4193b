/* SPDX-License-Identifier: MIT */
/* A verdict and its checks as JSON; docs/JSON.md lists the members. */
#include "cli/report.h"
#include "cli/result.h"

static json_t *check_json(const struct shvm_check *c)
{
	return OBJECT(
		M("id", c->id), M("outcome", shvm_outcome_name(c->outcome)),
		M("level", shvm_level_name(c->level)), M("object", c->object),
		M("offset", c->offset == UINT64_MAX
				    ? json_null()
				    : json_integer((json_int_t)c->offset)),
		M("text", text_or_null(c->text)), M("expected", c->expected),
		M("fix", c->fix), M("source", c->source));
}

json_t *report_json_checks(const struct shvm_check *checks, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		out_list_add(&list, check_json(&checks[i]));
	return list;
}

static int put(struct out *out, const struct report *report, json_t *more,
	       struct shvm_err *err)
{
	const struct shvm_verdict *v = report->verdict;
	json_t *whole =
		OBJECT(M("yes", v->yes), M("verdict", report->word),
		       M("reason", v->reason), M("text", text_or_null(v->text)),
		       M("checks", report_json_checks(v->checks, v->count)));

	out_members(&whole, json_incref(more));
	return out_json(out, whole, err);
}

REPORT_FORMAT(json, .name = "json", .put = put);
