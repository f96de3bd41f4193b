/* SPDX-License-Identifier: MIT */
/*
 * A disk of which only bytes are handed out that were signed: what is read is
 * hashed, the hashes are proven by a tree file, and the bytes that were hashed
 * are those that leave. For virtual machines and other readers of a template.
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
 * The disk as it was signed: the parts of the tree, and what else is known.
 * Both must outlive it. No two may overlap; what is in none of them was not
 * signed, and reading it is SHVM_E_VERIFY with reason "not-signed". A block
 * that is not as it was signed: reason "digest-mismatch", with its place.
 * Zeros that were signed are not read from the disk, and extents tell of them;
 * all else is an extent of data, whatever the disk says.
 *
 * Safe to read from many threads at once. A block of which a part is wanted is
 * proven whole. Where requests follow each other some blocks more are read,
 * proven and kept in memory; a fault in those fails no request for others.
 */
int verified_open(struct source *disk, struct disktree *tree,
		  const struct verified_known *known, size_t n,
		  struct source **ret, struct shvm_err *err);

#endif
