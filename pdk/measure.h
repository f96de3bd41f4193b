/* SPDX-License-Identifier: MIT */
/* Is a disk what a catalog says? */
#ifndef PDK_MEASURE_H
#define PDK_MEASURE_H

#include <shvm/template.h>

/*
 * First the layout, then the digests. SHVM_E_VERIFY "layout-changed" or
 * "digest-mismatch"; other codes when the disk could not be measured.
 */
int measure_layout(struct shvm_disk *disk, const struct shvm_catalog_info *info,
		   struct shvm_err *err);
int measure_digests(struct shvm_disk *disk,
		    const struct shvm_catalog_info *info,
		    const struct shvm_digest_params *params,
		    struct shvm_err *err);

#endif
