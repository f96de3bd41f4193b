/* SPDX-License-Identifier: MIT */
/* Findings as text and as JSON. */
#include "cli/findings_out.h"

const char *finding_level_name(enum shvm_level level)
{
	return level == SHVM_LEVEL_ERROR     ? "error"
	       : level == SHVM_LEVEL_WARNING ? "warning"
					     : "ok";
}

json_t *findings_json(const struct shvm_finding *findings, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		const struct shvm_finding *f = &findings[i];
		json_t *item =
			json_pack("{s:o, s:o, s:o, s:o, s:o}", "rule",
				  out_string(f->rule), "level",
				  out_string(finding_level_name(f->level)),
				  "text", out_string(f->text), "offset",
				  f->offset == UINT64_MAX
					  ? json_null()
					  : json_integer((json_int_t)f->offset),
				  "hint", out_string(f->hint));

		out_list_add(&list, item);
	}
	return list;
}

void findings_text(struct out *out, const struct shvm_finding *findings,
		   size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct shvm_finding *f = &findings[i];
		const char *level = f->level == SHVM_LEVEL_OK
					    ? "note"
					    : finding_level_name(f->level);

		if (f->level == SHVM_LEVEL_OK && !out->common.verbose)
			continue;
		if (f->offset == UINT64_MAX)
			out_text(out, "%s: %s [%s]", level, f->text, f->rule);
		else
			out_text(out, "%s at byte %ju: %s [%s]", level,
				 (uintmax_t)f->offset, f->text, f->rule);
		if (f->hint && f->level != SHVM_LEVEL_OK)
			out_text(out, "    to mend:  %s", f->hint);
	}
}
