/* SPDX-License-Identifier: MIT */
/*
 * A volume hashed in parts, on independent machines: the plan, one part, and
 * the digest from all parts.
 */
#ifndef HASH_RANGES_H
#define HASH_RANGES_H

#include "hash/digest.h"

AUTO_DEFINE(digest_part_ptr, struct shvm_digest_part *, shvm_digest_part_free);

/*
 * Range number i of n, from 0: each has the same number of segments with data.
 */
struct range range_of(const struct segments *g, uint64_t i, uint64_t n);

/*
 * Hash range i of n of a volume. The caller adds the identity, the place of the
 * volume on its disk, and the checksum.
 */
int part_run(struct source *s, const struct shvm_digest_params *params,
	     uint64_t i, uint64_t n, struct shvm_digest_part **ret,
	     struct shvm_err *err);

/*
 * The digest from parts in any order. Refuses (SHVM_E_ARG) parts of different
 * disks, volumes or parameters, gaps and overlaps, and (SHVM_E_FORMAT) parts
 * whose hashes are out of place.
 */
int parts_merge(const struct shvm_digest_part *const *parts, size_t count,
		struct shvm_digest *ret, struct shvm_err *err);

/*
 * A checksum of everything that a merge uses, against damage (not against
 * forgery).
 */
int part_checksum(const struct shvm_digest_part *p, uint8_t ret[32],
		  struct shvm_err *err);

#endif
