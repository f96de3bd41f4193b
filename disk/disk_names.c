/* SPDX-License-Identifier: MIT */
/* Stable names as used in JSON and in catalogs. */
#include "disk/disk.h"

#include "base/auto.h"
#include "base/err.h"
#include "disk/partition.h"

#include <string.h>

const char *shvm_table_name(enum shvm_table table)
{
	switch (table) {
	case SHVM_TABLE_NONE:
		return "none";
	case SHVM_TABLE_MBR:
		return "mbr";
	case SHVM_TABLE_GPT:
		return "gpt";
	}
	return "unknown";
}

const char *shvm_content_name(enum shvm_content content)
{
	switch (content) {
	case SHVM_CONTENT_UNKNOWN:
		return "unknown";
	case SHVM_CONTENT_NTFS:
		return "ntfs";
	case SHVM_CONTENT_FAT:
		return "fat";
	case SHVM_CONTENT_REFS:
		return "refs";
	case SHVM_CONTENT_BITLOCKER:
		return "bitlocker";
	case SHVM_CONTENT_LUKS1:
		return "luks1";
	case SHVM_CONTENT_LUKS2:
		return "luks2";
	case SHVM_CONTENT_EXT:
		return "ext";
	case SHVM_CONTENT_BLANK:
		return "blank";
	case SHVM_CONTENT_BTRFS:
		return "btrfs";
	case SHVM_CONTENT_XFS:
		return "xfs";
	case SHVM_CONTENT_F2FS:
		return "f2fs";
	case SHVM_CONTENT_EXFAT:
		return "exfat";
	case SHVM_CONTENT_ISO9660:
		return "iso9660";
	case SHVM_CONTENT_SQUASHFS:
		return "squashfs";
	case SHVM_CONTENT_LVM:
		return "lvm";
	case SHVM_CONTENT_MDRAID:
		return "mdraid";
	case SHVM_CONTENT_ZFS:
		return "zfs";
	case SHVM_CONTENT_SWAP:
		return "swap";
	case SHVM_CONTENT_ZERO_START:
		return "zero-start";
	}
	return "unknown";
}

const char *const role_words[] = {
	[SHVM_ROLE_OS] = "OS",
	[SHVM_ROLE_BOOT] = "Boot",
	[SHVM_ROLE_ROOT] = "Root",
	[SHVM_ROLE_ESP] = "ESP",
	[SHVM_ROLE_RECOVERY] = "Recovery",
	[SHVM_ROLE_RESERVED] = "Reserved",
	[SHVM_ROLE_DATA] = "Data",
};
const char *const disk_type_words[] = {
	[SHVM_DISK_WINDOWS] = "MicrosoftWindows",
	[SHVM_DISK_PREPROCESSED_LINUX] = "PreprocessedLinux",
	[SHVM_DISK_LINUX] = "Linux",
};
const char *const coverage_words[] = {
	[SHVM_COVERAGE_DISK] = "disk",
	[SHVM_COVERAGE_OS] = "os",
};

static const char *word_of(const char *const *words, size_t count, size_t i)
{
	return i < count ? words[i] : "unknown";
}

const char *shvm_role_name(enum shvm_role role)
{
	return word_of(role_words, ARRAY_SIZE(role_words), (size_t)role);
}

const char *shvm_disk_type_name(enum shvm_disk_type type)
{
	return word_of(disk_type_words, ARRAY_SIZE(disk_type_words),
		       (size_t)type);
}

const char *shvm_coverage_name(enum shvm_coverage coverage)
{
	return word_of(coverage_words, ARRAY_SIZE(coverage_words),
		       (size_t)coverage);
}

int shvm_coverage_parse(const char *text, enum shvm_coverage *ret,
			struct shvm_err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(coverage_words); i++)
		if (strcmp(text, coverage_words[i]) == 0) {
			*ret = (enum shvm_coverage)i;
			return SHVM_OK;
		}
	return err_set(err, SHVM_E_ARG,
		       "coverage \"%s\" is neither disk nor os", text);
}

const char *shvm_extent_name(enum shvm_extent_state state)
{
	switch (state) {
	case SHVM_EXTENT_DATA:
		return "data";
	case SHVM_EXTENT_ZERO:
		return "zero";
	case SHVM_EXTENT_HOLE:
		return "hole";
	}
	return "unknown";
}

const char *shvm_partition_type_name(const struct shvm_guid *type)
{
	return partition_type_name(type);
}
