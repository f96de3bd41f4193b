/* SPDX-License-Identifier: MIT */
/* Opens, reads and atomically writes files. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"

#include <sys/types.h>

/* Open with O_CLOEXEC. flags as open(2), without O_CREAT. */
int file_open(const char *path, int flags, int *ret_fd, struct shvm_err *err);

/* Open a regular file, pipe or device for reading; the open does not wait. */
int file_open_input(const char *path, int *ret_fd, struct shvm_err *err);

/*
 * Read a whole regular file (or pipe) of at most limit bytes; a larger one is
 * SHVM_E_FORMAT. ret is appended to. Set ret->wipe first for a secret. A FIFO
 * without a writer is waited for, until a signal comes: SHVM_E_CANCELLED.
 */
int file_read_all(const char *path, size_t limit, struct buf *ret,
		  struct shvm_err *err);

/* The same from an open descriptor; what names it in texts. */
int file_read_fd(int fd, const char *what, size_t limit, struct buf *ret,
		 struct shvm_err *err);

/*
 * Write path so that it appears complete or not at all: temporary file in the
 * same folder, fsync, rename, fsync of the folder. Without replace an existing
 * path is SHVM_E_ARG (the check and the rename are one atomic step,
 * RENAME_NOREPLACE); with it a symbolic link is replaced and not followed. mode
 * is the final mode, e.g. 0644 or 0600, limited by the umask.
 */
int file_write_atomic(const char *path, const void *data, size_t len,
		      mode_t mode, bool replace, struct shvm_err *err);

/*
 * The errors of both functions that do not depend on the content: path exists
 * and replace is false, or it is not a regular file (but a folder, device or
 * pipe). SHVM_E_ARG.
 */
int file_check_target(const char *path, bool replace, struct shvm_err *err);

/* The same for content that is too large for memory: fill writes to fd. */
typedef int (*file_fill_fn)(void *ctx, int fd, struct shvm_err *err);
int file_fill_atomic(const char *path, file_fill_fn fill, void *ctx,
		     mode_t mode, bool replace, struct shvm_err *err);

/*
 * A complete file that does not have its name yet. Start as { 0 }.
 * file_publish() gives it the name and file_keep() makes that final: without it
 * file_pending_done() undoes everything and restores the file that had the name
 * before.
 */
struct file_pending {
	char *temp, *path; /* temp: the new file, then the one it replaced */
	bool replace, published;
};
int file_fill_pending(const char *path, file_fill_fn fill, void *ctx,
		      mode_t mode, bool replace, struct file_pending *ret,
		      struct shvm_err *err);
int file_publish(struct file_pending *p, struct shvm_err *err);
void file_keep(struct file_pending *p);
void file_pending_done(struct file_pending *p);

/* pread()/pwrite() of exactly len bytes; a short file is SHVM_E_IO. */
int file_pread(int fd, const char *what, void *buf, size_t len, uint64_t at,
	       struct shvm_err *err);
int file_pwrite(int fd, const char *what, const void *buf, size_t len,
		uint64_t at, struct shvm_err *err);

/* One path component that can be created in a folder: not empty, "." or "..",
 * no slash, backslash, NUL or control character, at most 255 bytes, UTF-8. */
bool file_name_is_safe(const char *name, size_t len);

#endif
