/* SPDX-License-Identifier: MIT */
/* Runs n numbered jobs on up to k threads. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/err.h"

#include <stdint.h>

enum {
	POOL_THREADS_MAX = 256
};

/*
 * Do job number job. worker is 0..jobs-1 and tells which per-thread buffer or
 * context is the caller's: no two calls with one worker run at once.
 */
typedef int (*pool_fn)(void *ctx, uint64_t job, unsigned int worker,
		       struct shvm_err *err);

/*
 * Run jobs 0..n-1 on up to threads threads, the caller among them; all are
 * joined on return. Numbers are handed out in order and no longer after a
 * failure; the failure of the lowest number is reported. Workers block signals.
 */
int pool_run(unsigned int threads, uint64_t n, pool_fn fn, void *ctx,
	     struct shvm_err *err);

/* CPUs this process may use, 1..POOL_THREADS_MAX: what jobs = 0 means. */
unsigned int pool_threads_default(void);

/* threads as given, or the default for 0, within 1..POOL_THREADS_MAX. */
unsigned int pool_threads(unsigned int threads);

#endif
