/* SPDX-License-Identifier: MIT */
/* The table of libguestfs's functions. */
#include "guest/late_guestfs.h"

#include "base/late.h"

#include <assert.h>

struct guestfs_calls guestfs;

#define GUESTFS_NAME(name) "guestfs_" #name,
static const char *const names[] = { GUESTFS_CALLS(GUESTFS_NAME) };

static struct late_library library =
	LATE_LIBRARY("libguestfs.so.0", "libguestfs0", names, guestfs);
static_assert(sizeof(guestfs) == sizeof(names), "a pointer for each name");

int guestfs_load(struct shvm_err *err)
{
	return late_load(&library, err);
}
