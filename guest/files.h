/* SPDX-License-Identifier: MIT */
/*
 * How an engine reads an open file system. The search for facts in files is the
 * same for both engines: guest/look.c and guest/cloud_init.c.
 */
#ifndef GUEST_FILES_H
#define GUEST_FILES_H

#include "base/buf.h"
#include "guest/registry.h"

enum {
	FILES_WHY = 160 /* room for a reason, as text that follows a name */
};

enum files_kind {
	FILES_ANY, /* also a link */
	FILES_FILE,
	FILES_FOLDER
};

/* Paths are absolute and of ASCII; case counts where it does in the file
 * system. */
struct files_ops {
	/* Does it exist? Unknown: a folder of its path cannot be read. */
	enum shvm_known (*has)(void *fs, const char *path,
			       enum files_kind kind);
	/*
	 * The first bytes of a plain file, at most max, and its size. Unknown:
	 * it exists, or may exist, and cannot be read; why has the reason.
	 */
	enum shvm_known (*read)(void *fs, const char *path, size_t max,
				struct buf *ret, uint64_t *ret_size,
				char why[FILES_WHY]);
	/* The names in a folder, in any order; false: it cannot be read. */
	bool (*names)(void *fs, const char *path,
		      void (*put)(void *ctx, const char *name), void *ctx);
	/*
	 * The hive at this path as registry reads it, one at a time; NULL: why
	 * not. head receives FACTS_HIVE_HEAD bytes of it where there are any,
	 * also when it cannot be opened.
	 */
	void *(*hive_open)(void *fs, const char *path, struct buf *head,
			   char why[FILES_WHY]);
	void (*hive_close)(void *hive);
	const struct registry_ops *registry;
};

struct files {
	const struct files_ops *ops;
	void *fs;
};

static inline enum shvm_known files_has(const struct files *f, const char *path,
					enum files_kind kind)
{
	return f->ops->has(f->fs, path, kind);
}

/* A whole file of at most max bytes. */
enum shvm_known files_load(const struct files *f, const char *path, size_t max,
			   struct buf *ret, char why[FILES_WHY]);

#endif
