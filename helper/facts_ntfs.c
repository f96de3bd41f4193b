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
 * Windows keeps changes in the log beside the hive first; the two sequence
 * numbers of the hive's base block are equal when all of them are in it.
 * libhivex applies no logs, so what it reads otherwise is the state of before.
 */
static bool hive_is_clean(const char *name, struct shvm_guest_facts *f)
{
	uint8_t base[12];

	if (pread(hive_file_fd(), base, sizeof(base), 0) != sizeof(base) ||
	    memcmp(base, "regf", 4) != 0)
		return true; /* no hive at all: libhivex says so */
	if (le32_get(base + 4) == le32_get(base + 8))
		return true;
	facts_trouble(f,
		      "registry hive %s: its transaction log is not applied "
		      "(sequence numbers %u and %u); start Windows and shut it "
		      "down",
		      name, le32_get(base + 4), le32_get(base + 8));
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

	for (size_t i = 0; i < ARRAY_SIZE(hives); i++) {
		AUTO(tsk_file_ptr) file = NULL;
		const enum shvm_known known = tsk_find(fs, hives[i].path, &file);

		if (known != SHVM_YES)
			facts_trouble(f, "registry hive %s %s%s", hives[i].name,
				      known == SHVM_NO ? "is not there"
						       : "cannot be read: ",
				      known == SHVM_NO ? "" : tsk_reason());
		else if (file->meta->size <= 0 || file->meta->size > HIVE_MAX)
			facts_trouble(f,
				      "registry hive %s has %jd bytes, 1 to %d "
				      "are read",
				      hives[i].name, (intmax_t)file->meta->size,
				      HIVE_MAX);
		else if (!hive_copy(file))
			facts_trouble(f, "registry hive %s cannot be read",
				      hives[i].name);
		else if (hive_is_clean(hives[i].name, f))
			hives[i].read(HIVE_FILE_NAME, f);
	}
}

/* The first bytes of a program tell what it runs on. */
static void look_architecture(TSK_FS_INFO *fs, struct shvm_guest_facts *f)
{
	static const char *const programs[] = {
		"/Windows/System32/cmd.exe",
		"/Windows/System32/ntoskrnl.exe",
		"/Windows/System32/ntdll.dll",
	};

	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		AUTO(tsk_file_ptr) file = NULL;
		uint8_t head[SMALL_MAX];
		const char *machine;
		ssize_t n;

		if (tsk_find(fs, programs[i], &file) != SHVM_YES)
			continue;
		n = tsk_fs_file_read(file, 0, (char *)head, sizeof(head),
				     TSK_FS_FILE_READ_FLAG_NONE);
		machine = facts_pe_machine(head, n > 0 ? (size_t)n : 0);
		facts_text(f->architecture, sizeof(f->architecture), machine,
			   strlen(machine));
		if (*machine)
			return;
	}
}

static void look_state_ini(TSK_FS_INFO *fs, struct shvm_guest_facts *f)
{
	AUTO(tsk_file_ptr) file = NULL;
	const enum shvm_known known =
		tsk_find(fs, "/Windows/Setup/State/State.ini", &file);
	uint8_t text[SMALL_MAX];
	const ssize_t n = tsk_file_load(file, text, sizeof(text));

	if (known == SHVM_UNKNOWN || (known == SHVM_YES && n < 0))
		facts_trouble(f, "State.ini cannot be read");
	if (n > 0)
		facts_state_ini(text, (size_t)n, f->image_state_file,
				sizeof(f->image_state_file));
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
	AUTO(tsk_fs_ptr) fs = NULL;
	enum shvm_known known;

	if (img)
		fs = tsk_fs_open_img(img, (TSK_OFF_T)p->at, TSK_FS_TYPE_NTFS);
	if (!fs)
		return err_set(err, SHVM_E_FORMAT, "ntfs: %s", tsk_reason());
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
	AUTO(tsk_fs_ptr) fs = NULL;

	if (img)
		fs = tsk_fs_open_img(img, (TSK_OFF_T)os->at, TSK_FS_TYPE_NTFS);
	if (!fs) {
		facts_trouble(f, "partition %u: ntfs: %s", os->number,
			      tsk_reason());
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
	look_architecture(fs, f);
	look_state_ini(fs, f);
	look_hives(fs, f);
}
