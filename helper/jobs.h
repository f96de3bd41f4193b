/* SPDX-License-Identifier: MIT */
/* The jobs of the helper. Tests link other jobs. */
#ifndef HELPER_JOBS_H
#define HELPER_JOBS_H

#include "base/buf.h"
#include "guest/helper_wire.h"
#include "source/source.h"

/* Before locking: load what would be loaded later. */
void job_prepare(const struct helper_job *job);

/*
 * After locking; locks has the names of the locks. The answer is appended to
 * out.
 */
int job_run(const struct helper_job *job, struct source *disk,
	    const char *locks, struct buf *out, struct shvm_err *err);

#endif
