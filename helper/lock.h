/* SPDX-License-Identifier: MIT */
/*
 * Confines the process: it can compute, read what the parent sends, and answer.
 * No files, network, programs or privileges, limited time and memory.
 */
#ifndef HELPER_LOCK_H
#define HELPER_LOCK_H

#include <stdbool.h>
#include <stdint.h>

enum {
	LOCK_HIVE_MAX = 192 << 20 /* bytes of the memory file; ours */
};

/* What stays usable, and nothing else. */
struct lock_fds {
	int answer; /* write() */
	int disk;   /* send(), recv() */
	int hive;   /* the memory file: pwrite(), ftruncate(), reads, mmap() */
};

/* CPU seconds and bytes of address space on top of now. */
bool lock_limits(unsigned int seconds, uint64_t memory);

/* No capabilities, and a user other than root. */
bool lock_privileges(void);

/* All rights of Landlock denied: 1; 0: this kernel has none; -1: failed. */
int lock_landlock(void);

/* After this only the system calls that a reader needs are allowed. */
bool lock_seccomp(const struct lock_fds *fds);

#endif
