/* SPDX-License-Identifier: MIT */
/* Tree files of sources that are made of runs. */
#include "tests/unit/support_disktree.h"

#include "tests/unit/support.h"

#include <string.h>

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
