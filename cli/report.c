/* SPDX-License-Identifier: MIT */
/* Prints a verdict and its checks in the requested format. */
#include "cli/report.h"

#include <string.h>

/* Defined by the linker; weak for programs that link no format. */
#define BY_LINKER __attribute__((weak, visibility("hidden")))
extern const struct report_format *const __start_report_list[] BY_LINKER;
extern const struct report_format *const __stop_report_list[] BY_LINKER;

const struct report_format *const *report_formats(size_t *ret_count)
{
	/* Not compared as pointers: for the compiler these are different arrays. */
	*ret_count = ((uintptr_t)__stop_report_list -
		      (uintptr_t)__start_report_list) /
		     sizeof(__start_report_list[0]);
	return __start_report_list;
}

const struct report_format *report_format_find(const char *name)
{
	size_t count;
	const struct report_format *const *all = report_formats(&count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}

int report_put(struct out *out, const struct report *report, json_t *more,
	       struct shvm_err *err)
{
	const char *name = out_is_json(out) ? "json" : "text";
	const struct report_format *format = report_format_find(name);
	int r = err_null(err, more, "json result");

	if (r == SHVM_OK && !format)
		r = err_set(err, SHVM_E_UNSUPPORTED,
			    "no report format %s in this program", name);
	if (r == SHVM_OK)
		r = format->put(out, report, more, err);
	json_decref(more);
	return r < 0 || report->verdict->yes ? r : CLI_SAYS_NO;
}
