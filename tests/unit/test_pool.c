/* SPDX-License-Identifier: MIT */
/* Numbered jobs on threads: every one once, the lowest failure, no hang. */
#include "base/auto.h"
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum {
	JOBS = 1000
};

struct work {
	atomic_int done[JOBS];
	atomic_int in_use[POOL_THREADS_MAX];
	atomic_bool shared; /* two calls had one worker number */
	uint64_t fail_from;
};

static int one(void *ctx, uint64_t job, unsigned int worker,
	       struct shvm_err *err)
{
	struct work *w = ctx;

	if (atomic_fetch_add(&w->in_use[worker], 1) != 0)
		atomic_store(&w->shared, true);
	atomic_fetch_add(&w->done[job], 1);
	atomic_fetch_sub(&w->in_use[worker], 1);
	if (job >= w->fail_from)
		return err_set(err, SHVM_E_IO, "job %d", (int)job);
	return SHVM_OK;
}

static const unsigned int thread_counts[] = { 1, 2, 7, 16, 256 };

static void does_each_job_once_at_any_thread_count(void **state)
{
	(void)state;
	for (size_t t = 0; t < ARRAY_SIZE(thread_counts); t++) {
		static struct work w;

		memset(&w, 0, sizeof(w));
		w.fail_from = UINT64_MAX;
		assert_int_equal(pool_run(thread_counts[t], JOBS, one, &w,
					  NULL),
				 0);
		for (int i = 0; i < JOBS; i++)
			assert_int_equal(w.done[i], 1);
		assert_false(w.shared);
	}
}

static void reports_the_lowest_failure_at_any_thread_count(void **state)
{
	(void)state;
	for (size_t t = 0; t < ARRAY_SIZE(thread_counts); t++) {
		static struct work w;
		struct shvm_err err = { 0 };

		memset(&w, 0, sizeof(w));
		w.fail_from = 100;
		assert_int_equal(pool_run(thread_counts[t], JOBS, one, &w,
					  &err),
				 SHVM_E_IO);
		assert_string_equal(err.msg, "job 100");
		for (int i = 0; i < 100; i++)
			assert_int_equal(w.done[i], 1);
	}
}

/* Two jobs that are under way together; the second one fails last. */
struct pair {
	atomic_int arrived;
	atomic_bool is_disturbed; /* a worker lets signals in */
};

static int together(void *ctx, uint64_t job, unsigned int worker,
		    struct shvm_err *err)
{
	struct pair *p = ctx;
	sigset_t held;

	(void)pthread_sigmask(SIG_SETMASK, NULL, &held);
	if (worker > 0 &&
	    (!sigismember(&held, SIGINT) || !sigismember(&held, SIGALRM)))
		atomic_store(&p->is_disturbed, true);
	atomic_fetch_add(&p->arrived, 1);
	/* Bounded, as fewer threads than asked for are no error. */
	for (int i = 0; i < 100000 && atomic_load(&p->arrived) < 2; i++)
		(void)sched_yield();
	for (int i = 0; i < 100 && job == 1; i++)
		(void)sched_yield();
	return err_set(err, SHVM_E_IO, "job %d", (int)job);
}

static void the_lowest_failure_counts_also_when_it_is_first(void **state)
{
	(void)state;
	for (int i = 0; i < 50; i++) {
		struct pair p = { 0 };
		struct shvm_err err = { 0 };

		assert_int_equal(pool_run(2, 2, together, &p, &err), SHVM_E_IO);
		assert_string_equal(err.msg, "job 0");
		assert_false(p.is_disturbed);
	}
}

static void no_jobs_are_no_work(void **state)
{
	static struct work w;

	(void)state;
	assert_int_equal(pool_run(4, 0, one, &w, NULL), SHVM_OK);
	assert_int_equal(w.done[0], 0);
}

static void thread_counts_stay_in_range(void **state)
{
	(void)state;
	assert_true(pool_threads_default() >= 1);
	assert_int_equal(pool_threads(0), pool_threads_default());
	assert_int_equal(pool_threads(3), 3);
	assert_int_equal(pool_threads(100000), POOL_THREADS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(does_each_job_once_at_any_thread_count),
		cmocka_unit_test(
			reports_the_lowest_failure_at_any_thread_count),
		cmocka_unit_test(
			the_lowest_failure_counts_also_when_it_is_first),
		cmocka_unit_test(no_jobs_are_no_work),
		cmocka_unit_test(thread_counts_stay_in_range),
	};

	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
