/* SPDX-License-Identifier: MIT */
/*
 * What libguestfs needs on this machine besides its library, each looked at
 * alone: libguestfs itself only says that some program failed.
 */
#ifndef GUEST_APPLIANCE_PARTS_H
#define GUEST_APPLIANCE_PARTS_H

#include <stdbool.h>
#include <stddef.h>

enum {
	APPLIANCE_PARTS_MAX = 8
};

struct appliance_part {
	const char *name; /* "kernel-image" */
	bool works;
	const char *fix; /* "install supermin", or NULL */
	char text[256];	 /* what works, or what is wrong */
};

/* All of them, in the order in which libguestfs comes upon them. */
void appliance_parts(struct appliance_part ret[APPLIANCE_PARTS_MAX],
		     size_t *ret_count);

#endif
