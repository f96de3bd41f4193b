/* SPDX-License-Identifier: MIT */
/*
 * A volume hashed in parts, on machines that know nothing of each other: the
 * plan, one part, and the digest from all parts.
 */
#ifndef HASH_RANGES_H
#define HASH_RANGES_H

#include "hash/digest.h"

enum {
	RANGES_MAX = 65536,
	PART_IDENTITY_MAX = 160
};

/* Range number i of n, from 0: each has the same number of those with data. */
struct range range_of(const struct segments *g, uint64_t i, uint64_t n);

/* What a machine found out about its leaves. */
struct part {
	char identity[PART_IDENTITY_MAX]; /* of the disk's contents */
	uint64_t volume_at;		  /* bytes; where on the disk */
	struct tree tree;		  /* of the whole volume */
	uint64_t first, end;		  /* leaves */
	struct shvm_digest_run *runs;
	size_t run_count;
	struct buf hashes; /* of all runs, one after the other */
	uint64_t bytes_hashed;
	const char *kernel;
	unsigned int jobs;
	double seconds;
	struct leaf_reader_bytes bytes;
};
void part_done(struct part *p);

/* Hash range i of n of a volume; identity and volume_at are the caller's. */
int part_run(struct source *s, const struct digest_params *params, uint64_t i,
	     uint64_t n, struct part *ret, struct shvm_err *err);

/*
 * The digest from parts in any order. Refuses (SHVM_E_ARG) parts of different
 * disks, volumes or parameters, gaps and overlaps, and (SHVM_E_FORMAT) parts
 * whose hashes do not lie as they must.
 */
int parts_merge(const struct part *const *parts, size_t count,
		struct digest *ret, struct shvm_err *err);

/* A checksum of all that a merge uses, against damage (not against malice). */
int part_checksum(const struct part *p, uint8_t ret[32], struct shvm_err *err);

#endif
