/* SPDX-License-Identifier: MIT */
/*
 * A disk that only returns signed bytes: what is read is hashed, the hashes are
 * proven by a tree file, and exactly the hashed bytes are returned. For virtual
 * machines and other readers of a template.
 */
#ifndef HASH_VERIFIED_H
#define HASH_VERIFIED_H

#include "hash/disktree.h"

/* Bytes of a disk that are known without reading them. */
struct verified_known {
	uint64_t offset, size; /* bytes of the disk */
	const uint8_t *data;   /* copied; NULL: zeros */
};

/*
 * The signed disk: the parts of the tree, and other known bytes. Both must
 * outlive it. No two may overlap; bytes in none of them are not signed, and
 * reading them is SHVM_E_VERIFY with reason "not-signed". A block that differs
 * from the signed one: reason "digest-mismatch", with its place. Signed zeros
 * are not read from the disk, and extents report them; everything else is an
 * extent of data, regardless of the disk's extents.
 *
 * Safe to read from many threads at once. A block is proven as a whole, even if
 * only a part of it is read. For sequential requests some more blocks are read,
 * proven and kept in memory; a fault in these does not fail requests for
 * others.
 */
int verified_open(struct source *disk, struct disktree *tree,
		  const struct verified_known *known, size_t n,
		  struct source **ret, struct shvm_err *err);

#endif
