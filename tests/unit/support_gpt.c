/* SPDX-License-Identifier: MIT */
/* Disks with a GPT in memory, for tests: build, damage, seal again. */
#include "tests/unit/support_gpt.h"

#include "base/guid.h"
#include "base/le.h"
#include "tests/unit/support.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define ENTRIES 128u
#define ENTRY_SIZE 128u
#define TABLE_SIZE (ENTRIES * ENTRY_SIZE)

const struct shvm_guid type_esp =
	GUID_INIT(0xc12a7328, 0xf81f, 0x11d2, 0xba, 0x4b, 0x00, 0xa0, 0xc9,
		  0x3e, 0xc9, 0x3b);
const struct shvm_guid type_msr =
	GUID_INIT(0xe3c9e316, 0x0b5c, 0x4db8, 0x81, 0x7d, 0xf9, 0x2d, 0xf0,
		  0x02, 0x15, 0xae);
const struct shvm_guid type_basic =
	GUID_INIT(0xebd0a0a2, 0xb9e5, 0x4433, 0x87, 0xc0, 0x68, 0xb6, 0xb7,
		  0x26, 0x99, 0xc7);
const struct shvm_guid type_linux =
	GUID_INIT(0x0fc63daf, 0x8483, 0x4772, 0x8e, 0x79, 0x3d, 0x69, 0xd8,
		  0x47, 0x7d, 0xe4);
const struct shvm_guid type_ldm_data =
	GUID_INIT(0xaf9b60a0, 0x1431, 0x4f62, 0xbc, 0x68, 0x33, 0x11, 0x71,
		  0x4a, 0x69, 0xad);
const struct shvm_guid type_spaces =
	GUID_INIT(0xe75caf8f, 0xf680, 0x4cee, 0xaf, 0xa3, 0xb0, 0x01, 0xe5,
		  0x6e, 0xfc, 0x2d);

static uint64_t table_sectors(const struct disk_image *d)
{
	return TABLE_SIZE / d->ss;
}

uint8_t *disk_image_sector(struct disk_image *d, uint64_t lba)
{
	assert(lba < d->sectors);
	return d->data + lba * d->ss;
}

uint8_t *disk_image_header(struct disk_image *d, bool backup)
{
	return disk_image_sector(d, backup ? d->sectors - 1 : 1);
}

uint8_t *disk_image_table(struct disk_image *d, bool backup)
{
	const uint8_t *h = disk_image_header(d, backup);

	return disk_image_sector(d, le64_get(h + 0x48));
}

void disk_image_seal_header(struct disk_image *d, bool backup)
{
	uint8_t *h = disk_image_header(d, backup);
	const uint32_t size = le32_get(h + 0x0c);

	le32_put(h + 0x10, 0);
	le32_put(h + 0x10, (uint32_t)crc32(0, h, size <= d->ss ? size : 92));
}

void disk_image_seal(struct disk_image *d, bool backup)
{
	uint8_t *h = disk_image_header(d, backup);
	const uint32_t len = le32_get(h + 0x50) * le32_get(h + 0x54);

	le32_put(h + 0x58,
		 (uint32_t)crc32(0, disk_image_table(d, backup), len));
	disk_image_seal_header(d, backup);
}

void disk_image_seal_both(struct disk_image *d)
{
	disk_image_seal(d, false);
	disk_image_seal(d, true);
}

static void header_put(struct disk_image *d, bool backup)
{
	const uint64_t last = d->sectors - 1, table = table_sectors(d);
	uint8_t *h = disk_image_header(d, backup);

	memcpy(h, "EFI PART\0\0\1\0", 12);
	le32_put(h + 0x0c, 92);
	le64_put(h + 0x18, backup ? last : 1);
	le64_put(h + 0x20, backup ? 1 : last);
	le64_put(h + 0x28, 2 + table);
	le64_put(h + 0x30, last - table - 1);
	memset(h + 0x38, 0xdd, 16);
	le64_put(h + 0x48, backup ? last - table : 2);
	le32_put(h + 0x50, ENTRIES);
	le32_put(h + 0x54, ENTRY_SIZE);
}

struct disk_image disk_image_new(uint32_t ss, uint64_t sectors)
{
	struct disk_image d = { .ss = ss, .sectors = sectors };

	d.len = sectors * ss;
	d.data = calloc(1, d.len);
	assert_non_null(d.data);
	d.data[0x1be + 4] = 0xee;
	le32_put(d.data + 0x1be + 8, 1);
	le32_put(d.data + 0x1be + 12, (uint32_t)(sectors - 1));
	le16_put(d.data + 0x1fe, 0xaa55);
	header_put(&d, false);
	header_put(&d, true);
	disk_image_seal_both(&d);
	return d;
}

void disk_image_free(struct disk_image *d)
{
	free(d->data);
	d->data = NULL;
}

void disk_image_put(struct disk_image *d, uint32_t number,
		    const struct shvm_guid *type, uint64_t first, uint64_t last,
		    const char *name)
{
	for (int backup = 0; backup < 2; backup++) {
		uint8_t *e = disk_image_table(d, backup) +
			     (size_t)(number - 1) * ENTRY_SIZE;

		memset(e, 0, ENTRY_SIZE);
		memcpy(e, type->bytes, 16);
		memset(e + 0x10, (int)number, 16);
		le64_put(e + 0x20, first);
		le64_put(e + 0x28, last);
		for (size_t i = 0; name[i] && i < 36; i++)
			e[0x38 + 2 * i] = (uint8_t)name[i];
	}
	disk_image_seal_both(d);
}

static void bpb_put(uint8_t *s, const char *oem)
{
	memcpy(s, "\xeb\x58\x90", 3);
	memcpy(s + 3, oem, 8);
	le16_put(s + 0x0b, 512);
	s[0x0d] = 8;
	le16_put(s + 0x0e, 32);
	s[0x10] = 2;
	s[0x15] = 0xf8;
	le16_put(s + 0x1fe, 0xaa55);
}

void disk_image_boot(struct disk_image *d, uint64_t lba, const char *kind)
{
	static const uint8_t to_go[16] = { 0x3b, 0xd6, 0x67, 0x49, 0x29, 0x2e,
					   0xd8, 0x4a, 0x83, 0x99, 0xf6, 0xa3,
					   0x39, 0xe3, 0xd0, 0x01 };
	static const uint8_t used[16] = { 0x3b, 0x4d, 0xa8, 0x92, 0x80, 0xdd,
					  0x0e, 0x4d, 0x9e, 0x4e, 0xb1, 0xe3,
					  0x28, 0x4e, 0xae, 0xd8 };
	uint8_t *s = disk_image_sector(d, lba);

	memset(s, 0, 4096);
	if (strcmp(kind, "ntfs") == 0) {
		bpb_put(s, "NTFS    ");
	} else if (strcmp(kind, "fat") == 0) {
		bpb_put(s, "mkfs.fat");
		memcpy(s + 0x52, "FAT32   ", 8);
	} else if (strcmp(kind, "fat16") == 0) {
		bpb_put(s, "mkfs.fat");
		memcpy(s + 0x36, "FAT16   ", 8);
	} else if (strcmp(kind, "refs") == 0) {
		memcpy(s + 3, "ReFS", 4);
		memcpy(s + 16, "FSRS", 4);
	} else if (strcmp(kind, "bitlocker") == 0) {
		bpb_put(s, "-FVE-FS-");
	} else if (strncmp(kind, "bitlocker-to-go", 15) == 0) {
		bpb_put(s, "MSWIN4.1");
		memcpy(s + 0x52, "FAT32   ", 8);
		memcpy(s + 424, kind[15] ? used : to_go, 16);
	} else if (strcmp(kind, "luks1") == 0) {
		memcpy(s, "LUKS\xba\xbe\0\1", 8);
	} else if (strcmp(kind, "luks2") == 0) {
		memcpy(s, "LUKS\xba\xbe\0\2", 8);
	} else {
		assert(strcmp(kind, "ext") == 0);
		le32_put(s + 1024, 100);
		le16_put(s + 1024 + 0x38, 0xef53);
	}
}
