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

#define DISK_OPT_AT(type, member, field)                                       \
	(offsetof(type, member) + offsetof(struct disk_args, field))

/* clang-format off */
/* Rows of an option table: how to find the parents. */
#define DISK_PARENT_OPTS(type, member)                                         \
	{ "parent", CLI_PATH, DISK_OPT_AT(type, member, parent), false, 0, 0,  \
	  "FILE", "parent of a differencing disk, in place of its locator" },  \
	{ "no-parent-lookup", CLI_FLAG,                                        \
	  DISK_OPT_AT(type, member, no_parent_lookup), false, 0, 0, NULL,      \
	  "never follow a differencing disk's parent locator" },               \
	{ "parent-anywhere", CLI_FLAG,                                         \
	  DISK_OPT_AT(type, member, parent_anywhere), false, 0, 0, NULL,       \
	  "take parents outside the disk's own folder too" }

/* And how to open the file. */
#define DISK_OPEN_OPTS(type, member)                                           \
	DISK_PARENT_OPTS(type, member),                                        \
	{ "no-replay", CLI_FLAG, DISK_OPT_AT(type, member, no_replay), false,  \
	  0, 0, NULL, "refuse a dirty log instead of replaying it in memory" },\
	{ "raw", CLI_FLAG, DISK_OPT_AT(type, member, raw), false, 0, 0, NULL,  \
	  "take the file as raw bytes, whatever it holds" },                   \
	{ "sector-size", CLI_CHOICE, DISK_OPT_AT(type, member, sector_size),   \
	  false, 0, 0, "512|4096", "bytes a sector of a raw disk" }

/* Where only a disk of its own is believed. */
#define DISK_DIFFERENCING_OPT(type, field)                                     \
	{ "allow-differencing", CLI_FLAG, offsetof(type, field), false, 0, 0,  \
	  NULL, "accept a differencing disk together with its parents" }

/* And which partition is meant. */
#define DISK_PARTITION_OPT(type, member, text)                                 \
	{ "partition", CLI_UINT, DISK_OPT_AT(type, member, partition), false,  \
	  1, 1024, "N", text }
/* clang-format on */

/* The parameters that these options stand for. */
struct shvm_disk_params disk_params(const struct disk_args *args);

/* Is one of the options given, so that a disk is meant? */
bool disk_args_given(const struct disk_args *args);

/* Open the DISK of a command. */
int disk_open(const char *path, const struct disk_args *args,
	      struct shvm_disk **ret, struct shvm_err *err);

AUTO_DEFINE(disk_ptr, struct shvm_disk *, shvm_disk_close);

#endif
