/* SPDX-License-Identifier: MIT */
/* The size of the tree file of a large disk, wherever its data lie. */
#include "hash/disktree_form.h"

#include "base/le.h"
#include "hash/disktree.h"
#include "tests/unit/support.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define MiB (UINT64_C(1) << 20)
#define TiB (UINT64_C(1) << 40)

static const char path[] = "disk.tree";

/* A disk with so many pieces of data at equal steps, each block another one. */
struct comb {
	struct source source; /* first */
	uint64_t pieces, piece, step, skew;
};

static int comb_extent(struct source *source, uint64_t at, uint64_t max,
		       struct extent *ret, struct shvm_err *err)
{
	const struct comb *c = (const void *)source;
	const uint64_t in_step = (at + c->step - c->skew) % c->step;
	uint64_t len = c->piece - in_step;
	bool is_data = true;

	(void)err;
	if (in_step >= c->piece || at < c->skew ||
	    (at - c->skew) / c->step >= c->pieces) {
		is_data = false;
		len = c->step - in_step;
		if (at >= c->skew && (at - c->skew) / c->step >= c->pieces)
			len = source->size - at;
	}
	*ret = (struct extent){
		.at = at,
		.len = len < max ? len : max,
		.state = is_data ? SHVM_EXTENT_DATA : SHVM_EXTENT_HOLE,
		.fd = -1,
	};
	return SHVM_OK;
}

static int comb_read(struct source *source, uint64_t at, void *buf, size_t len,
		     struct shvm_err *err)
{
	uint8_t *to = buf;
	struct extent e;

	memset(buf, 0, len);
	for (uint64_t i = 0; i < len; i += e.len) {
		TRY(comb_extent(source, at + i, len - i, &e, err));
		if (e.state != SHVM_EXTENT_DATA)
			continue;
		for (uint64_t k = i; k < i + e.len; k += 512)
			le64_put(to + k, at + k + 1);
	}
	return SHVM_OK;
}

static void comb_free(struct source *source)
{
	(void)source; /* the test's */
}

/* disktree_fill_fn */
static int add_comb(void *ctx, struct disktree_writer *w, struct shvm_err *err)
{
	const struct shvm_digest_params params = { .jobs = 2 };
	struct shvm_digest d;

	return disktree_add(w, 0, ctx, &params, &d, err);
}

static uint64_t size_of_tree(struct comb *c)
{
	static const struct source_ops ops = { .kind = "comb",
					       .read_at = comb_read,
					       .extent_at = comb_extent,
					       .free = comb_free };
	const struct shvm_tree_output out = { .path = path, .replace = true };
	AUTO_DONE(file_pending) pending = { 0 };
	struct shvm_err err = { 0 };
	struct stat st;

	c->source = (struct source){ &ops, 64 * TiB, 512 };
	assert_ok(disktree_write(&out, 0600, add_comb, c, &pending, &err), err);
	assert_int_equal(stat(pending.temp, &st), 0);
	return (uint64_t)st.st_size;
}

/*
 * 4 MiB in place of 4 GiB, but where there is time. Wherever they lie, the
 * tree stays below 64 KiB, or 64 MiB.
 */
static void a_tree_of_64_tib_is_small(void **state)
{
	const uint64_t more = test_is_thorough() ? 1024 : 1;
	const struct comb cases[] = {
		{ { 0 }, 1, more * 4 * MiB, 5 * 4096 * MiB, 0 },
		{ { 0 }, more * 1024, 4096, 64 * TiB / 1024 / more, 0 },
		{ { 0 }, more * 512, 8192, 64 * TiB / 512 / more, 4096 },
		{ { 0 }, more * 256, 16384, 64 * TiB / 256 / more, 4096 },
		{ { 0 }, more * 128, 32768, 64 * TiB / 128 / more, 8192 },
		{ { 0 }, more * 4, MiB, 16 * TiB / more, 0 },
		/* Some neighbours in one node of each level. */
		{ { 0 }, more * 1024, 4096, 128 << 10, 0 },
		{ { 0 }, more * 1024, 4096, 512 << 10, 0 },
		{ { 0 }, more * 1024, 4096, 16 * MiB, 0 },
		{ { 0 }, more * 1024, 4096, 32 * MiB, 0 },
		{ { 0 }, more * 512, 8192, 32 * MiB, 4096 },
	};
	struct comb nothing_at_all = { .step = 1 };

	(void)state;
	assert_int_equal(size_of_tree(&nothing_at_all),
			 DISKTREE_HEADER + DISKTREE_ENTRY);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct comb c = cases[i];
		const uint64_t size = size_of_tree(&c);

		printf("%7ju x %10ju, a step of %14ju: %8ju bytes\n",
		       (uintmax_t)c.pieces, (uintmax_t)c.piece,
		       (uintmax_t)c.step, (uintmax_t)size);
		assert_true(size < more * (64 << 10));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_of_64_tib_is_small),
	};

	test_own_folder_enter();
	return cmocka_run_group_tests_name("disktree_size", tests, NULL, NULL);
}
