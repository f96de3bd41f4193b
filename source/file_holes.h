/* SPDX-License-Identifier: MIT */
/*
 * Where a file has data and where holes. To find the end of a stretch without
 * holes the kernel walks over all of it (tmpfs page by page, others extent by
 * extent), and who asks from many places within would have it walk again each
 * time: so the last one is kept. Threads may share one.
 */
#ifndef SOURCE_FILE_HOLES_H
#define SOURCE_FILE_HOLES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Zeroed is empty and believes in no hole. Both ends are in one word, so that
 * no reader sees one of each.
 */
struct file_holes {
	atomic_uint_fast64_t ends; /* first and end, in units of 64 KiB */
	bool believed;		   /* else all is data */
};

enum {
	FILE_HOLES_UNIT = 64 << 10
};

/*
 * Start for this file. What its file system says about holes is believed of
 * those of this machine. Network and FUSE file systems pass on what a server or
 * a program answers, and ZFS has taken dirty data for holes (OpenZFS 15526):
 * there all bytes are data.
 */
void file_holes_start(struct file_holes *run, int fd);

/* Up to here are data for sure, from @at on: @at when nothing is known. */
uint64_t file_holes_end(const struct file_holes *run, uint64_t at);

/*
 * Data from here to there. Only whole units are kept, and none behind 256 TiB,
 * where the end of a VHDX file is.
 */
void file_holes_keep(struct file_holes *run, uint64_t at, uint64_t end);

/*
 * The first byte in [at, end) of a file that is not in a hole, or end. What
 * the file system cannot tell is taken for data, here and below.
 */
uint64_t file_holes_next_data(const struct file_holes *run, int fd, uint64_t at,
			      uint64_t end);

/* Is the byte at @at data? *ret_end: so far, at most to end, all are alike. */
bool file_holes_at(struct file_holes *run, int fd, uint64_t at, uint64_t end,
		   uint64_t *ret_end);

#endif
