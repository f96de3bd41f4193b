/* SPDX-License-Identifier: MIT */
/* Runs n numbered jobs on up to k threads, reports the lowest failing number. */
#include "base/pool.h"

#include "base/auto.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

struct pool {
	pool_fn fn;
	void *ctx;
	uint64_t n;
	atomic_uint_fast64_t next; /* the number to hand out */
	atomic_bool stop;

	pthread_mutex_t lock; /* of the members below */
	uint64_t failed;      /* lowest number that failed */
	int code;
	struct shvm_err err;
};

struct worker {
	struct pool *pool;
	unsigned int number;
	pthread_t thread;
};

static void note_failure(struct pool *p, uint64_t job, int code,
			 const struct shvm_err *err)
{
	atomic_store(&p->stop, true);
	(void)pthread_mutex_lock(&p->lock); /* a plain mutex cannot fail */
	if (p->code == SHVM_OK || job < p->failed) {
		p->failed = job;
		p->code = code;
		p->err = *err;
	}
	(void)pthread_mutex_unlock(&p->lock);
}

static void work(struct pool *p, unsigned int number)
{
	while (!atomic_load(&p->stop)) {
		uint64_t job = atomic_fetch_add(&p->next, 1);
		struct shvm_err err = { 0 };
		int r;

		if (job >= p->n)
			return;
		r = p->fn(p->ctx, job, number, &err);
		if (r < 0)
			note_failure(p, job, r, &err);
	}
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;

	work(w->pool, w->number);
	return NULL;
}

/* Signals are for the thread that called; fewer threads are no error. */
static unsigned int start(struct worker *workers, unsigned int count)
{
	unsigned int started = 0;
	sigset_t all, old;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &old);
	while (started < count &&
	       pthread_create(&workers[started].thread, NULL, worker_main,
			      &workers[started]) == 0)
		started++;
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return started;
}

int pool_run(unsigned int threads, uint64_t n, pool_fn fn, void *ctx,
	     struct shvm_err *err)
{
	struct pool p = { .fn = fn, .ctx = ctx, .n = n };
	struct worker workers[POOL_THREADS_MAX];
	unsigned int extra, started;

	(void)pthread_mutex_init(&p.lock, NULL);
	extra = pool_threads(threads) - 1; /* the caller is one of them */
	if (extra >= n)
		extra = n > 0 ? (unsigned int)n - 1 : 0;
	for (unsigned int i = 0; i < extra; i++)
		workers[i] = (struct worker){ .pool = &p, .number = i + 1 };

	started = start(workers, extra);
	work(&p, 0);
	for (unsigned int i = 0; i < started; i++)
		(void)pthread_join(workers[i].thread, NULL);
	(void)pthread_mutex_destroy(&p.lock);

	(void)err_take(err, &p.err); /* it has the code that is returned */
	return p.code;
}

unsigned int pool_threads_default(void)
{
	cpu_set_t set;
	int n = 0;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	if (n < 1)
		n = (int)sysconf(_SC_NPROCESSORS_ONLN);
	if (n < 1)
		n = 1;
	return n > POOL_THREADS_MAX ? POOL_THREADS_MAX : (unsigned int)n;
}

unsigned int pool_threads(unsigned int threads)
{
	if (threads == 0)
		return pool_threads_default();
	return threads > POOL_THREADS_MAX ? POOL_THREADS_MAX : threads;
}
