/* SPDX-License-Identifier: MIT */
/*
 * The readable-bytes interface: how a disk, a volume, a file or a piece of
 * memory looks to the layers above. The one object with a function table.
 */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include "base/auto.h"
#include "base/err.h"

#include <shvm/disk.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

struct source;

/*
 * A run of a source that is in one state. If fd is not -1, the bytes are
 * contiguous in that file at fd_at, so that a fast reader may read them itself
 * (io_uring, O_DIRECT); the descriptor belongs to the source.
 */
struct extent {
	uint64_t at, len; /* bytes from the start of the source */
	enum shvm_extent_state state;
	int fd;
	uint64_t fd_at; /* bytes from the start of the file */
};

/* A file that is open below a source; both belong to the source. */
struct source_id {
	const char *path;
	const struct stat *opened;
};

struct source_ops {
	const char *kind; /* "file", "vhdx", "window", "memory" */
	/*
	 * Fill all len bytes or fail; a short read is a failure. Must be safe
	 * to call from many threads at once. The range was checked.
	 */
	int (*read_at)(struct source *s, uint64_t at, void *buf, size_t len,
		       struct shvm_err *err);
	/*
	 * The run that starts at @at (at < size), at most max bytes long.
	 * Adjacent bytes in the same state may be returned as several runs.
	 * Safe from many threads. NULL: everything is data without a
	 * descriptor.
	 */
	int (*extent_at)(struct source *s, uint64_t at, uint64_t max,
			 struct extent *ret, struct shvm_err *err);
	/*
	 * The first byte in [at, end) that is not in a hole, or end; cheaper
	 * than run, since it does not search for the end. NULL: it is @at.
	 */
	uint64_t (*next_data)(struct source *s, uint64_t at, uint64_t end);
	/*
	 * When the bytes were last written, the same value on all machines that
	 * share them. NULL: unknown.
	 */
	int (*write_time)(struct source *s, struct timespec *ret,
			  struct shvm_err *err);
	/*
	 * Did the underlying file change since it was opened? NULL: it cannot.
	 */
	int (*check_unchanged)(struct source *s, struct shvm_err *err);
	/* Underlying file number i; false after the last. NULL: none. */
	bool (*file_at)(const struct source *s, size_t i,
			struct source_id *ret);
	void (*free)(struct source *s);
};

/* A readable run of bytes. First member of each concrete source. */
struct source {
	const struct source_ops *ops;
	uint64_t size;	      /* bytes */
	uint32_t sector_size; /* bytes, 512 or 4096 */
};

/* Read with the bounds checked once, here, for every kind of source. */
int source_read(struct source *s, uint64_t at, void *buf, size_t len,
		struct shvm_err *err);
/* The run at @at; never longer than max or the rest of the source. */
int source_extent(struct source *s, uint64_t at, uint64_t max,
		  struct extent *ret, struct shvm_err *err);
/* The first byte in [at, end), within the source, not in a hole; or end. */
uint64_t source_next_data(struct source *s, uint64_t at, uint64_t end);
/* When the bytes were last written; SHVM_E_UNSUPPORTED when unknown. */
int source_write_time(struct source *s, struct timespec *ret,
		      struct shvm_err *err);
/* SHVM_E_IO when the file was written to since it was opened. */
int source_check_unchanged(struct source *s, struct shvm_err *err);
/*
 * The files that are read: number 0 is the own one, then those of the parents.
 */
bool source_file_at(const struct source *s, size_t i, struct source_id *ret);
void source_free(struct source *s); /* NULL is fine */
AUTO_DEFINE(source_ptr, struct source *, source_free);

/* The window [at, at + len) of base; base must outlive it. */
int source_window(struct source *base, uint64_t at, uint64_t len,
		  struct source **ret, struct shvm_err *err);

/* Bytes in memory; they must outlive the source. */
int source_memory(const void *data, size_t len, uint32_t sector_size,
		  struct source **ret, struct shvm_err *err);

#endif
