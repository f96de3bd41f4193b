/* SPDX-License-Identifier: MIT */
/* Holds signals back while results get their names or a disk is changed. */
#include "base/hold.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <unistd.h>

enum {
	TEMPS_MAX = 64
};

/* A signal handler can only know them through a global. */
static _Atomic(const char *) temps[TEMPS_MAX];

void hold_signals(struct hold *h)
{
	/*
	 * Not blocked: faults of this thread, signals with immediate effects
	 * for the user, and SIGQUIT to get out of a file system that hangs.
	 */
	static const int free_signals[] = { SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
					    SIGFPE,  SIGSEGV, SIGSYS,  SIGQUIT,
					    SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT,
					    SIGCHLD, SIGWINCH };
	sigset_t held;

	(void)sigfillset(&held); /* none of these can fail */
	for (size_t i = 0; i < ARRAY_SIZE(free_signals); i++)
		(void)sigdelset(&held, free_signals[i]);
	(void)pthread_sigmask(SIG_BLOCK, &held, &h->before);
	h->held = true;
}

void hold_done(struct hold *h)
{
	if (h->held)
		(void)pthread_sigmask(SIG_SETMASK, &h->before, NULL);
	h->held = false;
}

void temp_remember(const char *name)
{
	for (size_t i = 0; i < TEMPS_MAX; i++) {
		const char *empty = NULL;

		if (atomic_compare_exchange_strong(&temps[i], &empty, name))
			return;
	}
}

void temp_forget(const char *name)
{
	for (size_t i = 0; i < TEMPS_MAX; i++) {
		const char *old = name;

		if (atomic_compare_exchange_strong(&temps[i], &old, NULL))
			return;
	}
}

void temp_unlink_all(void)
{
	for (size_t i = 0; i < TEMPS_MAX; i++) {
		const char *name = atomic_load(&temps[i]);

		if (name)
			(void)unlink(name); /* it may be gone already */
	}
}
