/* SPDX-License-Identifier: MIT */
/* The bytes of a GPT and of the MBR before it, as they are on a disk. */
#ifndef DISK_GPT_DISK_H
#define DISK_GPT_DISK_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define GPT_SIGNATURE "EFI PART"
#define GPT_REVISION_1_0 0x00010000u

/* Byte arrays only: no padding, no alignment, no host order. */
struct gpt_header_disk {
	uint8_t signature[8];	     /* +0x00 "EFI PART" */
	uint8_t revision[4];	     /* +0x08 */
	uint8_t header_size[4];	     /* +0x0c 92 up to the sector size */
	uint8_t header_crc32[4];     /* +0x10 taken with this field zero */
	uint8_t reserved[4];	     /* +0x14 */
	uint8_t my_lba[8];	     /* +0x18 */
	uint8_t alternate_lba[8];    /* +0x20 */
	uint8_t first_usable_lba[8]; /* +0x28 */
	uint8_t last_usable_lba[8];  /* +0x30 */
	uint8_t disk_guid[16];	     /* +0x38 */
	uint8_t entries_lba[8];	     /* +0x48 */
	uint8_t entry_count[4];	     /* +0x50 */
	uint8_t entry_size[4];	     /* +0x54 */
	uint8_t entries_crc32[4];    /* +0x58 */
};
static_assert(sizeof(struct gpt_header_disk) == 92, "UEFI 2.10, 5.3.2");

struct gpt_entry_disk {
	uint8_t type_guid[16]; /* +0x00 zeros: not used */
	uint8_t guid[16];      /* +0x10 */
	uint8_t first_lba[8];  /* +0x20 */
	uint8_t last_lba[8];   /* +0x28 inclusive */
	uint8_t attributes[8]; /* +0x30 */
	uint8_t name[72];      /* +0x38 UTF-16LE */
};
static_assert(sizeof(struct gpt_entry_disk) == 128, "UEFI 2.10, table 5-5");

/* A classic partition record, four of them at +0x1be of LBA 0. */
struct mbr_record_disk {
	uint8_t boot_indicator; /* +0x0 0x00 or 0x80 */
	uint8_t start_chs[3];
	uint8_t os_type; /* +0x4 0xee: protective */
	uint8_t end_chs[3];
	uint8_t start_lba[4]; /* +0x8 */
	uint8_t sectors[4];   /* +0xc */
};
static_assert(sizeof(struct mbr_record_disk) == 16, "UEFI 2.10, 5.2.1");

#define MBR_RECORDS_AT 0x1be
#define MBR_SIGNATURE_AT 0x1fe
#define MBR_SIGNATURE 0xaa55
#define MBR_PROTECTIVE 0xee

uint32_t gpt_crc(const uint8_t *buf, size_t len);
/* CRC of a header of size bytes, the field of the CRC taken as zero. */
uint32_t gpt_header_crc(const uint8_t *buf, uint32_t size);

#endif
