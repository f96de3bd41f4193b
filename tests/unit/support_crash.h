/* SPDX-License-Identifier: MIT */
/*
 * Cuts the power: records every write, sync and truncate of an editor, then
 * makes each file that a crash could leave and asks whether it is still good.
 *
 * Between two syncs the disk may hold any of the writes. Tried are: none, each
 * prefix, each one alone, all but each one, other subsets, and each one torn (its first part
 * or its last part only) at boundaries of 512 and 4096 bytes, after the ones
 * before it.
 */
#ifndef TESTS_UNIT_SUPPORT_CRASH_H
#define TESTS_UNIT_SUPPORT_CRASH_H

#include "vhdx/edit.h"

struct crash_op {
	enum {
		CRASH_WRITE,
		CRASH_SYNC,
		CRASH_TRUNCATE
	} kind;
	uint64_t at; /* of a truncate: the new size */
	size_t len;
	uint8_t *data;
};

struct crash {
	int fd; /* of the file that is edited; -1: ops are only recorded */
	struct crash_op *ops;
	size_t count, cap;
	size_t fail_at;	 /* this op fails instead; 0: none, 1: the first */
	bool stay_down;	 /* and all after it */
	bool failed;	 /* it happened */
	size_t spoil_at; /* after this op, a sync, no header is left */
};

void crash_init(struct crash *c, int fd);
void crash_done(struct crash *c);
struct edit_io crash_io(struct crash *c);

/* Is the file of ctx as expected? what names the point, for texts. */
typedef void (*crash_check)(void *ctx, const char *what);

/*
 * fd holds the file as it was before the first op. Calls check for each crash
 * point and leaves the file as after the last op. Returns the number of points.
 */
size_t crash_try_all(const struct crash *c, int fd, crash_check check,
		     void *ctx);

#endif
