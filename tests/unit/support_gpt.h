/* SPDX-License-Identifier: MIT */
/* Disks with a GPT in memory, for tests: build, damage, seal again. */
#ifndef TESTS_SUPPORT_GPT_H
#define TESTS_SUPPORT_GPT_H

#include "disk/gpt_encode.h"
#include "source/source.h"

#include <shvm/types.h>

struct disk_image {
	uint8_t *data;
	size_t len;
	uint32_t ss;	  /* bytes a sector */
	uint64_t sectors; /* of the disk */
};

extern const struct shvm_guid type_esp, type_msr, type_basic, type_linux,
	type_ldm_data, type_spaces;

/* What the table says that was read from a disk; it must outlive them. Fuzz
 * targets, which have no cmocka, need it, too. */
static inline struct gpt_values gpt_values_of(const struct source *disk,
					      const struct gpt *gpt)
{
	return (struct gpt_values){
		.sector_size = disk->sector_size,
		.sectors = disk->size / disk->sector_size,
		.disk_guid = gpt->header.disk_guid,
		.first_usable_lba = gpt->header.first_usable_lba,
		.last_usable_lba = gpt->header.last_usable_lba,
		.entry_count = gpt->header.entry_count,
		.entries = gpt->entries,
		.count = gpt->count,
	};
}

/*
 * A disk with a protective MBR and an empty table of 128 entries, sealed:
 * table at LBA 2, backup table right before the backup header at the end.
 */
struct disk_image disk_image_new(uint32_t ss, uint64_t sectors);
void disk_image_free(struct disk_image *d);

/* Put entry number (from 1) in both tables. Its GUID is number repeated. */
void disk_image_put(struct disk_image *d, uint32_t number,
		    const struct shvm_guid *type, uint64_t first, uint64_t last,
		    const char *name);

uint8_t *disk_image_sector(struct disk_image *d, uint64_t lba);
/* The header of the primary (false) or backup copy, and its table. */
uint8_t *disk_image_header(struct disk_image *d, bool backup);
uint8_t *disk_image_table(struct disk_image *d, bool backup);

/* Make the CRCs of one copy right again; of its header only. */
void disk_image_seal_header(struct disk_image *d, bool backup);
void disk_image_seal(struct disk_image *d, bool backup);
void disk_image_seal_both(struct disk_image *d);

/* A boot sector of this kind at lba: "ntfs", "fat", "refs", "bitlocker",
 * "bitlocker-to-go[-used]", "luks1", "luks2", "ext". */
void disk_image_boot(struct disk_image *d, uint64_t lba, const char *kind);

#endif
