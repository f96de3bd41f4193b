/* SPDX-License-Identifier: MIT */
/*
 * Starts the file-system helper: a separate program for libraries that parse
 * hostile input. It inherits only the two descriptors of helper_wire.h, and
 * confines itself (helper/).
 */
#ifndef GUEST_HELPER_H
#define GUEST_HELPER_H

#include "base/buf.h"
#include "guest/helper_wire.h"
#include "source/source.h"

#define HELPER_PROGRAM "shvm-guest-helper"

/* The path of the installed helper. */
extern const char helper_installed[];

/*
 * Run a job on the disk, whose size is filled in here, and append its answer to
 * ret. path: NULL for the installed helper. It ends after job->seconds, or at
 * until, a time of base/clock.h, if that is earlier (0: none).
 *
 * SHVM_E_FORMAT with reason "sandbox-died" when the helper was killed by the
 * content that it read, "sandbox-timeout" when it took too long.
 * SHVM_E_UNSUPPORTED with reason "no-helper" when it cannot be started,
 * "no-sandbox" if the kernel cannot confine it. A failure of the job has the
 * helper's text.
 */
int helper_run(const char *path, const struct helper_job *job,
	       struct source *disk, int64_t until, struct buf *ret,
	       struct shvm_err *err);

/* Does it start? say->msg: which locks this kernel has for it. */
int helper_try(const char *path, struct shvm_err *say);

#endif
