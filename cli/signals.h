/* SPDX-License-Identifier: MIT */
/* SIGINT and its like set a flag that the progress callback looks at. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <signal.h>

/*
 * Catch SIGINT, SIGTERM and SIGHUP (each once: the second one kills) unless
 * they are ignored, and ignore SIGPIPE so that a write says what is wrong.
 */
void signals_catch(void);
/* The signal that came in, or 0. */
int signals_caught(void);
/* The signals that end a prompt, for sigprocmask(). */
void signals_set(sigset_t *set);

#endif
