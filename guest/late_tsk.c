/* SPDX-License-Identifier: MIT */
/* The table of libtsk's functions. */
#include "guest/late_tsk.h"

#include "base/late.h"

#include <assert.h>

struct tsk_calls tsk;

#define TSK_NAME(name) "tsk_" #name,
static const char *const names[] = { TSK_CALLS(TSK_NAME) };

static struct late_library library =
	LATE_LIBRARY("libtsk.so.19", "libtsk19", names, tsk);
static_assert(sizeof(tsk) == sizeof(names), "a pointer for each name");

int tsk_load(struct shvm_err *err)
{
	return late_load(&library, err);
}
