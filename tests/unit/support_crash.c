/* SPDX-License-Identifier: MIT */
/* Cuts the power, see support_crash.h. */
#include "tests/unit/support_crash.h"

#include "tests/unit/support.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
	TEAR_ALL = 64 * 1024, /* longer writes are torn at fewer places */
	UNDO_MAX = 256,
	SUBSETS = 64,
};

void crash_init(struct crash *c, int fd)
{
	*c = (struct crash){ .fd = fd };
}

void crash_done(struct crash *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->ops[i].data);
	free(c->ops);
	*c = (struct crash){ 0 };
}

static void put(int fd, const void *data, size_t len, uint64_t at)
{
	ssize_t n = len ? pwrite(fd, data, len, (off_t)at) : 0;

	if (n != (ssize_t)len)
		fail_msg("pwrite: %s", strerror(errno));
}

static void resize(int fd, uint64_t size)
{
	if (ftruncate(fd, (off_t)size))
		fail_msg("ftruncate: %s", strerror(errno));
}

static int record(struct crash *c, int kind, uint64_t at, const void *data,
		  size_t len, struct shvm_err *err)
{
	struct crash_op *op;

	if (c->fail_at && c->count + 1 == c->fail_at &&
	    (c->stay_down || !c->failed)) {
		c->failed = true;
		return err_set(err, SHVM_E_IO, "op %zu: no space left",
			       c->count + 1);
	}
	if (c->count == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 64;
		c->ops = reallocarray(c->ops, c->cap, sizeof(*c->ops));
		assert_non_null(c->ops);
	}
	op = &c->ops[c->count++];
	*op = (struct crash_op){ .kind = kind, .at = at, .len = len };
	if (len) {
		op->data = malloc(len);
		assert_non_null(op->data);
		memcpy(op->data, data, len);
	}
	return SHVM_OK;
}

static int op_pwrite(void *ctx, const void *buf, size_t len, uint64_t at,
		     struct shvm_err *err)
{
	struct crash *c = ctx;
	int r = record(c, CRASH_WRITE, at, buf, len, err);

	if (!r && c->fd >= 0)
		put(c->fd, buf, len, at);
	return r;
}

static int op_sync(void *ctx, struct shvm_err *err)
{
	static const uint8_t zeros[4096];
	struct crash *c = ctx;
	int r = record(c, CRASH_SYNC, 0, NULL, 0, err);

	if (!r && c->count == c->spoil_at) {
		put(c->fd, zeros, sizeof(zeros), 65536);
		put(c->fd, zeros, sizeof(zeros), 131072);
	}
	return r;
}

static int op_truncate(void *ctx, uint64_t size, struct shvm_err *err)
{
	struct crash *c = ctx;
	int r = record(c, CRASH_TRUNCATE, size, NULL, 0, err);

	if (!r && c->fd >= 0)
		resize(c->fd, size);
	return r;
}

struct edit_io crash_io(struct crash *c)
{
	return (struct edit_io){ .pwrite = op_pwrite,
				 .sync = op_sync,
				 .truncate = op_truncate,
				 .ctx = c };
}

/* What a part of an op did, so that it can be taken back. */
struct undo {
	uint64_t size; /* of the file before */
	uint64_t at;
	size_t len;
	uint8_t *old;
};

struct trial {
	int fd;
	struct undo undo[UNDO_MAX];
	size_t undo_count;
	size_t points;
	crash_check check;
	void *ctx;
};

static uint64_t size_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return (uint64_t)st.st_size;
}

/* Do bytes [from, to) of an op's data; a truncate is done or not. */
static void apply(struct trial *t, const struct crash_op *op, size_t from,
		  size_t to)
{
	struct undo *u = &t->undo[t->undo_count++];

	assert(t->undo_count <= UNDO_MAX);
	*u = (struct undo){ .size = size_of(t->fd), .at = op->at + from };
	if (op->kind == CRASH_TRUNCATE) {  /* no halves of it */
		assert(op->at >= u->size); /* shrinking cannot be undone */
		resize(t->fd, op->at);
		return;
	}
	if (op->kind == CRASH_SYNC || to == from)
		return;
	u->old = calloc(1, to - from);
	assert_non_null(u->old);
	if (u->at < u->size) {
		ssize_t n = pread(t->fd, u->old, to - from, (off_t)u->at);

		assert_true(n >= 0);
		u->len = (size_t)n;
	}
	put(t->fd, op->data + from, to - from, u->at);
}

static void undo_all(struct trial *t)
{
	while (t->undo_count) {
		struct undo *u = &t->undo[--t->undo_count];

		put(t->fd, u->old, u->len, u->at);
		if (size_of(t->fd) != u->size)
			resize(t->fd, u->size);
		free(u->old);
	}
}

static void ask(struct trial *t, const char *what)
{
	if (t->points++ % (test_is_slow() ? 16 : 1) == 0)
		t->check(t->ctx, what);
	undo_all(t);
}

static void apply_range(struct trial *t, const struct crash_op *ops,
			size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		apply(t, &ops[i], 0, ops[i].len);
}

/* Cut op k of an epoch in two at each boundary. */
static void try_torn(struct trial *t, const struct crash_op *ops, size_t k,
		     size_t op_number)
{
	const size_t len = ops[k].len;
	char what[128];

	for (size_t cut = 512; cut < len; cut += 512) {
		const bool near_end = cut < 8192 || len - cut < 8192;

		if (len > TEAR_ALL && !near_end && cut % 65536 != 0)
			continue;
		(void)snprintf(what, sizeof(what),
			       "op %zu: only the first %zu of %zu bytes",
			       op_number, cut, len);
		apply_range(t, ops, 0, k);
		apply(t, &ops[k], 0, cut);
		ask(t, what);
		(void)snprintf(what, sizeof(what),
			       "op %zu: only after the first %zu of %zu bytes",
			       op_number, cut, len);
		apply_range(t, ops, 0, k);
		apply(t, &ops[k], cut, len);
		ask(t, what);
	}
}

/* Each subset of up to six ops, or 64 of the many of more. */
static void try_subsets(struct trial *t, const struct crash_op *ops, size_t n,
			size_t first)
{
	uint64_t seed = 1;
	char what[128];

	for (uint64_t i = 0; i < SUBSETS && (n > 6 || i < UINT64_C(1) << n);
	     i++) {
		uint64_t mask = i;

		if (n > 6)
			mask = seed = seed * UINT64_C(6364136223846793005) + 1;
		for (size_t k = 0; k < n; k++)
			if (mask >> (n > 6 ? (k + 7) % 64 : k) & 1)
				apply(t, &ops[k], 0, ops[k].len);
		(void)snprintf(what, sizeof(what),
			       "subset %ju of ops %zu to %zu", (uintmax_t)i,
			       first + 1, first + n);
		ask(t, what);
	}
}

/* All that may be on the disk when the power goes between two syncs. */
static void try_epoch(struct trial *t, const struct crash_op *ops, size_t n,
		      size_t first)
{
	char what[128];

	(void)snprintf(what, sizeof(what), "before op %zu", first + 1);
	ask(t, what);
	if (n > 1) { /* each write reaches the disk by halves */
		for (size_t k = 0; k < n; k++)
			apply(t, &ops[k], 0, ops[k].len / 2 & ~(size_t)511);
		ask(t, "all ops by halves");
	}
	if (n > 2)
		try_subsets(t, ops, n, first);
	for (size_t k = 0; k < n; k++) {
		(void)snprintf(what, sizeof(what), "ops %zu to %zu", first + 1,
			       first + k + 1);
		apply_range(t, ops, 0, k + 1);
		ask(t, what);
		try_torn(t, ops, k, first + k + 1);
		if (n == 1)
			continue;
		(void)snprintf(what, sizeof(what), "op %zu alone",
			       first + k + 1);
		apply(t, &ops[k], 0, ops[k].len);
		ask(t, what);
		(void)snprintf(what, sizeof(what), "ops %zu to %zu but %zu",
			       first + 1, first + n, first + k + 1);
		apply_range(t, ops, 0, k);
		apply_range(t, ops, k + 1, n);
		ask(t, what);
	}
}

size_t crash_try_all(const struct crash *c, int fd, crash_check check,
		     void *ctx)
{
	struct trial t = { .fd = fd, .check = check, .ctx = ctx };

	for (size_t i = 0; i < c->count;) {
		size_t n = 0;

		while (i + n < c->count && c->ops[i + n].kind != CRASH_SYNC)
			n++;
		try_epoch(&t, c->ops + i, n, i);
		for (size_t k = 0; k < n; k++) { /* durable from here on */
			apply(&t, &c->ops[i + k], 0, c->ops[i + k].len);
			t.undo_count = 0;
			free(t.undo[0].old);
		}
		i += n + 1;
	}
	ask(&t, "after the last op");
	return t.points;
}
