/* SPDX-License-Identifier: MIT */
/*
 * The digest of a source. Each thread gets segments, reads and hashes them
 * itself, and passes their hashes to the reorder ring; no thread waits for the
 * reads of another.
 */
#include "hash/digest.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/pool.h"
#include "base/reserved.h"
#include "hash/reorder.h"
#include "hash/sigbus.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum {
	/*
	 * One of this many leaves is hashed again; odd, so that all lanes of a
	 * kernel are tested in turn.
	 */
	CHECK_EVERY = 255,
	GATHER_MAX = 256 /* leaves passed to a kernel at once */
};

/* The state of one thread. */
struct worker {
	bool is_ready;
	struct leaf_reader reader;
	struct hasher hasher, check;
	uint8_t *hashes; /* of the segment's leaves; in the layout of nodes */
	uint8_t *out;	 /* of a kernel's run, before they are put in their
			    places */
	const uint8_t **data;
	uint64_t *leaf; /* of the volume, for each of data */
	uint64_t bytes_hashed;
	uint64_t until_check; /* leaves */
};

struct run {
	struct source *source;
	const struct shvm_digest_params *params;
	const struct digest_hooks *hooks;
	const struct tree *tree;
	const struct segments *segments;
	uint64_t first_job; /* rank of the first segment of the range */
	const struct kernel *kernel;
	struct treehash *treehash;
	struct reorder reorder;
	struct leaf_reader_shared reader;
	struct worker *workers;
	unsigned int threads;
};

static void worker_done(struct worker *w)
{
	leaf_reader_done(&w->reader);
	hasher_done(&w->hasher);
	hasher_done(&w->check);
	free(w->hashes);
	free(w->out);
	free(w->data);
	free(w->leaf);
}

static int worker_init(struct worker *w, struct run *run, struct shvm_err *err)
{
	const struct tree *tree = run->tree;

	leaf_reader_init(&w->reader, &run->reader, run->source, tree);
	w->hashes = malloc((size_t)run->segments->leaves * tree->hash_size);
	w->out = malloc((size_t)GATHER_MAX * tree->hash_size);
	w->data = calloc(GATHER_MAX, sizeof(*w->data));
	w->leaf = calloc(GATHER_MAX, sizeof(*w->leaf));
	if (!w->hashes || !w->out || !w->data || !w->leaf)
		return err_nomem(err, "hashes of a segment");
	TRY(hasher_init(&w->hasher, run->kernel, err));
	TRY(hasher_init(&w->check, kernel_openssl(tree->algorithm), err));
	w->is_ready = true;
	return SHVM_OK;
}

/*
 * A processor that computes wrongly must not sign: compare with OpenSSL. Mapped
 * bytes may have changed in between, which is a different error.
 */
static int check_hash(struct run *run, struct worker *w, const uint8_t *data,
		      const uint8_t *hash, const char *what, uint64_t number,
		      struct shvm_err *err)
{
	uint8_t again[SHVM_HASH_SIZE_MAX];

	TRY(hasher_one(&w->check, data, run->tree->block_size, again, err));
	if (memcmp(again, hash, run->tree->hash_size) == 0)
		return SHVM_OK;
	if (w->reader.way == SHVM_IO_MMAP) {
		TRY(leaf_reader_check(&w->reader, err));
		TRY(source_check_unchanged(run->source, err));
	}
	return err_set(err, SHVM_E_CRYPTO,
		       "digest: kernel %s and OpenSSL differ at %s "
		       "%" PRIu64,
		       run->kernel->name, what, number);
}

/* Hash n gathered leaves and put the hashes in their places. */
static int hash_gathered(struct run *run, struct worker *w, uint64_t first,
			 size_t n, struct shvm_err *err)
{
	const struct tree *tree = run->tree;
	const uint32_t size = tree->hash_size;

	TRY(run->kernel->hash(w->hasher.ctx, w->data, n, tree->block_size,
			      w->out, err));
	for (; w->until_check < n; w->until_check += CHECK_EVERY) {
		size_t i = w->until_check;

		TRY(check_hash(run, w, w->data[i], w->out + i * size, "leaf",
			       w->leaf[i], err));
	}
	w->until_check -= n;
	for (size_t i = 0; i < n; i++) {
		memcpy(w->hashes + (w->leaf[i] - first) * size,
		       w->out + i * size, size);
		w->bytes_hashed += tree_bytes(tree, w->leaf[i], w->leaf[i] + 1);
	}
	return SHVM_OK;
}

static int hash_batch(struct run *run, struct worker *w,
		      const struct leaf_reader_batch *batch, uint64_t first,
		      size_t *ret, struct shvm_err *err)
{
	const uint32_t block = run->tree->block_size;
	size_t n = 0;

	for (uint32_t i = 0; i < batch->run_count; i++) {
		const struct leaf_reader_run *from = &batch->runs[i];

		for (uint32_t k = 0; k < from->count; k++) {
			const uint8_t *p = from->data + (size_t)k * block;

			if (bytes_are_zero(p, block))
				continue;
			w->data[n] = p;
			w->leaf[n++] = from->leaf + k;
			if (n < GATHER_MAX)
				continue;
			TRY(hash_gathered(run, w, first, n, err));
			*ret += n;
			n = 0;
		}
	}
	*ret += n;
	return n ? hash_gathered(run, w, first, n, err) : SHVM_OK;
}

/* Hash the leaves first..end-1 into w->hashes; *ret: how many are not zeros. */
static int hash_leaves(struct run *run, struct worker *w, uint64_t first,
		       uint64_t end, size_t *ret, struct shvm_err *err)
{
	const uint32_t size = run->tree->hash_size;
	const struct leaf_reader_batch *batch;

	for (uint64_t i = 0; i < end - first; i++)
		memcpy(w->hashes + i * size, run->treehash->zeros.full[0],
		       size);
	TRY(leaf_reader_begin(&w->reader, first, end, err));
	for (;;) {
		TRY(leaf_reader_next(&w->reader, &batch, err));
		if (!batch)
			return leaf_reader_check(&w->reader, err);
		TRY(hash_batch(run, w, batch, first, ret, err));
	}
}

/* Hash the nodes that the leaves' hashes fill, into w->out. */
static int hash_nodes(struct run *run, struct worker *w, uint64_t first,
		      uint32_t count, uint32_t *ret_nodes, struct shvm_err *err)
{
	const struct tree *tree = run->tree;
	const size_t block = tree->block_size;
	const uint32_t nodes = (count - 1) / tree->fanout + 1;
	const size_t used = (size_t)count * tree->hash_size;
	/* One of them is hashed again, a different one in the next segment. */
	const uint32_t check = (uint32_t)(first / count % nodes);

	assert(nodes <= GATHER_MAX); /* 32 at most: SHA-512 at 4 KiB */
	memset(w->hashes + used, 0, nodes * block - used);
	for (uint32_t i = 0; i < nodes; i++)
		w->data[i] = w->hashes + i * block;
	TRY(run->kernel->hash(w->hasher.ctx, w->data, nodes, block, w->out,
			      err));
	TRY(check_hash(run, w, w->data[check], w->out + check * tree->hash_size,
		       "the node over leaf",
		       first + (uint64_t)check * tree->fanout, err));
	*ret_nodes = nodes;
	return SHVM_OK;
}

static int hash_segment(struct run *run, struct worker *w, uint64_t job,
			struct shvm_err *err)
{
	const struct segments *g = run->segments;
	const uint64_t segment = segments_find(g, run->first_job + job);
	const uint64_t first = segment * g->leaves;
	const uint64_t left = run->tree->hashes[0] - first;
	const uint32_t count = left < g->leaves ? (uint32_t)left : g->leaves;
	const struct digest_hooks *hooks = run->hooks;
	struct reorder_hashes put = { .hashes = w->hashes, .count = count };
	size_t data = 0;

	TRY(hash_leaves(run, w, first, first + count, &data, err));
	if (!data && !hooks->all)
		return reorder_put(&run->reorder, job, first, NULL, err);

	if (g->level == 1) {
		TRY(hash_nodes(run, w, first, count, &put.count, err));
		put.hashes = w->out;
		if (hooks->store) {
			put.leaves = w->hashes;
			put.leaf_count = count;
		}
	}
	return reorder_put(&run->reorder, job, first, &put, err);
}

static int job_run(void *ctx, uint64_t job, unsigned int worker,
		   struct shvm_err *err)
{
	struct run *run = ctx;
	struct worker *w = &run->workers[worker];
	int r = w->is_ready ? SHVM_OK : worker_init(w, run, err);

	if (r == SHVM_OK)
		r = hash_segment(run, w, job, err);
	if (r < 0)
		reorder_stop(&run->reorder);
	return r;
}

static int run_jobs(struct run *run, uint64_t first, uint64_t end,
		    struct shvm_err *err)
{
	const struct segments *g = run->segments;
	const struct shvm_digest_params *p = run->params;
	uint64_t last_leaf = run->treehash->end;

	run->first_job = segments_rank(g, first);
	run->reorder.tree = run->treehash;
	run->reorder.level = g->level;
	run->reorder.jobs = segments_rank(g, end) - run->first_job;
	run->reorder.progress = p->progress;
	run->reorder.progress_ctx = p->progress_ctx;
	run->reorder.progress_size =
		tree_bytes(run->tree, first * g->leaves, last_leaf);
	TRY(reorder_init(&run->reorder, run->threads,
			 g->level ? g->leaves / run->tree->fanout : g->leaves,
			 g->level && run->hooks->store ? g->leaves : 0, err));
	TRY(reorder_progress(&run->reorder, 0, err));
	TRY(pool_run(run->threads, run->reorder.jobs, job_run, run, err));
	TRY(treehash_zeros(run->treehash, last_leaf, err));
	TRY(treehash_finish(run->treehash, err));
	return reorder_progress(&run->reorder, run->reorder.jobs, err);
}

static void add_bytes(struct shvm_io_bytes *sum, const struct shvm_io_bytes *b)
{
	sum->read += b->read;
	sum->direct += b->direct;
	sum->io_uring += b->io_uring;
	sum->mapped += b->mapped;
}

/* Free the workers; add their statistics to ret. */
static void workers_done(struct run *run, struct digest_work *ret)
{
	for (unsigned int i = 0; i < run->threads; i++) {
		struct worker *w = &run->workers[i];

		ret->bytes_hashed += w->bytes_hashed;
		add_bytes(&ret->io, &w->reader.bytes);
		worker_done(w);
	}
	free(run->workers);
}

int digest_segments(const struct shvm_digest_params *params,
		    const struct digest_hooks *hooks,
		    const struct segments *segments, const struct range *range,
		    struct treehash *t, struct digest_work *ret,
		    struct shvm_err *err)
{
	static const struct digest_hooks none;
	struct run run = { .source = segments->source,
			   .params = params,
			   .hooks = hooks ? hooks : &none,
			   .tree = t->tree,
			   .segments = segments,
			   .treehash = t,
			   .threads = pool_threads(params->jobs) };
	struct digest_work work = { .jobs = run.threads };
	sigset_t mask;
	const int64_t start = clock_ns();
	int r;

	t->store = run.hooks->store;
	t->store_ctx = run.hooks->store_ctx;
	run.kernel = run.hooks->untested;
	if (!run.kernel)
		TRY(kernel_choose(t->tree->algorithm, params->kernel,
				  &run.kernel, err));
	if (params->io == SHVM_IO_MMAP && !sigbus_is_installed())
		return err_set(err, SHVM_E_ARG,
			       "digest: mapping requires the handler for "
			       "SIGBUS (shvm_mapping_guard())");
	run.workers = calloc(run.threads, sizeof(*run.workers));
	TRY(err_null(err, run.workers, "threads"));

	(void)pthread_sigmask(SIG_SETMASK, NULL, &mask); /* cannot fail */
	r = leaf_reader_shared_init(&run.reader, params->io, run.threads, err);
	if (r == SHVM_OK)
		r = run_jobs(&run, range->first, range->end, err);
	reorder_done(&run.reorder);
	workers_done(&run, &work);
	(void)pthread_sigmask(SIG_SETMASK, &mask, NULL); /* mapping unblocks */
	leaf_reader_shared_done(&run.reader);
	TRY(r);

	TRY(source_check_unchanged(run.source, err));
	work.kernel = run.kernel->name;
	work.seconds = clock_seconds_since(start);
	*ret = work;
	return SHVM_OK;
}

int digest_finish(const struct treehash *t, struct shvm_digest *d,
		  struct shvm_err *err)
{
	const struct tree *tree = t->tree;

	assert(t->hashes.len == tree->hash_size);
	d->algorithm = tree->algorithm;
	d->block_size = tree->block_size;
	d->hash_size = tree->hash_size;
	d->size = tree->data_size;
	d->bytes_skipped = d->size - d->bytes_hashed;
	memcpy(d->root, t->hashes.data, tree->hash_size);
	return tree_digest(tree, d->root, d->digest, err);
}

int digest_params_check(const struct shvm_digest_params **params,
			struct shvm_err *err)
{
	static const struct shvm_digest_params defaults;

	if (!*params)
		*params = &defaults;
	return reserved_check((*params)->reserved, "struct shvm_digest_params",
			      err);
}

int digest_tree(const struct shvm_digest_params *params, uint64_t size,
		struct tree *ret, struct shvm_err *err)
{
	return tree_plan(size,
			 params->block_size ? params->block_size
					    : BLOCK_SIZE_MIN,
			 params->algorithm, ret, err);
}

int digest_run(struct source *s, const struct shvm_digest_params *params,
	       const struct digest_hooks *hooks, struct shvm_digest *ret,
	       struct shvm_err *err)
{
	AUTO_DONE(segments) segments = { 0 };
	AUTO_DONE(treehash) t = { 0 };
	struct shvm_digest d = { 0 };
	struct digest_work work;
	struct tree tree;
	const int64_t start = clock_ns();

	TRY(digest_tree(params, s->size, &tree, err));
	TRY(segments_init(&segments, &tree, s, hooks && hooks->all, err));
	TRY(treehash_init(&t, &tree, 0, tree.hashes[0], err));
	TRY(digest_segments(params, hooks, &segments,
			    &(struct range){ .end = segments.count }, &t, &work,
			    err));
	d.bytes_hashed = work.bytes_hashed;
	d.io = work.io;
	d.kernel = work.kernel;
	d.jobs = work.jobs;
	TRY(digest_finish(&t, &d, err));
	d.seconds = clock_seconds_since(start);
	*ret = d;
	return SHVM_OK;
}

int digest_zeros(const struct shvm_digest_params *params, uint64_t size,
		 struct shvm_digest *ret, struct shvm_err *err)
{
	AUTO_DONE(treehash) t = { 0 };
	struct shvm_digest d = { 0 };
	struct tree tree;

	TRY(digest_tree(params, size, &tree, err));
	TRY(treehash_init(&t, &tree, 0, tree.hashes[0], err));
	TRY(treehash_zeros(&t, tree.hashes[0], err));
	TRY(treehash_finish(&t, err));
	TRY(digest_finish(&t, &d, err));
	*ret = d;
	return SHVM_OK;
}
