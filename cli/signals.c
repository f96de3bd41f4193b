/* SPDX-License-Identifier: MIT */
/*
 * The signal handlers. Most work checks the flag. Decoders, and libraries that
 * derive a key, do not: for them a timer ends the program after a second.
 */
#include "cli/signals.h"

#include "base/hold.h"
#include "cli/out.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define SECONDS_LEFT 1 /* from the signal to the end of the program */
#define EXIT_SIGNAL 128
#define TEXT_OF(number) #number
#define TEXT(macro) TEXT_OF(macro)

static const int caught_signals[] = { SIGINT, SIGTERM, SIGHUP };

/* The only mutable globals of the program: a handler needs them. */
static volatile sig_atomic_t caught, prints_json, has_timer;
static timer_t timer;
static pid_t owner; /* not a child that inherited the handlers */

static void say(int fd, const char *text)
{
	/* A failed write cannot be handled here. */
	if (write(fd, text, strlen(text)) < 0)
		return;
}

/* Called in a handler: only functions that signal-safety(7) allows. */
static _Noreturn void end_now(void)
{
	if (getpid() == owner) {
		temp_unlink_all();
		say(STDERR_FILENO, "shvm: interrupted\n");
		if (prints_json)
			say(STDOUT_FILENO,
			    "{\"schema\": " TEXT(
				    OUT_SCHEMA) ", \"error\": {\"code\": \"cancelled\", "
						"\"reason\": null, \"message\": \"interrupted\"}}\n");
	}
	_exit(EXIT_SIGNAL + caught);
}

static void on_signal(int number)
{
	const struct itimerspec once = { .it_value.tv_sec = SECONDS_LEFT };
	const int saved = errno;

	if (caught)
		end_now();
	caught = number;
	if (has_timer && getpid() == owner)
		(void)timer_settime(timer, 0, &once, NULL); /* cannot fail */
	errno = saved;
}

static void on_timer(int number)
{
	(void)number;
	if (caught) /* otherwise another process sent it */
		end_now();
}

void signals_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGALRM);
	for (size_t i = 0; i < ARRAY_SIZE(caught_signals); i++)
		sigaddset(set, caught_signals[i]);
}

/*
 * The timer's signal is delivered to this thread: only here a hold blocks it. If
 * the kernel has no memory for the timer, the second signal ends the program.
 */
static void timer_make(const struct sigaction *action)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
				  .sigev_signo = SIGALRM };
	sigset_t set;

	event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	(void)sigaction(SIGALRM, action, NULL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGALRM);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL); /* it may be inherited */
	if (has_timer)
		(void)timer_delete(timer); /* of a run before, in a test */
	has_timer = timer_create(CLOCK_MONOTONIC, &event, &timer) == 0;
}

/* sigaction() fails only for bad arguments; these are constants. */
void signals_catch(bool is_json)
{
	struct sigaction flag = { .sa_handler = on_signal },
			 end = { .sa_handler = on_timer };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction old;

	caught = 0;
	prints_json = is_json;
	owner = getpid();
	signals_set(&flag.sa_mask); /* one handler at a time */
	signals_set(&end.sa_mask);
	timer_make(&end);
	for (size_t i = 0; i < ARRAY_SIZE(caught_signals); i++) {
		(void)sigaction(caught_signals[i], NULL, &old);
		if (old.sa_handler != SIG_IGN) /* nohup, & in a script */
			(void)sigaction(caught_signals[i], &flag, NULL);
	}
	(void)sigaction(SIGPIPE, &ignore, NULL);
	(void)sigaction(SIGXFSZ, &ignore, NULL); /* write() says EFBIG */
}

void signals_printing(void)
{
	prints_json = false;
}

int signals_caught(void)
{
	return caught;
}
