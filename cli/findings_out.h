/* SPDX-License-Identifier: MIT */
/* Findings as text and as JSON. */
#ifndef CLI_FINDINGS_OUT_H
#define CLI_FINDINGS_OUT_H

#include "cli/out.h"

const char *finding_level_name(enum shvm_level level);

/* An array of {rule, level, text, offset, hint}; NULL when out of memory. */
json_t *findings_json(const struct shvm_finding *findings, size_t count);

/* A line each; those of level ok only with --verbose. */
void findings_text(struct out *out, const struct shvm_finding *findings,
		   size_t count);

#endif
