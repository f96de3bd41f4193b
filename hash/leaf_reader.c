/* SPDX-License-Identifier: MIT */
/* Reads the leaves that are not in holes into memory: planning and order. */
#include "hash/leaf_reader.h"

#include "hash/leaf_reader_ways.h"

#include <assert.h>
#include <string.h>

/*
 * A batch that is copied from the page cache stays in the second-level cache
 * until it is hashed; one that comes from a disk is as large as a request
 * should be (1 MiB, 2 to 4 of them in flight: measured, more is slower). With
 * many threads the buffers are smaller: all together have BUFFERS_SIZE, as long
 * as a share is not below SHARE_MIN.
 */
enum {
	ALIGN = 4096, /* of buffers and requests: suits every O_DIRECT */
	LEAVES_MIN = 4,
	READ_SIZE = 256 << 10,
	DIRECT_SIZE = 1 << 20,
	BUFFERS_SIZE = 16 << 20,
	SHARE_MIN = 64 << 10,
	PROBE_SIZE = 256 << 10,
};

/* Halve the number until the share of a batch is kept. */
static uint32_t batch_size(uint32_t size, unsigned int batches)
{
	while (size > SHARE_MIN && (uint64_t)size * batches > BUFFERS_SIZE)
		size /= 2;
	return size;
}

int leaf_reader_shared_init(struct leaf_reader_shared *shared,
			    enum shvm_digest_io way, unsigned int readers,
			    struct shvm_err *err)
{
	*shared = (struct leaf_reader_shared){
		.way = way,
		.read_size = batch_size(READ_SIZE, readers),
		.direct_size =
			batch_size(DIRECT_SIZE, readers * LEAF_READER_BATCHES),
	};
	if (pthread_mutex_init(&shared->lock, NULL) != 0)
		return err_nomem(err, "mutex");
	shared->is_ready = true;
	return SHVM_OK;
}

void leaf_reader_shared_done(struct leaf_reader_shared *shared)
{
	if (!shared->is_ready)
		return;
	for (uint32_t i = 0; i < shared->file_count; i++)
		if (shared->files[i].direct_fd >= 0)
			(void)close(shared->files[i].direct_fd); /* only read */
	(void)pthread_mutex_destroy(&shared->lock);
	shared->is_ready = false;
}

void leaf_reader_init(struct leaf_reader *f, struct leaf_reader_shared *shared,
		      struct source *s, const struct tree *tree)
{
	*f = (struct leaf_reader){ .shared = shared,
				   .source = s,
				   .tree = tree };
}

void leaf_reader_done(struct leaf_reader *f)
{
	if (!f->shared)
		return;
	leaf_reader_abandon(f);
	direct_done(f);
	mmap_done(f);
	for (uint32_t i = 0; i < LEAF_READER_BATCHES; i++)
		free(f->batches[i].buffer);
	*f = (struct leaf_reader){ 0 };
}

/*
 * Buffers for the chosen method; they never shrink. Large leaves need more than
 * a batch's size, so that the kernel has some at once: then fewer batches do.
 */
static int need_buffers(struct leaf_reader *f, struct shvm_err *err)
{
	const bool direct = f->way == SHVM_IO_DIRECT;
	const uint32_t size =
		direct ? f->shared->direct_size : f->shared->read_size;
	uint32_t room = size / f->tree->block_size;

	f->ahead = direct ? LEAF_READER_BATCHES : 1;
	if (room < LEAVES_MIN) {
		room = LEAVES_MIN;
		f->ahead = direct ? LEAF_READER_BATCHES / 2 : 1;
	}
	for (uint32_t i = 0; i < LEAF_READER_BATCHES; i++) {
		void *buffer;

		if (f->room < room) {
			free(f->batches[i].buffer);
			f->batches[i].buffer = NULL;
		}
		if (i >= f->ahead || f->batches[i].buffer)
			continue;
		if (posix_memalign(&buffer, ALIGN,
				   (size_t)(f->room > room ? f->room : room) *
					   f->tree->block_size))
			return err_nomem(err, "read buffer");
		f->batches[i].buffer = buffer;
	}
	if (f->room < room)
		f->room = room;
	return SHVM_OK;
}

/* Make f->extent the run that contains this byte, cut at the segment's end. */
static int look_at(struct leaf_reader *f, uint64_t byte, uint64_t limit,
		   struct shvm_err *err)
{
	const struct extent *e = &f->extent;

	if (e->len && byte >= e->at && byte - e->at < e->len)
		return SHVM_OK;
	return source_extent(f->source, byte, limit - byte, &f->extent, err);
}

/*
 * The next leaves to read; count 0 when there are none. Leaves completely in a
 * hole are skipped, and a leaf in which extents meet (or the volume ends) is a
 * run of its own: the source reads it piece by piece.
 */
static int cut(struct leaf_reader *f, struct leaf_reader_run *ret,
	       struct shvm_err *err)
{
	const uint32_t block = f->tree->block_size;

	*ret = (struct leaf_reader_run){ .fd = -1 };
	while (f->at < f->end) {
		const uint64_t byte = f->at * block;
		const uint64_t limit =
			byte + tree_bytes(f->tree, f->at, f->end);
		const struct extent *e = &f->extent;
		uint64_t stop, whole;

		TRY(look_at(f, byte, limit, err));
		stop = e->at + e->len;
		whole = stop / block;
		if (stop == limit && e->state != SHVM_EXTENT_DATA)
			whole = f->end;
		if (whole > f->at && e->state != SHVM_EXTENT_DATA) {
			f->at = whole;
			continue;
		}

		ret->leaf = f->at;
		ret->count = 1;
		if (whole > f->at) {
			ret->count = (uint32_t)(whole - f->at);
			ret->fd = e->fd;
			ret->fd_at = e->fd_at + (byte - e->at);
		}
		f->at += ret->count;
		return SHVM_OK;
	}
	return SHVM_OK;
}

/* Put runs in a batch until it is full or the segment ends. */
static int plan(struct leaf_reader *f, struct leaf_reader_batch *b,
		struct shvm_err *err)
{
	const uint32_t block = f->tree->block_size;
	uint32_t used = 0; /* leaves of the buffer */

	b->run_count = b->leaves = 0;
	while (b->run_count < LEAF_READER_RUNS_MAX) {
		struct leaf_reader_run *run = &b->runs[b->run_count];
		uint64_t before = f->at;

		TRY(cut(f, run, err));
		if (!run->count)
			break;
		if (f->way != SHVM_IO_MMAP || !mmap_run(f, run)) {
			if (used == f->room) {
				f->at = before; /* for the next batch */
				break;
			}
			if (run->count > f->room - used) {
				run->count = f->room - used;
				f->at = run->leaf + run->count;
			}
			run->data = b->buffer + (size_t)used * block;
			used += run->count;
		}
		b->leaves += run->count;
		b->run_count++;
	}
	return SHVM_OK;
}

static uint64_t *counter(struct leaf_reader *f,
			 const struct leaf_reader_run *run)
{
	if (f->way == SHVM_IO_MMAP)
		return &f->bytes.mapped;
	return run->by_ring ? &f->bytes.io_uring : &f->bytes.direct;
}

/*
 * Let the source read everything not read by another method, and pad the last
 * leaf.
 */
static int fill(struct leaf_reader *f, struct leaf_reader_batch *b,
		struct shvm_err *err)
{
	const uint32_t block = f->tree->block_size;

	if (f->way == SHVM_IO_DIRECT)
		direct_wait(f, b);
	for (uint32_t i = 0; i < b->run_count; i++) {
		struct leaf_reader_run *run = &b->runs[i];
		const size_t len = run_bytes(f, run);
		uint8_t *to;

		if (run->is_done) {
			*counter(f, run) += len;
			continue;
		}
		to = b->buffer + (run->data - b->buffer);
		memset(to + len, 0, (size_t)run->count * block - len);
		TRY(source_read(f->source, run->leaf * block, to, len, err));
		run->is_done = true;
		f->bytes.read += len;
	}
	return SHVM_OK;
}

/* Check the first data of the segment: is the file in the page cache? */
static int choose_way(struct leaf_reader *f, struct shvm_err *err)
{
	const uint64_t at = f->at;
	struct leaf_reader_run run;
	uint64_t len;
	int r;

	f->way = f->shared->way;
	if (f->way != SHVM_IO_AUTO)
		return SHVM_OK;
	f->way = SHVM_IO_READ;
	r = cut(f, &run, err);
	f->at = at;
	if (r < 0 || !run.count || run.fd < 0)
		return r;
	len = run_bytes(f, &run);
	if (!leaf_reader_is_cached(run.fd, run.fd_at,
				   len < PROBE_SIZE ? len : PROBE_SIZE))
		f->way = SHVM_IO_DIRECT;
	return SHVM_OK;
}

int leaf_reader_begin(struct leaf_reader *f, uint64_t first, uint64_t end,
		      struct shvm_err *err)
{
	assert(!f->in_flight);
	f->at = first;
	f->end = end;
	f->extent = (struct extent){ 0 };
	f->has_batch = false;
	TRY(choose_way(f, err));
	f->oldest = 0; /* the first ones have buffers */
	return need_buffers(f, err);
}

int leaf_reader_next(struct leaf_reader *f,
		     const struct leaf_reader_batch **ret, struct shvm_err *err)
{
	struct leaf_reader_batch *b;

	if (f->has_batch) {
		mmap_reset(f);
		f->oldest = (f->oldest + 1) % f->ahead;
		f->in_flight--;
		f->has_batch = false;
	}
	while (f->in_flight < f->ahead && f->at < f->end) {
		b = &f->batches[(f->oldest + f->in_flight) % f->ahead];
		TRY(plan(f, b, err));
		if (!b->run_count)
			break;
		f->in_flight++;
		if (f->way == SHVM_IO_DIRECT)
			direct_start(f, b);
	}
	if (!f->in_flight) {
		*ret = NULL;
		return SHVM_OK;
	}
	b = &f->batches[f->oldest];
	TRY(fill(f, b, err));
	f->has_batch = true;
	*ret = b;
	return SHVM_OK;
}

void leaf_reader_abandon(struct leaf_reader *f)
{
	for (; f->in_flight; f->in_flight--) {
		direct_wait(f, &f->batches[f->oldest]);
		f->oldest = (f->oldest + 1) % f->ahead;
	}
	f->has_batch = false;
	mmap_reset(f);
}

int leaf_reader_check(struct leaf_reader *f, struct shvm_err *err)
{
	if (!mmap_is_lost(f))
		return SHVM_OK;
	return err_reason(err, SHVM_E_IO, "changed",
			  "digest: bytes of the mapped file disappeared: it "
			  "was truncated, or its disk could not be read");
}
