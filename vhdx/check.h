/* SPDX-License-Identifier: MIT */
/* Holds one image against every rule, noting all that is broken. */
#ifndef VHDX_CHECK_H
#define VHDX_CHECK_H

#include "vhdx/image.h"

/*
 * Check the image in file, which it takes over: layout, parent locator, space
 * that nothing uses and, when all that is sound, whether its parents open.
 * Findings go to found and counts to ret; only ret's findings, their numbers
 * and the file's size are left alone.
 */
int image_check(struct source *file, const char *path,
		const struct image_params *params, struct checks *found,
		struct shvm_disk_check *ret, struct shvm_err *err);

#endif
