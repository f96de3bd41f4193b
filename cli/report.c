/* SPDX-License-Identifier: MIT */
/* A verdict and its checks in the format that was asked for. */
#include "cli/report.h"

int report_put(struct out *out, const struct report *report, json_t *more,
	       struct shvm_err *err)
{
	return out_is_json(out) ? report_json(out, report, more, err)
				: report_text(out, report, more, err);
}
