/* SPDX-License-Identifier: MIT */
/*
 * The layout of a VHDX file: constants and on-disk structures of [MS-VHDX] 8.0,
 * whose section numbers are given. Little-endian throughout.
 */
#ifndef VHDX_FORMAT_H
#define VHDX_FORMAT_H

#include "base/guid.h"

#include <assert.h>
#include <stdint.h>

#define VHDX_KIB UINT64_C(0x400)
#define VHDX_MIB UINT64_C(0x100000)
#define VHDX_TIB (UINT64_C(1) << 40)

/* 2.2: the header section fills the first MiB. */
#define VHDX_HEADER1_AT (64 * VHDX_KIB)
#define VHDX_HEADER2_AT (128 * VHDX_KIB)
#define VHDX_REGIONS1_AT (192 * VHDX_KIB)
#define VHDX_REGIONS2_AT (256 * VHDX_KIB)
#define VHDX_BODY_AT VHDX_MIB

#define VHDX_FILE_MAX (256 * VHDX_TIB) /* our limit and openvmm's: 2^28 MiB */
#define VHDX_DISK_MAX (64 * VHDX_TIB)  /* 2.6.2.2 */
#define VHDX_BLOCK_MIN VHDX_MIB	       /* 2.6.2.1 */
#define VHDX_BLOCK_MAX (256 * VHDX_MIB)

enum {
	VHDX_HEADER_SIZE = 4096,
	VHDX_TABLE_SIZE = 65536, /* a region table; the metadata table */
	VHDX_CREATOR_SIZE = 512,
	VHDX_REGION_COUNT_MAX = 2047,
	VHDX_ITEM_COUNT_MAX = 2047,
	VHDX_USER_ITEM_COUNT_MAX = 1024,
	VHDX_ITEM_SIZE_MAX = 1 << 20,
	VHDX_LOG_SECTOR = 4096,
};

/* 2.2.1, at 0. */
struct vhdx_file_id_disk {
	uint8_t signature[8]; /* +0 "vhdxfile" */
	uint8_t creator[512]; /* +8 UTF-16LE, diagnostic, may be cut */
};
static_assert(sizeof(struct vhdx_file_id_disk) == 520, "2.2.1");

/* 2.2.2, at 64 and 128 KiB; the CRC covers 4096 bytes. */
struct vhdx_header_disk {
	uint8_t signature[4];	/* +0 "head" */
	uint8_t crc[4];		/* +4 taken with this field zero */
	uint8_t sequence[8];	/* +8 */
	uint8_t file_write[16]; /* +16 FileWriteGuid */
	uint8_t data_write[16]; /* +32 DataWriteGuid */
	uint8_t log_guid[16];	/* +48 zero: no log to replay */
	uint8_t log_version[2]; /* +64 0 */
	uint8_t version[2];	/* +66 1 */
	uint8_t log_length[4];	/* +68 */
	uint8_t log_offset[8];	/* +72 */
	uint8_t reserved[4016]; /* +80 */
};
static_assert(sizeof(struct vhdx_header_disk) == 4096, "2.2.2");

/* 2.2.3, at 192 and 256 KiB; the CRC covers 65536 bytes. */
struct vhdx_region_table_disk {
	uint8_t signature[4]; /* +0 "regi" */
	uint8_t crc[4];	      /* +4 taken with this field zero */
	uint8_t count[4];     /* +8 */
	uint8_t reserved[4];  /* +12 */
};
static_assert(sizeof(struct vhdx_region_table_disk) == 16, "2.2.3.1");

struct vhdx_region_entry_disk {
	uint8_t guid[16];  /* +0 */
	uint8_t offset[8]; /* +16 MiB multiple */
	uint8_t length[4]; /* +24 MiB multiple */
	uint8_t flags[4];  /* +28 bit 0: required */
};
static_assert(sizeof(struct vhdx_region_entry_disk) == 32, "2.2.3.2");

#define VHDX_REGION_BAT                                                        \
	GUID_INIT(0x2DC27766, 0xF623, 0x4200, 0x9D, 0x64, 0x11, 0x5E, 0x9B,    \
		  0xFD, 0x4A, 0x08)
#define VHDX_REGION_METADATA                                                   \
	GUID_INIT(0x8B7CA206, 0x4790, 0x4B9A, 0xB8, 0xFE, 0x57, 0x5F, 0x05,    \
		  0x0F, 0x88, 0x6E)

/* 2.6.1: the metadata table, first 64 KiB of the metadata region. */
struct vhdx_item_table_disk {
	uint8_t signature[8];  /* +0 "metadata" */
	uint8_t reserved[2];   /* +8 */
	uint8_t count[2];      /* +10 */
	uint8_t reserved2[20]; /* +12 */
};
static_assert(sizeof(struct vhdx_item_table_disk) == 32, "2.6.1.1");

struct vhdx_item_entry_disk {
	uint8_t guid[16];    /* +0 */
	uint8_t offset[4];   /* +16 from the start of the region */
	uint8_t length[4];   /* +20 */
	uint8_t flags[4];    /* +24 */
	uint8_t reserved[4]; /* +28 */
};
static_assert(sizeof(struct vhdx_item_entry_disk) == 32, "2.6.1.2");

enum vhdx_item_flags {
	VHDX_ITEM_USER = 1,
	VHDX_ITEM_VIRTUAL_DISK = 2,
	VHDX_ITEM_REQUIRED = 4,
	VHDX_ITEM_FLAGS = 7, /* the rest is reserved */
};

enum vhdx_file_parameters {
	VHDX_LEAVE_ALLOCATED = 1,
	VHDX_HAS_PARENT = 2
};

/* 2.6.2 */
#define VHDX_ITEM_FILE_PARAMETERS                                              \
	GUID_INIT(0xCAA16737, 0xFA36, 0x4D43, 0xB3, 0xB6, 0x33, 0xF0, 0xAA,    \
		  0x44, 0xE7, 0x6B)
#define VHDX_ITEM_DISK_SIZE                                                    \
	GUID_INIT(0x2FA54224, 0xCD1B, 0x4876, 0xB2, 0x11, 0x5D, 0xBE, 0xD8,    \
		  0x3B, 0xF4, 0xB8)
#define VHDX_ITEM_DISK_ID                                                      \
	GUID_INIT(0xBECA12AB, 0xB2E6, 0x4523, 0x93, 0xEF, 0xC3, 0x09, 0xE0,    \
		  0x00, 0xC7, 0x46)
#define VHDX_ITEM_LOGICAL_SECTOR                                               \
	GUID_INIT(0x8141BF1D, 0xA96F, 0x4709, 0xBA, 0x47, 0xF2, 0x33, 0xA8,    \
		  0xFA, 0xAB, 0x5F)
#define VHDX_ITEM_PHYSICAL_SECTOR                                              \
	GUID_INIT(0xCDA348C7, 0x445D, 0x4471, 0x9C, 0xC9, 0xE9, 0x88, 0x52,    \
		  0x51, 0xC5, 0x56)
#define VHDX_ITEM_PARENT_LOCATOR                                               \
	GUID_INIT(0xA8D35F2D, 0xB30B, 0x454D, 0xAB, 0xF7, 0xD3, 0xD8, 0x48,    \
		  0x34, 0xAB, 0x0C)
/* Not in [MS-VHDX]; from Microsoft's openvmm, vhdx/src/format.rs. */
#define VHDX_ITEM_CHS                                                          \
	GUID_INIT(0xDA02D7BC, 0x3D3A, 0x423C, 0xAC, 0x88, 0x2A, 0x36, 0xAB,    \
		  0x21, 0x47, 0x9B)
#define VHDX_ITEM_PMEM_LABEL                                                   \
	GUID_INIT(0x10E1AE8A, 0x4B7E, 0x4169, 0xA4, 0x0F, 0xCD, 0x70, 0xDE,    \
		  0x92, 0x83, 0x93)
#define VHDX_ITEM_INCOMPLETE                                                   \
	GUID_INIT(0x71CC85F0, 0x1B69, 0x4E28, 0x95, 0x58, 0xC3, 0xBF, 0x83,    \
		  0xAE, 0x75, 0xD3)

/* 2.6.2.6: the parent locator. */
struct vhdx_locator_disk {
	uint8_t type[16];    /* +0 */
	uint8_t reserved[2]; /* +16 */
	uint8_t count[2];    /* +18 */
};
static_assert(sizeof(struct vhdx_locator_disk) == 20, "2.6.2.6.1");

struct vhdx_locator_entry_disk {
	uint8_t key_offset[4];	 /* +0 from the start of the item */
	uint8_t value_offset[4]; /* +4 */
	uint8_t key_length[2];	 /* +8 bytes */
	uint8_t value_length[2]; /* +10 bytes */
};
static_assert(sizeof(struct vhdx_locator_entry_disk) == 12, "2.6.2.6.2");

#define VHDX_LOCATOR_TYPE                                                      \
	GUID_INIT(0xB04AEFB7, 0xD19E, 0x4A81, 0xB7, 0x89, 0x25, 0xB8, 0xE9,    \
		  0x44, 0x59, 0x13)

/* 2.3.1: a log entry; 126 descriptors follow in its first sector. */
struct vhdx_log_entry_disk {
	uint8_t signature[4];	 /* +0 "loge" */
	uint8_t crc[4];		 /* +4 over the entry, this field zero */
	uint8_t length[4];	 /* +8 bytes, 4 KiB multiple */
	uint8_t tail[4];	 /* +12 offset in the log */
	uint8_t sequence[8];	 /* +16 */
	uint8_t descriptors[4];	 /* +24 count */
	uint8_t reserved[4];	 /* +28 */
	uint8_t log_guid[16];	 /* +32 */
	uint8_t flushed_size[8]; /* +48 FlushedFileOffset */
	uint8_t last_size[8];	 /* +56 LastFileOffset */
};
static_assert(sizeof(struct vhdx_log_entry_disk) == 64, "2.3.1.1");

/* 2.3.1.2 and 2.3.1.3 share their shape. */
struct vhdx_log_descriptor_disk {
	uint8_t signature[4]; /* +0 "zero" or "desc" */
	uint8_t trailing[4];  /* +4 desc: last 4 bytes; zero: reserved */
	uint8_t leading[8];   /* +8 desc: first 8 bytes; zero: length */
	uint8_t offset[8];    /* +16 in the file */
	uint8_t sequence[8];  /* +24 */
};
static_assert(sizeof(struct vhdx_log_descriptor_disk) == 32, "2.3.1.2");

struct vhdx_log_data_disk {
	uint8_t signature[4];	  /* +0 "data" */
	uint8_t sequence_high[4]; /* +4 */
	uint8_t bytes[4084];	  /* +8 the file's bytes 8 to 4091 */
	uint8_t sequence_low[4];  /* +4092 */
};
static_assert(sizeof(struct vhdx_log_data_disk) == 4096, "2.3.1.4");

/* 2.5.1: a BAT entry is 8 bytes: state in bits 0-2, MiB offset from bit 20. */
#define VHDX_BAT_STATE UINT64_C(0x7)
#define VHDX_BAT_RESERVED UINT64_C(0xffff8)
#define VHDX_BAT_OFFSET (~UINT64_C(0xfffff)) /* the byte offset, not shifted */

enum vhdx_block_state {
	VHDX_NOT_PRESENT = 0,
	VHDX_UNDEFINED = 1,
	VHDX_ZERO = 2,
	VHDX_UNMAPPED = 3,
	VHDX_FULLY_PRESENT = 6,
	VHDX_PARTIALLY_PRESENT = 7,
};

#endif
