/* SPDX-License-Identifier: MIT */
/*
 * Where a file has data and where holes. To find the end of a range without
 * holes the kernel walks over all of it (tmpfs page by page, others extent by
 * extent), again for each query within the range. So the last range is kept.
 * Threads may share one.
 */
#ifndef SOURCE_FILE_HOLES_H
#define SOURCE_FILE_HOLES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Zeroed: empty, and no hole is reported. Both ends are in one word, so that a
 * reader never sees a mix of two ranges.
 */
struct file_holes {
	atomic_uint_fast64_t ends; /* first and end, in units of 64 KiB */
	bool believed;		   /* else everything is data */
};

enum {
	FILE_HOLES_UNIT = 64 << 10
};

/*
 * Start for this file. Holes are only trusted on local file systems. Network
 * and FUSE file systems pass on the answer of a server or a program, and ZFS
 * has reported dirty data as holes (OpenZFS 15526): there all bytes are data.
 */
void file_holes_start(struct file_holes *run, int fd);

/* The end of the data known to start at @at; @at when nothing is known. */
uint64_t file_holes_end(const struct file_holes *run, uint64_t at);

/*
 * Data from here to there. Only whole units are kept, and none beyond 256 TiB,
 * the maximum of a VHDX file.
 */
void file_holes_keep(struct file_holes *run, uint64_t at, uint64_t end);

/*
 * The first byte in [at, end) of a file that is not in a hole, or end. Where
 * the file system cannot answer, the bytes are data, here and below.
 */
uint64_t file_holes_next_data(const struct file_holes *run, int fd, uint64_t at,
			      uint64_t end);

/* Is the byte at @at data? The same is true up to *ret_end, at most end. */
bool file_holes_at(struct file_holes *run, int fd, uint64_t at, uint64_t end,
		   uint64_t *ret_end);

#endif
