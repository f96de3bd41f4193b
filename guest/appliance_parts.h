/* SPDX-License-Identifier: MIT */
/*
 * What libguestfs needs on this machine besides its library, each looked at
 * alone: libguestfs itself only says that some program failed.
 */
#ifndef GUEST_APPLIANCE_PARTS_H
#define GUEST_APPLIANCE_PARTS_H

#include "base/checks.h"

/* A check for each, in the order in which libguestfs comes upon them. */
int appliance_parts(struct checks *ret, struct shvm_err *err);

#endif
