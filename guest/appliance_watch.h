/* SPDX-License-Identifier: MIT */
/*
 * Kills a VM of libguestfs that does not start. Its launch call has no time
 * limit, and if KVM does not work the VM waits forever.
 */
#ifndef GUEST_APPLIANCE_WATCH_H
#define GUEST_APPLIANCE_WATCH_H

#include "base/err.h"
#include "guest/dynlib_guestfs.h"

#include <pthread.h>
#include <stdbool.h>

enum {
	APPLIANCE_KVM_SECONDS = 30 /* ours: ten times the duration of a start */
};

/* Filled by appliance_watch_start(); the members are private. */
struct appliance_watch {
	char name[64]; /* of the VM; it is on its command line */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t over;
	bool is_over;
};

/* Just before the launch. Call appliance_watch_end() when that has returned. */
int appliance_watch_start(struct appliance_watch *w, guestfs_h *g,
			  struct shvm_err *err);
void appliance_watch_end(struct appliance_watch *w);

/*
 * Kill the children of this process whose command line contains the text;
 * returns their number.
 */
unsigned int appliance_kill(const char *text);

#endif
