/* SPDX-License-Identifier: MIT */
/*
 * Decides which partitions are hashed, and says why when one is missing or
 * doubtful. Decides by the partition table and what is known of each partition;
 * more is asked for by callback.
 */
#ifndef SIGNER_VOLUMES_H
#define SIGNER_VOLUMES_H

#include "base/checks.h"

#include <shvm/disk.h>

/*
 * Does the NTFS partition hold Windows\System32? Asked only where several
 * qualify. A negative result means that it cannot be told.
 */
typedef int (*volumes_has_windows_fn)(void *ctx, const struct shvm_partition *p,
				      bool *ret, struct shvm_err *err);

/* The same question about os-release on the partition of a Linux. */
typedef int (*volumes_has_linux_fn)(void *ctx, const struct shvm_partition *p,
				    bool *ret, struct shvm_err *err);

/* What a disk looks like from outside its file systems. */
struct volumes_input {
	enum shvm_table table;
	const struct shvm_partition *partitions;
	size_t count;
	enum shvm_content content; /* of a disk without a table */
	uint32_t partition;	   /* this one is the OS volume; 0: find it */
	volumes_has_windows_fn has_windows; /* NULL: that cannot be told */
	volumes_has_linux_fn has_linux;	    /* the same */
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
		  struct checks *findings, struct shvm_err *err);

/* What is said where a rule has several texts (base/found.h). */
#define NO_TABLE "the disk has no partition table"
#define NO_TABLE_BUT "the disk has no partition table: it {content}"
#define NO_OS_BITLOCKER                                                        \
	"no OS volume: partition {number} is protected by BitLocker already"
#define NO_OS_LDM                                                              \
	"no OS volume: partition {number} makes this a dynamic disk (LDM)"
#define NO_OS_REFS "no OS volume: partition {number} holds ReFS, not NTFS"
#define NO_OS_NTFS                                                             \
	"no OS volume: none of {count} partitions is basic data with NTFS"
#define NO_OS_WINDOWS "no OS volume: no NTFS partition holds Windows\\System32"
#define OS_DOUBTFUL                                                            \
	"partition {number} may hold Windows or not: {reason}; name the OS "   \
	"volume by its number"
#define OS_SEVERAL                                                             \
	"partitions {numbers} hold Windows\\System32; name the OS volume by "  \
	"its number"
#define NO_BOOT_NAMED                                                          \
	"lsvmconf names {guid} as the boot partition, which is not in the GPT"
#define NO_BOOT_PLACED                                                         \
	"no boot and root volume: {count} partitions with LUKS and {count} "   \
	"with another Linux file system where two are expected"
#define NO_ROOT_NAMED                                                          \
	"lsvmconf names {guid} as the root partition, which is not in the GPT"
#define NO_ROOT_OWN "lsvmconf names partition {number} as boot and as root"
#define NO_ROOT_FOUND                                                          \
	"no root volume: none of {count} partitions has the type of one or "   \
	"holds a Linux file system"
#define SEVERAL_ROOTS                                                          \
	"partitions {number} and {number} may both be the root volume "        \
	"({reason}); name it by its number"
#define VOLUME_CUT_OFF "partition {number} ends beyond the end of the disk"

/*
 * The volumes of a template. Fails with the rule as reason: mbr, no-table,
 * ldm, bitlocker, refs, no-os-volume, several-os-volumes, no-such-partition,
 * not-ntfs, no-boot-volume, no-root-volume, several-root-volumes.
 */
int volumes_find(const struct volumes_input *in, enum shvm_disk_type type,
		 struct shvm_volume ret[2], size_t *ret_count,
		 struct shvm_err *err);

#endif
