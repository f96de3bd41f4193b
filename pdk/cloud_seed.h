/* SPDX-License-Identifier: MIT */
/* The seed that cloud-init's data source NoCloud reads at the first boot. */
#ifndef PDK_CLOUD_SEED_H
#define PDK_CLOUD_SEED_H

#include "pdk/fabric.h"
#include "pdk/payload.h"

/*
 * user-data, meta-data, vendor-data (which has the SSH host key) and
 * network-config, then the other files of from, whose values were put in. fabric names the machine and its network where
 * the answer file does not. An other file that is called network-config is taken
 * in the place of ours.
 *
 * SHVM_E_ARG: there is no answer file, it is for Windows, or instance_id (NULL:
 * random) is none; SHVM_E_VERIFY with a reason of shvm_pdk_specialize().
 */
int cloud_seed_make(const struct payload *from,
		    const struct shvm_fabric *fabric, const char *instance_id,
		    struct payload *ret, struct shvm_err *err);

#endif
