/* SPDX-License-Identifier: MIT */
/*
 * Finds the parent of a differencing disk. A locator is a stranger's text: it
 * may lead to a regular file in the child's own folder or below, by no link,
 * and elsewhere only when the caller allows that.
 */
#ifndef VHDX_PARENT_H
#define VHDX_PARENT_H

#include "source/source.h"
#include "vhdx/locator.h"

struct parent_query {
	const char *child; /* path of the child */
	const struct locator *locator;
	const char *given; /* take this file; NULL: the locator */
	bool no_lookup;	   /* never follow the locator */
	bool anywhere;	   /* also outside the child's folder */
};

/*
 * Open the parent, read-only. The caller owns *ret and *ret_path. Reasons:
 * PARENT_NOT_ALLOWED, PARENT_MISSING. The linkage is not looked at here.
 */
int parent_open(const struct parent_query *query, struct source **ret,
		char **ret_path, struct shvm_err *err);

#endif
