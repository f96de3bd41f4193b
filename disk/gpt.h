/* SPDX-License-Identifier: MIT */
/* Decodes and checks GPT headers and entries, primary and backup. */
#ifndef DISK_GPT_H
#define DISK_GPT_H

#include "base/checks.h"
#include "base/found.h"
#include "source/source.h"

#include <shvm/disk.h>

/* Native values of a header whose every field was checked. */
struct gpt_header {
	struct shvm_guid disk_guid;
	uint64_t my_lba, alternate_lba;
	uint64_t first_usable_lba, last_usable_lba;
	uint64_t entries_lba;
	uint32_t entry_count, entry_size, entries_crc32;
};

struct gpt_entry {
	uint32_t number; /* 1-based place in the table, as sgdisk counts */
	struct shvm_guid type_guid, guid;
	uint64_t first_lba, last_lba; /* last_lba is the last sector itself */
	uint64_t offset, size;	      /* bytes */
	uint64_t attributes;
	char name[36 * 3 + 1]; /* UTF-8 */
};

struct gpt {
	struct gpt_header header;
	struct gpt_entry *entries; /* used ones, by number */
	size_t count;
};

enum {
	GPT_ENTRY_SIZE_MIN = 128,   /* UEFI 2.10, table 5-5 */
	GPT_ENTRY_SIZE_MAX = 4096,  /* our limit; UEFI sets no upper bound */
	GPT_ENTRY_COUNT_MAX = 1024, /* our limit; every tool that we know
				       writes 128 */
};

/*
 * Decode the header in the sector at lba. len is the sector size, sectors the
 * size of the disk in sectors.
 */
int gpt_header_decode(const uint8_t *buf, size_t len, uint64_t lba,
		      uint64_t sectors, struct gpt_header *ret,
		      struct shvm_err *err);

/*
 * Decode the table that belongs to the header: h->entry_count entries of
 * h->entry_size bytes in buf, whose CRC was compared. The used ones lie in the
 * usable range, do not overlap, and their GUIDs are unique.
 */
int gpt_entries_decode(const uint8_t *buf, const struct gpt_header *h,
		       uint32_t sector_size, struct gpt_entry **ret,
		       size_t *ret_count, struct shvm_err *err);

/* Add a finding for each partition that ends beyond the end of the disk. */
int gpt_check_end(const struct source *disk, const struct gpt *gpt,
		  struct checks *f, struct shvm_err *err);

/* Ids and levels of the findings, for checks_add() and the readiness rules. */
#define GPT_RULE_NO_MBR "gpt-no-protective-mbr", SHVM_LEVEL_ERROR
#define GPT_RULE_HYBRID "gpt-hybrid-mbr", SHVM_LEVEL_ERROR
#define GPT_RULE_MBR_SIZE "gpt-protective-size", SHVM_LEVEL_WARNING
#define GPT_RULE_BACKUP_BAD "gpt-backup-damaged", SHVM_LEVEL_WARNING
#define GPT_RULE_BACKUP_PLACE "gpt-backup-place", SHVM_LEVEL_WARNING
#define GPT_RULE_CUT_OFF "gpt-cut-off", SHVM_LEVEL_ERROR
#define GPT_RULE_PRIMARY_BAD "gpt-primary-damaged", SHVM_LEVEL_ERROR
#define GPT_RULE_HIDDEN "gpt-hidden", SHVM_LEVEL_ERROR

/* Texts of the findings (base/found.h). */
#define GPT_NO_MBR "LBA 0 contains no protective MBR"
#define GPT_MBR_START "the protective MBR starts at LBA {lba}, not 1"
#define GPT_MBR_SIZE "the protective MBR covers {count} sectors, not {count}"
#define GPT_HYBRID                                                             \
	"LBA 0 contains a hybrid MBR: {count} protective and {count} other "   \
	"partitions"
#define GPT_UNCLEAR                                                            \
	"LBA 0 contains bytes in {count} records besides the protective one "  \
	"that are neither zeros nor a partition"
#define GPT_HIDDEN "an MBR with {count} partitions hides a GPT"
#define GPT_PRIMARY_BAD                                                        \
	"the primary copy is not valid, the backup is used: {reason}"
#define GPT_BACKUP_BAD "the backup copy is not valid: {reason}"
#define GPT_BACKUP_PLACE                                                       \
	"the backup copy is at LBA {lba}, the disk ends at LBA {lba}"
#define GPT_CUT_OFF                                                            \
	"the GPT is of a disk of {size} bytes, but the disk has {size}: "      \
	"{size} bytes are missing at its end, and the backup copy with them"
#define GPT_CUT_PARTITION                                                      \
	"partition {number} ends at byte {offset}, {size} beyond the end of "  \
	"the disk"

/*
 * Read the partition table of a disk. *kind is what was found; ret is filled
 * for SHVM_TABLE_GPT. A table of which one copy is damaged is used, with a
 * finding; two valid copies that differ are an error (two readers could see two
 * disks). On a truncated disk partitions may be beyond its end ("gpt-cut-off").
 */
int gpt_read(struct source *disk, enum shvm_table *kind, struct gpt *ret,
	     struct checks *findings, struct shvm_err *err);
void gpt_done(struct gpt *gpt);

#endif
