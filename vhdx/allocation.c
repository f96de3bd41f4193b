/* SPDX-License-Identifier: MIT */
/* Which MiB of an image file are taken, one bit each: finds every overlap. */
#include "vhdx/allocation.h"

#include <stdlib.h>

int allocation_init(struct allocation *s, uint64_t file_size,
		    struct shvm_err *err)
{
	uint64_t count;

	assert(file_size <= VHDX_FILE_MAX);
	count = (file_size + VHDX_BLOCK_MAX) / VHDX_MIB + 1;
	/*
	 * At most 32 MiB; pages that are never touched use no memory
	 * (calloc()).
	 */
	s->bits = calloc(count / 64 + 1, sizeof(*s->bits));
	TRY(err_null(err, s->bits, "map of the file's space"));
	s->count = count;
	return SHVM_OK;
}

void allocation_done(struct allocation *s)
{
	free(s->bits);
	*s = (struct allocation){ 0 };
}

bool allocation_claim(struct allocation *s, uint64_t at, uint64_t len,
		      uint64_t *conflict)
{
	const uint64_t first = at / VHDX_MIB;
	const uint64_t n = len / VHDX_MIB;

	for (uint64_t i = 0; i < n; i++) {
		const uint64_t mib = first + i;

		if (mib >= s->count ||
		    (s->bits[mib / 64] & UINT64_C(1) << mib % 64) != 0) {
			*conflict = mib * VHDX_MIB;
			return false;
		}
		s->bits[mib / 64] |= UINT64_C(1) << mib % 64;
	}
	return true;
}

/* The first MiB in [mib, end) whose bit is the wanted one, or end. */
static uint64_t next(const struct allocation *s, uint64_t mib, uint64_t end,
		     bool taken)
{
	const uint64_t flip = taken ? 0 : UINT64_MAX;

	if (end > s->count)
		end = s->count;
	while (mib < end) {
		uint64_t word = (s->bits[mib / 64] ^ flip) >> mib % 64;

		if (word) {
			mib += (unsigned int)__builtin_ctzll(word);
			return mib < end ? mib : end;
		}
		mib = (mib / 64 + 1) * 64;
	}
	return end;
}

uint64_t allocation_next_free(const struct allocation *s, uint64_t at,
			      uint64_t end)
{
	return next(s, at / VHDX_MIB, end / VHDX_MIB, false) * VHDX_MIB;
}

uint64_t allocation_next_taken(const struct allocation *s, uint64_t at,
			       uint64_t end)
{
	return next(s, at / VHDX_MIB, end / VHDX_MIB, true) * VHDX_MIB;
}

uint64_t allocation_first_free(const struct allocation *s, uint64_t at)
{
	uint64_t mib = at / VHDX_MIB;

	/* The header section is always taken, so this loop ends. */
	while (mib > 0 && !(s->bits[(mib - 1) / 64] >> (mib - 1) % 64 & 1))
		mib--;
	return mib * VHDX_MIB;
}

uint64_t allocation_count_free(const struct allocation *s, uint64_t end)
{
	const uint64_t n = end / VHDX_MIB;
	uint64_t taken = 0;

	assert(n < s->count);
	for (uint64_t i = 0; i < n / 64; i++)
		taken += (unsigned int)__builtin_popcountll(s->bits[i]);
	if (n % 64)
		taken += (unsigned int)__builtin_popcountll(
			s->bits[n / 64] & (UINT64_MAX >> (64 - n % 64)));
	return (n - taken) * VHDX_MIB;
}
