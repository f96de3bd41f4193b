/* SPDX-License-Identifier: MIT */
/* A disk that only returns signed bytes. */
#include "hash/verified.h"

#include "hash/verified_blocks.h"

#include <inttypes.h>
#include <string.h>

enum {
	EXTENT_RUNS = 64 /* of a tree that are joined to one extent, at most */
};

enum area_kind {
	AREA_PART,
	AREA_ZEROS,
	AREA_MEMORY
};

struct area {
	enum area_kind kind;
	uint64_t offset, size;
	size_t part;
	uint8_t *data;
};

struct verified {
	struct source source; /* first */
	struct source *disk;
	struct area *areas; /* by offset */
	size_t area_count;
	struct verified_blocks blocks;
};

static void verified_free(struct source *s)
{
	struct verified *v = (struct verified *)s;

	verified_blocks_done(&v->blocks);
	for (size_t i = 0; v->areas && i < v->area_count; i++)
		free(v->areas[i].data);
	free(v->areas);
	free(v);
}

/*
 * The area that contains a byte; or NULL, and *ret_end is the start of the next
 * one.
 */
static const struct area *area_at(const struct verified *v, uint64_t at,
				  uint64_t *ret_end)
{
	size_t low = 0, high = v->area_count;

	while (low < high) { /* low: areas that begin at @at or before it */
		const size_t mid = low + (high - low) / 2;

		if (v->areas[mid].offset <= at)
			low = mid + 1;
		else
			high = mid;
	}
	if (low > 0) {
		const struct area *a = &v->areas[low - 1];

		*ret_end = a->offset + a->size;
		if (at < *ret_end)
			return a;
	}
	*ret_end = low < v->area_count ? v->areas[low].offset : v->source.size;
	return NULL;
}

static int verified_read_at(struct source *s, uint64_t at, void *buf,
			    size_t len, struct shvm_err *err)
{
	struct verified *v = (struct verified *)s;
	const bool follows = verified_blocks_follow(&v->blocks, at, len);
	uint8_t *to = buf;
	uint64_t end;
	size_t n;

	for (; len; at += n, to += n, len -= n) {
		const struct area *a = area_at(v, at, &end);

		n = end - at < len ? (size_t)(end - at) : len;
		if (!a)
			return err_reason(err, SHVM_E_VERIFY, "not-signed",
					  "disk: the %ju bytes at %ju were not "
					  "signed",
					  (uintmax_t)(end - at), (uintmax_t)at);
		if (a->kind == AREA_ZEROS)
			memset(to, 0, n);
		else if (a->kind == AREA_MEMORY)
			memcpy(to, a->data + (at - a->offset), n);
		else
			TRY(verified_blocks_read(&v->blocks, a->part,
						 at - a->offset, to, n, follows,
						 err));
	}
	return SHVM_OK;
}

/* The run of a part at a byte of it: signed zeros, or data. */
static int part_extent(struct verified *v, const struct area *a,
		       struct extent *e, struct shvm_err *err)
{
	const struct tree *tree = disktree_part_tree(v->blocks.tree, a->part);
	const uint64_t at = e->at - a->offset;
	const uint64_t end = (at + e->len - 1) / tree->block_size + 1;
	uint64_t leaf = at / tree->block_size, stop;
	struct disktree_run run;
	bool is_zero = false;

	for (int i = 0; i < EXTENT_RUNS && leaf < end; i++) {
		TRY(disktree_run(v->blocks.tree, a->part, leaf, end, &run,
				 err));
		if (i > 0 && run.is_zero != is_zero)
			break;
		is_zero = run.is_zero;
		leaf += run.count;
	}
	stop = leaf * tree->block_size;
	if (stop - at < e->len)
		e->len = stop - at;
	e->state = is_zero ? SHVM_EXTENT_ZERO : SHVM_EXTENT_DATA;
	return SHVM_OK;
}

static int verified_extent_at(struct source *s, uint64_t at, uint64_t max,
			      struct extent *ret, struct shvm_err *err)
{
	struct verified *v = (struct verified *)s;
	uint64_t end;
	const struct area *a = area_at(v, at, &end);
	/* Never with a descriptor: bytes read through it are not proven. */
	struct extent e = { .at = at, .state = SHVM_EXTENT_DATA, .fd = -1 };

	e.len = end - at < max ? end - at : max;
	if (a && a->kind == AREA_ZEROS)
		e.state = SHVM_EXTENT_ZERO;
	if (a && a->kind == AREA_PART)
		TRY(part_extent(v, a, &e, err));
	*ret = e;
	return SHVM_OK;
}

static uint64_t verified_next_data(struct source *s, uint64_t at, uint64_t end)
{
	struct extent e;

	for (; at < end; at += e.len)
		if (verified_extent_at(s, at, end - at, &e, NULL) < 0 ||
		    e.state == SHVM_EXTENT_DATA)
			return at;
	return end;
}

static int verified_write_time(struct source *s, struct timespec *ret,
			       struct shvm_err *err)
{
	return source_write_time(((struct verified *)s)->disk, ret, err);
}

static int verified_check_unchanged(struct source *s, struct shvm_err *err)
{
	return source_check_unchanged(((struct verified *)s)->disk, err);
}

static bool verified_file_at(const struct source *s, size_t i,
			     struct source_id *ret)
{
	return source_file_at(((const struct verified *)s)->disk, i, ret);
}

static int take_known(struct area *a, const struct verified_known *known,
		      struct shvm_err *err)
{
	*a = (struct area){ .kind = known->data ? AREA_MEMORY : AREA_ZEROS,
			    .offset = known->offset,
			    .size = known->size };
	if (!known->data)
		return SHVM_OK;
	a->data = malloc(known->size ? (size_t)known->size : 1);
	TRY(err_null(err, a->data, "known bytes"));
	memcpy(a->data, known->data, (size_t)known->size);
	return SHVM_OK;
}

static int by_offset(const void *a, const void *b)
{
	const struct area *x = a, *y = b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static int check_areas(const struct verified *v, struct shvm_err *err)
{
	uint64_t end = 0;

	for (size_t i = 0; i < v->area_count; i++) {
		const struct area *a = &v->areas[i];

		if (a->size == 0 || a->offset < end ||
		    a->offset > v->source.size ||
		    a->size > v->source.size - a->offset)
			return err_set(err, SHVM_E_ARG,
				       "verified disk: %" PRIu64
				       " bytes at %" PRIu64
				       " overlap others or are beyond "
				       "the disk",
				       a->size, a->offset);
		end = a->offset + a->size;
	}
	return SHVM_OK;
}

static int take_areas(struct verified *v, struct disktree *tree,
		      const struct verified_known *known, size_t n,
		      struct shvm_err *err)
{
	const size_t parts = disktree_part_count(tree);

	v->areas = calloc(parts + n + 1, sizeof(*v->areas));
	TRY(err_null(err, v->areas, "parts of a disk"));
	for (size_t i = 0; i < parts; i++) {
		const struct disktree_part *p = disktree_part(tree, i);

		v->areas[v->area_count++] = (struct area){ .kind = AREA_PART,
							   .offset = p->offset,
							   .size = p->size,
							   .part = i };
	}
	for (size_t i = 0; i < n; i++)
		TRY(take_known(&v->areas[v->area_count++], &known[i], err));
	if (v->area_count)
		qsort(v->areas, v->area_count, sizeof(*v->areas), by_offset);
	return check_areas(v, err);
}

int verified_open(struct source *disk, struct disktree *tree,
		  const struct verified_known *known, size_t n,
		  struct source **ret, struct shvm_err *err)
{
	static const struct source_ops ops = {
		.kind = "verified disk",
		.read_at = verified_read_at,
		.extent_at = verified_extent_at,
		.next_data = verified_next_data,
		.write_time = verified_write_time,
		.check_unchanged = verified_check_unchanged,
		.file_at = verified_file_at,
		.free = verified_free,
	};
	struct verified *v = calloc(1, sizeof(*v));
	AUTO(source_ptr) s = (struct source *)v;

	TRY(err_null(err, v, "verified disk"));
	v->source = (struct source){ .ops = &ops,
				     .size = disk->size,
				     .sector_size = disk->sector_size };
	v->disk = disk;
	TRY(take_areas(v, tree, known, n, err));
	TRY(verified_blocks_init(&v->blocks, disk, tree, err));
	*ret = STEAL(s);
	return SHVM_OK;
}
