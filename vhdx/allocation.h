/* SPDX-License-Identifier: MIT */
/* Which MiB of an image file are taken, one bit each: finds every overlap. */
#ifndef VHDX_ALLOCATION_H
#define VHDX_ALLOCATION_H

#include "base/err.h"
#include "vhdx/format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct allocation {
	uint64_t *bits;
	uint64_t count; /* MiB */
};

/* Room for file_size bytes (at most VHDX_FILE_MAX) and one block after them. */
int allocation_init(struct allocation *s, uint64_t file_size,
		    struct shvm_err *err);
void allocation_done(struct allocation *s);

/*
 * Take [at, at + len), whole MiB. false when a MiB of it is taken already (or
 * lies outside); *conflict is then its byte offset and those before it are
 * taken.
 */
bool allocation_claim(struct allocation *s, uint64_t at, uint64_t len,
		      uint64_t *conflict);

/*
 * A cheap version for the usual case. true: all of it was free and is taken
 * now. false: nothing was taken, and allocation_claim() must decide.
 */
static inline bool allocation_claim_quickly(struct allocation *s, uint64_t at,
					    uint64_t len)
{
	const uint64_t mib = at / VHDX_MIB, n = len / VHDX_MIB;
	uint64_t *bits = &s->bits[mib / 64], mask;

	if (n == 0 || mib % 64 + n > 64 || mib >= s->count)
		return false;
	mask = UINT64_MAX >> (64 - n) << mib % 64;
	if ((*bits & mask) != 0)
		return false;
	*bits |= mask;
	return true;
}

/* The MiB at @at will be claimed soon; it may lie anywhere. */
static inline void allocation_prefetch(const struct allocation *s, uint64_t at)
{
	if (at / VHDX_MIB < s->count)
		__builtin_prefetch(&s->bits[at / VHDX_MIB / 64], 1);
}

/* First free (or taken) byte in [at, end), MiB multiples, or end. */
uint64_t allocation_next_free(const struct allocation *s, uint64_t at,
			      uint64_t end);
uint64_t allocation_next_taken(const struct allocation *s, uint64_t at,
			       uint64_t end);

/* Where the free space begins that ends with the free MiB at @at. */
uint64_t allocation_first_free(const struct allocation *s, uint64_t at);

/* Free bytes in [0, end), a MiB multiple within the file. */
uint64_t allocation_count_free(const struct allocation *s, uint64_t end);

#endif
