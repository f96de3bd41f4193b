/* SPDX-License-Identifier: MIT */
/* Brings the leaves that are not in holes to memory. */
#include "signer/feed.h"

#include <assert.h>
#include <string.h>

enum {
	ALIGN = 4096,
	LEAVES_MIN = 4
};

int feed_init(struct feed *f, struct source *s, const struct tree *tree,
	      struct shvm_err *err)
{
	uint32_t room = FEED_BATCH_MIN / tree->block_size;
	void *buffer;

	if (room < LEAVES_MIN)
		room = LEAVES_MIN;
	if (posix_memalign(&buffer, ALIGN, (size_t)room * tree->block_size))
		return err_nomem(err, "read buffer");
	*f = (struct feed){
		.source = s, .tree = tree, .buffer = buffer, .room = room
	};
	return SHVM_OK;
}

void feed_done(struct feed *f)
{
	free(f->buffer);
	*f = (struct feed){ 0 };
}

void feed_begin(struct feed *f, uint64_t first, uint64_t end)
{
	f->at = first;
	f->end = end;
	f->extent = (struct extent){ 0 };
}

/* Make f->extent the run that holds this byte, cut at the segment's end. */
static int look_at(struct feed *f, uint64_t byte, uint64_t limit,
		   struct shvm_err *err)
{
	const struct extent *e = &f->extent;

	if (e->len && byte >= e->at && byte - e->at < e->len)
		return SHVM_OK;
	return source_extent(f->source, byte, limit - byte, &f->extent, err);
}

/*
 * The next leaves to read, at most room; count 0 when there are none. Leaves
 * that lie in a hole altogether are passed over, and a leaf in which extents
 * meet is a run of its own: the source reads it piece by piece.
 */
static int cut(struct feed *f, uint32_t room, struct feed_run *ret,
	       struct shvm_err *err)
{
	const uint32_t block = f->tree->block_size;
	const uint64_t start = f->at;
	const uint64_t limit =
		start * block +
		(start < f->end ? tree_bytes(f->tree, start, f->end) : 0);
	int r;

	*ret = (struct feed_run){ 0 };
	while (f->at < f->end) {
		uint64_t stop, whole;

		r = look_at(f, f->at * block, limit, err);
		if (r < 0)
			return r;
		stop = f->extent.at + f->extent.len;
		whole = stop / block;
		if (stop == limit && f->extent.state != EXTENT_DATA)
			whole = f->end;
		if (whole > f->at && f->extent.state != EXTENT_DATA) {
			f->at = whole;
			continue;
		}

		ret->leaf = f->at;
		ret->count = 1;
		if (whole > f->at)
			ret->count = whole - f->at < room
					     ? (uint32_t)(whole - f->at)
					     : room;
		f->at += ret->count;
		return SHVM_OK;
	}
	return SHVM_OK;
}

static int read_run(struct feed *f, struct feed_run *run, uint8_t *to,
		    struct shvm_err *err)
{
	const uint32_t block = f->tree->block_size;
	const size_t full = (size_t)run->count * block;
	const size_t len =
		tree_bytes(f->tree, run->leaf, run->leaf + run->count);

	memset(to + len, 0, full - len);
	run->data = to;
	return source_read(f->source, run->leaf * block, to, len, err);
}

int feed_next(struct feed *f, const struct feed_batch **ret,
	      struct shvm_err *err)
{
	struct feed_batch *b = &f->batch;
	int r;

	b->run_count = b->leaves = 0;
	while (b->leaves < f->room && b->run_count < FEED_RUNS_MAX) {
		struct feed_run *run = &b->runs[b->run_count];

		r = cut(f, f->room - b->leaves, run, err);
		if (r < 0)
			return r;
		if (!run->count)
			break;
		r = read_run(f, run,
			     f->buffer +
				     (size_t)b->leaves * f->tree->block_size,
			     err);
		if (r < 0)
			return r;
		b->leaves += run->count;
		b->run_count++;
	}
	*ret = b->run_count ? b : NULL;
	return SHVM_OK;
}
