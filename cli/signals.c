/* SPDX-License-Identifier: MIT */
/* SIGINT and its like set a flag that the progress callback looks at. */
#include "cli/signals.h"

#include <stddef.h>

static const int caught_signals[] = { SIGINT, SIGTERM, SIGHUP };

/* The program's one mutable global: a handler has no other way to speak. */
static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	caught = number;
}

void signals_set(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < sizeof(caught_signals) / sizeof(int); i++)
		sigaddset(set, caught_signals[i]);
}

/* sigaction() fails only for bad arguments; these are constants. */
void signals_catch(void)
{
	const struct sigaction once = { .sa_handler = on_signal,
					.sa_flags = (int)SA_RESETHAND };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction old;

	caught = 0;
	for (size_t i = 0; i < sizeof(caught_signals) / sizeof(int); i++) {
		(void)sigaction(caught_signals[i], NULL, &old);
		if (old.sa_handler != SIG_IGN) /* nohup, & in a script */
			(void)sigaction(caught_signals[i], &once, NULL);
	}
	(void)sigaction(SIGPIPE, &ignore, NULL);
	(void)sigaction(SIGXFSZ, &ignore, NULL); /* write() says EFBIG */
}

int signals_caught(void)
{
	return caught;
}
