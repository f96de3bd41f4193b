/* SPDX-License-Identifier: MIT */
/* Facts from the NTFS of a Windows, by libtsk. */
#include "helper/facts.h"

#include "base/le.h"
#include "guest/look.h"
#include "helper/files.h"

#include <stdio.h>

#define MFT_VOLUME 3u /* $Volume, with the dirty bit */
#define MFT_BITMAP 6u /* $Bitmap, one bit per cluster */
#define VOLUME_IS_DIRTY 0x0001u

enum {
	WHY_SIZE = 128,
	PIECE = 64 * 1024
};

/*
 * The cluster size in KiB if libtsk cannot read it, else 0: more than 128
 * sectors are encoded differently in the boot sector.
 */
static unsigned int large_clusters(struct source *disk,
				   const struct helper_place *p)
{
	uint8_t boot[512];
	unsigned int shift;

	if (source_read(disk, p->at, boot, sizeof(boot), NULL) < 0 ||
	    boot[13] <= 128)
		return 0;
	shift = 256u - boot[13]; /* 0xf8: 2 to the power of 8 sectors */
	return shift <= 12 ? ((unsigned int)le16_get(boot + 11) << shift) / 1024
			   : 0;
}

static TSK_FS_INFO *ntfs_open(TSK_IMG_INFO *img, struct source *disk,
			      const struct helper_place *p, char *why,
			      size_t size)
{
	const unsigned int large = large_clusters(disk, p);
	TSK_FS_INFO *fs = NULL;

	if (img && !large)
		fs = tsk_fs_open_img(img, (TSK_OFF_T)p->at, TSK_FS_TYPE_NTFS);
	if (large)
		(void)snprintf(why, size,
			       "clusters of %u KiB are not supported, only up "
			       "to 64 KiB",
			       large);
	else if (!fs)
		(void)snprintf(why, size, "%s", tsk_reason());
	return fs;
}

/* $VOLUME_INFORMATION of $Volume: flags at +10. */
static void look_dirty(TSK_FS_INFO *fs, struct shvm_guest_facts *f)
{
	AUTO(tsk_file_ptr) file = tsk_fs_file_open_meta(fs, NULL, MFT_VOLUME);
	const TSK_FS_ATTR *attr;
	uint8_t info[12];

	attr = file ? tsk_fs_file_attr_get_type(file,
						TSK_FS_ATTR_TYPE_NTFS_VINFO, 0,
						0)
		    : NULL;
	if (!attr || tsk_fs_attr_read(attr, 0, (char *)info, sizeof(info),
				      TSK_FS_FILE_READ_FLAG_NONE) !=
			     (ssize_t)sizeof(info))
		return;
	f->ntfs_dirty =
		le16_get(info + 10) & VOLUME_IS_DIRTY ? SHVM_YES : SHVM_NO;
}

static void look_free(TSK_FS_INFO *fs, struct shvm_guest_facts *f)
{
	AUTO(tsk_file_ptr) file = tsk_fs_file_open_meta(fs, NULL, MFT_BITMAP);
	const uint64_t clusters = fs->block_count;
	uint64_t used = 0, done = 0;
	uint8_t piece[PIECE];

	if (!file || !file->meta || clusters == 0)
		return;
	while (done < clusters) {
		const uint64_t bytes = (clusters - done + 7) / 8;
		const size_t n = bytes < PIECE ? (size_t)bytes : PIECE;

		if (tsk_fs_file_read(file, (TSK_OFF_T)(done / 8), (char *)piece,
				     n,
				     TSK_FS_FILE_READ_FLAG_NONE) != (ssize_t)n)
			return;
		for (size_t i = 0; i < n; i++) {
			const uint64_t left = clusters - done;
			unsigned int byte = piece[i];

			if (left < 8)
				byte &= (1u << left) - 1;
			used += (unsigned int)__builtin_popcount(byte);
			done += left < 8 ? left : 8;
		}
	}
	f->free_bytes = (clusters - used) * fs->block_size;
}

int facts_look_system32(struct source *disk, const struct helper_place *p,
			bool *ret, struct shvm_err *err)
{
	struct tsk_image image = { 0 };
	AUTO(tsk_img_ptr) img = tsk_image_open(&image, disk);
	char why[WHY_SIZE] = "";
	AUTO(tsk_fs_ptr) fs = ntfs_open(img, disk, p, why, sizeof(why));
	enum shvm_known known;
	struct files files;

	if (!fs)
		return err_set(err, SHVM_E_FORMAT, "ntfs: %s", why);
	files = files_of_tsk(fs);
	known = files_has(&files, "/Windows/System32", FILES_FOLDER);
	*ret = known == SHVM_YES;
	if (known == SHVM_UNKNOWN)
		return err_set(err, SHVM_E_FORMAT,
			       "ntfs: the folders on the way to Windows cannot "
			       "be read");
	return SHVM_OK;
}

void facts_look_windows(struct source *disk, const struct helper_place *os,
			struct shvm_guest_facts *f)
{
	struct tsk_image image = { 0 };
	AUTO(tsk_img_ptr) img = tsk_image_open(&image, disk);
	char why[WHY_SIZE] = "";
	AUTO(tsk_fs_ptr) fs = ntfs_open(img, disk, os, why, sizeof(why));
	struct files files;

	if (!fs) {
		facts_trouble(f, "partition %u: ntfs: %s", os->number, why);
		return;
	}
	look_dirty(fs, f);
	look_free(fs, f);
	files = files_of_tsk(fs);
	look_windows(&files, os->number, f);
}
