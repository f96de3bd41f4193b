/* SPDX-License-Identifier: MIT */
/* Tree files of sources that are made of runs. */
#ifndef TESTS_SUPPORT_DISKTREE_H
#define TESTS_SUPPORT_DISKTREE_H

#include "hash/disktree.h"
#include "tests/unit/support_sparse.h"

enum {
	TEST_PARTS_MAX = 4
};

/* Some parts of a disk; each is a source of its own. */
struct test_parts {
	struct sparse sources[TEST_PARTS_MAX];
	struct disktree_part parts[TEST_PARTS_MAX];
	size_t count;
	struct shvm_digest_params params;
};

/* One more part, at this offset of the disk. */
void test_parts_add(struct test_parts *p, uint64_t offset,
		    const struct sparse_run *runs, size_t count);

/*
 * Four parts with each kind of record: leaves with slots, all leaves, single
 * and two leaves as items of a node above, a node some levels down. Part 2 is
 * one block, part 3 is zeros. The file has less than 2000 bytes.
 */
void test_parts_small(struct test_parts *p);

/* Write the tree, and take the digests into the parts. */
int test_parts_write(struct test_parts *p, const char *path,
		     struct shvm_err *err);

/* The same and open it; a failure fails the test. */
struct disktree *test_parts_tree(struct test_parts *p, const char *path);

#endif
