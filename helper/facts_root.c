/* SPDX-License-Identifier: MIT */
/* Facts from a Linux root in an ext file system, by libtsk. */
#include "helper/facts.h"

#include "base/le.h"
#include "guest/cloud_init.h"
#include "helper/tsk.h"

#include <stdio.h>
#include <string.h>

#define SUPERBLOCK_AT 1024u
#define INCOMPAT_AT 0x60u /* of the superblock */
#define INCOMPAT_RECOVER 0x4u
/* What libtsk 4.11 reads: filetype, extents, 64bit, flex_bg, csum_seed. */
#define INCOMPAT_KNOWN (0x2u | 0x40u | 0x80u | 0x200u | 0x2000u)

/* Would libtsk read what a mount reads? */
static bool is_plain(struct source *disk, const struct helper_place *root,
		     struct shvm_guest_facts *f)
{
	uint8_t flags[4];
	uint32_t incompat;

	if (source_read(disk, root->at + SUPERBLOCK_AT + INCOMPAT_AT, flags,
			sizeof(flags), NULL) < 0) {
		facts_root_trouble(f, "partition %u: ext: no superblock",
				   root->number);
		return false;
	}
	incompat = le32_get(flags);
	if (incompat & INCOMPAT_RECOVER)
		facts_root_trouble(f,
				   "partition %u: ext: changes are only in its "
				   "journal, which is not replayed: e2fsck",
				   root->number);
	else if (incompat & ~INCOMPAT_KNOWN)
		facts_root_trouble(f,
				   "partition %u: ext: features 0x%x are not "
				   "known here",
				   root->number, incompat & ~INCOMPAT_KNOWN);
	return !*f->root_trouble;
}

/* Is one of the programs there? */
static enum shvm_known has_cloud_init(TSK_FS_INFO *fs)
{
	enum shvm_known ret = SHVM_NO;

	for (size_t i = 0; cloud_programs[i]; i++) {
		AUTO(tsk_file_ptr) file = NULL;
		const enum shvm_known known =
			tsk_find(fs, cloud_programs[i], &file);

		if (known == SHVM_YES)
			return SHVM_YES;
		if (known == SHVM_UNKNOWN)
			ret = SHVM_UNKNOWN;
	}
	return ret;
}

static void look_config(TSK_FS_FILE *file, const char *name,
			struct cloud_sources *s)
{
	const bool identify = strcmp(name, CLOUD_IDENTIFY) == 0;
	AUTOFREE uint8_t *text = malloc(CLOUD_FILE_MAX);
	ssize_t n = -1;

	if (text && file->meta && file->meta->type == TSK_FS_META_TYPE_REG)
		n = tsk_file_load(file, text, CLOUD_FILE_MAX);
	if (n < 0)
		cloud_add_unread(s, name, "it cannot be read");
	else if (identify)
		cloud_add_identify(s, (char *)text, (size_t)n);
	else
		cloud_add(s, name, (char *)text, (size_t)n);
}

static int compare_names(const void *a, const void *b)
{
	const TSK_FS_NAME *const *x = a;
	const TSK_FS_NAME *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void look_folder(TSK_FS_INFO *fs, TSK_INUM_T number,
			struct cloud_sources *s)
{
	AUTO(tsk_dir_ptr) dir = tsk_fs_dir_open_meta(fs, number);
	const TSK_FS_NAME *names[CLOUD_FILES_MAX];
	size_t count = 0;

	for (size_t i = 0; dir && i < tsk_fs_dir_getsize(dir); i++) {
		const TSK_FS_NAME *n = tsk_fs_dir_get_name(dir, i);

		if (!n || !n->name || !(n->flags & TSK_FS_NAME_FLAG_ALLOC) ||
		    !cloud_is_config(n->name))
			continue;
		if (count == CLOUD_FILES_MAX) {
			cloud_add_unread(s, CLOUD_FOLDER, "too many files");
			return;
		}
		names[count++] = n;
	}
	if (!dir) {
		cloud_add_unread(s, CLOUD_FOLDER, "it cannot be read");
		return;
	}
	qsort(names, count, sizeof(names[0]), compare_names);
	for (size_t i = 0; i < count; i++) {
		AUTO(tsk_file_ptr)
		file = tsk_fs_file_open_meta(fs, NULL, names[i]->meta_addr);

		if (file)
			look_config(file, names[i]->name, s);
		else
			cloud_add_unread(s, names[i]->name,
					 "it cannot be read");
	}
}

static void look_cloud_init(TSK_FS_INFO *fs, struct shvm_guest_facts *f)
{
	AUTO(tsk_file_ptr) config = NULL;
	AUTO(tsk_file_ptr) folder = NULL;
	AUTO(tsk_file_ptr) identify = NULL;
	struct cloud_sources s = { 0 };
	enum shvm_known known = tsk_find(fs, CLOUD_CONFIG, &config);

	if (known == SHVM_YES)
		look_config(config, "cloud.cfg", &s);
	else if (known == SHVM_UNKNOWN)
		cloud_add_unread(&s, CLOUD_CONFIG, "it cannot be read");
	known = tsk_find(fs, CLOUD_FOLDER, &folder);
	if (known == SHVM_YES)
		look_folder(fs, folder->meta->addr, &s);
	else if (known == SHVM_UNKNOWN)
		cloud_add_unread(&s, CLOUD_FOLDER, "it cannot be read");
	known = tsk_find(fs, CLOUD_IDENTIFY, &identify);
	if (known == SHVM_YES)
		look_config(identify, CLOUD_IDENTIFY, &s);
	else if (known == SHVM_UNKNOWN)
		cloud_add_unread(&s, CLOUD_IDENTIFY, "it cannot be read");
	cloud_give(&s, f);
}

static void look_files(TSK_FS_INFO *fs, const struct helper_place *root,
		       struct shvm_guest_facts *f)
{
	enum shvm_known disabled;

	if (tsk_has_folder(fs, CLOUD_ETC) != SHVM_YES) {
		facts_root_trouble(f, "partition %u: ext: there is no /etc",
				   root->number);
		return;
	}
	f->cloud_init = has_cloud_init(fs);
	if (f->cloud_init == SHVM_UNKNOWN)
		facts_root_trouble(f,
				   "partition %u: ext: the folders on the way "
				   "to cloud-init cannot be read",
				   root->number);
	if (f->cloud_init != SHVM_YES)
		return;
	disabled = tsk_has_file(fs, CLOUD_DISABLED);
	if (disabled == SHVM_YES)
		f->cloud_init = SHVM_NO;
	else
		look_cloud_init(fs, f);
}

void facts_look_root(struct source *disk, const struct helper_place *root,
		     struct shvm_guest_facts *f)
{
	struct tsk_image image = { 0 };
	AUTO(tsk_img_ptr) img = NULL;
	AUTO(tsk_fs_ptr) fs = NULL;

	if (!is_plain(disk, root, f))
		return;
	img = tsk_image_open(&image, disk);
	if (img)
		fs = tsk_fs_open_img(img, (TSK_OFF_T)root->at,
				     TSK_FS_TYPE_EXT_DETECT);
	if (fs)
		look_files(fs, root, f);
	else
		facts_root_trouble(f, "partition %u: ext: %s", root->number,
				   tsk_reason());
}
