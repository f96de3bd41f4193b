/* SPDX-License-Identifier: MIT */
/* The guard for SIGBUS among a program's own handlers and threads. */
#include "hash/sigbus.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const volatile char *hole; /* a mapping whose file is empty */
static atomic_bool lost;
static volatile sig_atomic_t calls;
static __thread sigjmp_buf back;

static const volatile char *map_empty(void)
{
	const int fd = memfd_create("empty", MFD_CLOEXEC);
	void *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		_exit(90);
	return p;
}

static void own_handler(int number)
{
	(void)number;
	calls = calls + 1;
	siglongjmp(back, 1);
}

static void own_handler_3(int number, siginfo_t *info, void *context)
{
	(void)context;
	if ((uintptr_t)info->si_addr == (uintptr_t)hole)
		own_handler(number);
	_exit(91);
}

static void count_handler(int number)
{
	(void)number;
	calls = calls + 1;
}

/* True when the program's own handler was asked. */
static bool faults(const volatile char *p)
{
	if (sigsetjmp(back, 1))
		return true;
	(void)*p;
	return false;
}

static void set_handler(int flags, void (*plain)(int))
{
	struct sigaction a = { .sa_flags = flags };

	if (flags & SA_SIGINFO)
		a.sa_sigaction = own_handler_3;
	else
		a.sa_handler = plain;
	if (sigaction(SIGBUS, &a, NULL) < 0)
		_exit(92);
}

static void install(void)
{
	if (sigbus_install(NULL) != SHVM_OK)
		_exit(93);
}

/* A guarded mapping after and between faults that are not ours. */
static int guards_between(int flags)
{
	const volatile char *ours = map_empty();

	set_handler(flags, own_handler);
	install();
	if (!sigbus_guard((void *)(uintptr_t)ours, 4096, &lost))
		return 1;
	if (!faults(hole) || calls != 1 || atomic_load(&lost))
		return 2;
	if (!sigbus_is_installed()) /* passing one on is not giving up */
		return 3;
	if (faults(ours) || !atomic_load(&lost) || *ours != 0)
		return 4;
	sigbus_release((void *)(uintptr_t)ours);
	return faults(hole) && calls == 2 ? 0 : 5;
}

static int passes_to_a_plain_handler(void)
{
	return guards_between(0);
}

static int passes_to_a_handler_with_details(void)
{
	return guards_between(SA_SIGINFO);
}

static void *fault_in_thread(void *arg)
{
	(void)arg;
	return faults(hole) ? &lost : NULL;
}

static int passes_on_in_the_thread_that_faults(void)
{
	pthread_t thread;
	void *answer = NULL;

	set_handler(0, own_handler);
	install();
	for (int i = 0; i < 20; i++) {
		if (pthread_create(&thread, NULL, fault_in_thread, NULL) ||
		    pthread_join(thread, &answer) || answer != &lost)
			return 1;
	}
	return calls == 20 && sigbus_is_installed() ? 0 : 2;
}

static int a_sent_one_goes_to_the_handler_before(void)
{
	set_handler(0, count_handler);
	install();
	(void)raise(SIGBUS);
	return calls == 1 && sigbus_is_installed() ? 0 : 1;
}

static int a_sent_one_stays_ignored(void)
{
	set_handler(0, SIG_IGN);
	install();
	(void)raise(SIGBUS);
	return sigbus_is_installed() ? 0 : 1;
}

/* An address made of pid and uid must not be taken for a lost page. */
static int a_sent_one_is_no_lost_page(void)
{
	set_handler(0, count_handler);
	install();
	if (!sigbus_guard((void *)2, SIZE_MAX - 4, &lost))
		return 1;
	(void)kill(getpid(), SIGBUS);
	return calls == 1 && !atomic_load(&lost) ? 0 : 2;
}

static int is_not_set_over_a_later_handler(void)
{
	struct shvm_err err = { 0 };

	install();
	install(); /* again is fine */
	set_handler(0, count_handler);
	if (sigbus_install(&err) != SHVM_E_UNSUPPORTED || !*err.msg)
		return 1;
	set_handler(0, SIG_DFL);
	install();
	return sigbus_is_installed() ? 0 : 2;
}

static int ends_by_a_sent_one(void)
{
	set_handler(0, SIG_DFL);
	install();
	(void)raise(SIGBUS);
	return 1;
}

static int ends_by_a_fault(void)
{
	set_handler(0, SIG_DFL);
	install();
	return *hole + 1;
}

static int ends_by_a_fault_that_cannot_be_ignored(void)
{
	set_handler(0, SIG_IGN);
	install();
	return *hole + 1;
}

/* Handlers are the process's: each case has a process. */
static void each_sigbus_has_the_effect_it_had_before(void **state)
{
	static const struct {
		const char *name;
		int (*run)(void);
		int ends_by;
	} cases[] = {
#define CASE(f, signal) { #f, f, signal }
		CASE(passes_to_a_plain_handler, 0),
		CASE(passes_to_a_handler_with_details, 0),
		CASE(passes_on_in_the_thread_that_faults, 0),
		CASE(a_sent_one_goes_to_the_handler_before, 0),
		CASE(a_sent_one_stays_ignored, 0),
		CASE(a_sent_one_is_no_lost_page, 0),
		CASE(is_not_set_over_a_later_handler, 0),
		CASE(ends_by_a_sent_one, SIGBUS),
		CASE(ends_by_a_fault, SIGBUS),
		CASE(ends_by_a_fault_that_cannot_be_ignored, SIGBUS),
	};

	(void)state;
	hole = map_empty();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status = 0;
		pid_t child = fork();

		if (child == 0) {
			(void)alarm(60);
			_exit(cases[i].run());
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		if (cases[i].ends_by
			    ? !WIFSIGNALED(status) ||
				      WTERMSIG(status) != cases[i].ends_by
			    : status != 0)
			fail_msg("%s: status %x", cases[i].name, status);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_sigbus_has_the_effect_it_had_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
