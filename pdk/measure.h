/* SPDX-License-Identifier: MIT */
/* Does a disk still hold what its catalog says? */
#ifndef PDK_MEASURE_H
#define PDK_MEASURE_H

#include "signer/template.h"

/*
 * The digest of each volume. SHVM_E_VERIFY "digest-mismatch" names the volume;
 * SHVM_E_IO "changed" when somebody wrote to the disk meanwhile.
 */
int measure_digests(struct shvm_disk *disk, const struct catalog *catalog,
		    const struct shvm_digest_params *params,
		    struct shvm_err *err);

#endif
