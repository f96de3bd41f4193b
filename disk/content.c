/* SPDX-License-Identifier: MIT */
/* What the first sectors of a partition say it is. */
#include "disk/partition.h"

#include "base/bytes.h"
#include "base/guid.h"
#include "base/le.h"

#include <string.h>

#define HEAD_SIZE 4096u
#define EXT_SUPERBLOCK_AT 1024u

/* BitLocker To Go, libbde's format notes: the identifier's place. */
#define BITLOCKER_TO_GO_ID_AT 424u

static const struct shvm_guid bitlocker_id =
	GUID_INIT(0x4967d63b, 0x2e29, 0x4ad8, 0x83, 0x99, 0xf6, 0xa3, 0x39,
		  0xe3, 0xd0, 0x01);
/* The same for a drive of which only the used part is encrypted. */
static const struct shvm_guid bitlocker_used_only_id =
	GUID_INIT(0x92a84d3b, 0xdd80, 0x4d0e, 0x9e, 0x4e, 0xb1, 0xe3, 0x28,
		  0x4e, 0xae, 0xd8);

static bool is_bitlocker_id(const uint8_t *p)
{
	const struct shvm_guid id = guid_load(p);

	return guid_equal(&id, &bitlocker_id) ||
	       guid_equal(&id, &bitlocker_used_only_id);
}

/*
 * -FVE-FS- stands where the file system's name was, on fixed drives of all
 * versions; BitLocker To Go keeps a FAT boot sector with the identifier.
 */
static bool is_bitlocker(const uint8_t *h)
{
	if (memcmp(h + 3, "-FVE-FS-", 8) == 0)
		return true;
	return memcmp(h + 3, "MSWIN4.1", 8) == 0 &&
	       is_bitlocker_id(h + BITLOCKER_TO_GO_ID_AT);
}

static bool has_boot_mark(const uint8_t *h)
{
	return h[0x1fe] == 0x55 && h[0x1ff] == 0xaa;
}

/* Bytes a sector and sectors a cluster as every FAT and NTFS has them. */
static bool has_sane_bpb(const uint8_t *h)
{
	const uint16_t sector = le16_get(h + 0x0b);

	return has_boot_mark(h) && sector >= 512 && sector <= 4096 &&
	       (sector & (sector - 1)) == 0 && h[0x0d] != 0;
}

/* [FATGEN] 3: a jump, reserved sectors, one or two FATs, a media byte. */
static bool is_fat(const uint8_t *h)
{
	return has_sane_bpb(h) && (h[0] == 0xeb || h[0] == 0xe9) &&
	       (h[0x0d] & (h[0x0d] - 1)) == 0 && le16_get(h + 0x0e) != 0 &&
	       (h[0x10] == 1 || h[0x10] == 2) && h[0x15] >= 0xf0 &&
	       (memcmp(h + 0x52, "FAT32   ", 8) == 0 ||
		memcmp(h + 0x36, "FAT", 3) == 0);
}

static bool is_ext(const uint8_t *h)
{
	const uint8_t *sb = h + EXT_SUPERBLOCK_AT;

	/* Magic, a block size up to 64 KiB, and at least one inode. */
	return le16_get(sb + 0x38) == 0xef53 && le32_get(sb + 0x18) <= 6 &&
	       le32_get(sb) != 0;
}

static enum shvm_content luks(const uint8_t *h)
{
	if (memcmp(h, "LUKS\xba\xbe\0", 7) != 0)
		return SHVM_CONTENT_UNKNOWN;
	return h[7] == 1   ? SHVM_CONTENT_LUKS1
	       : h[7] == 2 ? SHVM_CONTENT_LUKS2
			   : SHVM_CONTENT_UNKNOWN;
}

int volumes_content(struct source *disk, uint64_t at, uint64_t len,
		    enum shvm_content *ret, struct shvm_err *err)
{
	uint8_t h[HEAD_SIZE] = { 0 };
	int r;

	r = source_read(disk, at, h, len < sizeof(h) ? len : sizeof(h), err);
	if (r < 0)
		return r;

	if (is_bitlocker(h))
		*ret = SHVM_CONTENT_BITLOCKER;
	else if (memcmp(h + 3, "NTFS    ", 8) == 0 && has_sane_bpb(h))
		*ret = SHVM_CONTENT_NTFS;
	else if (memcmp(h + 3, "ReFS\0\0\0\0", 8) == 0 &&
		 memcmp(h + 16, "FSRS", 4) == 0)
		*ret = SHVM_CONTENT_REFS;
	else if (luks(h) != SHVM_CONTENT_UNKNOWN)
		*ret = luks(h);
	else if (is_fat(h))
		*ret = SHVM_CONTENT_FAT;
	else if (is_ext(h))
		*ret = SHVM_CONTENT_EXT;
	else if (bytes_are_zero(h, sizeof(h)))
		*ret = SHVM_CONTENT_EMPTY;
	else
		*ret = SHVM_CONTENT_UNKNOWN;
	return SHVM_OK;
}
