/* SPDX-License-Identifier: MIT */
/* Facts of a Linux root file system, from libguestfs. */
#ifndef GUEST_GUEST_ROOT_H
#define GUEST_GUEST_ROOT_H

#include "guest/dynlib_guestfs.h"

#include <shvm/guest.h>

/*
 * The device contains a root file system, or LVM with one. number is that of
 * the partition, for texts. Nothing is mounted before or after.
 */
void guest_look_root(guestfs_h *g, const char *device, uint32_t number,
		     struct shvm_guest_facts *f);

/* Has the file system of the device a kernel? f->kernel was not yes. */
void guest_look_kernel(guestfs_h *g, const char *device, uint32_t number,
		       struct shvm_guest_facts *f);

#endif
