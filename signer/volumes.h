/* SPDX-License-Identifier: MIT */
/*
 * Decides which partitions are hashed, or why one is missing or ambiguous. Uses
 * the partition table and the detected content of each partition; callbacks
 * supply more information.
 */
#ifndef SIGNER_VOLUMES_H
#define SIGNER_VOLUMES_H

#include "base/checks.h"

#include <shvm/disk.h>

/*
 * Does the NTFS partition contain Windows\System32? Called only if several
 * qualify. A negative result means unknown.
 */
typedef int (*volumes_has_windows_fn)(void *ctx, const struct shvm_partition *p,
				      bool *ret, struct shvm_err *err);

/* The same for os-release on a Linux partition. */
typedef int (*volumes_has_linux_fn)(void *ctx, const struct shvm_partition *p,
				    bool *ret, struct shvm_err *err);

/* The known properties of a disk, without its file systems. */
struct volumes_input {
	enum shvm_table table;
	const struct shvm_partition *partitions;
	size_t count;
	enum shvm_content content; /* for a disk without a table */
	uint32_t partition;	   /* number of the OS volume; 0: find it */
	volumes_has_windows_fn has_windows; /* NULL: unknown */
	volumes_has_linux_fn has_linux;	    /* the same */
	void *ctx;
	/* Linux: unique GUIDs from lsvmconf; NULL: by position and type */
	const struct shvm_guid *boot_guid, *root_guid;
};

/* Windows or Linux, by the content of the partitions. */
enum shvm_disk_type volumes_guess_type(const struct volumes_input *in);

/*
 * Rules about table and partitions as findings; nothing is read. Ids: mbr,
 * no-table, no-esp, several-esp, esp-not-fat, no-msr, ldm, storage-spaces,
 * bitlocker, refs (levels and texts in docs/shvm-disk.1).
 */
int volumes_check(const struct volumes_input *in, enum shvm_disk_type type,
		  struct checks *findings, struct shvm_err *err);

/* The texts of rules that have several (base/found.h). */
#define NO_TABLE "the disk has no partition table"
#define NO_TABLE_BUT "the disk has no partition table: it {content}"
#define NO_OS_BITLOCKER                                                        \
	"no OS volume: partition {number} is protected by BitLocker already"
#define NO_OS_LDM                                                              \
	"no OS volume: partition {number} makes this a dynamic disk (LDM)"
#define NO_OS_REFS "no OS volume: partition {number} contains ReFS, not NTFS"
#define NO_OS_NTFS                                                             \
	"no OS volume: none of {count} partitions is basic data with NTFS"
#define NO_OS_WINDOWS                                                          \
	"no OS volume: no NTFS partition contains Windows\\System32"
#define OS_DOUBTFUL                                                             \
	"it is unknown whether partition {number} contains Windows: {reason}; " \
	"choose the OS volume by its number"
#define OS_SEVERAL                                                              \
	"partitions {numbers} contain Windows\\System32; choose the OS volume " \
	"by its number"
#define NO_BOOT_NAMED                                                          \
	"lsvmconf names {guid} as the boot partition, which is not in the GPT"
#define NO_BOOT_PLACED                                                         \
	"no boot and root volume: {count} partitions with LUKS and {count} "   \
	"with another Linux file system where two are expected"
#define NO_ROOT_NAMED                                                          \
	"lsvmconf names {guid} as the root partition, which is not in the GPT"
#define NO_ROOT_OWN "lsvmconf names partition {number} as boot and as root"
#define NO_ROOT_FOUND                                                          \
	"no root volume: none of {count} partitions has a root type or "       \
	"contains a Linux file system"
#define SEVERAL_ROOTS                                                          \
	"partitions {number} and {number} may both be the root volume "        \
	"({reason}); choose it by its number"
#define VOLUME_CUT_OFF "partition {number} ends beyond the end of the disk"

/*
 * Finds the volumes of a template. Fails with the rule as reason: mbr, no-table,
 * ldm, bitlocker, refs, no-os-volume, several-os-volumes, no-such-partition,
 * not-ntfs, no-boot-volume, no-root-volume, several-root-volumes.
 */
int volumes_find(const struct volumes_input *in, enum shvm_disk_type type,
		 struct shvm_volume ret[2], size_t *ret_count,
		 struct shvm_err *err);

#endif
