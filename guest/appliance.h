/* SPDX-License-Identifier: MIT */
/* Start libguestfs' appliance, a small VM, with one read-only drive. */
#ifndef GUEST_APPLIANCE_H
#define GUEST_APPLIANCE_H

#include "base/auto.h"
#include "guest/dynlib_guestfs.h"

#include <stdbool.h>

AUTO_DEFINE(guestfs_ptr, guestfs_h *, guestfs.close);

/* The drive of the appliance: a disk by NBD from our reader, or nothing. */
struct appliance_drive {
	const char *socket; /* NULL: an empty drive */
	int sector_size;    /* bytes */
};

/*
 * Start it. *engine says how it runs: with KVM, or without where KVM is
 * missing, fails, or makes no progress for half a minute (as it does in some
 * virtual machines). SHVM_E_UNSUPPORTED, reason "no-appliance", says which
 * package is missing.
 */
int appliance_start(const struct appliance_drive *drive, bool force_tcg,
		    guestfs_h **ret, const char **engine, struct shvm_err *err);

/*
 * Can KVM create a VM? Opening its device is not enough: on some machines it
 * does nothing.
 */
int appliance_try_kvm(struct shvm_err *say);

/* Why the last call failed; never NULL. */
const char *appliance_reason(guestfs_h *g);

#endif
