/* SPDX-License-Identifier: MIT */
/* The commands of the noun disk that have a file of their own. */
#ifndef CLI_CMD_DISK_H
#define CLI_CMD_DISK_H

#include "cli/disk_opts.h"

/* cmd_disk_info.c */
struct disk_info_args {
	struct disk_args disk;
	const char *type; /* "windows", "linux" or NULL */
	bool guest, tcg;
	struct cli_list ignore;
};
extern const struct cli_opt disk_info_opts[];
int disk_info_run(const void *args, char *const *operands, struct out *out,
		  struct shvm_err *err);

/* cmd_disk_read.c */
struct disk_read_args {
	struct disk_args disk;
	uint64_t offset, length;
	const char *out;
};
extern const struct cli_opt disk_read_opts[];
int disk_read_run(const void *args, char *const *operands, struct out *out,
		  struct shvm_err *err);

/* cmd_disk_check.c */
struct disk_check_args {
	struct disk_args disk;
};
extern const struct cli_opt disk_check_opts[];
int disk_check_run(const void *args, char *const *operands, struct out *out,
		   struct shvm_err *err);

/* cmd_disk_digest.c */
struct disk_digest_args {
	struct disk_args disk;
	bool whole;
	const char *algorithm, *kernel, *tree_out, *range, *out;
	uint64_t block_size;
	uint32_t plan;
	bool mmap, merge;
};
extern const struct cli_opt disk_digest_opts[];
int disk_digest_run(const void *args, char *const *operands, struct out *out,
		    struct shvm_err *err);

#endif
