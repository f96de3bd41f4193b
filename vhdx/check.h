/* SPDX-License-Identifier: MIT */
/* Holds one image against every rule, noting all that is broken. */
#ifndef VHDX_CHECK_H
#define VHDX_CHECK_H

#include "base/findings.h"
#include "source/source.h"

#include <shvm/disk.h>

/*
 * Check the image in file, its parents left aside: layout, parent locator and
 * space that nobody uses. Findings go to found and counts to ret; only ret's
 * findings are left alone. *has_parent is set when that is known.
 */
int check_file(struct source *file, struct findings *found,
	       struct shvm_disk_check *ret, bool *has_parent,
	       struct shvm_err *err);

#endif
