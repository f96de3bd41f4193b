/* SPDX-License-Identifier: MIT */
/* Facts from the NTFS of a Windows, by libtsk. */
#include "helper/facts.h"

#include "base/le.h"
#include "helper/hive_file.h"
#include "helper/lock.h"
#include "helper/tsk.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MFT_VOLUME 3u /* $Volume, with the dirty bit */
#define MFT_BITMAP 6u /* $Bitmap, a bit a cluster */
#define VOLUME_IS_DIRTY 0x0001u
#define NO_FOLDERS "the folders on the way to Windows cannot be read"

enum {
	HIVE_MAX = LOCK_HIVE_MAX,
	SMALL_MAX = 4096,
	WHY_SIZE = 128,
	PIECE = 64 * 1024
};

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

/*
 * Why the bytes of a file are not what its $DATA has, in words that follow its
 * name; false for a plain file. libtsk reads zeros there.
 */
static bool is_special(TSK_FS_FILE *file, char *why, size_t size)
{
	const TSK_FS_ATTR *attr =
		tsk_fs_file_attr_get_type(file, TSK_FS_ATTR_TYPE_NTFS_REPARSE,
					  0, 0);
	uint8_t tag[4];

	if (attr && tsk_fs_attr_read(attr, 0, (char *)tag, sizeof(tag),
				     TSK_FS_FILE_READ_FLAG_NONE) ==
			    (ssize_t)sizeof(tag)) {
		facts_reparse(le32_get(tag), why, size);
		return true;
	}
	attr = tsk_fs_file_attr_get_type(file, TSK_FS_ATTR_TYPE_NTFS_DATA, 0,
					 0);
	if (!attr || !(attr->flags & TSK_FS_ATTR_ENC))
		return false;
	(void)snprintf(why, size, "is encrypted (EFS); cipher /d decrypts it");
	return true;
}

static bool hive_is_clean(const char *name, struct shvm_guest_facts *f)
{
	uint8_t base[FACTS_HIVE_HEAD];

	return pread(hive_file_fd(), base, sizeof(base), 0) != sizeof(base) ||
	       facts_hive_is_clean(base, name, f);
}

/* The hive's bytes are in the memory file; false: trouble says why not. */
static bool hive_load(TSK_FS_INFO *fs, const char *path, const char *name,
		      struct shvm_guest_facts *f)
{
	AUTO(tsk_file_ptr) file = NULL;
	const enum shvm_known known = tsk_find(fs, path, &file);
	char why[WHY_SIZE];

	if (known == SHVM_NO)
		facts_trouble(f, "registry hive %s is not there", name);
	else if (known == SHVM_UNKNOWN)
		facts_trouble(f, "registry hive %s cannot be read: %s", name,
			      tsk_reason());
	else if (is_special(file, why, sizeof(why)))
		facts_trouble(f, "registry hive %s %s", name, why);
	else if (file->meta->size <= 0)
		facts_trouble(f, "registry hive %s is empty", name);
	else if (file->meta->size > HIVE_MAX)
		facts_trouble(f,
			      "registry hive %s has %jd bytes: more than %d "
			      "are not read",
			      name, (intmax_t)file->meta->size, HIVE_MAX);
	else if (!hive_copy(file))
		facts_trouble(f, "registry hive %s cannot be read", name);
	else
		return hive_is_clean(name, f);
	return false;
}

static void look_hives(TSK_FS_INFO *fs, struct shvm_guest_facts *f)
{
	static const struct {
		const char *path, *name;
		void (*read)(const char *path, struct shvm_guest_facts *f);
	} hives[] = {
		{ "/Windows/System32/config/SOFTWARE", "SOFTWARE",
		  facts_hive_software },
		{ "/Windows/System32/config/SYSTEM", "SYSTEM",
		  facts_hive_system },
	};

	f->software_hive = f->system_hive = SHVM_NO; /* until it was read */
	for (size_t i = 0; i < ARRAY_SIZE(hives); i++) {
		if (hive_load(fs, hives[i].path, hives[i].name, f))
			hives[i].read(HIVE_FILE_NAME, f);
	}
}

/*
 * The first bytes of a program tell what it runs on. Where none can be read,
 * what the registry or the boot loader said stays.
 */
static void look_architecture(TSK_FS_INFO *fs, struct shvm_guest_facts *f)
{
	char why[WHY_SIZE] = "";

	for (size_t i = 0; facts_programs[i]; i++) {
		AUTO(tsk_file_ptr) file = NULL;

		if (tsk_find(fs, facts_programs[i], &file) == SHVM_YES &&
		    !is_special(file, why, sizeof(why)) && tsk_machine(file, f))
			return;
	}
	if (!*f->architecture)
		facts_no_architecture(f, why);
}

static void look_state_ini(TSK_FS_INFO *fs, struct shvm_guest_facts *f)
{
	AUTO(tsk_file_ptr) file = NULL;
	uint8_t text[SMALL_MAX];
	char why[WHY_SIZE];
	ssize_t n;

	f->state_ini = tsk_find(fs, "/Windows/Setup/State/State.ini", &file);
	if (f->state_ini == SHVM_NO)
		return;
	if (f->state_ini == SHVM_YES && is_special(file, why, sizeof(why))) {
		f->state_ini = SHVM_UNKNOWN;
		facts_trouble(f, "State.ini %s", why);
		return;
	}
	n = tsk_file_load(file, text, sizeof(text));
	if (n < 0) {
		f->state_ini = SHVM_UNKNOWN;
		facts_trouble(f, "State.ini cannot be read");
		return;
	}
	facts_state_ini(text, (size_t)n, f->image_state_file,
			sizeof(f->image_state_file));
}

/*
 * KiB in a cluster that libtsk does not read, else 0: more than 128 sectors
 * have a form of their own in the boot sector.
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
			       "clusters of %u KiB are not read, at most 64 "
			       "KiB are",
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

	if (!fs)
		return err_set(err, SHVM_E_FORMAT, "ntfs: %s", why);
	known = tsk_has_folder(fs, "/Windows/System32");
	*ret = known == SHVM_YES;
	if (known == SHVM_UNKNOWN)
		return err_set(err, SHVM_E_FORMAT, "ntfs: " NO_FOLDERS);
	return SHVM_OK;
}

void facts_look_windows(struct source *disk, const struct helper_place *os,
			struct shvm_guest_facts *f)
{
	struct tsk_image image = { 0 };
	AUTO(tsk_img_ptr) img = tsk_image_open(&image, disk);
	char why[WHY_SIZE] = "";
	AUTO(tsk_fs_ptr) fs = ntfs_open(img, disk, os, why, sizeof(why));

	if (!fs) {
		facts_trouble(f, "partition %u: ntfs: %s", os->number, why);
		return;
	}
	look_dirty(fs, f);
	look_free(fs, f);
	f->windows = tsk_has_folder(fs, "/Windows/System32");
	if (f->windows == SHVM_UNKNOWN) {
		facts_trouble(f, "partition %u: ntfs: " NO_FOLDERS, os->number);
		return;
	}
	f->pagefile = tsk_has_file(fs, "/pagefile.sys");
	f->hiberfil = tsk_has_file(fs, "/hiberfil.sys");
	f->swapfile = tsk_has_file(fs, "/swapfile.sys");
	if (f->windows != SHVM_YES)
		return;
	look_state_ini(fs, f);
	look_hives(fs, f);
	look_architecture(fs, f);
}
