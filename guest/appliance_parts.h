/* SPDX-License-Identifier: MIT */
/*
 * What libguestfs needs on this machine in addition to its library, each
 * checked separately: libguestfs itself only reports that some program failed.
 */
#ifndef GUEST_APPLIANCE_PARTS_H
#define GUEST_APPLIANCE_PARTS_H

#include "base/checks.h"

/*
 * A check for each, in the order in which libguestfs comes upon them, and last
 * of what it reads the disk through, whose ids begin with "nbdkit". plugin is
 * its path, NULL: that of the installed one.
 */
int appliance_parts(struct checks *ret, const char *plugin,
		    struct shvm_err *err);

#endif
