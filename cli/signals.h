/* SPDX-License-Identifier: MIT */
/*
 * SIGINT, SIGTERM and SIGHUP end the program: in order where the work looks at
 * signals_caught() in time, else after a second, from the signal handler.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * Catch the three, unless they are ignored, and ignore SIGPIPE so that a
 * failed write is reported. is_json: the result is a JSON object on standard
 * output, and so is the error of a program that ends from the handler. A
 * second signal ends it at once; what is in a hold (base/hold.h) ends first.
 */
void signals_catch(bool is_json);
/* The result is being printed: no error object may follow it. */
void signals_printing(void);
/* The signal that came in, or 0. */
int signals_caught(void);
/* The signals that end a prompt or the program, for sigprocmask(). */
void signals_set(sigset_t *set);

#endif
