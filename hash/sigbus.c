/* SPDX-License-Identifier: MIT */
/* Turns SIGBUS in guarded mappings into a flag. */
#include "hash/sigbus.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	GUARDS_MAX = 1024
};

/* start is claimed first and set last: 0 is free, 1 is being filled in. */
struct guard {
	atomic_uintptr_t start, end;
	_Atomic(atomic_bool *) lost;
};

static struct guard guards[GUARDS_MAX];
static struct sigaction before; /* complete before the handler is set */
static uintptr_t page_mask;

static bool is_function(const struct sigaction *a)
{
	return (a->sa_flags & SA_SIGINFO) ||
	       (a->sa_handler != SIG_DFL && a->sa_handler != SIG_IGN);
}

/* The flag of the guard that contains this address; NULL if none does. */
static atomic_bool *guard_find(uintptr_t at)
{
	for (size_t i = 0; i < GUARDS_MAX; i++) {
		const uintptr_t start = atomic_load(&guards[i].start);
		const uintptr_t end = atomic_load(&guards[i].end);
		atomic_bool *lost = atomic_load(&guards[i].lost);

		if (start <= 1 || at < start || at >= end)
			continue;
		/* Another thread may release its place meanwhile. */
		if (atomic_load(&guards[i].start) == start)
			return lost;
	}
	return NULL;
}

/* Do what would have happened without this handler, which stays installed. */
static void pass_on(int number, siginfo_t *info, void *context, bool is_fault)
{
	if (before.sa_flags & SA_SIGINFO) {
		before.sa_sigaction(number, info, context);
	} else if (is_function(&before)) {
		before.sa_handler(number);
	} else if (is_fault || before.sa_handler == SIG_DFL) {
		/*
		 * A fault is raised again on return; a sent signal is sent
		 * again.
		 */
		(void)signal(number, SIG_DFL); /* cannot fail */
		if (!is_fault)
			(void)raise(number);
	}
}

/*
 * Uses only what signal-safety(7) allows, and mmap(), which is one system call.
 */
static void on_sigbus(int number, siginfo_t *info, void *context)
{
	/* si_addr has a meaning in faults only: kill() gives a pid there. */
	const bool is_fault = info->si_code > 0 && info->si_code != SI_KERNEL;
	const uintptr_t at = is_fault ? (uintptr_t)info->si_addr : 0;
	atomic_bool *lost = is_fault ? guard_find(at) : NULL;
	const int saved = errno;

	if (lost) {
		atomic_store(lost, true);
		if (mmap((void *)(at & ~page_mask), page_mask + 1, PROT_READ,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			 0) != MAP_FAILED) {
			errno = saved;
			return;
		}
	}
	errno = saved;
	pass_on(number, info, context, is_fault);
}

static bool is_ours(const struct sigaction *a)
{
	return (a->sa_flags & SA_SIGINFO) && a->sa_sigaction == on_sigbus;
}

bool sigbus_is_installed(void)
{
	struct sigaction now;

	return sigaction(SIGBUS, NULL, &now) == 0 && is_ours(&now);
}

static int install(struct shvm_err *err)
{
	struct sigaction action = { .sa_sigaction = on_sigbus }, now;

	if (sigaction(SIGBUS, NULL, &now) < 0)
		return err_set_errno(err, "digest: handler for SIGBUS");
	if (is_ours(&now))
		return SHVM_OK;
	/* A handler that was set after ours may call ours: an endless loop. */
	if (page_mask && is_function(&now) &&
	    now.sa_sigaction != before.sa_sigaction)
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "digest: another handler for SIGBUS has "
			       "replaced ours");
	page_mask = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
	before = now;
	/* The flags of the previous handler also apply while it is called. */
	action.sa_mask = now.sa_mask;
	action.sa_flags = SA_SIGINFO | SA_ONSTACK |
			  (now.sa_flags & (SA_NODEFER | SA_RESTART));
	if (sigaction(SIGBUS, &action, NULL) < 0)
		return err_set_errno(err, "digest: handler for SIGBUS");
	return SHVM_OK;
}

int sigbus_install(struct shvm_err *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	int r;

	(void)pthread_mutex_lock(&lock); /* cannot fail */
	r = install(err);
	(void)pthread_mutex_unlock(&lock);
	return r;
}

void sigbus_unblock(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGBUS);
	(void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

bool sigbus_guard(void *start, size_t len, atomic_bool *lost)
{
	for (size_t i = 0; i < GUARDS_MAX; i++) {
		uintptr_t expected = 0;

		if (!atomic_compare_exchange_strong(&guards[i].start, &expected,
						    1))
			continue;
		atomic_store(&guards[i].end, (uintptr_t)start + len);
		atomic_store(&guards[i].lost, lost);
		atomic_store(&guards[i].start, (uintptr_t)start);
		return true;
	}
	return false;
}

void sigbus_release(void *start)
{
	for (size_t i = 0; i < GUARDS_MAX; i++) {
		if (atomic_load(&guards[i].start) == (uintptr_t)start) {
			atomic_store(&guards[i].start, 0);
			return;
		}
	}
}
