/* SPDX-License-Identifier: MIT */
/*
 * The stretch of a file without holes that lseek() told about last. To find
 * the end of one the kernel walks over all of it (tmpfs page by page, others
 * extent by extent), and who asks from many places within would have it walk
 * again each time. Zeroed is empty; threads may share one.
 */
#ifndef VHDX_DATA_RUN_H
#define VHDX_DATA_RUN_H

#include <stdatomic.h>
#include <stdint.h>

/* Both ends in one word, so that no reader sees one of each. */
struct data_run {
	atomic_uint_fast64_t ends; /* first and end, in units of 64 KiB */
};

enum {
	DATA_RUN_UNIT = 64 << 10
};

/* Up to here are data for sure, from @at on: @at when nothing is known. */
static inline uint64_t data_run_end(const struct data_run *run, uint64_t at)
{
	const uint64_t ends = atomic_load(&run->ends);
	const uint64_t unit = at / DATA_RUN_UNIT;

	if (unit < ends >> 32 || unit >= (uint32_t)ends)
		return at;
	return (uint64_t)(uint32_t)ends * DATA_RUN_UNIT;
}

/*
 * Data from here to there. Only whole units are kept, and none behind 256 TiB,
 * where the end of a VHDX file is.
 */
static inline void data_run_keep(struct data_run *run, uint64_t at,
				 uint64_t end)
{
	const uint64_t first = at / DATA_RUN_UNIT + (at % DATA_RUN_UNIT != 0);
	const uint64_t last = end / DATA_RUN_UNIT;

	if (first < last && last <= UINT32_MAX)
		atomic_store(&run->ends, first << 32 | last);
}

#endif
