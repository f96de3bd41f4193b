/* SPDX-License-Identifier: MIT */
/*
 * Finds the parent of a differencing disk. A locator is untrusted: it may lead
 * to a regular file in the child's own folder or below it, without symbolic
 * links, and elsewhere only if the caller allows it.
 */
#ifndef VHDX_PARENT_H
#define VHDX_PARENT_H

#include "source/source.h"
#include "vhdx/locator.h"

struct parent_query {
	const char *child; /* path of the child */
	const struct locator *locator;
	const char *given; /* use this file; NULL: the locator */
	bool no_lookup;	   /* never follow the locator */
	bool anywhere;	   /* also outside the child's folder */
};

/*
 * Open the parent, read-only. The caller owns *ret and *ret_path. Reasons:
 * PARENT_NOT_ALLOWED, PARENT_MISSING. The linkage is not checked here.
 */
int parent_open(const struct parent_query *query, struct source **ret,
		char **ret_path, struct shvm_err *err);

#endif
