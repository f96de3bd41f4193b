/* SPDX-License-Identifier: MIT */
/*
 * Measures reads that are proven by a tree file: verified FILE [THREADS]. The
 * tree of FILE is written to FILE.tree; what is read lies in the page cache.
 * Prints what, GB per second of CPU time, and of the clock. Each thread reads
 * a share of its own.
 */
#include "hash/verified.h"
#include "base/clock.h"
#include "source/source_file.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum {
	THREADS_MAX = 64,
	RANDOM_READS = 50000
};

struct bench {
	struct source *plain, *verified;
	struct disktree_part part;
	char tree[4096];
	unsigned int threads;
};

struct reading {
	struct source *from;
	uint64_t at, end;
	size_t request;
	bool random;
	uint64_t bytes;
	int result;
};

static double cpu_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *read_all(void *ctx)
{
	struct reading *r = ctx;
	uint8_t *data = malloc(r->request);
	uint64_t x = 88172645463325252 + r->at, at = r->at;

	for (uint64_t n = 0; data && at + r->request <= r->end; n++) {
		uint64_t place = at;

		if (r->random && n == RANDOM_READS)
			break;
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		if (r->random)
			place = r->at + x % ((r->end - r->at) / r->request) *
						r->request;
		else
			at += r->request;
		r->result = source_read(r->from, place, data, r->request, NULL);
		if (r->result < 0)
			break;
		r->bytes += r->request;
	}
	free(data);
	return NULL;
}

static int measure(const struct bench *b, struct source *from, size_t request,
		   bool random, unsigned int threads, const char *what)
{
	struct reading readings[THREADS_MAX] = { 0 };
	pthread_t ids[THREADS_MAX];
	const double cpu = cpu_seconds();
	const int64_t start = clock_ns();
	const uint64_t share = b->part.size / threads;
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < threads; i++) {
		readings[i] = (struct reading){ .from = from,
						.at = i * share,
						.end = (i + 1) * share,
						.request = request,
						.random = random };
		if (pthread_create(&ids[i], NULL, read_all, &readings[i]) != 0)
			return -1;
	}
	for (unsigned int i = 0; i < threads; i++) {
		(void)pthread_join(ids[i], NULL);
		if (readings[i].result < 0)
			return readings[i].result;
		bytes += readings[i].bytes;
	}
	printf("%-10s %s %4zu KiB, %2u threads: %6.2f GB/s CPU, %6.2f GB/s\n",
	       what, random ? "random    " : "sequential", request >> 10,
	       threads, (double)bytes / 1e9 / (cpu_seconds() - cpu),
	       (double)bytes / 1e9 / clock_seconds_since(start));
	return 0;
}

/* disktree_fill_fn: the digest of one core, too. */
static int fill(void *ctx, struct disktree_writer *w, struct shvm_err *err)
{
	const struct shvm_digest_params params = { .jobs = 1,
						   .io = SHVM_IO_READ };
	struct bench *b = ctx;
	struct shvm_digest d;
	const double cpu = cpu_seconds();

	TRY(disktree_add(w, 0, b->plain, &params, &d, err));
	printf("digest and tree, 1 thread, kernel %s: %.2f GB/s CPU, %.2f GB/s\n",
	       d.kernel, (double)b->part.size / 1e9 / (cpu_seconds() - cpu),
	       (double)b->part.size / 1e9 / d.seconds);
	printf("part 0:%ju:sha256:4096:", (uintmax_t)b->part.size);
	for (uint32_t i = 0; i < d.hash_size; i++)
		printf("%02x", d.digest[i]);
	printf("\n");
	memcpy(b->part.digest, d.digest, sizeof(d.digest));
	return SHVM_OK;
}

static int run(struct bench *b, const char *path, struct shvm_err *err)
{
	const struct shvm_tree_output out = { .path = b->tree,
					      .replace = true };
	AUTO_DONE(file_pending) pending = { 0 };
	AUTO(disktree_ptr) tree = NULL;
	AUTO(source_ptr) plain = NULL;
	AUTO(source_ptr) verified = NULL;
	static const size_t requests[] = { 1 << 20, 65536, 4096 };
	struct rusage usage;

	TRY(source_file_open(path, 512, &plain, err));
	b->plain = plain;
	b->part = (struct disktree_part){ .size = plain->size,
					  .block_size = BLOCK_SIZE_MIN };
	TRY(disktree_write(&out, 0600, fill, b, &pending, err));
	TRY(file_publish(&pending, err));
	file_keep(&pending);
	TRY(disktree_open(b->tree, &b->part, 1, &tree, err));
	TRY(verified_open(plain, tree, NULL, 0, &verified, err));
	for (size_t i = 0; i < 3; i++) {
		TRY(measure(b, plain, requests[i], false, 1, "plain"));
		TRY(measure(b, verified, requests[i], false, 1, "verified"));
	}
	TRY(measure(b, verified, 65536, false, b->threads, "verified"));
	TRY(measure(b, plain, 4096, true, 1, "plain"));
	TRY(measure(b, verified, 4096, true, 1, "verified"));
	TRY(measure(b, verified, 4096, true, b->threads, "verified"));
	(void)getrusage(RUSAGE_SELF, &usage);
	printf("largest resident size: %ld MiB\n", usage.ru_maxrss >> 10);
	return SHVM_OK;
}

int main(int argc, char **argv)
{
	static struct bench b;
	struct shvm_err err = { 0 };

	b.threads = argc > 2 ? (unsigned int)atoi(argv[2]) : 2;
	if (argc < 2 || b.threads == 0 || b.threads > THREADS_MAX ||
	    snprintf(b.tree, sizeof(b.tree), "%s.tree", argv[1]) >=
		    (int)sizeof(b.tree)) {
		(void)fprintf(stderr, "usage: verified FILE [THREADS]\n");
		return 2;
	}
	if (run(&b, argv[1], &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	return 0;
}
