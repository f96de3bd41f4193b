/* SPDX-License-Identifier: MIT */
/* The options that control how a disk is opened, for all commands with a
 * DISK. */
#ifndef CLI_DISK_OPTS_H
#define CLI_DISK_OPTS_H

#include "base/auto.h"
#include "cli/out.h"

#include <shvm/disk.h>
#include <stddef.h>

/* A member of the command's argument struct. */
struct disk_args {
	const char *parent, *sector_size;
	bool no_parent_lookup, parent_anywhere, no_replay, raw;
	uint32_t partition;
};

/* How to find the parents; and how to open the file, parents included. */
extern const struct cli_opt disk_parent_opts[], disk_open_opts[];
#define DISK_PARENT_OPTS(m) OPT_GROUP(m, struct disk_args, disk_parent_opts)
#define DISK_OPEN_OPTS(m) OPT_GROUP(m, struct disk_args, disk_open_opts)

/* For commands that otherwise accept only a disk without a parent. */
#define DISK_DIFFERENCING_OPT(m)                                               \
	OPT(m, CLI_FLAG,                                                       \
	    .help = "accept a differencing disk together with its parents")

/* Selects a partition; the command says for what. */
#define DISK_PARTITION_OPT(m, text)                                            \
	OPT(m.partition, CLI_UINT, .min = 1, .max = 1024, .help = text)

/* How a volume is hashed. */
#define HASH_ALGORITHM_OPT(m)                                                  \
	OPT(m, CLI_CHOICE, .meta = "sha256|sha512",                            \
	    .help = "hash algorithm (default: sha256)")
#define HASH_BLOCK_SIZE_OPT(m)                                                 \
	OPT(m, CLI_SIZE, .min = 4096, .max = 1 << 20,                          \
	    .help = "size of a hashed block, 4K to 1M (default: 4K)",          \
	    .more = "It must be a power of two.")
#define HASH_KERNEL_OPT(m)                                                          \
	OPT(m, CLI_TEXT, .meta = "NAME",                                            \
	    .help = "hash implementation to use instead of the fastest one",        \
	    .more = "The error for an unknown name lists those that run on "        \
		    "this CPU; openssl always does. The result does not depend on " \
		    "it.")

/* What a template is. */
#define DISK_TYPE_META "windows|preprocessed-linux|linux"
#define DISK_TYPE_MORE                                                         \
	"The OS volumes of preprocessed-linux are boot and root, encrypted "   \
	"and prepared by lsvmprep. Those of linux, which is any other Linux, " \
	"are the root and, if a partition has that type (XBOOTLDR), /boot."
enum shvm_disk_type disk_type_choice(const char *word); /* NULL: windows */

/* How the signer of a catalog is checked: timestamps, and the time. */
#define TSA_CA_OPT(m)                                                                          \
	OPT_LIST(                                                                              \
		m, CLI_PATH,                                                                   \
		.help = "CA certificates; timestamps with a chain to one of them are trusted", \
		.more = "The signer's certificates must then be valid at the "                 \
			"time of the timestamp, and the authority's "                          \
			"certificates now.")

#define EKU_OPT(m, whose)                                                      \
	OPT(m, CLI_TEXT, .meta = "OID",                                        \
	    .help = "extended key usage that " whose " must have (OID)",       \
	    .more = "By default a certificate with extended key usages must "  \
		    "have codeSigning or anyExtendedKeyUsage.")

#define AT_OPT(m)                                                                  \
	OPT(m, CLI_TIME,                                                           \
	    .help = "time at which certificates must be valid (default: now)",     \
	    .more = "Formats: 2026-11-23, 2026-11-23T10:20:30Z or @SECONDS since " \
		    "1970.")

/* The parameters that these options stand for. */
struct shvm_disk_params disk_params(const struct disk_args *args);

/* Was one of these options given? They require a disk. */
bool disk_args_given(const struct disk_args *args);

/* Open the DISK of a command. */
int disk_open(const char *path, const struct disk_args *args,
	      struct shvm_disk **ret, struct shvm_err *err);

AUTO_DEFINE(disk_ptr, struct shvm_disk *, shvm_disk_close);

/*
 * The range of a disk that --partition selects, or all of it. For commands
 * that accept any partition.
 */
int disk_range(struct shvm_disk *disk, uint32_t partition, uint64_t *ret_at,
	       uint64_t *ret_size, struct shvm_err *err);

#endif
