/* SPDX-License-Identifier: MIT */
/* Facts from the FAT of an EFI system partition, by libtsk. */
#include "helper/facts.h"

#include "helper/tsk.h"

#include <string.h>

static void look_marker(TSK_FS_INFO *fs, struct shvm_guest_facts *f)
{
	AUTO(tsk_file_ptr) file = NULL;
	const enum shvm_known known = tsk_find(fs, "/EFI/boot/lsvmprep", &file);
	uint8_t text[64];
	ssize_t n = tsk_file_load(file, text, sizeof(text));

	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	if (n > 0)
		facts_text(f->lsvmprep, sizeof(f->lsvmprep), (char *)text,
			   (size_t)n);
	else if (known != SHVM_NO)
		facts_trouble(f, "the lsvmprep marker cannot be read");
}

static void look_conf(TSK_FS_INFO *fs, struct shvm_guest_facts *f,
		      struct buf *conf)
{
	AUTO(tsk_file_ptr) file = NULL;
	AUTOFREE uint8_t *text = NULL;
	ssize_t n;

	f->lsvmconf = tsk_find(fs, "/EFI/boot/lsvmconf", &file);
	if (f->lsvmconf != SHVM_YES)
		return;
	text = malloc(FACTS_CONF_MAX);
	n = text ? tsk_file_load(file, text, FACTS_CONF_MAX) : -1;
	if (n < 0)
		facts_trouble(f, "lsvmconf cannot be read");
	else
		buf_add(conf, text, (size_t)n);
}

/* The boot manager is for the machine that Windows is for. */
static void look_loader(TSK_FS_INFO *fs, struct shvm_guest_facts *f)
{
	AUTO(tsk_file_ptr) file = NULL;

	if (tsk_find(fs, FACTS_BOOTMGFW, &file) == SHVM_YES)
		(void)tsk_machine(file, f); /* else the OS volume tells */
}

void facts_look_esp(struct source *disk, const struct helper_place *esp,
		    struct shvm_guest_facts *f, struct buf *conf)
{
	struct tsk_image image = { 0 };
	AUTO(tsk_img_ptr) img = tsk_image_open(&image, disk);
	AUTO(tsk_fs_ptr) fs = NULL;

	if (img)
		fs = tsk_fs_open_img(img, (TSK_OFF_T)esp->at,
				     TSK_FS_TYPE_FAT_DETECT);
	if (img && !fs) /* FAT32 with fewer clusters than its rules say */
		fs = tsk_fs_open_img(img, (TSK_OFF_T)esp->at,
				     TSK_FS_TYPE_FAT32);
	if (!fs) {
		facts_trouble(f, "partition %u: fat: %s", esp->number,
			      tsk_reason());
		return;
	}
	f->bootmgfw = tsk_has_file(fs, FACTS_BOOTMGFW);
	f->bootx64 = tsk_has_file(fs, "/EFI/Boot/bootx64.efi");
	if (f->bootx64 == SHVM_UNKNOWN || f->bootmgfw == SHVM_UNKNOWN)
		facts_trouble(f,
			      "partition %u: fat: its folders cannot be read",
			      esp->number);
	if (f->bootmgfw == SHVM_YES)
		look_loader(fs, f);
	look_conf(fs, f, conf);
	look_marker(fs, f);
}
