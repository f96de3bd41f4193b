/* SPDX-License-Identifier: MIT */
/* The readable-bytes interface, its one bounds check, windows and memory. */
#include "source/source.h"

#include <assert.h>
#include <string.h>

struct window {
	struct source source;
	struct source *base; /* borrowed */
	uint64_t at;	     /* bytes of base */
};

struct memory {
	struct source source;
	const uint8_t *data; /* borrowed */
};

static int check_range(const struct source *s, uint64_t at, uint64_t len,
		       struct shvm_err *err)
{
	if (at > s->size || len > s->size - at)
		return err_set(err, SHVM_E_ARG,
			       "%s: %ju bytes at %ju are not within its %ju",
			       s->ops->kind, (uintmax_t)len, (uintmax_t)at,
			       (uintmax_t)s->size);
	return SHVM_OK;
}

int source_read(struct source *s, uint64_t at, void *buf, size_t len,
		struct shvm_err *err)
{
	int r = check_range(s, at, len, err);

	if (r < 0 || len == 0)
		return r;
	return s->ops->read_at(s, at, buf, len, err);
}

int source_extent(struct source *s, uint64_t at, uint64_t max,
		  struct extent *ret, struct shvm_err *err)
{
	TRY(check_range(s, at, 1, err));
	if (max == 0)
		return err_set(err, SHVM_E_ARG, "%s: run of no bytes",
			       s->ops->kind);
	if (max > s->size - at)
		max = s->size - at;
	if (s->ops->extent_at)
		return s->ops->extent_at(s, at, max, ret, err);

	*ret = (struct extent){
		.at = at,
		.len = max,
		.state = SHVM_EXTENT_DATA,
		.fd = -1,
	};
	return SHVM_OK;
}

uint64_t source_next_data(struct source *s, uint64_t at, uint64_t end)
{
	assert(at <= end && end <= s->size);
	if (at == end || !s->ops->next_data)
		return at;
	return s->ops->next_data(s, at, end);
}

int source_write_time(struct source *s, struct timespec *ret,
		      struct shvm_err *err)
{
	if (!s->ops->write_time)
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "%s: the time of its last change is unknown",
			       s->ops->kind);
	return s->ops->write_time(s, ret, err);
}

int source_check_unchanged(struct source *s, struct shvm_err *err)
{
	return s->ops->check_unchanged ? s->ops->check_unchanged(s, err)
				       : SHVM_OK;
}

bool source_file_at(const struct source *s, size_t i, struct source_id *ret)
{
	return s->ops->file_at && s->ops->file_at(s, i, ret);
}

void source_free(struct source *s)
{
	if (s)
		s->ops->free(s);
}

static int window_read_at(struct source *s, uint64_t at, void *buf, size_t len,
			  struct shvm_err *err)
{
	const struct window *w = (const void *)s;

	return source_read(w->base, w->at + at, buf, len, err);
}

static int window_extent_at(struct source *s, uint64_t at, uint64_t max,
			    struct extent *ret, struct shvm_err *err)
{
	const struct window *w = (const void *)s;

	TRY(source_extent(w->base, w->at + at, max, ret, err));
	ret->at = at;
	return SHVM_OK;
}

static uint64_t window_next_data(struct source *s, uint64_t at, uint64_t end)
{
	const struct window *w = (const void *)s;

	return source_next_data(w->base, w->at + at, w->at + end) - w->at;
}

static int window_write_time(struct source *s, struct timespec *ret,
			     struct shvm_err *err)
{
	const struct window *w = (const void *)s;

	return source_write_time(w->base, ret, err);
}

static int window_check_unchanged(struct source *s, struct shvm_err *err)
{
	const struct window *w = (const void *)s;

	return source_check_unchanged(w->base, err);
}

static bool window_file_at(const struct source *s, size_t i,
			   struct source_id *ret)
{
	const struct window *w = (const void *)s;

	return source_file_at(w->base, i, ret);
}

static void plain_free(struct source *s)
{
	free(s);
}

int source_window(struct source *base, uint64_t at, uint64_t len,
		  struct source **ret, struct shvm_err *err)
{
	static const struct source_ops ops = {
		.kind = "window",
		.read_at = window_read_at,
		.extent_at = window_extent_at,
		.next_data = window_next_data,
		.write_time = window_write_time,
		.check_unchanged = window_check_unchanged,
		.file_at = window_file_at,
		.free = plain_free,
	};
	struct window *w;

	TRY(check_range(base, at, len, err));
	w = calloc(1, sizeof(*w));
	TRY(err_null(err, w, "window"));

	w->source.ops = &ops;
	w->source.size = len;
	w->source.sector_size = base->sector_size;
	w->base = base;
	w->at = at;
	*ret = &w->source;
	return SHVM_OK;
}

static int memory_read_at(struct source *s, uint64_t at, void *buf, size_t len,
			  struct shvm_err *err)
{
	const struct memory *m = (const void *)s;

	(void)err; /* memory cannot fail */
	memcpy(buf, m->data + at, len);
	return SHVM_OK;
}

int source_memory(const void *data, size_t len, uint32_t sector_size,
		  struct source **ret, struct shvm_err *err)
{
	static const struct source_ops ops = {
		.kind = "memory",
		.read_at = memory_read_at,
		.free = plain_free,
	};
	struct memory *m = calloc(1, sizeof(*m));

	TRY(err_null(err, m, "memory source"));

	m->source.ops = &ops;
	m->source.size = len;
	m->source.sector_size = sector_size;
	m->data = data;
	*ret = &m->source;
	return SHVM_OK;
}
