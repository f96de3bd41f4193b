/* SPDX-License-Identifier: MIT */
/* The options that control how a disk is opened. */
#include "cli/disk_opts.h"

#include "cli/helper_beside.h"

#include <string.h>

#define ARGS struct disk_args
const struct cli_opt disk_parent_opts[] = {
	OPT(parent, CLI_PATH, .meta = "FILE",
	    .help = "parent of a differencing disk, instead of the one in its locator"),
	OPT(no_parent_lookup, CLI_FLAG,
	    .help = "do not follow the parent locator of a differencing disk"),
	OPT(parent_anywhere, CLI_FLAG,
	    .help = "accept parents outside the disk's folder"),
	OPT_END,
};

const struct cli_opt disk_open_opts[] = {
	OPT_ROWS(disk_parent_opts),
	OPT(no_replay, CLI_FLAG,
	    .help = "refuse a disk with a dirty log instead of replaying it in memory"),
	OPT(raw, CLI_FLAG,
	    .help = "treat the file as a raw disk, regardless of content",
	    .more = "Without this option a file is a VHDX or a VHD if its content or its name (.vhdx, .avhdx or .vhd) says so; if only the name does, the command fails. Refused are a file that is both, a dynamic or differencing VHD, and files that other programs open as another disk: images of qcow, QED, VDI, VMDK (also the descriptor), Parallels, DMG, Bochs, cloop and EWF, WIM files, LUKS containers and compressed archives. All other files are raw disks."),
	OPT(sector_size, CLI_CHOICE, .meta = "512|4096",
	    .help = "sector size of a raw disk in bytes",
	    .more = "The default is 512 for files, and the device's own for devices."),
	OPT_END,
};
#undef ARGS

enum shvm_disk_type disk_type_choice(const char *word)
{
	if (word && strcmp(word, "preprocessed-linux") == 0)
		return SHVM_DISK_PREPROCESSED_LINUX;
	return word && strcmp(word, "linux") == 0 ? SHVM_DISK_LINUX
						  : SHVM_DISK_WINDOWS;
}

struct shvm_disk_params disk_params(const struct disk_args *args)
{
	return (struct shvm_disk_params){
		.parent = args->parent,
		.no_parent_lookup = args->no_parent_lookup,
		.parent_anywhere = args->parent_anywhere,
		.no_replay = args->no_replay,
		.raw = args->raw,
		.raw_sector_size = !args->sector_size ? 0
				   : strcmp(args->sector_size, "4096") == 0
					   ? 4096
					   : 512,
		.partition = args->partition,
		.helper = helper_beside(),
		.plugin = plugin_beside(),
	};
}

bool disk_args_given(const struct disk_args *a)
{
	return opt_any_given(disk_open_opts, a) || a->partition;
}

int disk_open(const char *path, const struct disk_args *args,
	      struct shvm_disk **ret, struct shvm_err *err)
{
	const struct shvm_disk_params params = disk_params(args);

	return shvm_disk_open(path, &params, ret, err);
}

int disk_range(struct shvm_disk *disk, uint32_t partition, uint64_t *ret_at,
	       uint64_t *ret_size, struct shvm_err *err)
{
	const struct shvm_disk_info *info = shvm_disk_info(disk);

	if (partition == 0) {
		*ret_at = 0;
		*ret_size = info->virtual_size;
		return SHVM_OK;
	}
	for (size_t i = 0; i < info->partition_count; i++) {
		if (info->partitions[i].number != partition)
			continue;
		*ret_at = info->partitions[i].offset;
		*ret_size = info->partitions[i].size;
		if (*ret_at + *ret_size > info->virtual_size)
			return err_reason(
				err, SHVM_E_FORMAT, "gpt-cut-off",
				"partition %u ends beyond the end of the disk",
				partition);
		return SHVM_OK;
	}
	return err_reason(err, SHVM_E_ARG, "no-such-partition",
			  "there is no partition %u", partition);
}
