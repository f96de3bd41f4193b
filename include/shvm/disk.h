/* SPDX-License-Identifier: MIT */
/*
 * Disks: VHDX and VHD images, raw files and block devices; their partitions, and which
 * of them are the volumes of a template. C99 and C++ clean.
 */
#ifndef SHVM_DISK_H
#define SHVM_DISK_H

#include <shvm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Determines which partitions are the OS volumes. */
enum shvm_disk_type {
	SHVM_DISK_WINDOWS, /* the NTFS partition that contains Windows */
	SHVM_DISK_PREPROCESSED_LINUX, /* boot and root, prepared for a VM that
					 encrypts them */
	SHVM_DISK_LINUX,	      /* the root, and /boot if it is one */
};

/* The role of a partition in a template. The first three are OS volumes. */
enum shvm_role {
	SHVM_ROLE_OS, /* of Windows */
	SHVM_ROLE_BOOT,
	SHVM_ROLE_ROOT,
	SHVM_ROLE_ESP,
	SHVM_ROLE_RECOVERY,
	SHVM_ROLE_RESERVED, /* MSR, BIOS boot */
	SHVM_ROLE_DATA,	    /* anything else */
};

/* How much of a disk is signed. */
enum shvm_coverage {
	SHVM_COVERAGE_DISK, /* every byte of it */
	SHVM_COVERAGE_OS,   /* the OS volumes only, as Windows does */
};

enum shvm_table {
	SHVM_TABLE_NONE,
	SHVM_TABLE_MBR,
	SHVM_TABLE_GPT
};

/* The content of a partition by its first sectors. */
enum shvm_content {
	SHVM_CONTENT_UNKNOWN,
	SHVM_CONTENT_NTFS,
	SHVM_CONTENT_FAT,
	SHVM_CONTENT_REFS,
	SHVM_CONTENT_BITLOCKER,
	SHVM_CONTENT_LUKS1,
	SHVM_CONTENT_LUKS2,
	SHVM_CONTENT_EXT,
	SHVM_CONTENT_BLANK, /* all of it is zero */
	SHVM_CONTENT_BTRFS,
	SHVM_CONTENT_XFS,
	SHVM_CONTENT_F2FS,
	SHVM_CONTENT_EXFAT,
	SHVM_CONTENT_ISO9660,
	SHVM_CONTENT_SQUASHFS,
	SHVM_CONTENT_LVM, /* a physical volume of LVM2 */
	SHVM_CONTENT_MDRAID,
	SHVM_CONTENT_ZFS,
	SHVM_CONTENT_SWAP,
	SHVM_CONTENT_ZERO_START, /* its first 256 KiB are zero, and data
				    after them was not read */
};

/* Start as { 0 }. */
struct shvm_disk_params {
	const char *parent;    /* parent of a differencing disk; NULL: its
				     locator */
	bool no_parent_lookup; /* do not follow a locator */
	bool parent_anywhere;  /* also follow it outside the child's folder */
	bool no_replay;	       /* refuse a dirty log instead of replaying it
				     in memory */
	bool raw;	       /* read the file as raw, regardless of content */
	uint32_t raw_sector_size; /* bytes; 0: 512, or that of the device */
	uint32_t partition;	  /* this one is the OS volume, of a plain Linux
				     the root; 0: find it */
	const char *helper;	  /* path of shvm-guest-helper, which reads
				     file systems; NULL: the installed one */
	const char *plugin;	  /* path of nbdkit-shvm-plugin.so, with which
				     libguestfs reads the disk; NULL: the
				     installed one */
	/* Files that the caller is going to write: opening fails when one of
	 * them is a file of the disk, see shvm_disk_check_output(). */
	const char *const *outputs;
	size_t output_count;
	uint64_t reserved[4]; /* zeros */
};

struct shvm_partition {
	uint32_t number; /* from 1, as sgdisk counts */
	struct shvm_guid guid, type_guid;
	const char *name;      /* UTF-8 */
	uint64_t offset, size; /* bytes */
	enum shvm_content content;
};

struct shvm_volume {
	enum shvm_role role;
	uint32_t partition; /* number */
	struct shvm_guid guid, type_guid;
	uint64_t offset, size; /* bytes */
};

/* A file that is open while the disk is open: its own, or that of a parent. */
struct shvm_disk_file {
	const char *path;
	uint64_t device, inode; /* as stat() gives them */
};

/* Everything that is known without reading the file systems. */
struct shvm_disk_info {
	const char *format;    /* "raw", "vhdx", "vhd"; others may be added */
	const char *variant;   /* "dynamic", "fixed", "differencing"; "" when
				  the format has none */
	uint64_t virtual_size; /* bytes */
	uint32_t block_size;   /* bytes; 0 when the format has none */
	uint32_t logical_sector_size, physical_sector_size;
	bool log_replayed;
	const char *creator; /* UTF-8, "" when unknown */
	const char *parent;  /* path, or NULL */
	enum shvm_table table;
	struct shvm_guid table_guid; /* of a GPT */
	const struct shvm_partition *partitions;
	size_t partition_count;
	enum shvm_content content;	 /* of a disk without a table */
	const struct shvm_check *checks; /* of image and table: failed
					    checks, and notes */
	size_t check_count;
	/* Its own file first, then its parent's, and so on */
	const struct shvm_disk_file *files;
	size_t file_count;
	/*
	 * The mode for a file with data of the disk: the permissions that all
	 * files of the disk have; the umask limits it further
	 */
	uint32_t copy_mode;
};

enum shvm_extent_state {
	SHVM_EXTENT_DATA,
	SHVM_EXTENT_ZERO,
	SHVM_EXTENT_HOLE
};

struct shvm_extent {
	uint64_t offset, size; /* bytes of the virtual disk */
	enum shvm_extent_state state;
};

struct shvm_disk;

/**
 * shvm_disk_open() - open and check a disk, read-only
 * @path: a VHDX, a fixed VHD, a raw file or a block device
 * @params: how; NULL for the defaults
 * @ret: receives the disk; release it with shvm_disk_close()
 *
 * Threads: a disk may be read from many threads at once.
 * Errors:  SHVM_E_IO, _FORMAT (reason: a rule of docs/FORMAT-VHDX.md or
 *          docs/FORMAT-VHD.md), _UNSUPPORTED, _NOMEM.
 * Source:  [MS-VHDX] 8.0; Virtual Hard Disk Image Format Specification 1.0;
 *          UEFI 2.10 chapter 5.
 */
SHVM_API SHVM_MUST_CHECK int shvm_disk_open(
	const char *path, const struct shvm_disk_params *params,
	struct shvm_disk **ret, struct shvm_err *err);

/**
 * shvm_disk_check_output() - would a result replace a file that is read?
 * @disk: an open disk
 * @path: the file that is going to be written
 *
 * SHVM_E_ARG (reason "is-input") when @path is one of the files of the disk,
 * under any name; a @path that does not exist is fine.
 */
SHVM_API SHVM_MUST_CHECK int shvm_disk_check_output(
	const struct shvm_disk *disk, const char *path, struct shvm_err *err);

/**
 * shvm_disk_close() - close a disk
 * @disk: the disk; NULL is fine
 */
SHVM_API void shvm_disk_close(struct shvm_disk *disk);

/**
 * shvm_disk_info() - what is on the disk
 * @disk: an open disk, to which the result belongs
 */
SHVM_API const struct shvm_disk_info *shvm_disk_info(
	const struct shvm_disk *disk);

/**
 * shvm_disk_volumes() - the volumes of a template of this type
 * @disk: an open disk
 * @type: Windows: one volume, OS; Linux: two, Boot and Root
 * @ret: receives up to 2 volumes
 * @ret_count: receives how many
 *
 * Windows: the basic-data partition with NTFS; where several qualify, the one
 * that contains \Windows\System32, found by the helper program. Linux: the
 * partitions that lsvmconf names, else the two with LUKS, boot first.
 *
 * Errors: SHVM_E_FORMAT, _UNSUPPORTED or _ARG with the rule as reason: "mbr",
 *         "no-table", "no-os-volume", "several-os-volumes", "bitlocker",
 *         "refs", "ldm", "not-ntfs", "no-such-partition", "no-boot-volume",
 *         "no-root-volume", "several-root-volumes"; SHVM_E_IO.
 */
SHVM_API SHVM_MUST_CHECK int shvm_disk_volumes(struct shvm_disk *disk,
					       enum shvm_disk_type type,
					       struct shvm_volume ret[2],
					       size_t *ret_count,
					       struct shvm_err *err);

/**
 * shvm_disk_read() - bytes of the virtual disk
 * @disk: an open disk
 * @at: bytes from its start
 * @buf: filled completely or the call fails
 * @len: bytes
 *
 * Threads: safe from many threads on one disk.
 */
SHVM_API SHVM_MUST_CHECK int shvm_disk_read(struct shvm_disk *disk, uint64_t at,
					    void *buf, size_t len,
					    struct shvm_err *err);

/**
 * shvm_disk_extent() - the run of one state that starts at a byte
 * @disk: an open disk
 * @at: bytes from its start, within the disk
 * @max: the returned run may end after this many bytes, even if it is longer;
 *         not 0
 * @ret: receives the run, as long as @max and the disk allow
 *
 * Units: bytes. The work grows with the run, so a reader of a few bytes should
 *         not ask for more.
 * Threads: safe from many threads on one disk.
 * Errors:  SHVM_E_ARG (@at is past the end), _IO, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_disk_extent(struct shvm_disk *disk,
					      uint64_t at, uint64_t max,
					      struct shvm_extent *ret,
					      struct shvm_err *err);

/* Result of shvm_disk_check(). Start as { 0 }. */
struct shvm_disk_check {
	bool complete;			 /* every structure could be checked */
	uint64_t file_size;		 /* bytes */
	uint64_t blocks, blocks_present; /* payload blocks of a VHDX; 0 */
	uint64_t leaked;		 /* bytes with data that belong to no
				      structure */
	uint64_t errors, warnings;	 /* number of checks that failed at this
				      level */
	/*
	 * Yes without errors and warnings; else the reason is the first of the
	 * worst level. The list has failed checks and notes.
	 */
	struct shvm_verdict verdict;
	uint64_t reserved[4]; /* zeros */
};

/**
 * shvm_disk_check_done() - release the result of shvm_disk_check()
 * @check: a filled one, or { 0 }
 */
SHVM_API void shvm_disk_check_done(struct shvm_disk_check *check);

/**
 * shvm_disk_check() - check an image against every rule of its format
 * @path: a VHDX or VHD; it is not changed
 * @params: how its parents are found; NULL for the defaults
 * @ret: receives the verdict; release it with shvm_disk_check_done()
 *
 * Continues after a broken rule where possible, so one call lists all faults;
 * what follows a structure that cannot be decoded is not checked, and then
 * complete is false.
 *
 * Errors: SHVM_E_IO, _NOMEM; _UNSUPPORTED with reason "no-format-rules" for
 *         a raw disk, "NOT_VHDX", "VHD_TYPE", "VHD_VERSION". A broken image is
 *         not a failure of the check.
 * Source: docs/FORMAT-VHDX.md and docs/FORMAT-VHD.md list the rules.
 *
 * Return: 0 when a verdict was reached, yes or no.
 */
SHVM_API SHVM_MUST_CHECK int shvm_disk_check(
	const char *path, const struct shvm_disk_params *params,
	struct shvm_disk_check *ret, struct shvm_err *err);

/* ---- stable names, as in JSON and in catalogs ---- */

/**
 * shvm_table_name() - "none", "mbr" or "gpt"
 * @table: which
 */
SHVM_API const char *shvm_table_name(enum shvm_table table);

/**
 * shvm_extent_name() - "data", "zero" or "hole"
 * @state: which
 */
SHVM_API const char *shvm_extent_name(enum shvm_extent_state state);

/**
 * shvm_partition_type_name() - "EFI system", ... or "other"
 * @type: type GUID of a partition
 */
SHVM_API const char *shvm_partition_type_name(const struct shvm_guid *type);

/**
 * shvm_content_name() - "ntfs", "luks1", ...
 * @content: which
 */
SHVM_API const char *shvm_content_name(enum shvm_content content);

/**
 * shvm_role_name() - "OS", "Boot", "Root", "ESP", "Recovery", "Reserved" or
 *                    "Data"
 * @role: which
 */
SHVM_API const char *shvm_role_name(enum shvm_role role);

/**
 * shvm_disk_type_name() - "MicrosoftWindows", "PreprocessedLinux" or "Linux"
 * @type: which
 */
SHVM_API const char *shvm_disk_type_name(enum shvm_disk_type type);

/**
 * shvm_coverage_name() - "disk" or "os"
 * @coverage: which
 */
SHVM_API const char *shvm_coverage_name(enum shvm_coverage coverage);

/**
 * shvm_coverage_parse() - a coverage from text
 * @text: "disk" or "os"
 * @ret: receives the coverage; untouched on failure
 *
 * Errors: SHVM_E_ARG.
 */
SHVM_API SHVM_MUST_CHECK int shvm_coverage_parse(const char *text,
						 enum shvm_coverage *ret,
						 struct shvm_err *err);

#ifdef __cplusplus
}
#endif

#endif
