/* SPDX-License-Identifier: MIT */
/* Facts from a Linux root in an ext file system, by libtsk. */
#include "helper/facts.h"

#include "base/le.h"
#include "guest/kernel_file.h"
#include "guest/linux_root.h"
#include "helper/files.h"

#define SUPERBLOCK_AT 1024u
#define MAGIC_AT 0x38u /* of the superblock, as the next one */
#define MAGIC 0xef53u
#define INCOMPAT_AT 0x60u
#define INCOMPAT_RECOVER 0x4u
/* What libtsk 4.11 reads: filetype, extents, 64bit, flex_bg, csum_seed. */
#define INCOMPAT_KNOWN (0x2u | 0x40u | 0x80u | 0x200u | 0x2000u)

static bool is_ext(struct source *disk, const struct helper_place *p)
{
	uint8_t magic[2];

	return source_read(disk, p->at + SUPERBLOCK_AT + MAGIC_AT, magic,
			   sizeof(magic), NULL) == 0 &&
	       le16_get(magic) == MAGIC;
}

/* Does libtsk read the same as a mount? */
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
				   "partition %u: ext: the journal has "
				   "changes that are not replayed here: run "
				   "e2fsck",
				   root->number);
	else if (incompat & ~INCOMPAT_KNOWN)
		facts_root_trouble(f,
				   "partition %u: ext: features 0x%x are not "
				   "supported",
				   root->number, incompat & ~INCOMPAT_KNOWN);
	return !*f->root_trouble;
}

/* The file system; NULL: f->root_trouble says why not. */
static TSK_FS_INFO *ext_open(TSK_IMG_INFO *img, struct source *disk,
			     const struct helper_place *root,
			     struct shvm_guest_facts *f)
{
	TSK_FS_INFO *fs = NULL;

	if (!is_plain(disk, root, f))
		return NULL;
	if (img)
		fs = tsk_fs_open_img(img, (TSK_OFF_T)root->at,
				     TSK_FS_TYPE_EXT_DETECT);
	if (!fs)
		facts_root_trouble(f, "partition %u: ext: %s", root->number,
				   tsk_reason());
	return fs;
}

int facts_look_linux(struct source *disk, const struct helper_place *p,
		     bool *ret, struct shvm_err *err)
{
	struct shvm_guest_facts f = { 0 };
	struct tsk_image image = { 0 };
	AUTO(tsk_img_ptr) img = tsk_image_open(&image, disk);
	AUTO(tsk_fs_ptr) fs = ext_open(img, disk, p, &f);
	enum shvm_known known;
	struct files files;

	if (!fs)
		return err_set(err, SHVM_E_FORMAT, "%s", f.root_trouble);
	files = files_of_tsk(fs);
	known = linux_has_release(&files);
	*ret = known == SHVM_YES;
	if (known == SHVM_UNKNOWN)
		return err_set(err, SHVM_E_FORMAT,
			       "partition %u: ext: its os-release cannot be "
			       "read",
			       p->number);
	return SHVM_OK;
}

int facts_look_kernel(struct source *disk, const struct helper_place *p,
		      bool *ret, struct shvm_err *err)
{
	struct shvm_guest_facts f = { 0 };
	struct tsk_image image = { 0 };
	AUTO(tsk_img_ptr) img = tsk_image_open(&image, disk);
	AUTO(tsk_fs_ptr) fs = NULL;
	enum shvm_known known;
	struct files files;

	if (is_ext(disk, p))
		fs = ext_open(img, disk, p, &f);
	else if (img)
		fs = tsk_fs_open_img(img, (TSK_OFF_T)p->at,
				     TSK_FS_TYPE_FAT_DETECT);
	if (!fs)
		return err_set(err, SHVM_E_FORMAT, "%s",
			       *f.root_trouble ? f.root_trouble : tsk_reason());
	files = files_of_tsk(fs);
	known = kernel_file_look(&files, "");
	*ret = known == SHVM_YES;
	if (known == SHVM_UNKNOWN)
		return err_set(err, SHVM_E_FORMAT,
			       "partition %u: not all folders can be read",
			       p->number);
	return SHVM_OK;
}

void facts_look_root(struct source *disk, const struct helper_place *root,
		     struct shvm_guest_facts *f)
{
	struct tsk_image image = { 0 };
	AUTO(tsk_img_ptr) img = tsk_image_open(&image, disk);
	AUTO(tsk_fs_ptr) fs = ext_open(img, disk, root, f);
	struct files files;

	if (!fs)
		return;
	files = files_of_tsk(fs);
	linux_look(&files, root->number, f);
}
