/* SPDX-License-Identifier: MIT */
/* The options for opening a shielding data file, and opening it. */
#include "cli/pdk_cmds.h"

#define ARGS struct opening_args
const struct cli_opt pdk_opening_opts[] = {
	OPT_KEY(key,
		.help = "private encryption key of the owner or of a guardian"),
	PDK_OWNER_OPT(owner_fingerprint),
	OPT_END,
};
#undef ARGS

int pdk_opening_load(const char *path, const struct opening_args *a,
		     struct shvm_pdk **ret, struct shvm_err *err)
{
	AUTO(pdk_ptr) pdk = NULL;
	struct passphrase passphrase;
	const struct shvm_key_source key =
		passphrase_key(&passphrase, a->key, a->key_pass_file);

	if (a->key_pass_file && !a->key)
		return err_set(err, SHVM_E_ARG,
			       "--key-pass-file requires --key");
	TRY(shvm_pdk_load(path, &pdk, err));
	if (a->owner_fingerprint)
		TRY(shvm_pdk_check_owner(pdk, a->owner_fingerprint, err));
	if (a->key)
		TRY(shvm_pdk_unlock(pdk, &key, err));
	*ret = STEAL(pdk);
	return SHVM_OK;
}
