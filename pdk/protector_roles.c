/* SPDX-License-Identifier: MIT */
/*
 * Identifies guardians of a protector by keys, not by certificates: a guardian with
 * a renewed certificate can still open what was wrapped for the old one.
 */
#include "pdk/protector_internal.h"

#include <string.h>

/* The keys of all wrappings, in order; free() them. */
static int protector_keys(const struct shvm_protector *p, struct key_pair **ret,
			  struct shvm_err *err)
{
	AUTOFREE struct key_pair *keys = calloc(p->count, sizeof(*keys));

	TRY(err_null(err, keys, "key protector"));
	for (size_t i = 0; i < p->count; i++)
		TRY(key_pair_of(p->items[i].signing, p->items[i].encryption,
				&keys[i], err));
	*ret = STEAL(keys);
	return SHVM_OK;
}

static int guardian_keys(const struct shvm_guardian *const *guardians,
			 size_t count, struct key_pair **ret,
			 struct shvm_err *err)
{
	AUTOFREE struct key_pair *keys = calloc(count + 1, sizeof(*keys));

	TRY(err_null(err, keys, "guardians"));
	for (size_t i = 0; i < count; i++)
		TRY(key_pair_of(guardians[i]->signing_cert,
				guardians[i]->encryption_cert, &keys[i], err));
	*ret = STEAL(keys);
	return SHVM_OK;
}

/* Two wrappings of the same guardian are useless, and revoking one of them would
 * leave the other. */
static int check_twice(const struct shvm_guardian *const *guardians,
		       const struct key_pair *keys, size_t count,
		       struct shvm_err *err)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < i; k++)
			if (key_pair_shares(&keys[i], &keys[k]))
				return err_set(
					err, SHVM_E_ARG,
					"guardian \"%s\" is given twice: \"%s\" has the same key",
					guardians[i]->name, guardians[k]->name);
	return SHVM_OK;
}

int protector_check_distinct(const struct shvm_guardian *owner,
			     const struct shvm_guardian *const *guardians,
			     size_t count, struct shvm_err *err)
{
	AUTOFREE struct key_pair *keys = NULL;
	struct key_pair own;

	TRY(key_pair_of(owner->signing_cert, owner->encryption_cert, &own,
			err));
	TRY(guardian_keys(guardians, count, &keys, err));
	for (size_t i = 0; i < count; i++)
		if (key_pair_shares(&own, &keys[i]))
			return err_set(
				err, SHVM_E_ARG,
				"guardian \"%s\" is the owner, who always has access: they have the same key",
				guardians[i]->name);
	return check_twice(guardians, keys, count, err);
}

int protector_check_new(const struct shvm_protector *p,
			const struct shvm_guardian *const *guardians,
			size_t count, struct shvm_err *err)
{
	AUTOFREE struct key_pair *present = NULL;
	AUTOFREE struct key_pair *keys = NULL;

	TRY(protector_keys(p, &present, err));
	TRY(guardian_keys(guardians, count, &keys, err));
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < p->count; k++)
			if (key_pair_shares(&keys[i], &present[k]))
				return err_set(
					err, SHVM_E_ARG,
					"guardian \"%s\" is in the protector already: wrapping %u has the same key",
					guardians[i]->name, p->items[k].id);
	return check_twice(guardians, keys, count, err);
}

struct role {
	struct key_id key;
	size_t wrapping;
	bool is_signing;
};

static int compare_roles(const void *a, const void *b)
{
	const struct role *x = a, *y = b;

	return memcmp(x->key.digest, y->key.digest, sizeof(x->key.digest));
}

int protector_find_mixed(const struct shvm_protector *p, size_t *ret,
			 struct shvm_err *err)
{
	AUTOFREE struct role *roles = calloc(p->count, 2 * sizeof(*roles));
	AUTOFREE struct key_pair *keys = NULL;
	const size_t count = 2 * p->count;
	size_t end;

	TRY(err_null(err, roles, "key protector"));
	TRY(protector_keys(p, &keys, err));
	for (size_t i = 0; i < p->count; i++) {
		ret[i] = SIZE_MAX;
		roles[2 * i] = (struct role){ keys[i].signing, i, true };
		roles[2 * i + 1] =
			(struct role){ keys[i].encryption, i, false };
	}
	/* Sorted, so that the largest protector is processed quickly. */
	qsort(roles, count, sizeof(*roles), compare_roles);
	for (size_t from = 0; from < count; from = end) {
		size_t decrypts = SIZE_MAX;

		for (end = from; end < count && key_id_equal(&roles[end].key,
							     &roles[from].key);
		     end++)
			if (!roles[end].is_signing)
				decrypts = roles[end].wrapping;
		for (size_t i = from; i < end && decrypts != SIZE_MAX; i++)
			if (roles[i].is_signing)
				ret[roles[i].wrapping] = decrypts;
	}
	return SHVM_OK;
}

static int mark_fingerprint(const struct shvm_protector *p, const char *text,
			    bool *gone, struct shvm_err *err)
{
	uint8_t print[FINGERPRINT_SIZE];
	bool found = false;

	TRY(fingerprint_parse(text, print, err));
	for (size_t i = 0; i < p->count; i++)
		if (fingerprint_is_of(print, p->items[i].signing) ||
		    fingerprint_is_of(print, p->items[i].encryption))
			found = gone[i] = true;
	if (!found)
		return err_set(err, SHVM_E_ARG,
			       "no wrapping has the fingerprint %.100s", text);
	return SHVM_OK;
}

static int mark_guardian(const struct shvm_protector *p,
			 const struct shvm_guardian *g,
			 const struct key_pair *keys, bool *gone,
			 struct shvm_err *err)
{
	struct key_pair his;
	bool found = false;

	TRY(key_pair_of(g->signing_cert, g->encryption_cert, &his, err));
	for (size_t i = 0; i < p->count; i++)
		if (key_pair_shares(&keys[i], &his))
			found = gone[i] = true;
	if (!found)
		return err_set(err, SHVM_E_ARG,
			       "guardian \"%s\" has a key of no wrapping",
			       g->name);
	return SHVM_OK;
}

/* Each removed wrapping is compared once, regardless of the length of a chain of
 * shared keys. */
static int mark_same_keys(const struct shvm_protector *p,
			  const struct key_pair *keys, bool *gone,
			  struct shvm_err *err)
{
	AUTOFREE size_t *queue = calloc(p->count, sizeof(*queue));
	size_t end = 0;

	TRY(err_null(err, queue, "key protector"));
	for (size_t i = 0; i < p->count; i++)
		if (gone[i])
			queue[end++] = i;
	for (size_t at = 0; at < end; at++)
		for (size_t k = 0; k < p->count; k++)
			if (!gone[k] &&
			    key_pair_shares(&keys[queue[at]], &keys[k])) {
				gone[k] = true;
				queue[end++] = k;
			}
	return SHVM_OK;
}

int protector_find_revoked(const struct shvm_protector *p,
			   const struct shvm_revocation *who, bool *gone,
			   struct shvm_err *err)
{
	AUTOFREE struct key_pair *keys = NULL;
	bool named;
	size_t owner = protector_owner(p);

	TRY(protector_keys(p, &keys, err));
	for (size_t i = 0; i < who->fingerprint_count; i++)
		TRY(mark_fingerprint(p, who->fingerprints[i], gone, err));
	for (size_t i = 0; i < who->guardian_count; i++)
		TRY(mark_guardian(p, who->guardians[i], keys, gone, err));
	named = gone[owner];
	TRY(mark_same_keys(p, keys, gone, err));
	if (gone[owner])
		return err_set(
			err, SHVM_E_ARG, "the owner cannot be revoked%s",
			named ? "" : ": a guardian to remove has the same key");
	return SHVM_OK;
}
