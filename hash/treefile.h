/* SPDX-License-Identifier: MIT */
/*
 * A hash tree in veritysetup's on-disk format: superblock, then the levels,
 * the highest first (kernel documentation, "dm-verity: On-disk format";
 * cryptsetup, wiki "DMVerity"). The hashes of one level have no gaps, so each
 * has one place in the file.
 */
#ifndef HASH_TREEFILE_H
#define HASH_TREEFILE_H

#include "hash/digest.h"

/*
 * digest_run() that also writes the tree, which appears complete or not at
 * all. Also writes the hashes of holes: 0.8 % of the volume's size at 4 KiB.
 */
int treefile_write(struct source *s, const struct shvm_digest_params *params,
		   const struct shvm_tree_output *out, mode_t mode,
		   struct shvm_digest *ret, struct shvm_err *err);

#endif
