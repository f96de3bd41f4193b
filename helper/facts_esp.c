/* SPDX-License-Identifier: MIT */
/* Facts from the FAT of an EFI system partition, by libtsk. */
#include "helper/facts.h"

#include "guest/look.h"
#include "helper/files.h"

void facts_look_esp(struct source *disk, const struct helper_place *esp,
		    bool kernel, struct shvm_guest_facts *f, struct buf *conf)
{
	struct tsk_image image = { 0 };
	AUTO(tsk_img_ptr) img = tsk_image_open(&image, disk);
	AUTO(tsk_fs_ptr) fs = NULL;
	struct files files;

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
	files = files_of_tsk(fs);
	look_esp(&files, esp->number, kernel, f, conf);
}
