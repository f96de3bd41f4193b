/* SPDX-License-Identifier: MIT */
/* Turns SIGBUS in guarded mappings into a note. */
#include "signer/sigbus.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	GUARDS_MAX = 1024
};

/* start is claimed first and set last: 0 is free, 1 is being filled in. */
struct guard {
	atomic_uintptr_t start;
	uintptr_t end;
	atomic_bool *lost;
};

static struct guard guards[GUARDS_MAX];
static struct sigaction before;
static uintptr_t page_mask;

/* Only what signal-safety(7) allows, and mmap(), which is one system call. */
static void on_sigbus(int number, siginfo_t *info, void *context)
{
	const uintptr_t at = (uintptr_t)info->si_addr;

	(void)context;
	for (size_t i = 0; i < GUARDS_MAX; i++) {
		uintptr_t start = atomic_load(&guards[i].start);

		if (start <= 1 || at < start || at >= guards[i].end)
			continue;
		atomic_store(guards[i].lost, true);
		if (mmap((void *)(at & ~page_mask), page_mask + 1, PROT_READ,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			 0) != MAP_FAILED)
			return;
	}
	/* Not ours: the access is tried again, under the handler before. */
	(void)sigaction(number, &before, NULL);
}

bool sigbus_is_installed(void)
{
	struct sigaction now;

	return sigaction(SIGBUS, NULL, &now) == 0 &&
	       (now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_sigbus;
}

int sigbus_install(struct shvm_err *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct sigaction action = { .sa_sigaction = on_sigbus,
				    .sa_flags = SA_SIGINFO };
	int r = 0;

	(void)sigemptyset(&action.sa_mask);
	(void)pthread_mutex_lock(&lock); /* cannot fail */
	if (!sigbus_is_installed()) {
		page_mask = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
		r = sigaction(SIGBUS, &action, &before);
	}
	(void)pthread_mutex_unlock(&lock);
	return r < 0 ? err_set_errno(err, "digest: handler for SIGBUS")
		     : SHVM_OK;
}

void sigbus_unblock(sigset_t *ret_before)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGBUS);
	(void)pthread_sigmask(SIG_UNBLOCK, &set, ret_before);
}

bool sigbus_guard(void *start, size_t len, atomic_bool *lost)
{
	for (size_t i = 0; i < GUARDS_MAX; i++) {
		uintptr_t expected = 0;

		if (!atomic_compare_exchange_strong(&guards[i].start, &expected,
						    1))
			continue;
		guards[i].end = (uintptr_t)start + len;
		guards[i].lost = lost;
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
