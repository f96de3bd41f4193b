/* SPDX-License-Identifier: MIT */
/* A thread that waits for the end of a launch, and kills the VM on timeout. */
#include "guest/appliance_watch.h"

#include "base/auto.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

AUTO_DEFINE(dir_ptr, DIR *, closedir);

/* Read the first bytes of a file in /proc; returns their number. */
static size_t read_some(const char *path, char *buf, size_t size)
{
	AUTOCLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n = 0;

	while (fd >= 0 && have < size &&
	       (n = read(fd, buf + have, size - have)) > 0)
		have += (size_t)n;
	return have;
}

static bool has_argument(pid_t pid, const char *text)
{
	char path[64], line[16384];
	size_t len;

	(void)snprintf(path, sizeof(path), "/proc/%jd/cmdline", (intmax_t)pid);
	len = read_some(path, line, sizeof(line));
	return memmem(line, len, text, strlen(text)) != NULL;
}

/* Field 4 of /proc/PID/stat; field 2, the name, is in parentheses. 0: none. */
static pid_t parent_of(pid_t pid)
{
	char path[64], line[512];
	const char *end;
	size_t len;

	(void)snprintf(path, sizeof(path), "/proc/%jd/stat", (intmax_t)pid);
	len = read_some(path, line, sizeof(line) - 1);
	line[len] = '\0';
	end = strrchr(line, ')');
	if (!end || strlen(end) < 5)
		return 0;
	return (pid_t)strtoimax(end + 4, NULL, 10); /* ") S " */
}

unsigned int appliance_kill(const char *text)
{
	AUTO(dir_ptr) processes = opendir("/proc");
	const struct dirent *entry;
	unsigned int killed = 0;

	while (processes && (entry = readdir(processes))) {
		const pid_t pid = (pid_t)strtoimax(entry->d_name, NULL, 10);

		if (pid > 1 && parent_of(pid) == getpid() &&
		    has_argument(pid, text) && kill(pid, SIGKILL) == 0)
			killed++;
	}
	return killed;
}

static void *wait_for_end(void *arg)
{
	struct appliance_watch *w = arg;
	struct timespec until;
	int r = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until); /* cannot fail */
	until.tv_sec += APPLIANCE_KVM_SECONDS;
	(void)pthread_mutex_lock(&w->lock);
	while (!w->is_over && r == 0)
		r = pthread_cond_timedwait(&w->over, &w->lock, &until);
	if (!w->is_over)
		(void)appliance_kill(w->name);
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

int appliance_watch_start(struct appliance_watch *w, guestfs_h *g,
			  struct shvm_err *err)
{
	pthread_condattr_t attr;
	sigset_t all, before;
	int r;

	*w = (struct appliance_watch){ 0 };
	(void)snprintf(w->name, sizeof(w->name), "shvm-%jd-%p",
		       (intmax_t)getpid(), (void *)g);
	if (guestfs.config(g, "-name", w->name) < 0)
		return err_set(err, SHVM_E_UNSUPPORTED, "libguestfs: %s",
			       guestfs.last_error(g));
	(void)pthread_mutex_init(&w->lock, NULL); /* these cannot fail */
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&w->over, &attr);
	(void)pthread_condattr_destroy(&attr);

	(void)sigfillset(&all); /* signals are for the caller's threads */
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&w->thread, NULL, wait_for_end, w);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r == 0)
		return SHVM_OK;
	return err_set(err, SHVM_E_NOMEM,
		       "libguestfs: cannot start a thread: "
		       "%s",
		       strerror(r));
}

void appliance_watch_end(struct appliance_watch *w)
{
	(void)pthread_mutex_lock(&w->lock);
	w->is_over = true;
	(void)pthread_cond_signal(&w->over);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_join(w->thread, NULL);
	(void)pthread_cond_destroy(&w->over);
	(void)pthread_mutex_destroy(&w->lock);
}
