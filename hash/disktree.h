/* SPDX-License-Identifier: MIT */
/*
 * One file with the hash trees of all signed parts of a disk, without those of
 * zeros: docs/FORMAT-TREE.md. Nothing that is read is trusted: each node is
 * proven against the signed digest of its part before it is used, and used from
 * the same memory in which it was proven.
 */
#ifndef HASH_DISKTREE_H
#define HASH_DISKTREE_H

#include "base/auto.h"
#include "base/file.h"
#include "hash/digest.h"

/* A part of a disk, and its signed digest. */
struct disktree_part {
	uint64_t offset, size; /* bytes of the disk */
	enum shvm_hash algorithm;
	uint32_t block_size; /* bytes */
	uint8_t digest[SHVM_HASH_SIZE_MAX];
};

struct disktree_writer;

/* Hashes the parts, one disktree_add() after the other, by offset. */
typedef int (*disktree_fill_fn)(void *ctx, struct disktree_writer *w,
				struct shvm_err *err);

/*
 * Write a tree file with all that fill adds. It stays in pending until it gets
 * its name. Equal parts give equal files, regardless of threads and kernels.
 */
int disktree_write(const struct shvm_tree_output *out, mode_t mode,
		   disktree_fill_fn fill, void *ctx,
		   struct file_pending *pending, struct shvm_err *err);

/* digest_run() over the part of the disk that is at offset. */
int disktree_add(struct disktree_writer *w, uint64_t offset, struct source *s,
		 const struct shvm_digest_params *params,
		 struct shvm_digest *ret, struct shvm_err *err);

/*
 * An open tree file of these parts, which must be all parts in it, in the same
 * order. SHVM_E_VERIFY with reason "bad-tree", here and below, if it does not
 * match the signed digests; SHVM_E_FORMAT, _UNSUPPORTED if it is not a tree
 * file. Safe to use from many threads at once.
 */
struct disktree;
int disktree_open(const char *path, const struct disktree_part *parts, size_t n,
		  struct disktree **ret, struct shvm_err *err);
void disktree_free(struct disktree *t); /* NULL is fine */
AUTO_DEFINE(disktree_ptr, struct disktree *, disktree_free);

size_t disktree_part_count(const struct disktree *t);
const struct disktree_part *disktree_part(const struct disktree *t,
					  size_t part);
const struct tree *disktree_part_tree(const struct disktree *t, size_t part);

/*
 * Are these n hashes those that were signed for the leaves from first on?
 * *ret: how many are, up to the first that is not.
 */
int disktree_match(struct disktree *t, size_t part, uint64_t first, size_t n,
		   const uint8_t *hashes, size_t *ret, struct shvm_err *err);

/*
 * The run of leaves from first on, at most up to end, that are all zeros or all
 * not zeros. It may be shorter than possible.
 */
struct disktree_run {
	uint64_t count;
	bool is_zero;
};
int disktree_run(struct disktree *t, size_t part, uint64_t first, uint64_t end,
		 struct disktree_run *ret, struct shvm_err *err);

/* Read every record of a part, and prove it. */
int disktree_check_part(struct disktree *t, size_t part, struct shvm_err *err);

/*
 * Hash the part, whose bytes are in s, and collect what differs from the signed
 * state: bytes of the disk, in whole blocks, at most limit items. ret->digest
 * is the digest that was found. Release ret with shvm_changes_done().
 */
int disktree_compare(struct disktree *t, size_t part, struct source *s,
		     const struct shvm_digest_params *params, size_t limit,
		     struct shvm_changes *ret, struct shvm_err *err);

/* Check this many random blocks of a part; one may be drawn twice. */
int disktree_sample(struct disktree *t, size_t part, struct source *s,
		    uint32_t n, struct shvm_changes *ret, struct shvm_err *err);

#endif
