/* SPDX-License-Identifier: MIT */
/* Tree files of sources that are made of runs. */
#include "tests/unit/support_disktree.h"

#include "tests/unit/support.h"

#include <string.h>

#define MiB (UINT64_C(1) << 20)

void test_parts_add(struct test_parts *p, uint64_t offset,
		    const struct sparse_run *runs, size_t count)
{
	struct sparse *s = &p->sources[p->count];

	assert_true(p->count < TEST_PARTS_MAX);
	sparse_init(s, runs, count);
	p->parts[p->count++] = (struct disktree_part){
		.offset = offset,
		.size = s->source.size,
		.algorithm = p->params.algorithm,
		.block_size = p->params.block_size ? p->params.block_size
						   : BLOCK_SIZE_MIN,
	};
}

void test_parts_small(struct test_parts *p)
{
	static const struct sparse_run few[] = {
		{ 8192, SHVM_EXTENT_HOLE, 0 },
		{ 5 * 4096, SHVM_EXTENT_DATA, 1 },
		{ 20 * MiB, SHVM_EXTENT_HOLE, 0 },
		{ 4096, SHVM_EXTENT_DATA, 2 },
		{ 10 * MiB, SHVM_EXTENT_HOLE, 0 },
		{ 8192, SHVM_EXTENT_DATA, 3 },
		{ 90 * MiB, SHVM_EXTENT_HOLE, 0 },
		{ 4 * 4096 + 100, SHVM_EXTENT_DATA, 4 },
	};
	static const struct sparse_run one_block[] = {
		{ 1000, SHVM_EXTENT_DATA, 7 },
	};
	static const struct sparse_run nothing[] = {
		{ 66 * MiB + 4096, SHVM_EXTENT_HOLE, 0 },
	};
	static const struct sparse_run all[] = {
		{ 5 * 4096, SHVM_EXTENT_DATA, 5 },
	};

	p->params.jobs = 1;
	test_parts_add(p, MiB, few, ARRAY_SIZE(few));
	test_parts_add(p, 200 * MiB, all, ARRAY_SIZE(all));
	test_parts_add(p, 201 * MiB, one_block, ARRAY_SIZE(one_block));
	test_parts_add(p, 202 * MiB, nothing, ARRAY_SIZE(nothing));
}

/* disktree_fill_fn */
static int fill(void *ctx, struct disktree_writer *w, struct shvm_err *err)
{
	struct test_parts *p = ctx;

	for (size_t i = 0; i < p->count; i++) {
		struct shvm_digest d;

		TRY(disktree_add(w, p->parts[i].offset, &p->sources[i].source,
				 &p->params, &d, err));
		memcpy(p->parts[i].digest, d.digest, sizeof(d.digest));
	}
	return SHVM_OK;
}

int test_parts_write(struct test_parts *p, const char *path,
		     struct shvm_err *err)
{
	const struct shvm_tree_output out = { .path = path, .replace = true };
	AUTO_DONE(file_pending) pending = { 0 };

	TRY(disktree_write(&out, 0600, fill, p, &pending, err));
	TRY(file_publish(&pending, err));
	file_keep(&pending);
	return SHVM_OK;
}

struct disktree *test_parts_tree(struct test_parts *p, const char *path)
{
	struct disktree *t = NULL;
	struct shvm_err err = { 0 };

	assert_ok(test_parts_write(p, path, &err), err);
	assert_ok(disktree_open(path, p->parts, p->count, &t, &err), err);
	return t;
}
