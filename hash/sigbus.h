/* SPDX-License-Identifier: MIT */
/*
 * Makes it safe to read mapped files although another process may truncate
 * them.
 *
 * Reading a mapped page that is beyond the end of its file, or whose disk
 * fails, raises SIGBUS. The handler here maps a page of zeros instead and sets
 * a flag, so the reader continues and checks the flag afterwards: no jump out
 * of a signal handler, no lock. A SIGBUS anywhere else, and one sent by a
 * process, has its previous effect in the thread that received it, and the
 * handler stays. A signal handler belongs to the program, so the library
 * installs it only when the program requests it, and refuses to map files
 * without it. This is the one mutable global of the library.
 */
#ifndef HASH_SIGBUS_H
#define HASH_SIGBUS_H

#include "base/err.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * May be called again. Fails if another handler was set since: that one may
 * call ours, which would call it again.
 */
int sigbus_install(struct shvm_err *err);
bool sigbus_is_installed(void);

/* Unblock SIGBUS in this thread: if it is blocked, a fault ends the program. */
void sigbus_unblock(void);

/*
 * Guard the addresses [start, start + len): *lost becomes true when one of
 * its pages had to be replaced. False when all places are taken.
 */
bool sigbus_guard(void *start, size_t len, atomic_bool *lost);
void sigbus_release(void *start);

#endif
