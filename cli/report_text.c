/* SPDX-License-Identifier: MIT */
/* Prints a verdict and its checks as text: one line per check, in columns. */
#include "cli/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	UNKNOWN_MAX = 3 /* listed; the others are only counted */
};

/* The first word of a line: the outcome, or the level. */
static const char *label(const struct shvm_check *c)
{
	if ((c->outcome == SHVM_CHECK_FAILED &&
	     c->level == SHVM_LEVEL_WARNING) ||
	    (c->outcome == SHVM_CHECK_PASSED && c->level == SHVM_LEVEL_NOTE))
		return shvm_level_name(c->level);
	return shvm_outcome_name(c->outcome);
}

/* A list of problems leaves out what passed. */
static bool is_shown(const struct shvm_check *c, bool all, bool unknown)
{
	return all || c->outcome == SHVM_CHECK_FAILED ||
	       c->outcome == SHVM_CHECK_IGNORED ||
	       (c->outcome == SHVM_CHECK_PASSED &&
		c->level == SHVM_LEVEL_NOTE) ||
	       (c->outcome == SHVM_CHECK_UNKNOWN && unknown);
}

static void put_check(struct out *out, const struct shvm_check *c, int width)
{
	char place[40] = "";

	if (c->offset != UINT64_MAX)
		(void)snprintf(place, sizeof(place), "at byte %" PRIu64 ": ",
			       c->offset);
	out_text(out, "%-7s  %-*s  %s%s%s%s", label(c), width, c->id,
		 c->object ? c->object : "",
		 !c->object	      ? ""
		 : *c->text || *place ? ": "
				      : "",
		 place, c->text);
	if (c->outcome == SHVM_CHECK_PASSED)
		return;
	if (c->expected)
		out_text(out, "    expected: %s", c->expected);
	if (c->fix)
		out_text(out, "    fix:      %s", c->fix);
	if (c->source && out->common.verbose)
		out_text(out, "    see:      %s", c->source);
}

static void put_checks(struct out *out, const struct shvm_check *checks,
		       size_t count, bool all)
{
	size_t width = 0, unknown = 0;
	bool few;

	all = all || out->common.verbose;
	for (size_t i = 0; i < count; i++)
		unknown += checks[i].outcome == SHVM_CHECK_UNKNOWN;
	few = unknown <= UNKNOWN_MAX;
	for (size_t i = 0; i < count; i++) {
		const size_t len = strlen(checks[i].id);

		if (is_shown(&checks[i], all, few) && len > width)
			width = len;
	}
	for (size_t i = 0; i < count; i++)
		if (is_shown(&checks[i], all, few))
			put_check(out, &checks[i], (int)width);
	if (!all && !few)
		out_text(out, "unknown  %zu checks, listed with --verbose",
			 unknown);
}

/* Was the text of the verdict already printed with the failed check? */
static bool is_told(const struct shvm_verdict *v)
{
	for (size_t i = 0; !v->yes && i < v->count; i++)
		if (v->checks[i].outcome == SHVM_CHECK_FAILED &&
		    strcmp(v->checks[i].text, v->text) == 0)
			return true;
	return *v->text == '\0';
}

static int put(struct out *out, const struct report *report, json_t *more,
	       struct shvm_err *err)
{
	const struct shvm_verdict *v = report->verdict;

	(void)more; /* printed by the command */
	(void)err;
	put_checks(out, v->checks, v->count, report->all);
	out_field(out, "verdict", "%s%s%s%s%s", report->word,
		  v->reason ? ", " : "", v->reason ? v->reason : "",
		  is_told(v) ? "" : ": ", is_told(v) ? "" : v->text);
	return SHVM_OK;
}

REPORT_FORMAT(text, .name = "text", .put = put);
