/* SPDX-License-Identifier: MIT */
/* Turns SIGBUS in guarded mappings into a note. */
#include "signer/sigbus.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
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
static atomic_bool installed;
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

static void install_once(void)
{
	struct sigaction action = { .sa_sigaction = on_sigbus,
				    .sa_flags = SA_SIGINFO };

	page_mask = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
	(void)sigemptyset(&action.sa_mask);
	if (sigaction(SIGBUS, &action, &before) == 0)
		atomic_store(&installed, true);
}

int sigbus_install(struct shvm_err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, install_once); /* cannot fail */
	if (!sigbus_is_installed())
		return err_set(err, SHVM_E_IO,
			       "digest: no handler for SIGBUS can be set");
	return SHVM_OK;
}

bool sigbus_is_installed(void)
{
	return atomic_load(&installed);
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
