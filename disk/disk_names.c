/* SPDX-License-Identifier: MIT */
/* Stable names as they stand in JSON and in catalogs. */
#include <shvm/disk.h>

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

const char *shvm_role_name(enum shvm_role role)
{
	switch (role) {
	case SHVM_ROLE_OS:
		return "OS";
	case SHVM_ROLE_BOOT:
		return "Boot";
	case SHVM_ROLE_ROOT:
		return "Root";
	case SHVM_ROLE_ESP:
		return "ESP";
	case SHVM_ROLE_RECOVERY:
		return "Recovery";
	case SHVM_ROLE_RESERVED:
		return "Reserved";
	case SHVM_ROLE_DATA:
		return "Data";
	}
	return "unknown";
}

const char *shvm_disk_type_name(enum shvm_disk_type type)
{
	switch (type) {
	case SHVM_DISK_WINDOWS:
		return "MicrosoftWindows";
	case SHVM_DISK_PREPROCESSED_LINUX:
		return "PreprocessedLinux";
	case SHVM_DISK_LINUX:
		return "Linux";
	}
	return "unknown";
}

const char *shvm_coverage_name(enum shvm_coverage coverage)
{
	switch (coverage) {
	case SHVM_COVERAGE_DISK:
		return "disk";
	case SHVM_COVERAGE_OS:
		return "os";
	}
	return "unknown";
}

int shvm_coverage_parse(const char *text, enum shvm_coverage *ret,
			struct shvm_err *err)
{
	static const enum shvm_coverage all[] = { SHVM_COVERAGE_DISK,
						  SHVM_COVERAGE_OS };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (strcmp(text, shvm_coverage_name(all[i])) == 0) {
			*ret = all[i];
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
