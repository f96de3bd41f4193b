/* SPDX-License-Identifier: MIT */
/* Finds the parent of a differencing disk. */
#include "vhdx/parent.h"

#include "base/buf.h"
#include "base/file.h"
#include "source/source_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* The folder of a path, as a path that ends with a slash. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? strndup(path, (size_t)(slash - path) + 1) : strdup("./");
}

/* Backslashes become slashes, and a leading ".\" is removed. */
static char *to_linux(const char *windows)
{
	char *s;

	while (windows[0] == '.' && (windows[1] == '\\' || windows[1] == '/'))
		windows += 2;
	s = strdup(windows);
	for (char *p = s; p && *p; p++)
		if (*p == '\\')
			*p = '/';
	return s;
}

/* Root, UNC, "\\?\" or a drive: not a path from the child's folder. */
static bool is_absolute(const char *linux_path)
{
	const char c = (char)(linux_path[0] | 0x20);

	return linux_path[0] == '/' ||
	       (c >= 'a' && c <= 'z' && linux_path[1] == ':');
}

/*
 * Find the file without opening it, check that it is a regular file, then open
 * exactly this one. Opening a device could have side effects.
 */
static int open_regular(int folder, const char *path, uint64_t resolve)
{
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = resolve,
	};
	AUTOCLOSE int found =
		(int)syscall(SYS_openat2, folder, path, &how, sizeof(how));
	char name[64];
	struct stat st;

	if (found < 0)
		return -1;
	if (fstat(found, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EISDIR; /* stands for everything that is not a
				   regular file */
		return -1;
	}
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", found);
	return open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

/* 0 with fd -1 when there is no such file. */
static int try_path(const struct parent_query *q, const char *folder,
		    const char *path, bool confined, int *ret_fd,
		    struct shvm_err *err)
{
	const uint64_t resolve = confined ? RESOLVE_BENEATH |
						    RESOLVE_NO_SYMLINKS |
						    RESOLVE_NO_MAGICLINKS
					  : RESOLVE_NO_MAGICLINKS;
	AUTOCLOSE int dir =
		open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	int fd;

	*ret_fd = -1;
	if (dir < 0)
		return err_set_errno(err, "%s", folder);
	fd = open_regular(dir, path, resolve);
	if (fd >= 0) {
		*ret_fd = fd;
		return SHVM_OK;
	}
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return SHVM_OK;
	case EXDEV:
	case ELOOP:
		return err_reason(err, SHVM_E_UNSUPPORTED, "PARENT_NOT_ALLOWED",
				  "parent \"%s\" is outside the folder of %s "
				  "or reached through a symbolic link",
				  path, q->child);
	case EISDIR:
		return err_reason(err, SHVM_E_UNSUPPORTED, "PARENT_NOT_ALLOWED",
				  "parent \"%s\" is not a regular file", path);
	case ENOSYS:
	case EPERM:
		return err_reason(err, SHVM_E_UNSUPPORTED, "PARENT_NOT_ALLOWED",
				  "parent \"%s\": this system cannot restrict "
				  "its path to the folder (openat2() is "
				  "missing)",
				  path);
	default:
		return err_set_errno(err, "parent \"%s\"", path);
	}
}

/* The locator's relative path. */
static int try_relative(const struct parent_query *q, const char *folder,
			char **ret_path, int *ret_fd, struct shvm_err *err)
{
	AUTOFREE char *path = NULL;

	*ret_fd = -1;
	if (!q->locator->relative)
		return SHVM_OK;
	path = to_linux(q->locator->relative);
	TRY(err_null(err, path, "parent path"));
	if (path[0] == '\0' || is_absolute(path))
		return err_reason(err, SHVM_E_UNSUPPORTED, "PARENT_NOT_ALLOWED",
				  "relative_path \"%s\" is not a relative path",
				  q->locator->relative);
	*ret_path = STEAL(path);
	return try_path(q, folder, *ret_path, !q->anywhere, ret_fd, err);
}

/*
 * A Windows path has no meaning here, but images that are moved together keep
 * their names: look for the file's name in the child's folder. The linkage
 * shows whether it is the right one.
 */
static int try_name(const struct parent_query *q, const char *folder,
		    const char *windows, char **ret_path, int *ret_fd,
		    struct shvm_err *err)
{
	AUTOFREE char *path = NULL;
	const char *name;

	*ret_fd = -1;
	if (!windows)
		return SHVM_OK;
	path = to_linux(windows);
	TRY(err_null(err, path, "parent path"));
	name = strrchr(path, '/');
	name = name ? name + 1 : path;
	if (!file_name_is_safe(name, strlen(name)))
		return SHVM_OK;
	free(*ret_path);
	*ret_path = strdup(name);
	TRY(err_null(err, *ret_path, "parent path"));
	return try_path(q, folder, *ret_path, true, ret_fd, err);
}

static int follow(const struct parent_query *q, const char *folder,
		  char **ret_path, int *ret_fd, struct shvm_err *err)
{
	const char *const windows[] = { q->locator->volume,
					q->locator->absolute };

	TRY(try_relative(q, folder, ret_path, ret_fd, err));
	for (size_t i = 0; *ret_fd < 0 && i < ARRAY_SIZE(windows); i++)
		TRY(try_name(q, folder, windows[i], ret_path, ret_fd, err));
	return SHVM_OK;
}

/* The file that the caller gave, under its own name. */
static int open_given(const struct parent_query *q, char **ret_path,
		      int *ret_fd, struct shvm_err *err)
{
	*ret_path = strdup(q->given);
	TRY(err_null(err, *ret_path, "parent path"));
	return file_open(q->given, O_RDONLY | O_NONBLOCK | O_NOCTTY, ret_fd,
			 err);
}

/*
 * The file that the locator leads to, its name relative to that of the child.
 */
static int open_located(const struct parent_query *q, char **ret_path,
			int *ret_fd, struct shvm_err *err)
{
	const struct locator *l = q->locator;
	AUTOFREE char *folder = folder_of(q->child);
	AUTOFREE char *inner = NULL;
	AUTOCLOSE int fd = -1;

	TRY(err_null(err, folder, "parent path"));
	if (q->no_lookup)
		return err_reason(err, SHVM_E_UNSUPPORTED, "PARENT_NOT_ALLOWED",
				  "the disk has a parent, but no parent was "
				  "given");
	TRY(follow(q, folder, &inner, &fd, err));
	if (fd < 0)
		return err_reason(err, SHVM_E_IO, "PARENT_MISSING",
				  "parent \"%s\" was not found in %s",
				  l->relative ? l->relative
				  : l->volume ? l->volume
					      : l->absolute,
				  folder);
	if (asprintf(ret_path, "%s%s", folder, inner) < 0) {
		*ret_path = NULL;
		return err_nomem(err, "parent path");
	}
	*ret_fd = STEAL_FD(fd);
	return SHVM_OK;
}

int parent_open(const struct parent_query *query, struct source **ret,
		char **ret_path, struct shvm_err *err)
{
	AUTOFREE char *path = NULL;
	int fd = -1;

	TRY(query->given ? open_given(query, &path, &fd, err)
			 : open_located(query, &path, &fd, err));
	/* The sector size comes from the image, not from its file. */
	TRY(err_prefix(err, source_file_new(fd, path, 512, ret, err),
		       "parent"));
	*ret_path = STEAL(path);
	return SHVM_OK;
}
