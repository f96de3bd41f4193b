/* SPDX-License-Identifier: MIT */
/* Lays the writes of a log over each other so that the last one counts. */
#ifndef VHDX_LOG_PATCH_H
#define VHDX_LOG_PATCH_H

#include "vhdx/view.h"

/* A patch and its place in time. */
struct log_record {
	struct view_patch patch;
	uint32_t order;
};

/*
 * Later records win. A sweep from the lowest byte to the highest, in which the
 * youngest record open at each point is the one that counts. All bounds are
 * multiples of 4 KiB, so a data page is never cut.
 * Sorts records; view gets the patches.
 */
int log_patch_flatten(struct log_record *records, size_t count,
		      struct view *view, struct shvm_err *err);

#endif
