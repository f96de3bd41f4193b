/* SPDX-License-Identifier: MIT */
/* What a partition is: by its type GUID, and by its first sectors. */
#ifndef DISK_PARTITION_H
#define DISK_PARTITION_H

#include "source/source.h"

#include <shvm/disk.h>

/* What the first sectors of [at, at + len) say it is. */
int volumes_content(struct source *disk, uint64_t at, uint64_t len,
		    enum shvm_content *ret, struct shvm_err *err);

/* Partition types of the UEFI specification, Microsoft and Linux. */
enum volumes_type {
	VOLUMES_TYPE_OTHER,
	VOLUMES_TYPE_ESP,
	VOLUMES_TYPE_MSR,
	VOLUMES_TYPE_BASIC_DATA,
	VOLUMES_TYPE_RECOVERY,
	VOLUMES_TYPE_LDM_METADATA,
	VOLUMES_TYPE_LDM_DATA,
	VOLUMES_TYPE_STORAGE_SPACES,
	VOLUMES_TYPE_LINUX, /* data, root, /boot, LUKS and the like */
};
enum volumes_type volumes_type(const struct shvm_guid *type_guid);
/* "EFI system", "Microsoft basic data", ...; never NULL. */
const char *volumes_type_name(const struct shvm_guid *type_guid);

#endif
