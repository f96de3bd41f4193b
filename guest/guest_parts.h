/* SPDX-License-Identifier: MIT */
/*
 * What libguestfs needs on this machine besides its library, each looked at
 * alone: libguestfs itself only says that some program failed.
 */
#ifndef GUEST_GUEST_PARTS_H
#define GUEST_GUEST_PARTS_H

#include <stdbool.h>
#include <stddef.h>

enum {
	GUEST_PARTS_MAX = 8
};

struct guest_part {
	const char *name; /* "kernel-image" */
	bool works;
	const char *fix; /* "install supermin", or NULL */
	char text[256];	 /* what works, or what is wrong */
};

/* All of them, in the order in which libguestfs comes upon them. */
void guest_parts(struct guest_part ret[GUEST_PARTS_MAX], size_t *ret_count);

#endif
