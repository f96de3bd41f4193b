/* SPDX-License-Identifier: MIT */
/* Files by their path, through libtsk. */
#include "helper/tsk.h"

#include <string.h>

static ssize_t image_read(TSK_IMG_INFO *img, TSK_OFF_T at, char *buf, size_t n)
{
	const struct tsk_image *i = (const void *)img;

	if (at < 0 || source_read(i->source, (uint64_t)at, buf, n, NULL) < 0)
		return -1;
	return (ssize_t)n;
}

static void image_close(TSK_IMG_INFO *img)
{
	(void)img; /* it belongs to the caller */
}

static void image_stat(TSK_IMG_INFO *img, FILE *to)
{
	(void)img;
	(void)to;
}

const char *tsk_reason(void)
{
	const char *text = tsk_error_get();

	return text ? text : "libtsk gave no reason";
}

TSK_IMG_INFO *tsk_image_open(struct tsk_image *image, struct source *s)
{
	image->source = s;
	return tsk_img_open_external(image, (TSK_OFF_T)s->size, s->sector_size,
				     image_read, image_close, image_stat);
}

/* The entry with this name in a folder that is not deleted. */
static enum shvm_known name_find(TSK_FS_INFO *fs, TSK_INUM_T folder,
				 const char *name, size_t len, TSK_INUM_T *ret)
{
	AUTO(tsk_dir_ptr) dir = tsk_fs_dir_open_meta(fs, folder);
	const bool exact = TSK_FS_TYPE_ISEXT(fs->ftype);

	if (!dir)
		return SHVM_UNKNOWN;
	for (size_t i = 0; i < tsk_fs_dir_getsize(dir); i++) {
		const TSK_FS_NAME *n = tsk_fs_dir_get_name(dir, i);

		if (!n || !n->name || !(n->flags & TSK_FS_NAME_FLAG_ALLOC) ||
		    (exact ? strncmp : strncasecmp)(n->name, name, len) != 0 ||
		    n->name[len])
			continue;
		*ret = n->meta_addr;
		return SHVM_YES;
	}
	return SHVM_NO;
}

enum shvm_known tsk_find(TSK_FS_INFO *fs, const char *path, TSK_FS_FILE **ret)
{
	TSK_INUM_T number = fs->root_inum;
	enum shvm_known known;

	while (*path == '/' && path[1]) {
		const size_t len = strcspn(path + 1, "/");

		known = name_find(fs, number, path + 1, len, &number);
		if (known != SHVM_YES)
			return known;
		path += 1 + len;
	}
	*ret = tsk_fs_file_open_meta(fs, NULL, number);
	return *ret && (*ret)->meta ? SHVM_YES : SHVM_UNKNOWN;
}
