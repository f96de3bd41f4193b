/* SPDX-License-Identifier: MIT */
/* The options that say how a disk is opened; all commands with a DISK share
 * them. */
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

/* Where only a disk of its own is believed. */
#define DISK_DIFFERENCING_OPT(m)                                               \
	OPT(m, CLI_FLAG,                                                       \
	    .help = "accept a differencing disk together with its parents")

/* Which partition is meant; what for is the command's own. */
#define DISK_PARTITION_OPT(m, text)                                            \
	OPT(m.partition, CLI_UINT, .min = 1, .max = 1024, .help = text)

/* How a volume is hashed. */
#define HASH_ALGORITHM_OPT(m)                                                  \
	OPT(m, CLI_CHOICE, .meta = "sha256|sha512",                            \
	    .help = "the hash, sha256 by default")
#define HASH_BLOCK_SIZE_OPT(m)                                                 \
	OPT(m, CLI_SIZE, .min = 4096, .max = 1 << 20,                          \
	    .help = "bytes a leaf, 4K to 1M, 4K by default",                   \
	    .more = "A power of two.")
#define HASH_KERNEL_OPT(m)                                                     \
	OPT(m, CLI_TEXT, .meta = "NAME",                                       \
	    .help = "hash with this code in place of the fastest one",         \
	    .more = "An unknown name is answered with those that run here; "   \
		    "openssl is always there. The result does not depend on "  \
		    "it.")

/* What a template is. */
#define DISK_TYPE_META "windows|preprocessed-linux|linux"
#define DISK_TYPE_MORE                                                         \
	"Of preprocessed-linux the OS volumes are boot and root, encrypted "   \
	"and prepared by lsvmprep; of linux, which is any other Linux, the "   \
	"root, and /boot where a partition has that type (XBOOTLDR)."
enum shvm_disk_type disk_type_choice(const char *word); /* NULL: windows */

/* How the signer of a catalog is judged: timestamps, and the time. */
#define TSA_CA_OPT(m)                                                          \
	OPT_LIST(m, CLI_PATH,                                                  \
		 .help = "trust timestamps with a chain to one of these",      \
		 .more = "The signer's certificates then have to be valid at " \
			 "the time of the stamp, and the authority's now.")

#define EKU_OPT(m, whose)                                                      \
	OPT(m, CLI_TEXT, .meta = "OID",                                        \
	    .help = "extended key usage that " whose " must have",             \
	    .more = "By default one that has extended key usages must have "   \
		    "codeSigning or anyExtendedKeyUsage.")

#define AT_OPT(m)                                                              \
	OPT(m, CLI_TIME,                                                       \
	    .help = "when certificates have to be valid, now by default",      \
	    .more = "2026-11-23, 2026-11-23T10:20:30Z or @SECONDS since "      \
		    "1970.")

/* The parameters that these options stand for. */
struct shvm_disk_params disk_params(const struct disk_args *args);

/* Is one of the options given, so that a disk is meant? */
bool disk_args_given(const struct disk_args *args);

/* Open the DISK of a command. */
int disk_open(const char *path, const struct disk_args *args,
	      struct shvm_disk **ret, struct shvm_err *err);

AUTO_DEFINE(disk_ptr, struct shvm_disk *, shvm_disk_close);

/*
 * The range of a disk that --partition means, or all of it. For commands in
 * which any partition may be named.
 */
int disk_range(struct shvm_disk *disk, uint32_t partition, uint64_t *ret_at,
	       uint64_t *ret_size, struct shvm_err *err);

#endif
