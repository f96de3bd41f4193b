/* SPDX-License-Identifier: MIT */
/* A folder with tree files of templates. */
#include "signer/tree_cache.h"

#include "base/encode.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

enum {
	DIGITS = 64, /* of a SHA-256 */
	WAIT_NS = 50 * 1000 * 1000
};

int tree_cache_path(const char *folder, const struct shvm_catalog_info *c,
		    char **ret, struct shvm_err *err)
{
	char digest[DIGITS + 1];

	hex_format(c->content_sha256, sizeof(c->content_sha256), digest);
	if (asprintf(ret, "%s/%s" TREE_CACHE_SUFFIX, folder, digest) < 0)
		return err_nomem(err, "tree cache");
	return SHVM_OK;
}

/* One that is there already is looked at when it is opened. */
static int make_folder(const char *path, struct shvm_err *err)
{
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return err_set_errno(err, "%s", path);
	return SHVM_OK;
}

static int make_folders(const char *path, struct shvm_err *err)
{
	AUTOFREE char *above = strdup(path);
	char *end;

	TRY(err_null(err, above, path));
	end = strrchr(above, '/');
	if (end && end > above) {
		*end = '\0';
		TRY(make_folder(above, err));
	}
	return make_folder(path, err);
}

/* What others may write to, or put another folder in the place of. */
static int check_folder(const char *path, int fd, struct shvm_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set_errno(err, "%s", path);
	if (st.st_uid != geteuid())
		return err_reason(err, SHVM_E_IO, "bad-cache",
				  "%s: the tree cache belongs to user %ju, not "
				  "to %ju",
				  path, (uintmax_t)st.st_uid,
				  (uintmax_t)geteuid());
	if (st.st_mode & 077)
		return err_reason(err, SHVM_E_IO, "bad-cache",
				  "%s: the tree cache has mode %04o, not 0700",
				  path, (unsigned int)st.st_mode & 07777);
	return SHVM_OK;
}

int tree_cache_lock(const char *folder, tree_cache_wait_fn wait, void *ctx,
		    int *ret, struct shvm_err *err)
{
	const struct timespec soon = { .tv_nsec = WAIT_NS };
	AUTOCLOSE int fd = -1;

	TRY(make_folders(folder, err));
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return err_reason(err, SHVM_E_IO, "bad-cache",
				  "%s: the tree cache is not a folder", folder);
	if (fd < 0)
		return err_set_errno(err, "%s", folder);
	TRY(check_folder(folder, fd, err));
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_set_errno(err, "%s: lock", folder);
		if (wait && wait(ctx) != 0)
			return err_set(err, SHVM_E_CANCELLED, "cancelled");
		(void)nanosleep(&soon, NULL);
	}
	*ret = STEAL_FD(fd);
	return SHVM_OK;
}

/* A tree file in the folder. */
struct cached {
	char name[DIGITS + sizeof(TREE_CACHE_SUFFIX)];
	uint64_t size; /* bytes that it takes of the file system */
	struct timespec used;
};

struct cached_list {
	struct cached *items;
	size_t count, room;
	uint64_t size;
};

static void cached_list_done(struct cached_list *l)
{
	free(l->items);
}

static void dir_close(DIR *dir)
{
	(void)closedir(dir); /* it was only read */
}
AUTO_DEFINE(dir_ptr, DIR *, dir_close);

/* How many bytes of the name are that of a tree file; 0: it is none. */
static size_t tree_name(const char *name)
{
	const size_t suffix = strlen(TREE_CACHE_SUFFIX);

	if (strspn(name, "0123456789abcdef") != DIGITS ||
	    strncmp(name + DIGITS, TREE_CACHE_SUFFIX, suffix) != 0)
		return 0;
	return DIGITS + suffix;
}

static int add(struct cached_list *l, const char *name, const struct stat *st,
	       struct shvm_err *err)
{
	struct cached *c;

	if (l->count == l->room) {
		const size_t room = l->room ? 2 * l->room : 64;

		c = reallocarray(l->items, room, sizeof(*c));
		TRY(err_null(err, c, "tree cache"));
		l->items = c;
		l->room = room;
	}
	c = &l->items[l->count++];
	*c = (struct cached){ .size = (uint64_t)st->st_blocks * 512,
			      .used = st->st_mtim };
	memcpy(c->name, name, strlen(name) + 1);
	l->size += c->size;
	return SHVM_OK;
}

/* The tree files; temporary ones, whose writers are gone, are removed. */
static int list_trees(DIR *dir, struct cached_list *ret, struct shvm_err *err)
{
	const struct dirent *e;
	struct stat st;

	while ((e = readdir(dir))) {
		const size_t len = tree_name(e->d_name);

		if (len == 0 || fstatat(dirfd(dir), e->d_name, &st,
					AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (e->d_name[len] == '.')
			(void)unlinkat(dirfd(dir), e->d_name, 0); /* again the
							next time */
		else if (e->d_name[len] == '\0')
			TRY(add(ret, e->d_name, &st, err));
	}
	return SHVM_OK;
}

static int by_use(const void *a, const void *b)
{
	const struct cached *x = a, *y = b;

	if (x->used.tv_sec != y->used.tv_sec)
		return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
	return (x->used.tv_nsec > y->used.tv_nsec) -
	       (x->used.tv_nsec < y->used.tv_nsec);
}

int tree_cache_shrink(int lock, const char *keep, uint64_t limit,
		      struct shvm_err *err)
{
	const char *name = strrchr(keep, '/') ? strrchr(keep, '/') + 1 : keep;
	const int fd = openat(lock, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO(dir_ptr) dir = fd < 0 ? NULL : fdopendir(fd);
	AUTO_DONE(cached_list) list = { 0 };

	if (!dir) {
		const int r = err_set_errno(err, "tree cache");

		if (fd >= 0)
			(void)close(fd); /* nothing was read */
		return r;
	}
	TRY(list_trees(dir, &list, err));
	if (list.count)
		qsort(list.items, list.count, sizeof(*list.items), by_use);
	for (size_t i = 0; i < list.count && list.size > limit; i++) {
		const struct cached *c = &list.items[i];

		if (strcmp(c->name, name) == 0)
			continue;
		if (unlinkat(lock, c->name, 0) < 0 && errno != ENOENT)
			return err_set_errno(err, "tree cache: %s", c->name);
		list.size -= c->size;
	}
	return SHVM_OK;
}
