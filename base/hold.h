/* SPDX-License-Identifier: MIT */
/* Holds signals back while results get their names or a disk is changed. */
#ifndef BASE_HOLD_H
#define BASE_HOLD_H

#include "base/auto.h"

#include <signal.h>
#include <stdbool.h>

/*
 * Start as AUTO_DONE(hold) h = { 0 }, before the variables whose release must
 * not be interrupted. From hold_signals() to hold_done() the calling thread
 * blocks every signal that could end the process, but not SIGQUIT, faults and
 * job control. May be nested.
 */
struct hold {
	sigset_t before;
	bool held;
};
void hold_signals(struct hold *h);
void hold_done(struct hold *h);

/*
 * Names of temporary files that a program must remove when it ends in a signal
 * handler. name is borrowed until temp_forget(); one for which there is no room
 * is not remembered.
 */
void temp_remember(const char *name);
void temp_forget(const char *name);
/* Unlink all of them; async-signal-safe. */
void temp_unlink_all(void);

#endif
