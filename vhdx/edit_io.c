/* SPDX-License-Identifier: MIT */
/* The editor's file: opens and locks it, and writes to it. */
#include "vhdx/edit_internal.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

/*
 * qemu's convention for images (block/file-posix.c): a user of permission i
 * holds a shared lock on byte 100 + i, a user who does not share it with others
 * holds a shared lock on byte 200 + i. Before, each checks whether another
 * process has locked the opposite byte. Permissions: 0 consistent read, 1
 * write, 2 write unchanged, 3 resize.
 */
enum {
	LOCK_USED = 100,
	LOCK_UNSHARED = 200,
	LOCK_COUNT = 4,
};

static int in_use(struct shvm_err *err, const char *path)
{
	return err_reason(err, SHVM_E_IO, "in-use",
			  "%s is in use by another program", path);
}

/* One byte: take a shared lock, or only ask whether another process has one. */
static int lock_byte(int fd, const char *path, int byte, bool ask,
		     struct shvm_err *err)
{
	struct flock lock = {
		.l_type = ask ? F_WRLCK : F_RDLCK,
		.l_whence = SEEK_SET,
		.l_start = byte,
		.l_len = 1,
	};

	if (fcntl(fd, ask ? F_OFD_GETLK : F_OFD_SETLK, &lock) < 0) {
		if (errno == EAGAIN || errno == EACCES)
			return in_use(err, path);
		return err_set_errno(err, "%s: lock", path);
	}
	if (ask && lock.l_type != F_UNLCK)
		return in_use(err, path);
	return SHVM_OK;
}

/*
 * First take all of ours, then check those of others: so no two programs miss
 * each other.
 */
static int lock_file(int fd, const char *path, struct shvm_err *err)
{
	/*
	 * NFS turns flock() into a record lock, which a descriptor for reading
	 * cannot have exclusively (EBADF). There only qemu's bytes are locked.
	 */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 && errno != EBADF) {
		if (errno == EWOULDBLOCK)
			return in_use(err, path);
		return err_set_errno(err, "%s: lock", path);
	}
	for (int step = 0; step < 2; step++)
		for (int i = 0; i < LOCK_COUNT; i++) {
			TRY(lock_byte(fd, path, LOCK_USED + i, step, err));
			TRY(lock_byte(fd, path, LOCK_UNSHARED + i, step, err));
		}
	return SHVM_OK;
}

static int open_failed(const char *path, struct shvm_err *err)
{
	const int error = errno;
	struct stat st;

	if (error == ENOENT && lstat(path, &st) == 0)
		return err_set(err, SHVM_E_IO, "%s is a dangling symbolic link",
			       path);
	if (error == EACCES || error == EROFS || error == EPERM)
		return err_reason(err, SHVM_E_IO, "read-only",
				  "%s cannot be written: %s", path,
				  strerror(error));
	errno = error;
	return err_set_errno(err, "%s", path);
}

/* Do not wait for a pipe, do not make a terminal the controlling one. */
enum {
	OPEN_FLAGS = O_CLOEXEC | O_NONBLOCK | O_NOCTTY
};

int edit_file_open(const char *path, int *ret_fd, struct shvm_err *err)
{
	AUTOCLOSE int fd = -1;
	struct stat st;

	fd = open(path, O_RDONLY | OPEN_FLAGS);
	if (fd < 0)
		return open_failed(path, err);
	/*
	 * It is opened for writing only at the first change, but the error
	 * comes now.
	 */
	if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0)
		return open_failed(path, err);
	if (fstat(fd, &st) < 0)
		return err_set_errno(err, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, SHVM_E_ARG, "%s is not a regular file",
			       path);
	TRY(lock_file(fd, path, err));

	*ret_fd = STEAL_FD(fd);
	return SHVM_OK;
}

int edit_check_same(const struct edit *e, const struct stat *other,
		    struct shvm_err *err)
{
	struct stat own;

	if (fstat(e->fd, &own) < 0)
		return err_set_errno(err, "%s", e->path);
	if (own.st_dev != other->st_dev || own.st_ino != other->st_ino)
		return err_reason(err, SHVM_E_IO, "changed",
				  "%s is not the file that was opened and "
				  "locked",
				  e->path);
	return SHVM_OK;
}

/*
 * The locks stay with the first descriptor; both must refer to the same file.
 */
int edit_file_writable(struct edit *e, struct shvm_err *err)
{
	AUTOCLOSE int fd = -1;
	struct stat is;

	if (!e->fd_owned || e->write_fd >= 0)
		return SHVM_OK;
	fd = open(e->path, O_RDWR | OPEN_FLAGS);
	if (fd < 0)
		return open_failed(e->path, err);
	if (fstat(fd, &is) < 0)
		return err_set_errno(err, "%s", e->path);
	TRY(edit_check_same(e, &is, err));

	e->write_fd = STEAL_FD(fd);
	return SHVM_OK;
}

static int file_pwrite_op(void *ctx, const void *buf, size_t len, uint64_t at,
			  struct shvm_err *err)
{
	const struct edit *e = ctx;

	return file_pwrite(e->write_fd, e->path, buf, len, at, err);
}

static int file_sync_op(void *ctx, struct shvm_err *err)
{
	const struct edit *e = ctx;

	if (fsync(e->write_fd) < 0)
		return err_set_errno(err, "%s: sync", e->path);
	return SHVM_OK;
}

static int file_truncate_op(void *ctx, uint64_t size, struct shvm_err *err)
{
	const struct edit *e = ctx;

	if (ftruncate(e->write_fd, (off_t)size) < 0)
		return err_set_errno(err, "%s: resize to %ju bytes", e->path,
				     (uintmax_t)size);
	return SHVM_OK;
}

struct edit_io edit_file_io(struct edit *e)
{
	return (struct edit_io){ .pwrite = file_pwrite_op,
				 .sync = file_sync_op,
				 .truncate = file_truncate_op,
				 .ctx = e };
}

int edit_write(struct edit *e, const void *buf, size_t len, uint64_t at,
	       struct shvm_err *err)
{
	return e->io.pwrite(e->io.ctx, buf, len, at, err);
}

int edit_sync(struct edit *e, struct shvm_err *err)
{
	return e->io.sync(e->io.ctx, err);
}

int edit_resize(struct edit *e, uint64_t size, struct shvm_err *err)
{
	TRY(e->io.truncate(e->io.ctx, size, err));
	e->file_size = size;
	return SHVM_OK;
}
