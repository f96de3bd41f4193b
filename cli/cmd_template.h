/* SPDX-License-Identifier: MIT */
/* The commands of the noun template that are in cmd_template_read.c. */
#ifndef CLI_CMD_TEMPLATE_H
#define CLI_CMD_TEMPLATE_H

#include "cli/disk_opts.h"

#include <shvm/template.h>

AUTO_DEFINE(catalog_ptr, struct shvm_catalog *, shvm_catalog_free);

struct template_extract_args {
	struct disk_args disk;
	const char *out;
};
struct template_show_args {
	struct disk_args disk;
};
struct template_verify_args {
	bool allow_differencing;
	struct disk_args disk;
	int64_t at;
	const char *catalog, *kernel, *tree, *eku, *require;
	uint32_t sample;
	struct cli_list signer, ca, tsa_ca;
};

struct template_tree_args {
	bool allow_differencing;
	struct disk_args disk;
	const char *catalog, *kernel, *out;
	uint64_t cache_limit;
};

extern const struct cli_opt template_no_opts[], template_extract_opts[],
	template_show_opts[], template_verify_opts[], template_tree_opts[];

int template_extract_run(const void *args, char *const *operands,
			 struct out *out, struct shvm_err *err);
int template_show_run(const void *args, char *const *operands, struct out *out,
		      struct shvm_err *err);
int template_tree_run(const void *args, char *const *operands, struct out *out,
		      struct shvm_err *err);
int template_verify_run(const void *args, char *const *operands,
			struct out *out, struct shvm_err *err);

#endif
