/* SPDX-License-Identifier: MIT */
/* Files of a file system that libguestfs' appliance has mounted. */
#ifndef GUEST_FILES_GUEST_H
#define GUEST_FILES_GUEST_H

#include "guest/dynlib_guestfs.h"
#include "guest/files.h"

struct files_guest {
	guestfs_h *g;
	bool exact; /* case counts */
};

struct files files_of_guest(struct files_guest *of);

#endif
