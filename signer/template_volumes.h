/* SPDX-License-Identifier: MIT */
/* The volumes of a template on an open disk. */
#ifndef SIGNER_TEMPLATE_VOLUMES_H
#define SIGNER_TEMPLATE_VOLUMES_H

#include "signer/volumes.h"

/* What volumes.h decides by, from an open disk; it stays the disk's. */
struct volumes_input template_volumes_input(const struct shvm_disk *disk);

/* The first EFI system partition that holds FAT; NULL: none. */
const struct shvm_partition *template_esp(const struct shvm_disk_info *info);

/*
 * shvm_disk_volumes() with messages that do not name the file, and done by a
 * moment of facts_deadline().
 */
int template_volumes(struct shvm_disk *disk, enum shvm_disk_type type,
		     int64_t until, struct shvm_volume ret[2],
		     size_t *ret_count, struct shvm_err *err);

#endif
