/* SPDX-License-Identifier: MIT */
/* A file or block device as a source, by pread(), with its holes. */
#ifndef SOURCE_SOURCE_FILE_H
#define SOURCE_SOURCE_FILE_H

#include "source/source.h"

/*
 * Take over fd (closed with the source, also when this fails). path is kept
 * for texts. sector_size 0: 512, or the logical sector size of a device.
 * Extents come from SEEK_DATA and SEEK_HOLE on file systems whose answers are
 * trusted (file_holes_start()); elsewhere all bytes are data.
 */
int source_file_new(int fd, const char *path, uint32_t sector_size,
		    struct source **ret, struct shvm_err *err);

/*
 * The same with a descriptor that belongs to the caller and outlives the
 * source.
 */
int source_file_borrow(int fd, const char *path, uint32_t sector_size,
		       struct source **ret, struct shvm_err *err);

/* Open read-only: regular files and block devices, nothing else. */
int source_file_open(const char *path, uint32_t sector_size,
		     struct source **ret, struct shvm_err *err);

/* Are both sources the same file, even under different names? */
bool source_file_is_same(const struct source *a, const struct source *b);

#endif
