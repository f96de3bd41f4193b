/* SPDX-License-Identifier: MIT */
/* The volumes of a template on an open disk. */
#ifndef SIGNER_TEMPLATE_VOLUMES_H
#define SIGNER_TEMPLATE_VOLUMES_H

#include "signer/volumes.h"

/* The input of volumes.h from an open disk, which keeps ownership. */
struct volumes_input template_volumes_input(const struct shvm_disk *disk);

/* The first EFI system partition with FAT; NULL: none. */
const struct shvm_partition *template_esp(const struct shvm_disk_info *info);

/*
 * volumes_guess_type(), and a look at the ESP, done by a moment of
 * facts_deadline(): a disk with lsvmconf is one that lsvmprep prepared, encrypted or not.
 */
enum shvm_disk_type template_guess_type(struct shvm_disk *disk, int64_t until);

/*
 * shvm_disk_volumes() with messages that do not name the file, and with a
 * deadline from facts_deadline().
 */
int template_volumes(struct shvm_disk *disk, enum shvm_disk_type type,
		     int64_t until, struct shvm_volume ret[2],
		     size_t *ret_count, struct shvm_err *err);

#endif
