/* SPDX-License-Identifier: MIT */
/* Merges the writes of a log so that the last write to each byte wins. */
#ifndef VHDX_LOG_PATCH_H
#define VHDX_LOG_PATCH_H

#include "vhdx/view.h"

/* A patch and its position in the order of writes. */
struct log_record {
	struct view_patch patch;
	uint32_t order;
};

/*
 * Later records win: a sweep from the lowest byte to the highest, in which the
 * latest record that covers a point is used. All bounds are multiples of 4 KiB,
 * so a data page is never cut. Sorts records; view gets the patches.
 */
int log_patch_flatten(struct log_record *records, size_t count,
		      struct view *view, struct shvm_err *err);

#endif
