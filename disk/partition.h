/* SPDX-License-Identifier: MIT */
/* What a partition contains: by its type GUID, and by its first sectors. */
#ifndef DISK_PARTITION_H
#define DISK_PARTITION_H

#include "source/source.h"

#include <shvm/disk.h>

/* The content by the first sectors of [at, at + len). */
int partition_content(struct source *disk, uint64_t at, uint64_t len,
		      enum shvm_content *ret, struct shvm_err *err);

/* Partition types of the UEFI specification, Microsoft and Linux. */
enum partition_type {
	PARTITION_TYPE_OTHER,
	PARTITION_TYPE_ESP,
	PARTITION_TYPE_MSR,
	PARTITION_TYPE_BASIC_DATA,
	PARTITION_TYPE_RECOVERY,
	PARTITION_TYPE_LDM_METADATA,
	PARTITION_TYPE_LDM_DATA,
	PARTITION_TYPE_STORAGE_SPACES,
	PARTITION_TYPE_BIOS_BOOT,   /* GRUB's, on disks with a GPT */
	PARTITION_TYPE_LINUX_ROOT,  /* of the Discoverable Partitions */
	PARTITION_TYPE_LINUX_XBOOT, /* /boot, of the same */
	PARTITION_TYPE_LINUX,	    /* data, root, /boot, LUKS and the like */
};
enum partition_type partition_type(const struct shvm_guid *type_guid);
/* "EFI system", "Microsoft basic data", ...; never NULL. */
const char *partition_type_name(const struct shvm_guid *type_guid);

#endif
