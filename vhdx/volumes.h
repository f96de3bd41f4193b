/* SPDX-License-Identifier: MIT */
/*
 * Decides which partitions are hashed, and says why when one is missing or
 * doubtful. Looks at boot sectors only; who needs more asks by callback.
 */
#ifndef VHDX_VOLUMES_H
#define VHDX_VOLUMES_H

#include "base/findings.h"
#include "vhdx/gpt.h"

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

/*
 * Does the NTFS partition hold Windows\System32? Asked only where several
 * qualify. A negative result means that it cannot be told.
 */
typedef int (*volumes_has_windows_fn)(void *ctx, const struct shvm_partition *p,
				      bool *ret, struct shvm_err *err);

/* What a disk looks like from outside its file systems. */
struct volumes_input {
	enum table_kind table;
	const struct shvm_partition *partitions;
	size_t count;
	uint32_t partition; /* this one is the OS volume; 0: find it */
	volumes_has_windows_fn has_windows;
	void *ctx;
	/* Linux: unique GUIDs that lsvmconf names; NULL: by place and type */
	const struct shvm_guid *boot_guid, *root_guid;
};

/* Windows or Linux, by what the partitions hold. */
enum shvm_disk_type volumes_guess_type(const struct volumes_input *in);

/*
 * Rules about table and partitions as findings; nothing is read. Ids: mbr,
 * no-table, no-esp, several-esp, esp-not-fat, no-msr, ldm, storage-spaces,
 * bitlocker, refs (levels and texts in docs/shvm-disk.1).
 */
int volumes_check(const struct volumes_input *in, enum shvm_disk_type type,
		  struct findings *findings, struct shvm_err *err);

/*
 * The volumes of a template. Fails with the rule as reason: mbr, no-table,
 * ldm, bitlocker, refs, no-os-volume, several-os-volumes, no-such-partition,
 * not-ntfs, no-boot-volume, no-root-volume.
 */
int volumes_find(const struct volumes_input *in, enum shvm_disk_type type,
		 struct shvm_volume ret[2], size_t *ret_count,
		 struct shvm_err *err);

#endif
