/* SPDX-License-Identifier: MIT */
/* Prints catalogs and verdicts, as text and as JSON. */
#ifndef CLI_TEMPLATE_VIEW_H
#define CLI_TEMPLATE_VIEW_H

#include "cli/result.h"

#include <shvm/template.h>

/*
 * The members of `template show`; NULL when out of memory. Also for the member
 * catalog of other commands.
 */
json_t *template_catalog_json(const struct shvm_catalog_info *info);
extern const struct row template_catalog_rows[]; /* the same as text */

/* The output of `template verify`, with the partitions that are not covered. */
int template_verify_put(struct out *out,
			const struct shvm_verify_result *result,
			const struct shvm_disk_info *disk,
			struct shvm_err *err);

#endif
