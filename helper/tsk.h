/* SPDX-License-Identifier: MIT */
/* Shared by the readers of file systems: libtsk on a source. */
#ifndef HELPER_TSK_H
#define HELPER_TSK_H

#include "base/auto.h"
#include "source/source.h"

#include <shvm/guest.h>
#include <tsk/libtsk.h>

/* A source in the form that libtsk needs; img must be first. */
struct tsk_image {
	TSK_IMG_INFO img;
	struct source *source;
};

AUTO_DEFINE(tsk_img_ptr, TSK_IMG_INFO *, tsk_img_close);
AUTO_DEFINE(tsk_fs_ptr, TSK_FS_INFO *, tsk_fs_close);
AUTO_DEFINE(tsk_file_ptr, TSK_FS_FILE *, tsk_fs_file_close);
AUTO_DEFINE(tsk_dir_ptr, TSK_FS_DIR *, tsk_fs_dir_close);

/* Why the last call failed. */
const char *tsk_reason(void);

/* image is filled here and must outlive what is returned, as s must. */
TSK_IMG_INFO *tsk_image_open(struct tsk_image *image, struct source *s);

/*
 * What is at the path, in names of ASCII; case counts in ext only. Unknown if a
 * folder of the path, or the object itself, cannot be read: libtsk's own search
 * distinguishes that from "no" only in its text.
 */
enum shvm_known tsk_find(TSK_FS_INFO *fs, const char *path, TSK_FS_FILE **ret);

#endif
