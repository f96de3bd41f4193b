/* SPDX-License-Identifier: MIT */
/* A file or block device as a source, by pread(), with its holes. */
#include "source/source_file.h"

#include "base/file.h"
#include "source/file_holes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

struct source_file {
	struct source source;
	int fd;
	bool fd_owned;
	char *path;
	struct stat opened;
	struct file_holes holes;
};

static struct source_file *of(const struct source *s)
{
	union {
		const struct source *source;
		struct source_file *file;
	} u = { .source = s };

	return u.file;
}

static int stat_file(int fd, const char *path, struct stat *ret,
		     struct shvm_err *err)
{
	if (fstat(fd, ret) < 0)
		return err_set_errno(err, "%s", path);
	if (!S_ISREG(ret->st_mode) && !S_ISBLK(ret->st_mode))
		return err_set(err, SHVM_E_ARG,
			       "%s: neither a file nor a block device", path);
	return SHVM_OK;
}

static int file_check_unchanged(struct source *s, struct shvm_err *err)
{
	const struct source_file *f = of(s);
	const struct stat *then = &f->opened;
	struct stat now;

	TRY(stat_file(f->fd, f->path, &now, err));
	/* The times of a device are those of its node, not of its contents. */
	if (now.st_size != then->st_size ||
	    (S_ISREG(then->st_mode) &&
	     (memcmp(&now.st_mtim, &then->st_mtim, sizeof(now.st_mtim)) != 0 ||
	      memcmp(&now.st_ctim, &then->st_ctim, sizeof(now.st_ctim)) != 0)))
		return err_reason(err, SHVM_E_IO, "changed",
				  "%s: changed while it was in use", f->path);
	return SHVM_OK;
}

static int file_read_at(struct source *s, uint64_t at, void *buf, size_t len,
			struct shvm_err *err)
{
	const struct source_file *f = of(s);

	return file_pread(f->fd, f->path, buf, len, at, err);
}

static int file_extent_at(struct source *s, uint64_t at, uint64_t max,
			  struct extent *ret, struct shvm_err *err)
{
	struct source_file *f = of(s);
	uint64_t stop;

	(void)err; /* a file system without holes has only data */
	*ret = (struct extent){ .at = at, .state = SHVM_EXTENT_HOLE, .fd = -1 };
	if (file_holes_at(&f->holes, f->fd, at, at + max, &stop)) {
		ret->state = SHVM_EXTENT_DATA;
		ret->fd = f->fd;
		ret->fd_at = at;
	}
	ret->len = stop - at;
	return SHVM_OK;
}

static uint64_t file_next_data(struct source *s, uint64_t at, uint64_t end)
{
	const struct source_file *f = of(s);

	return file_holes_next_data(&f->holes, f->fd, at, end);
}

static int file_write_time(struct source *s, struct timespec *ret,
			   struct shvm_err *err)
{
	const struct source_file *f = of(s);
	struct stat now;

	TRY(stat_file(f->fd, f->path, &now, err));
	*ret = now.st_mtim;
	return SHVM_OK;
}

static bool file_file_at(const struct source *s, size_t i,
			 struct source_id *ret)
{
	const struct source_file *f = of(s);

	if (i > 0)
		return false;
	*ret = (struct source_id){ .path = f->path, .opened = &f->opened };
	return true;
}

static void file_free(struct source *s)
{
	struct source_file *f = of(s);

	if (f->fd_owned)
		(void)close(f->fd); /* only read */
	free(f->path);
	free(f);
}

static const struct source_ops file_ops = {
	.kind = "file",
	.read_at = file_read_at,
	.extent_at = file_extent_at,
	.next_data = file_next_data,
	.write_time = file_write_time,
	.check_unchanged = file_check_unchanged,
	.file_at = file_file_at,
	.free = file_free,
};

/* The size, and the sector size unless the caller gave one. */
static int measure(struct source_file *f, uint32_t sector_size,
		   struct shvm_err *err)
{
	off_t end;
	int device = 0;

	if (sector_size == 0 && S_ISBLK(f->opened.st_mode)) {
		if (ioctl(f->fd, BLKSSZGET, &device) < 0)
			return err_set_errno(err, "%s: reading its sector size",
					     f->path);
		sector_size = (uint32_t)device;
	}
	if (sector_size == 0)
		sector_size = 512;
	if (sector_size != 512 && sector_size != 4096)
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "%s: sectors of %u bytes, neither 512 nor 4096",
			       f->path, sector_size);
	/* A borrowed descriptor of a file keeps its position. */
	end = S_ISREG(f->opened.st_mode) ? f->opened.st_size
					 : lseek(f->fd, 0, SEEK_END);
	if (end < 0)
		return err_set_errno(err, "%s: finding its size", f->path);

	f->source.size = (uint64_t)end;
	f->source.sector_size = sector_size;
	file_holes_start(&f->holes, f->fd);
	return SHVM_OK;
}

int source_file_borrow(int fd, const char *path, uint32_t sector_size,
		       struct source **ret, struct shvm_err *err)
{
	AUTO(source_ptr) s = NULL;
	struct source_file *f = calloc(1, sizeof(*f));

	TRY(err_null(err, f, path));
	s = &f->source;
	s->ops = &file_ops;
	f->fd = fd;
	f->path = strdup(path);
	TRY(err_null(err, f->path, path));
	TRY(stat_file(fd, path, &f->opened, err));
	TRY(measure(f, sector_size, err));

	*ret = STEAL(s);
	return SHVM_OK;
}

int source_file_new(int fd, const char *path, uint32_t sector_size,
		    struct source **ret, struct shvm_err *err)
{
	AUTOCLOSE int own = fd;
	struct source *s;

	TRY(source_file_borrow(fd, path, sector_size, &s, err));
	of(s)->fd = STEAL_FD(own);
	of(s)->fd_owned = true;
	*ret = s;
	return SHVM_OK;
}

int source_file_open(const char *path, uint32_t sector_size,
		     struct source **ret, struct shvm_err *err)
{
	int fd;

	TRY(file_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, &fd, err));
	return source_file_new(fd, path, sector_size, ret, err);
}

bool source_file_is_same(const struct source *a, const struct source *b)
{
	return a->ops == &file_ops && b->ops == &file_ops &&
	       of(a)->opened.st_dev == of(b)->opened.st_dev &&
	       of(a)->opened.st_ino == of(b)->opened.st_ino;
}
