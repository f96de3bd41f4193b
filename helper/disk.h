/* SPDX-License-Identifier: MIT */
/* The disk as a source whose bytes the parent sends. */
#ifndef HELPER_DISK_H
#define HELPER_DISK_H

#include "guest/helper_wire.h"
#include "source/source.h"

/* The job, which the parent sends first. False: it is not of this version. */
bool disk_job(int fd, struct helper_job *ret);

/* One thread only; fd is borrowed. */
int disk_source_open(int fd, const struct helper_job *job, struct source **ret,
		     struct shvm_err *err);

#endif
