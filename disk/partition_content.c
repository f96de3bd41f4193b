/* SPDX-License-Identifier: MIT */
/* The content of a partition by its first sectors. */
#include "disk/partition.h"

#include "base/bytes.h"
#include "base/guid.h"
#include "base/le.h"

#include <string.h>

#define HEAD_SIZE (256u << 10) /* ZFS has its first label there */
#define EXT_SUPERBLOCK_AT 1024u
#define RUNS_MAX 4096u /* of the allocation; ours */

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
 * -FVE-FS- is where the file system's name was, on fixed drives of all
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

/* Bytes per sector and sectors per cluster as in every FAT and NTFS. */
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

/*
 * Contents with a signature at a fixed place. Sources: the on-disk headers of
 * Linux (fs/btrfs, fs/xfs, include/linux/f2fs_fs.h, include/linux/swap.h,
 * drivers/md), LVM2 (lib/format_text/layout.h), ECMA-119, and the on-disk
 * format of ZFS (the label's checksum, in both byte orders).
 */
static const struct {
	uint32_t at;
	const char *magic;
	uint8_t len;
	enum shvm_content is;
} marks[] = {
	{ 3, "EXFAT   ", 8, SHVM_CONTENT_EXFAT },
	{ 0, "XFSB", 4, SHVM_CONTENT_XFS },
	{ 0, "hsqs", 4, SHVM_CONTENT_SQUASHFS },
	{ 1024, "\x10\x20\xf5\xf2", 4, SHVM_CONTENT_F2FS },
	{ 0x10040, "_BHRfS_M", 8, SHVM_CONTENT_BTRFS },
	{ 0, "\xfc\x4e\x2b\xa9", 4, SHVM_CONTENT_MDRAID },
	{ 4096, "\xfc\x4e\x2b\xa9", 4, SHVM_CONTENT_MDRAID },
	{ 0x8001, "CD001", 5, SHVM_CONTENT_ISO9660 },
	{ 0x1ffd8, "\x11\x7a\x0c\xb1\x7a\xda\x10\x02", 8, SHVM_CONTENT_ZFS },
	{ 0x1ffd8, "\x02\x10\xda\x7a\xb1\x0c\x7a\x11", 8, SHVM_CONTENT_ZFS },
};

static bool is_lvm(const uint8_t *h)
{
	for (size_t sector = 0; sector < 4; sector++)
		if (memcmp(h + 512 * sector, "LABELONE", 8) == 0 &&
		    memcmp(h + 512 * sector + 24, "LVM2 001", 8) == 0)
			return true;
	return false;
}

/* At the end of the first page, for any page size of Linux. */
static bool is_swap(const uint8_t *h)
{
	for (size_t page = 4096; page <= 65536; page *= 2)
		if (memcmp(h + page - 10, "SWAPSPACE2", 10) == 0 ||
		    memcmp(h + page - 10, "SWAP-SPACE", 10) == 0)
			return true;
	return false;
}

static enum shvm_content content_of(const uint8_t *h)
{
	if (is_bitlocker(h))
		return SHVM_CONTENT_BITLOCKER;
	if (memcmp(h + 3, "NTFS    ", 8) == 0 && has_sane_bpb(h))
		return SHVM_CONTENT_NTFS;
	if (memcmp(h + 3, "ReFS\0\0\0\0", 8) == 0 &&
	    memcmp(h + 16, "FSRS", 4) == 0)
		return SHVM_CONTENT_REFS;
	if (luks(h) != SHVM_CONTENT_UNKNOWN)
		return luks(h);
	if (is_fat(h))
		return SHVM_CONTENT_FAT;
	if (is_ext(h))
		return SHVM_CONTENT_EXT;
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (memcmp(h + marks[i].at, marks[i].magic, marks[i].len) == 0)
			return marks[i].is;
	if (is_lvm(h))
		return SHVM_CONTENT_LVM;
	if (is_swap(h))
		return SHVM_CONTENT_SWAP;
	return bytes_are_zero(h, HEAD_SIZE) ? SHVM_CONTENT_ZERO_START
					    : SHVM_CONTENT_UNKNOWN;
}

/*
 * Is nothing stored in [at, end)? From the allocation only: nothing is read. A
 * range in too many pieces counts as stored.
 */
static bool is_unstored(struct source *disk, uint64_t at, uint64_t end)
{
	struct extent run;

	for (unsigned int runs = 0; runs < RUNS_MAX; runs++) {
		at = source_next_data(disk, at, end);
		if (at >= end)
			return true;
		if (source_extent(disk, at, end - at, &run, NULL) < 0 ||
		    run.state == SHVM_EXTENT_DATA || run.len == 0)
			return false;
		at += run.len;
	}
	return false;
}

int partition_content(struct source *disk, uint64_t at, uint64_t len,
		      enum shvm_content *ret, struct shvm_err *err)
{
	AUTOFREE uint8_t *h = calloc(1, HEAD_SIZE);
	const uint64_t head = len < HEAD_SIZE ? len : HEAD_SIZE;
	enum shvm_content content;

	TRY(err_null(err, h, "content"));
	TRY(source_read(disk, at, h, head, err));
	content = content_of(h);
	if (content == SHVM_CONTENT_ZERO_START &&
	    (len == head || is_unstored(disk, at + head, at + len)))
		content = SHVM_CONTENT_BLANK;
	*ret = content;
	return SHVM_OK;
}
