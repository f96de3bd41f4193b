/* SPDX-License-Identifier: MIT */
/* Opens, reads and atomically writes files. */
#include "base/file.h"

#include "base/hold.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

enum {
	READ_STEP = 64 * 1024,
	TEMP_TRIES = 100,
	LINKS_MAX = 40 /* as the kernel follows */
};

int file_open(const char *path, int flags, int *ret_fd, struct shvm_err *err)
{
	int fd;

	do {
		fd = open(path, flags | O_CLOEXEC);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0)
		return err_set_errno(err, "%s", path);

	*ret_fd = fd;
	return SHVM_OK;
}

/*
 * A FIFO may wait for its first writer here, or a terminal for a line. A signal
 * ends that wait: the program shall stop. Regular files are always ready, so a
 * signal does not disturb their reading.
 */
static int wait_for_input(int fd, const char *what, struct shvm_err *err)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (poll(&p, 1, -1) >= 0)
		return SHVM_OK;
	if (errno == EINTR)
		return err_set(err, SHVM_E_CANCELLED,
			       "%s: interrupted while waiting for data", what);
	return err_set_errno(err, "%s: waiting", what);
}

int file_read_fd(int fd, const char *what, size_t limit, struct buf *ret,
		 struct shvm_err *err)
{
	size_t total = 0;

	for (;;) {
		/* One byte more than the limit shows that there is more. */
		size_t room = limit - total < READ_STEP ? limit - total + 1
							: READ_STEP;
		int r = wait_for_input(fd, what, err);
		uint8_t *p;
		ssize_t n;

		if (r < 0)
			return r;
		p = buf_grow(ret, room);
		TRY(err_null(err, p, what));
		do {
			n = read(fd, p, room);
		} while (n < 0 && errno == EINTR);
		ret->len -= room - (n > 0 ? (size_t)n : 0);
		if (n < 0)
			return err_set_errno(err, "%s: reading", what);
		if (n == 0)
			return SHVM_OK;
		total += (size_t)n;
		if (total > limit)
			return err_set(err, SHVM_E_FORMAT,
				       "%s: larger than %zu bytes", what,
				       limit);
	}
}

int file_open_input(const char *path, int *ret_fd, struct shvm_err *err)
{
	AUTOCLOSE int fd = -1;
	struct stat st;

	/* O_NONBLOCK: a FIFO or device must not hang the open. */
	TRY(file_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, &fd, err));
	if (fstat(fd, &st) < 0)
		return err_set_errno(err, "%s", path);
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode) &&
	    !S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return err_set(err, SHVM_E_ARG,
			       "%s: not a file, pipe or "
			       "device",
			       path);
	/* Reading waits again: poll() says that there is something, and a
	 * read that finds nothing after all must not fail. */
	if (fcntl(fd, F_SETFL, 0) < 0)
		return err_set_errno(err, "%s", path);
	*ret_fd = STEAL_FD(fd);
	return SHVM_OK;
}

int file_read_all(const char *path, size_t limit, struct buf *ret,
		  struct shvm_err *err)
{
	AUTOCLOSE int fd = -1;

	TRY(file_open_input(path, &fd, err));
	return file_read_fd(fd, path, limit, ret, err);
}

/* All of in or out, of which one is NULL. */
static int transfer(int fd, const char *what, void *in, const void *out,
		    size_t len, uint64_t at, struct shvm_err *err)
{
	if (at > INT64_MAX || len > INT64_MAX - at)
		return err_set(err, SHVM_E_IO, "%s: offset %ju is too large",
			       what, (uintmax_t)at);
	for (size_t done = 0; done < len;) {
		const off_t now = (off_t)(at + done);
		const ssize_t n =
			in ? pread(fd, (uint8_t *)in + done, len - done, now)
			   : pwrite(fd, (const uint8_t *)out + done, len - done,
				    now);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_errno(err, "%s: %s at %jd", what,
					     in ? "reading" : "writing",
					     (intmax_t)now);
		if (n == 0)
			return err_set(err, SHVM_E_IO, "%s: %s at %jd", what,
				       in ? "ends" : "cannot write",
				       (intmax_t)now);
		done += (size_t)n;
	}
	return SHVM_OK;
}

int file_pread(int fd, const char *what, void *buf, size_t len, uint64_t at,
	       struct shvm_err *err)
{
	return transfer(fd, what, buf, NULL, len, at, err);
}

int file_pwrite(int fd, const char *what, const void *buf, size_t len,
		uint64_t at, struct shvm_err *err)
{
	return transfer(fd, what, NULL, buf, len, at, err);
}

/* The folder of path, "." without a slash; false when it does not fit. */
static bool folder_of(const char *path, char *ret, size_t size)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (slash == path)
		len = 1;
	if (!slash)
		return snprintf(ret, size, ".") < (int)size;
	if (len >= size)
		return false;
	memcpy(ret, path, len);
	ret[len] = '\0';
	return true;
}

/*
 * The name is unique by O_EXCL; the process number only saves tries. The mode
 * is the final one from the start, limited by the umask or the folder's ACL.
 */
static int temp_open(const char *path, mode_t mode, char *temp, size_t size,
		     int *ret_fd, struct shvm_err *err)
{
	for (unsigned int i = 0; i < TEMP_TRIES; i++) {
		int n = snprintf(temp, size, "%s.%ld.%u.tmp", path,
				 (long)getpid(), i);

		if (n < 0 || (size_t)n >= size)
			return err_set(err, SHVM_E_ARG, "%s: name is too long",
				       path);
		*ret_fd = open(temp,
			       O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
				       O_NOFOLLOW,
			       mode);
		if (*ret_fd >= 0)
			return SHVM_OK;
		if (errno != EEXIST)
			break;
	}
	return err_set_errno(err, "%s", path);
}

/* The name is in *ret, and registered for the cleanup after a signal. */
static int temp_new(const char *path, mode_t mode, char **ret, int *ret_fd,
		    struct shvm_err *err)
{
	AUTO_DONE(hold) hold = { 0 };
	char temp[PATH_MAX];

	hold_signals(&hold);
	TRY(temp_open(path, mode, temp, sizeof(temp), ret_fd, err));
	*ret = strdup(temp);
	if (!*ret) {
		(void)close(*ret_fd); /* the cause is memory */
		(void)unlink(temp);
		return err_nomem(err, path);
	}
	temp_remember(*ret);
	return SHVM_OK;
}

/* Before a name is released: the file has another name or is gone. */
static void temp_free(char *name)
{
	if (name)
		temp_forget(name);
	free(name);
}

static int temp_fill(int fd, const char *path, file_fill_fn fill, void *ctx,
		     struct shvm_err *err)
{
	TRY(fill(ctx, fd, err));
	if (fsync(fd) < 0)
		return err_set_errno(err, "%s: sync", path);
	return SHVM_OK;
}

static int say_exists(const char *path, struct shvm_err *err)
{
	return err_reason(err, SHVM_E_ARG, "exists", "%s: already exists",
			  path);
}

/*
 * link() fails where path exists; file systems without link() have renameat2().
 */
static int publish_new(const char *temp, const char *path, struct shvm_err *err)
{
	if (link(temp, path) == 0) {
		(void)unlink(temp); /* only the other name matters */
		return SHVM_OK;
	}
	if (errno != EEXIST &&
	    renameat2(AT_FDCWD, temp, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return SHVM_OK;
	return errno == EEXIST ? say_exists(path, err)
			       : err_set_errno(err, "%s", path);
}

/*
 * From here on the file exists; a folder that cannot be synced (some network
 * file systems) is not an error.
 */
static void sync_folder(const char *path)
{
	char folder[PATH_MAX];
	AUTOCLOSE int dir = -1;

	if (folder_of(path, folder, sizeof(folder)) &&
	    file_open(folder, O_RDONLY | O_DIRECTORY, &dir, NULL) == SHVM_OK)
		(void)fsync(dir);
}

static int temp_publish(const char *temp, const char *path, bool replace,
			struct shvm_err *err)
{
	int r = SHVM_OK;

	if (!replace)
		r = publish_new(temp, path, err);
	else if (rename(temp, path) < 0)
		r = err_set_errno(err, "%s", path);
	if (r == SHVM_OK)
		sync_folder(path);
	return r;
}

/*
 * /dev/stdout and similar names lead, by one or more links, to a descriptor of
 * the process, a name in procfs.
 */
static bool is_descriptor(const char *path)
{
	char at[PATH_MAX], folder[PATH_MAX], to[PATH_MAX];
	int len = snprintf(at, sizeof(at), "%s", path);

	for (int links = 0; links < LINKS_MAX; links++) {
		struct statfs fs;
		ssize_t n;

		if (len >= (int)sizeof(at) ||
		    !folder_of(at, folder, sizeof(folder)))
			return false;
		if (statfs(folder, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC)
			return true;
		n = readlink(at, to, sizeof(to));
		if (n < 0 || (size_t)n == sizeof(to))
			return false;
		len = to[0] == '/'
			      ? snprintf(at, sizeof(at), "%.*s", (int)n, to)
			      : snprintf(at, sizeof(at), "%s/%.*s", folder,
					 (int)n, to);
	}
	return false;
}

int file_check_target(const char *path, bool replace, struct shvm_err *err)
{
	struct stat st, behind;

	if (lstat(path, &st) < 0)
		return SHVM_OK; /* creating the file reports what is wrong */
	if (S_ISLNK(st.st_mode) && stat(path, &behind) == 0)
		st = behind;
	/* rename() would replace /dev/null by a file. */
	if ((!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) ||
	    is_descriptor(path))
		return err_set(err, SHVM_E_ARG,
			       "%s: exists and is not a regular file", path);
	return replace ? SHVM_OK : say_exists(path, err);
}

int file_fill_pending(const char *path, file_fill_fn fill, void *ctx,
		      mode_t mode, bool replace, struct file_pending *ret,
		      struct shvm_err *err)
{
	AUTO_DONE(file_pending) p = { .replace = replace };
	int fd = -1, r;

	TRY(file_check_target(path, replace, err));
	p.path = strdup(path);
	TRY(err_null(err, p.path, path));
	TRY(temp_new(path, mode, &p.temp, &fd, err));

	r = temp_fill(fd, path, fill, ctx, err);
	if (close(fd) < 0 && r == SHVM_OK)
		r = err_set_errno(err, "%s: closing", path);
	if (r < 0)
		return r;
	*ret = MOVE(p);
	return SHVM_OK;
}

/* Without RENAME_EXCHANGE, which not every file system has. */
static int replace_by_steps(struct file_pending *p, struct shvm_err *err)
{
	AUTOFREE char *aside = NULL;
	int r;

	if (asprintf(&aside, "%s.old", p->temp) < 0) {
		aside = NULL;
		return err_nomem(err, p->path);
	}
	if (rename(p->path, aside) < 0)
		return err_set_errno(err, "%s", p->path);
	if (rename(p->temp, p->path) < 0) {
		r = err_set_errno(err, "%s", p->path);
		(void)rename(aside, p->path); /* err has the first reason */
		return r;
	}
	temp_free(p->temp);
	p->temp = STEAL(aside);
	return SHVM_OK;
}

int file_publish(struct file_pending *p, struct shvm_err *err)
{
	AUTO_DONE(hold) hold = { 0 };
	struct stat st;

	TRY(file_check_target(p->path, p->replace, err));
	hold_signals(&hold);
	if (!p->replace || lstat(p->path, &st) < 0) {
		TRY(publish_new(p->temp, p->path, err));
		temp_free(STEAL(p->temp));
	} else if (renameat2(AT_FDCWD, p->temp, AT_FDCWD, p->path,
			     RENAME_EXCHANGE) < 0) {
		TRY(replace_by_steps(p, err));
	}
	if (p->temp)
		temp_forget(p->temp); /* it is the older file now */
	p->published = true;
	sync_folder(p->path);
	return SHVM_OK;
}

void file_keep(struct file_pending *p)
{
	if (p->published && p->temp)
		(void)unlink(p->temp); /* the older file */
	temp_free(p->temp);
	free(p->path);
	*p = (struct file_pending){ 0 };
}

/* An error is being returned already; it says more than one from here. */
void file_pending_done(struct file_pending *p)
{
	if (p->published && p->temp)
		(void)rename(p->temp, p->path);
	else if (p->published)
		(void)unlink(p->path);
	else if (p->temp)
		(void)unlink(p->temp);
	temp_free(p->temp);
	free(p->path);
	*p = (struct file_pending){ 0 };
}

int file_fill_atomic(const char *path, file_fill_fn fill, void *ctx,
		     mode_t mode, bool replace, struct shvm_err *err)
{
	AUTO_DONE(hold) hold = { 0 };
	AUTO_DONE(file_pending) p = { 0 };

	TRY(file_fill_pending(path, fill, ctx, mode, replace, &p, err));
	hold_signals(&hold);
	TRY(temp_publish(p.temp, p.path, replace, err));
	temp_free(STEAL(p.temp));
	return SHVM_OK;
}

struct plain_data {
	const char *path;
	const void *data;
	size_t len;
};

static int plain_fill(void *ctx, int fd, struct shvm_err *err)
{
	const struct plain_data *p = ctx;

	return file_pwrite(fd, p->path, p->data, p->len, 0, err);
}

int file_write_atomic(const char *path, const void *data, size_t len,
		      mode_t mode, bool replace, struct shvm_err *err)
{
	struct plain_data plain = { .path = path, .data = data, .len = len };

	return file_fill_atomic(path, plain_fill, &plain, mode, replace, err);
}

bool file_name_is_safe(const char *name, size_t len)
{
	if (len == 0 || len > NAME_MAX || !utf8_is_valid(name, len))
		return false;
	if ((len == 1 && name[0] == '.') ||
	    (len == 2 && name[0] == '.' && name[1] == '.'))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f ||
		    name[i] == '/' || name[i] == '\\')
			return false;
	return true;
}
