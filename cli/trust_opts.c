/* SPDX-License-Identifier: MIT */
/* Builds the object that decides which certificates are trusted from options. */
#include "cli/trust_opts.h"

#include "base/err.h"

int trust_load(const struct cli_list *signers, const struct cli_list *ca,
	       const struct cli_list *tsa_ca, struct shvm_trust **ret,
	       struct shvm_err *err)
{
	const struct {
		const struct cli_list *list;
		int (*add)(struct shvm_trust *trust, const char *path,
			   struct shvm_err *err);
	} kinds[] = {
		{ signers, shvm_trust_add_signer },
		{ ca, shvm_trust_add_ca },
		{ tsa_ca, shvm_trust_add_tsa_ca },
	};
	AUTO(trust_ptr) trust = NULL;

	TRY(shvm_trust_new(&trust, err));
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++)
		for (size_t i = 0; kinds[k].list && i < kinds[k].list->count;
		     i++)
			TRY(kinds[k].add(trust, kinds[k].list->items[i], err));
	*ret = STEAL(trust);
	return SHVM_OK;
}
