/* SPDX-License-Identifier: MIT */
/* The table of libguestfs's functions. */
#include "guest/dynlib_guestfs.h"

#include "base/dynlib.h"

#include <assert.h>

struct guestfs_calls guestfs;

#define GUESTFS_NAME(name) "guestfs_" #name,
static const char *const names[] = { GUESTFS_CALLS(GUESTFS_NAME) };

static struct dynlib library =
	DYNLIB("libguestfs.so.0", "libguestfs0", names, guestfs);
static_assert(sizeof(guestfs) == sizeof(names), "a pointer for each name");

int guestfs_load(struct shvm_err *err)
{
	return dynlib_load(&library, err);
}
