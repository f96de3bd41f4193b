/* SPDX-License-Identifier: MIT */
/* A verdict and its checks in the format that was asked for. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/out.h"

#include <shvm/check.h>

struct report {
	const struct shvm_verdict *verdict;
	const char *word; /* what the verdict is called here, e.g. "good" */
	bool all;	  /* text also has what passed or was skipped, as it
			     otherwise only has with --verbose */
};

/*
 * Print all checks, then the verdict. What else the command has to say it has
 * printed as text already; more has it as members of the JSON object, and is
 * released. Returns 0 whatever the verdict is.
 */
int report_put(struct out *out, const struct report *report, json_t *more,
	       struct shvm_err *err);

/* The formats, one file each. */
int report_text(struct out *out, const struct report *report, json_t *more,
		struct shvm_err *err);
int report_json(struct out *out, const struct report *report, json_t *more,
		struct shvm_err *err);

/* An array of check objects; NULL when out of memory. */
json_t *report_json_checks(const struct shvm_check *checks, size_t count);

#endif
