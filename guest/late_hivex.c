/* SPDX-License-Identifier: MIT */
/* The table of libhivex's functions. */
#include "guest/late_hivex.h"

#include "base/late.h"

#include <assert.h>

struct hivex_calls hivex;

#define HIVEX_NAME(name) "hivex_" #name,
static const char *const names[] = { HIVEX_CALLS(HIVEX_NAME) };

static struct late_library library =
	LATE_LIBRARY("libhivex.so.0", "libhivex0", names, hivex);
static_assert(sizeof(hivex) == sizeof(names), "a pointer for each name");

int hivex_load(struct shvm_err *err)
{
	return late_load(&library, err);
}
