/* SPDX-License-Identifier: MIT */
/*
 * Lets mapped files be read although another process may cut them short.
 *
 * Reading a mapped page that is beyond the end of its file, or whose disk
 * fails, raises SIGBUS. The handler here puts a page of zeros in its place and
 * notes the loss, so the reader continues and looks at the note afterwards: no
 * jump out of a signal handler, no lock. A SIGBUS anywhere else, and one that
 * a process sent, has the effect that it had before, in the thread that it came
 * to, and the handler stays. A signal handler belongs to the program, so
 * the library installs it only when the program says so, and refuses to map
 * files without it. This is the one mutable global of the library.
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
 * May be called again. Fails when another handler was set since: that one may
 * call ours, which would call it again.
 */
int sigbus_install(struct shvm_err *err);
bool sigbus_is_installed(void);

/* In this thread: one that blocks SIGBUS ends the program where it faults. */
void sigbus_unblock(void);

/*
 * Guard the addresses [start, start + len): *lost becomes true when one of
 * its pages had to be replaced. False when all places are taken.
 */
bool sigbus_guard(void *start, size_t len, atomic_bool *lost);
void sigbus_release(void *start);

#endif
