/* SPDX-License-Identifier: MIT */
/* What the helper can be asked to do. Tests link other jobs in. */
#ifndef HELPER_JOBS_H
#define HELPER_JOBS_H

#include "base/buf.h"
#include "guest/helper_wire.h"
#include "source/source.h"

/* Before the locks: load what would be loaded later. */
void job_prepare(const struct helper_job *job);

/* Once the locks are closed; their names. The answer is appended to out. */
int job_run(const struct helper_job *job, struct source *disk,
	    const char *locks, struct buf *out, struct shvm_err *err);

#endif
