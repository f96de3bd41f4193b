/* SPDX-License-Identifier: MIT */
/* Checks one image against every rule and notes each broken one. */
#ifndef VHDX_CHECK_H
#define VHDX_CHECK_H

#include "vhdx/image.h"

/*
 * Check the image in file, whose ownership it takes: layout, parent locator,
 * unused space and, when all that is valid, whether its parents open. Findings
 * go to found and counts to ret; of ret the findings, their numbers and the
 * file's size are not touched.
 */
int image_check(struct source *file, const char *path,
		const struct image_params *params, struct checks *found,
		struct shvm_disk_check *ret, struct shvm_err *err);

#endif
