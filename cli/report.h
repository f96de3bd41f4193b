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
 * released. CLI_SAYS_NO where the verdict is no.
 */
int report_put(struct out *out, const struct report *report, json_t *more,
	       struct shvm_err *err);

/*
 * A format is one file, report_NAME.c, and no other file names it: it is there
 * when it is linked. REPORT_FORMAT() puts a pointer into a section of its own,
 * of which the linker says where it begins and ends.
 */
struct report_format {
	const char *name; /* one lower-case word */
	/* As report_put(), but more remains the caller's. */
	int (*put)(struct out *out, const struct report *report, json_t *more,
		   struct shvm_err *err);
};
#define REPORT_FORMAT(id, ...)                                                 \
	static const struct report_format report_format_##id = {               \
		__VA_ARGS__                                                    \
	};                                                                     \
	static const struct report_format                                      \
		*const report_entry_##id REPORT_SECTION = &report_format_##id
#if __has_attribute(retain) /* else lld's --gc-sections takes it */
#define REPORT_SECTION __attribute__((used, retain, section("report_list")))
#else
#define REPORT_SECTION __attribute__((used, section("report_list")))
#endif

/* All that are linked, in no order that means anything. */
const struct report_format *const *report_formats(size_t *ret_count);
/* NULL when there is none of this name. */
const struct report_format *report_format_find(const char *name);

/* An array of check objects; NULL when out of memory. */
json_t *report_json_checks(const struct shvm_check *checks, size_t count);

#endif
