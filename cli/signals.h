/* SPDX-License-Identifier: MIT */
/*
 * SIGINT, SIGTERM and SIGHUP end the program: orderly if the work checks
 * signals_caught() in time, else after a second, from the signal handler.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/*
 * Catch the three signals, unless they are ignored, and ignore SIGPIPE so that a
 * failed write is reported. is_json: the result is a JSON object on standard
 * output, and so is the error if the handler ends the program. A second signal
 * ends it immediately, but after work that is in a hold (base/hold.h).
 */
void signals_catch(bool is_json);
/* The result is being printed: no error object may follow it. */
void signals_printing(void);
/* The signal that was caught, or 0. */
int signals_caught(void);
/* The signals that end a prompt or the program, for sigprocmask(). */
void signals_set(sigset_t *set);

#endif
