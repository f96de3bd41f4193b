/* SPDX-License-Identifier: MIT */
/* New key protectors. */
#include "pdk/protector_internal.h"

int protector_draft(const struct shvm_guardian *owner,
		    const struct shvm_guardian *const *guardians, size_t count,
		    struct shvm_protector **ret, struct shvm_err *err)
{
	AUTO(protector_ptr) p = NULL;

	TRY(protector_check_distinct(owner, guardians, count, err));
	TRY(protector_alloc(count + 1, &p, err));
	for (size_t i = 0; i <= count; i++) {
		const struct shvm_guardian *g =
			i == 0 ? owner : guardians[i - 1];

		protector_name(&p->items[i], g, (uint32_t)i + 1, 1);
	}
	TRY(protector_describe(p, err));
	*ret = STEAL(p);
	return SHVM_OK;
}

int protector_new(const struct shvm_guardian *owner,
		  const struct shvm_guardian *const *guardians, size_t count,
		  struct shvm_protector **ret, struct secret **ret_key,
		  struct shvm_err *err)
{
	AUTO(protector_ptr) p = NULL;
	AUTO(secret_ptr) key = NULL;
	AUTO(secret_ptr) blob = NULL;

	if (!owner->signing_key)
		return err_reason(
			err, SHVM_E_CRYPTO, "no-owner-key",
			"owner \"%s\": the private signing key is needed",
			owner->name);
	TRY(protector_draft(owner, guardians, count, &p, err));
	TRY(protector_key_new(&key, &blob, err));
	for (size_t i = 0; i <= count; i++)
		TRY(protector_wrap(&p->items[i],
				   i == 0 ? owner : guardians[i - 1],
				   owner->signing_key, blob, err));
	TRY(protector_seal(p, 1, owner->signing_key, key, err));
	*ret = STEAL(p);
	*ret_key = STEAL(key);
	return SHVM_OK;
}

int shvm_protector_new(const struct shvm_guardian *owner,
		       const struct shvm_guardian *const *guardians,
		       size_t count, struct shvm_protector **ret,
		       struct shvm_err *err)
{
	AUTO(secret_ptr) key = NULL;

	return protector_new(owner, guardians, count, ret, &key, err);
}
