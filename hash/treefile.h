/* SPDX-License-Identifier: MIT */
/*
 * A hash tree in veritysetup's on-disk format: superblock, then the levels,
 * the highest first (kernel documentation, "dm-verity: On-disk format";
 * cryptsetup, wiki "DMVerity"). The hashes of one level lie without gaps, so
 * each has one place in the file.
 */
#ifndef HASH_TREEFILE_H
#define HASH_TREEFILE_H

#include "base/auto.h"
#include "base/file.h"
#include "hash/digest.h"

enum {
	TREEFILE_SUPERBLOCK = 512
};

/* Where the levels lie; pure arithmetic. */
struct treefile_layout {
	uint64_t level_at[TREE_LEVELS_MAX]; /* bytes; of all but the root */
	uint64_t size;			    /* bytes of the whole file */
};
int treefile_layout(const struct tree *tree, struct treefile_layout *ret,
		    struct shvm_err *err);

void treefile_superblock(const struct tree *tree, const uint8_t *root,
			 uint8_t ret[TREEFILE_SUPERBLOCK]);

/* What a superblock says, checked; data_size is that of whole blocks. */
int treefile_decode(const uint8_t *data, size_t len, struct tree *ret,
		    struct shvm_err *err);

/*
 * digest_run() that also writes the tree, which appears complete or not at
 * all; with pending it waits there for its name. Writes the hashes of holes
 * too: 0.8 % of the volume's size at 4 KiB.
 */
int treefile_write(struct source *s, const struct shvm_digest_params *params,
		   const struct shvm_tree_output *out, mode_t mode,
		   struct file_pending *pending, struct shvm_digest *ret,
		   struct shvm_err *err);

/* A volume of a disk, with its tree (which may be NULL) as above. */
int volume_digest(struct shvm_disk *disk, struct shvm_span volume,
		  const struct shvm_digest_params *params,
		  const struct shvm_tree_output *tree,
		  struct file_pending *pending, struct shvm_digest *ret,
		  struct shvm_err *err);

/*
 * An open tree file of a volume whose tree is known. Its root must be the one
 * of the signed digest: SHVM_E_VERIFY with reason "bad-tree" otherwise, and
 * also, here and below, where a node is not the one that the root commits to.
 * A node is used from the memory in which it was proven; when the file changes
 * meanwhile, that is a node that is not proven.
 */
struct treefile;
int treefile_open(const char *path, const struct tree *tree,
		  const uint8_t *digest, struct treefile **ret,
		  struct shvm_err *err);
void treefile_free(struct treefile *f); /* NULL is fine */
AUTO_DEFINE(treefile_ptr, struct treefile *, treefile_free);

/* The hash of one leaf, proven node by node. */
int treefile_leaf(struct treefile *f, uint64_t leaf,
		  uint8_t ret[SHVM_HASH_SIZE_MAX], struct shvm_err *err);

/* Are all nodes good? Cheap next to hashing, and not relied on later. */
int treefile_check(struct treefile *f, struct shvm_err *err);

/* Leaves that differ, in order, neighbours joined. */
struct treefile_change {
	uint64_t first, count;
};
struct treefile_changes {
	struct treefile_change *items;
	size_t count;
	uint64_t leaves; /* that differ in all */
};
void treefile_changes_done(struct treefile_changes *c);
/* Add one leaf, unless it is there already. */
int treefile_note_change(struct treefile_changes *c, uint64_t leaf,
			 struct shvm_err *err);

/*
 * Hash the volume and collect the leaves whose hashes are not those of the
 * file, each proven when it is compared. At most limit items are kept.
 */
int treefile_compare(struct treefile *f, struct source *s,
		     const struct shvm_digest_params *params, size_t limit,
		     struct treefile_changes *ret,
		     struct shvm_digest *ret_digest, struct shvm_err *err);

#endif
