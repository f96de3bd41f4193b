/* SPDX-License-Identifier: MIT */
/* Prints a verdict and its checks in the requested format. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "cli/out.h"

#include <shvm/check.h>

struct report {
	const struct shvm_verdict *verdict;
	const char *word; /* name of the verdict, e.g. "good" */
	bool all;	  /* the text lists passed and skipped checks also
			     without --verbose */
};

/*
 * Print all checks, then the verdict. more has additional members of the JSON
 * object, which the command has printed as text already; takes ownership of it.
 * Returns CLI_SAYS_NO if the verdict is no.
 */
int report_put(struct out *out, const struct report *report, json_t *more,
	       struct shvm_err *err);

/*
 * A format is one file, report_NAME.c, that no other file refers to: linking it
 * adds it. REPORT_FORMAT() puts a pointer into a separate section, and the linker
 * defines its start and end.
 */
struct report_format {
	const char *name; /* one lower-case word */
	/* As report_put(), but the caller keeps ownership of more. */
	int (*put)(struct out *out, const struct report *report, json_t *more,
		   struct shvm_err *err);
};
#define REPORT_FORMAT(id, ...)                                                 \
	static const struct report_format report_format_##id = {               \
		__VA_ARGS__                                                    \
	};                                                                     \
	static const struct report_format                                      \
		*const report_entry_##id REPORT_SECTION = &report_format_##id
#if __has_attribute(retain) /* else lld's --gc-sections removes it */
#define REPORT_SECTION __attribute__((used, retain, section("report_list")))
#else
#define REPORT_SECTION __attribute__((used, section("report_list")))
#endif

/* All linked formats, in no particular order. */
const struct report_format *const *report_formats(size_t *ret_count);
/* NULL when there is none of this name. */
const struct report_format *report_format_find(const char *name);

/* An array of check objects; NULL when out of memory. */
json_t *report_json_checks(const struct shvm_check *checks, size_t count);

#endif
