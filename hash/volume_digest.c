/* SPDX-License-Identifier: MIT */
/* Public API of <shvm/digest.h>: the digest of a volume. */
#include "base/reserved.h"
#include "disk/disk.h"
#include "hash/sigbus.h"
#include "hash/treefile.h"

int shvm_mapping_guard(struct shvm_err *err)
{
	return sigbus_install(err);
}

int shvm_disk_digest(struct shvm_disk *disk, struct shvm_span volume,
		     const struct shvm_digest_params *params,
		     const struct shvm_tree_output *tree,
		     struct shvm_digest *ret, struct shvm_err *err)
{
	AUTO(source_ptr) window = NULL;

	TRY(digest_params_check(&params, err));
	if (tree) {
		TRY(reserved_check(tree->reserved, "struct shvm_tree_output",
				   err));
		TRY(shvm_disk_check_output(disk, tree->path, err));
	}
	TRY(source_window(disk_source(disk), volume.offset, volume.size,
			  &window, err));
	return tree ? treefile_write(window, params, tree,
				     shvm_disk_info(disk)->copy_mode, ret, err)
		    : digest_run(window, params, NULL, ret, err);
}
