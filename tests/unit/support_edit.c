/* SPDX-License-Identifier: MIT */
#include "tests/unit/support_edit.h"

static int no_write(void *ctx, const void *buf, size_t len, uint64_t at,
		    struct shvm_err *err)
{
	(void)ctx, (void)buf, (void)len, (void)at, (void)err;
	return SHVM_OK;
}

static int no_sync(void *ctx, struct shvm_err *err)
{
	(void)ctx, (void)err;
	return SHVM_OK;
}

static int no_truncate(void *ctx, uint64_t size, struct shvm_err *err)
{
	(void)ctx, (void)size, (void)err;
	return SHVM_OK;
}

const struct edit_io edit_io_idle = { no_write, no_sync, no_truncate, NULL };
