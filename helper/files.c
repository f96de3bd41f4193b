/* SPDX-License-Identifier: MIT */
/* Files of a file system that libtsk has open. */
#include "helper/files.h"

#include "base/le.h"
#include "helper/hive.h"
#include "helper/hive_file.h"
#include "helper/lock.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	HIVE_MAX = LOCK_HIVE_MAX,
	PIECE = 64 * 1024
};

static enum shvm_known has(void *fs, const char *path, enum files_kind kind)
{
	AUTO(tsk_file_ptr) file = NULL;
	const enum shvm_known known = tsk_find(fs, path, &file);
	const TSK_FS_META_TYPE_ENUM type = kind == FILES_FOLDER
						   ? TSK_FS_META_TYPE_DIR
						   : TSK_FS_META_TYPE_REG;

	if (known != SHVM_YES || kind == FILES_ANY)
		return known;
	return file->meta->type == type ? SHVM_YES : SHVM_NO;
}

/*
 * Why the content of a file is not that of its $DATA (where libtsk reads
 * zeros), as text that follows its name; false for a plain file.
 */
static bool is_special(TSK_FS_FILE *file, char why[FILES_WHY])
{
	const TSK_FS_ATTR *attr =
		tsk_fs_file_attr_get_type(file, TSK_FS_ATTR_TYPE_NTFS_REPARSE,
					  0, 0);
	uint8_t tag[4];

	if (attr && tsk_fs_attr_read(attr, 0, (char *)tag, sizeof(tag),
				     TSK_FS_FILE_READ_FLAG_NONE) ==
			    (ssize_t)sizeof(tag)) {
		facts_reparse(le32_get(tag), why, FILES_WHY);
		return true;
	}
	attr = tsk_fs_file_attr_get_type(file, TSK_FS_ATTR_TYPE_NTFS_DATA, 0,
					 0);
	if (!attr || !(attr->flags & TSK_FS_ATTR_ENC))
		return false;
	(void)snprintf(why, FILES_WHY,
		       "is encrypted (EFS): decrypt it with cipher /d");
	return true;
}

/* A plain file whose content libtsk reads correctly. */
static enum shvm_known plain_open(TSK_FS_INFO *fs, const char *path,
				  TSK_FS_FILE **ret, char why[FILES_WHY])
{
	const enum shvm_known known = tsk_find(fs, path, ret);

	if (known == SHVM_NO)
		return SHVM_NO;
	if (known == SHVM_UNKNOWN) {
		(void)snprintf(why, FILES_WHY, "cannot be read: %s",
			       tsk_reason());
		return SHVM_UNKNOWN;
	}
	if (is_special(*ret, why))
		return SHVM_UNKNOWN;
	if ((*ret)->meta->type == TSK_FS_META_TYPE_REG &&
	    (*ret)->meta->size >= 0)
		return SHVM_YES;
	(void)snprintf(why, FILES_WHY, "is not a plain file");
	return SHVM_UNKNOWN;
}

static enum shvm_known file_read(void *fs, const char *path, size_t max,
				 struct buf *ret, uint64_t *ret_size,
				 char why[FILES_WHY])
{
	AUTO(tsk_file_ptr) file = NULL;
	const enum shvm_known known = plain_open(fs, path, &file, why);
	uint8_t *at;
	size_t n;

	if (known != SHVM_YES)
		return known;
	*ret_size = (uint64_t)file->meta->size;
	n = *ret_size < max ? (size_t)*ret_size : max;
	if (n == 0)
		return SHVM_YES;
	at = buf_grow(ret, n);
	if (at && tsk_fs_file_read(file, 0, (char *)at, n,
				   TSK_FS_FILE_READ_FLAG_NONE) == (ssize_t)n)
		return SHVM_YES;
	(void)snprintf(why, FILES_WHY, "cannot be read");
	return SHVM_UNKNOWN;
}

static bool names(void *fs, const char *path,
		  void (*put)(void *ctx, const char *name), void *ctx)
{
	AUTO(tsk_file_ptr) file = NULL;
	AUTO(tsk_dir_ptr) dir = NULL;

	if (tsk_find(fs, path, &file) == SHVM_YES)
		dir = tsk_fs_dir_open_meta(fs, file->meta->addr);
	for (size_t i = 0; dir && i < tsk_fs_dir_getsize(dir); i++) {
		const TSK_FS_NAME *n = tsk_fs_dir_get_name(dir, i);

		if (n && n->name && (n->flags & TSK_FS_NAME_FLAG_ALLOC))
			put(ctx, n->name);
	}
	return dir;
}

/* The file's bytes go into the memory file, for libhivex. */
static bool hive_copy(TSK_FS_FILE *file)
{
	const uint64_t size = (uint64_t)file->meta->size;
	const int hive = hive_file_fd();
	uint64_t at = 0;
	char piece[PIECE];

	if (ftruncate(hive, 0) < 0)
		return false;
	while (at < size) {
		const size_t n =
			size - at < PIECE ? (size_t)(size - at) : PIECE;

		if (tsk_fs_file_read(file, (TSK_OFF_T)at, piece, n,
				     TSK_FS_FILE_READ_FLAG_NONE) !=
			    (ssize_t)n ||
		    pwrite(hive, piece, n, (off_t)at) != (ssize_t)n)
			return false;
		at += n;
	}
	return true;
}

static void *hive_of_file(void *fs, const char *path, struct buf *head,
			  char why[FILES_WHY])
{
	AUTO(tsk_file_ptr) file = NULL;
	uint8_t first[FACTS_HIVE_HEAD];

	(void)snprintf(why, FILES_WHY, "does not exist");
	if (plain_open(fs, path, &file, why) != SHVM_YES)
		return NULL;
	(void)snprintf(why, FILES_WHY, "cannot be read");
	if (file->meta->size == 0) {
		(void)snprintf(why, FILES_WHY, "is empty");
		return NULL;
	}
	if (file->meta->size > HIVE_MAX) {
		(void)snprintf(why, FILES_WHY,
			       "has %jd bytes, more than the limit of %d",
			       (intmax_t)file->meta->size, HIVE_MAX);
		return NULL;
	}
	if (!hive_copy(file))
		return NULL;
	if (pread(hive_file_fd(), first, sizeof(first), 0) == sizeof(first))
		buf_add(head, first, sizeof(first));
	return hive_open(HIVE_FILE_NAME, why);
}

struct files files_of_tsk(TSK_FS_INFO *fs)
{
	static const struct files_ops ops = {
		.has = has,
		.read = file_read,
		.names = names,
		.hive_open = hive_of_file,
		.hive_close = hive_close,
		.registry = &hive_registry,
	};

	return (struct files){ &ops, fs };
}
