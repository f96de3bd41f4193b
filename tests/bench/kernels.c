/* SPDX-License-Identifier: MIT */
/*
 * Measures the hash kernels in memory: kernels [-r ROUNDS] [-l LEAF_KIB]
 * [-w WINDOW_KIB] [-t THREADS] [-m MS] [-f] [-s]. Prints one line a kernel:
 *
 *   ALGORITHM KERNEL THREADS GB_PER_S RATIO_TO_OPENSSL SAMPLES DISCARDED
 *
 * and one for the scaling probe: probe imul THREADS RATIO SAMPLES DISCARDED.
 * All kernels run in turn inside a round, so that the ratios of a round are
 * free of what changes between rounds; threads are pinned, with -f they run
 * with real-time priority for the time of a sample, then pause as long; a sample in which a
 * thread got less than 98.5 % of its CPU is discarded. With -s it prints the
 * self-tests and the time that the choice of a kernel takes instead.
 */
#include "hash/kernels.h"
#include "hash/hasher.h"

#include "base/auto.h"
#include "base/version.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	THREADS_MAX = 64,
	ROUNDS_MAX = 99,
	KERNELS_MAX = 16
};

struct options {
	uint64_t rounds, leaf, window, threads, ms;
	bool fifo;
};

struct burst {
	const struct kernel *kernel; /* NULL: the probe */
	const struct options *o;
	int cpu;
	pthread_barrier_t *start;
	double rate; /* bytes (or multiplications) a second; 0: discarded */
};

static double clock_s(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double run_probe(double ms)
{
	double start = clock_s(CLOCK_MONOTONIC), n = 0;
	uint64_t a = 3, b = 5, c = 7, d = 11;

	while (clock_s(CLOCK_MONOTONIC) - start < ms / 1000) {
		for (int i = 0; i < 4096; i++) {
			__asm__ volatile("imul %1, %0\n\timul %2, %1\n\t"
					 "imul %3, %2\n\timul %0, %3"
					 : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
		}
		n += 4 * 4096;
	}
	return n;
}

static double run_kernel(const struct burst *b, uint8_t *memory)
{
	const struct options *o = b->o;
	const size_t n = o->window / o->leaf;
	AUTOFREE const uint8_t **data = calloc(n, sizeof(*data));
	AUTOFREE uint8_t *out = calloc(n, SHVM_HASH_SIZE_MAX);
	AUTO_DONE(hasher) h = { 0 };
	struct shvm_err err;
	double start, done = 0;

	for (size_t i = 0; i < n; i++)
		data[i] = memory + i * o->leaf;
	if (hasher_init(&h, b->kernel, &err) < 0)
		exit(1);
	start = clock_s(CLOCK_MONOTONIC);
	while (clock_s(CLOCK_MONOTONIC) - start < (double)o->ms / 1000) {
		if (b->kernel->hash(h.ctx, data, n, o->leaf, out, &err) < 0)
			exit(1);
		done += (double)o->window;
	}
	return done;
}

static void *burst_main(void *arg)
{
	struct burst *b = arg;
	AUTOFREE uint8_t *memory = aligned_alloc(4096, b->o->window);
	const struct sched_param fifo = { .sched_priority = 5 };
	double wall, cpu, n;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(b->cpu, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
	if (b->o->fifo)
		(void)pthread_setschedparam(pthread_self(), SCHED_FIFO, &fifo);
	for (size_t i = 0; i < b->o->window; i++)
		memory[i] = (uint8_t)(i * 31 + (i >> 9));
	(void)pthread_barrier_wait(b->start);
	wall = clock_s(CLOCK_MONOTONIC);
	cpu = clock_s(CLOCK_THREAD_CPUTIME_ID);
	n = b->kernel ? run_kernel(b, memory) : run_probe((double)b->o->ms);
	cpu = clock_s(CLOCK_THREAD_CPUTIME_ID) - cpu;
	wall = clock_s(CLOCK_MONOTONIC) - wall;
	b->rate = cpu / wall < 0.985 ? 0 : n / wall;
	return NULL;
}

/* The sum over the threads, or 0 when one of them lost its CPU. */
static double sample(const struct kernel *kernel, const struct options *o,
		     uint64_t threads)
{
	struct burst bursts[THREADS_MAX];
	pthread_t ids[THREADS_MAX];
	pthread_barrier_t start;
	double sum = 0;

	(void)pthread_barrier_init(&start, NULL, (unsigned int)threads);
	for (uint64_t i = 0; i < threads; i++) {
		bursts[i] = (struct burst){
			.kernel = kernel, .o = o, .cpu = (int)i, .start = &start
		};
		if (pthread_create(&ids[i], NULL, burst_main, &bursts[i]))
			exit(1);
	}
	for (uint64_t i = 0; i < threads; i++)
		(void)pthread_join(ids[i], NULL);
	(void)pthread_barrier_destroy(&start);
	if (o->fifo)
		(void)usleep((useconds_t)o->ms * 1000);
	for (uint64_t i = 0; i < threads; i++) {
		if (bursts[i].rate == 0)
			return 0;
		sum += bursts[i].rate;
	}
	return sum;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median of those that are not 0; *ret_n: how many they are. */
static double median(double *v, size_t n, size_t *ret_n)
{
	size_t good = 0;

	for (size_t i = 0; i < n; i++)
		if (v[i] > 0)
			v[good++] = v[i];
	qsort(v, good, sizeof(*v), by_value);
	*ret_n = good;
	return good ? v[good / 2] : 0;
}

static void line(const char *what, const char *name, uint64_t threads,
		 double rate, double ratio, size_t good, uint64_t rounds)
{
	printf("%-6s %-8s %2d %7.2f %6.2f %3zu %3zu\n", what, name,
	       (int)threads, rate / 1e9, ratio, good, (size_t)rounds - good);
	(void)fflush(stdout);
}

static void measure(enum shvm_hash algorithm, const struct options *o)
{
	static double rate[KERNELS_MAX][ROUNDS_MAX];
	const struct kernel *list[KERNELS_MAX];
	double ratio[ROUNDS_MAX];
	size_t count = 0, good;

	for (const struct kernel *const *k = kernels_all(); *k; k++)
		if ((*k)->algorithm == algorithm && (*k)->is_usable())
			list[count++] = *k;
	for (uint64_t r = 0; r < o->rounds; r++)
		for (size_t k = 0; k < count; k++)
			rate[k][r] = sample(list[k], o, o->threads);
	for (size_t k = count; k-- > 0;) { /* openssl is the first of all */
		double m;

		for (uint64_t r = 0; r < o->rounds; r++)
			ratio[r] = rate[0][r] > 0 ? rate[k][r] / rate[0][r] : 0;
		m = median(ratio, o->rounds, &good);
		line(shvm_hash_name(algorithm) + strlen("fs-verity-"),
		     list[k]->name, o->threads,
		     median(rate[k], o->rounds, &good), m, good, o->rounds);
	}
}

/* What a second CPU is worth here, free of memory and of our code. */
static void measure_probe(const struct options *o)
{
	double one[ROUNDS_MAX], all[ROUNDS_MAX];
	size_t good;
	double m;

	for (uint64_t r = 0; r < o->rounds; r++) {
		double alone = sample(NULL, o, 1);

		all[r] = sample(NULL, o, o->threads);
		one[r] = alone > 0 ? all[r] / alone : 0;
	}
	m = median(one, o->rounds, &good);
	line("probe", "imul", o->threads, median(all, o->rounds, &good), m,
	     good, o->rounds);
}

/* Every kernel's known answer; what the choice at each start costs. */
static void self_tests(uint64_t rounds)
{
	double ms[ROUNDS_MAX];
	const struct kernel *chosen = NULL;
	struct shvm_err err = { 0 };
	size_t good;

	for (const struct kernel *const *k = kernels_all(); *k; k++) {
		const char *what = "not usable on this processor";

		if ((*k)->is_usable())
			what = kernel_self_test(*k, &err) < 0 ? err.msg : "ok";
		printf("self-test %-8s %-8s %s\n",
		       shvm_hash_name((*k)->algorithm) + strlen("fs-verity-"),
		       (*k)->name, what);
	}
	for (uint64_t r = 0; r < rounds; r++) {
		const double start = clock_s(CLOCK_MONOTONIC);

		if (kernel_choose(SHVM_HASH_SHA256, NULL, &chosen, &err) < 0)
			exit(1);
		ms[r] = 1000 * (clock_s(CLOCK_MONOTONIC) - start);
	}
	printf("choice of the kernel for SHA-256 at a start (%s): %.3f ms the "
	       "first time, median %.3f\n",
	       chosen->name, ms[0], median(ms, rounds, &good));
}

static uint64_t number(const char *text, uint64_t min, uint64_t max)
{
	struct shvm_err err;
	uint64_t n;

	if (number_parse(text, min, max, &n, &err) == SHVM_OK)
		return n;
	fprintf(stderr, "kernels: %s\n", err.msg);
	exit(2);
}

int main(int argc, char **argv)
{
	struct options o = { .rounds = 7,
			     .leaf = 4 << 10,
			     .window = 256 << 10,
			     .threads = 1,
			     .ms = 20 };
	bool only_tests = false;
	int c;

	while ((c = getopt(argc, argv, "r:l:w:t:m:fs")) >= 0) {
		if (c == 'r')
			o.rounds = number(optarg, 1, ROUNDS_MAX);
		else if (c == 'l')
			o.leaf = number(optarg, 4, 1024) << 10;
		else if (c == 'w')
			o.window = number(optarg, 4, 1 << 20) << 10;
		else if (c == 't')
			o.threads = number(optarg, 1, THREADS_MAX);
		else if (c == 'm')
			o.ms = number(optarg, 1, 1000);
		else if (c == 'f')
			o.fifo = true;
		else if (c == 's')
			only_tests = true;
		else
			return 2;
	}
	if (optind != argc || o.window % o.leaf)
		return 2;
	if (only_tests) {
		self_tests(o.rounds);
		return 0;
	}
	measure_probe(&o);
	measure(SHVM_HASH_SHA256, &o);
	measure(SHVM_HASH_SHA512, &o);
	return 0;
}
