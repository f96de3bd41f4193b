/* SPDX-License-Identifier: MIT */
/* Files of a file system that libguestfs' appliance has mounted. */
#include "guest/files_guest.h"

#include "base/le.h"
#include "guest/appliance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Also a dangling link. */
static bool is_there(guestfs_h *g, const char *path)
{
	return guestfs.exists(g, path) == 1 || guestfs.is_symlink(g, path) == 1;
}

/*
 * The path in the spelling of the file system; NULL if it does not exist.
 * Caller frees.
 */
static char *spelt(const struct files_guest *of, const char *path)
{
	AUTOFREE char *real =
		of->exact ? strdup(path)
			  : guestfs.case_sensitive_path(of->g, path);

	/*
	 * It also succeeds for a path of which only the last component is
	 * missing.
	 */
	return real && is_there(of->g, real) ? STEAL(real) : NULL;
}

/* On failure it does not exist: is_file() also fails for a missing folder. */
static enum shvm_known has(void *fs, const char *path, enum files_kind kind)
{
	const struct files_guest *of = fs;
	AUTOFREE char *real = spelt(of, path);

	return real && (kind == FILES_ANY ||
			(kind == FILES_FILE ? guestfs.is_file(of->g, real)
					    : guestfs.is_dir(of->g, real)) == 1)
		       ? SHVM_YES
		       : SHVM_NO;
}

/*
 * Why the bytes of a file cannot be read; false for a plain file. ntfs-3g
 * presents unknown reparse points as symbolic links.
 */
static bool is_special(guestfs_h *g, const char *real, char why[FILES_WHY])
{
	size_t len = 0;
	AUTOFREE char *data =
		guestfs.lgetxattr(g, real, "system.ntfs_reparse_data", &len);

	if (!data || len < 4)
		return false;
	facts_reparse(le32_get((const uint8_t *)data), why, FILES_WHY);
	return true;
}

static enum shvm_known file_read(void *fs, const char *path, size_t max,
				 struct buf *ret, uint64_t *ret_size,
				 char why[FILES_WHY])
{
	const struct files_guest *of = fs;
	AUTOFREE char *real = spelt(of, path), *data = NULL;
	size_t n, len = 0;
	int64_t size;

	if (!real)
		return SHVM_NO;
	if (is_special(of->g, real, why))
		return SHVM_UNKNOWN;
	if (guestfs.is_file(of->g, real) != 1) {
		(void)snprintf(why, FILES_WHY, "is not a plain file");
		return SHVM_UNKNOWN;
	}
	size = guestfs.filesize(of->g, real);
	n = size < 0 || (uint64_t)size > max ? max : (size_t)size;
	if (size > 0)
		data = guestfs.pread(of->g, real, (int)n, 0, &len);
	if (size < 0 || len != n) {
		(void)snprintf(why, FILES_WHY, "cannot be read");
		return SHVM_UNKNOWN;
	}
	*ret_size = (uint64_t)size;
	buf_add(ret, data, len);
	return SHVM_YES;
}

static bool names(void *fs, const char *path,
		  void (*put)(void *ctx, const char *name), void *ctx)
{
	const struct files_guest *of = fs;
	char **found = guestfs.is_dir(of->g, path) == 1
			       ? guestfs.ls(of->g, path)
			       : NULL;

	const bool could = found;

	for (size_t i = 0; could && found[i]; i++) {
		put(ctx, found[i]);
		free(found[i]);
	}
	free(found);
	return could;
}

static int64_t key_root(void *g)
{
	return guestfs.hivex_root(g);
}

static int64_t key_child(void *g, int64_t key, const char *name)
{
	return guestfs.hivex_node_get_child(g, key, name);
}

static int64_t key_value(void *g, int64_t key, const char *name)
{
	return guestfs.hivex_node_get_value(g, key, name);
}

static int value_text(void *g, int64_t value, char **ret)
{
	*ret = guestfs.hivex_value_string(g, value);
	return 0; /* libguestfs gives no reason */
}

static bool value_number(void *g, int64_t value, uint32_t *ret)
{
	size_t len = 0;
	AUTOFREE char *data = guestfs.hivex_value_value(g, value, &len);

	if (!data || len != 4)
		return false;
	*ret = le32_get((const uint8_t *)data);
	return true;
}

/* For the one hive that libguestfs has open. */
static const struct registry_ops registry = { key_root, key_child, key_value,
					      value_text, value_number };

static void *hive_open(void *fs, const char *path, struct buf *head,
		       char why[FILES_WHY])
{
	const struct files_guest *of = fs;
	AUTOFREE char *real = spelt(of, path);
	uint64_t size = 1;

	(void)snprintf(why, FILES_WHY, "does not exist");
	if (file_read(fs, path, FACTS_HIVE_HEAD, head, &size, why) != SHVM_YES)
		return NULL;
	if (real && guestfs.hivex_open(of->g, real, -1) == 0)
		return of->g;
	(void)snprintf(why, FILES_WHY, "cannot be opened: %s",
		       appliance_reason(of->g));
	if (size == 0)
		(void)snprintf(why, FILES_WHY, "is empty");
	return NULL;
}

static void hive_close(void *g)
{
	(void)guestfs.hivex_close(g); /* read-only: nothing can be lost */
}

struct files files_of_guest(struct files_guest *of)
{
	static const struct files_ops ops = {
		.has = has,
		.read = file_read,
		.names = names,
		.hive_open = hive_open,
		.hive_close = hive_close,
		.registry = &registry,
	};

	return (struct files){ &ops, of };
}
