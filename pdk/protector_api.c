/* SPDX-License-Identifier: MIT */
/* Public API of key protectors; see <shvm/guardian.h>. */
#include "base/file.h"
#include "pdk/guardian_api.h"
#include "pdk/protector_internal.h"

#include <string.h>

/* The text form has up to five characters a byte, in UTF-16 twice that. */
enum {
	FILE_MAX = 10 * PROTECTOR_SIZE_MAX
};

struct shvm_protector {
	struct protector *inner;
	struct shvm_protector_info info;
	struct shvm_wrapping_info *wrappings;
	struct cert_text *texts; /* two a wrapping */
};

AUTO_DEFINE(api_ptr, struct shvm_protector *, shvm_protector_free);

void shvm_protector_free(struct shvm_protector *protector)
{
	if (!protector)
		return;
	for (size_t i = 0;
	     protector->texts && i < 2 * protector->info.wrapping_count; i++)
		cert_text_done(&protector->texts[i]);
	free(protector->texts);
	free(protector->wrappings);
	protector_free(protector->inner);
	free(protector);
}

static int describe(struct shvm_protector *api, const struct protector *p,
		    struct shvm_err *err)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct wrapping *w = &p->items[i];
		struct cert_text *t = &api->texts[2 * i];
		int r = cert_text_init(&t[0], w->signing, err);

		if (r == SHVM_OK)
			r = cert_text_init(&t[1], w->encryption, err);
		if (r < 0)
			return r;
		api->wrappings[i] = (struct shvm_wrapping_info){
			.id = w->id,
			.parent = w->parent,
			.is_owner = w->id == w->parent,
			.signing = guardian_cert_info(&t[0]),
			.encryption = guardian_cert_info(&t[1]),
			.signing_algorithm = w->signing_sig.uri,
			.encryption_algorithm = w->encryption_sig.uri,
			.transport_algorithm = w->transport.uri,
		};
	}
	return SHVM_OK;
}

/* Takes over *inner, also when it fails. */
static int wrap(struct protector **inner, struct shvm_protector **ret,
		struct shvm_err *err)
{
	AUTO(protector_ptr) p = STEAL(*inner);
	AUTO(api_ptr) api = calloc(1, sizeof(*api));
	int r;

	if (!api)
		return err_nomem(err, "key protector");
	api->texts = calloc(2 * p->count, sizeof(*api->texts));
	api->wrappings = calloc(p->count, sizeof(*api->wrappings));
	if (!api->texts || !api->wrappings)
		return err_nomem(err, "key protector");
	api->info = (struct shvm_protector_info){
		.wrappings = api->wrappings,
		.wrapping_count = p->count,
		.max_offline_unwraps = p->max_offline_unwraps,
		.signer = p->signer,
		.guardian_algorithm = p->guardian.uri,
		.derivation_algorithm = p->kdf_uri,
		.mac_algorithm = p->mac.uri,
		.raw_size = p->xml.len + 4,
	};
	r = describe(api, p, err);
	if (r < 0)
		return r;
	api->inner = STEAL(p);
	*ret = STEAL(api);
	return SHVM_OK;
}

int shvm_protector_load(const char *path, struct shvm_protector **ret,
			struct shvm_err *err)
{
	AUTO(protector_ptr) p = NULL;
	AUTO_DONE(buf) data = { 0 };
	int r;

	r = file_read_all(path, FILE_MAX, &data, err);
	if (r < 0)
		return r;
	r = protector_decode(data.data, data.len, path, &p, err);
	return r < 0 ? r : wrap(&p, ret, err);
}

const struct shvm_protector_info *shvm_protector_info(
	const struct shvm_protector *protector)
{
	return &protector->info;
}

int shvm_protector_raw(const struct shvm_protector *protector, uint8_t **ret,
		       size_t *ret_len, struct shvm_err *err)
{
	AUTO_DONE(buf) raw = { 0 };
	int r = protector_encode(protector->inner, &raw, err);

	if (r < 0)
		return r;
	*ret_len = raw.len;
	*ret = STEAL(raw.data);
	return SHVM_OK;
}

const uint8_t *shvm_protector_xml(const struct shvm_protector *protector,
				  size_t *ret_len)
{
	return protector_xml(protector->inner, ret_len);
}

int guardians_inner(const struct shvm_guardian *const *guardians, size_t count,
		    const struct guardian ***ret, struct shvm_err *err)
{
	const struct guardian **list = calloc(count + 1, sizeof(*list));

	if (!list)
		return err_nomem(err, "guardians");
	for (size_t i = 0; i < count; i++)
		list[i] = guardians[i]->inner;
	*ret = list;
	return SHVM_OK;
}

int shvm_protector_new(const struct shvm_guardian *owner,
		       const struct shvm_guardian *const *guardians,
		       size_t count, struct shvm_protector **ret,
		       struct shvm_err *err)
{
	AUTOFREE const struct guardian **list = NULL;
	AUTO(protector_ptr) p = NULL;
	AUTO(secret_ptr) key = NULL;
	int r;

	r = guardians_inner(guardians, count, &list, err);
	if (r < 0)
		return r;
	r = protector_new(owner->inner, list, count, &p, &key, err);
	return r < 0 ? r : wrap(&p, ret, err);
}

int shvm_protector_grant(const struct shvm_protector *protector,
			 const struct shvm_guardian *owner,
			 const struct shvm_guardian *const *guardians,
			 size_t count, struct shvm_protector **ret,
			 struct shvm_err *err)
{
	AUTOFREE const struct guardian **list = NULL;
	AUTO(protector_ptr) p = NULL;
	int r;

	r = guardians_inner(guardians, count, &list, err);
	if (r < 0)
		return r;
	r = protector_grant(protector->inner, owner->inner, list, count, &p,
			    err);
	return r < 0 ? r : wrap(&p, ret, err);
}

int shvm_protector_revoke(const struct shvm_protector *protector,
			  const struct shvm_guardian *owner,
			  const struct shvm_revocation *who,
			  struct shvm_protector **ret, struct shvm_err *err)
{
	AUTOFREE bool *gone = calloc(protector->inner->count, sizeof(*gone));
	AUTOFREE const struct guardian **list = NULL;
	AUTO(protector_ptr) p = NULL;
	struct revocation inner = {
		.fingerprints = who->fingerprints,
		.fingerprint_count = who->fingerprint_count,
		.guardian_count = who->guardian_count,
	};
	int r;

	if (!gone)
		return err_nomem(err, "key protector");
	r = guardians_inner(who->guardians, who->guardian_count, &list, err);
	if (r < 0)
		return r;
	inner.guardians = list;
	r = protector_revoke(protector->inner, owner->inner, &inner, gone, &p,
			     NULL, err);
	return r < 0 ? r : wrap(&p, ret, err);
}

/* The transport key, as far as the given key leads to it: what fails here but
 * for loading the key is for the verdict, not for the caller. */
static int transport_key(const struct protector *p,
			 const struct shvm_key_source *source,
			 struct secret **ret, struct shvm_err *why,
			 struct shvm_err *err)
{
	AUTO(pkey_ptr) key = NULL;
	int r;

	if (!source)
		return SHVM_OK;
	r = key_load_private(source, &key, NULL, NULL, err);
	if (r < 0)
		return r;
	r = protector_unwrap(p, key, NULL, NULL, ret, why);
	if (r == SHVM_E_NOMEM)
		return err_nomem(err, "key protector");
	/* A token that refuses to work says nothing about the protector, one
	 * that refuses these very bytes does. */
	if (r < 0 && why->reason && strncmp(why->reason, "CKR_", 4) == 0 &&
	    strncmp(why->reason, "CKR_ENCRYPTED_DATA", 18) != 0)
		return err_reason(err, r, why->reason, "%s", why->msg);
	return SHVM_OK;
}

/* Of a key that was given, and does not open a protector without faults. */
static int add_key(struct checks *steps, const struct shvm_err *why,
		   struct shvm_err *err)
{
	const struct shvm_check check = { .id = "guardian-key",
					  .outcome = SHVM_CHECK_FAILED,
					  .level = SHVM_LEVEL_ERROR,
					  .offset = UINT64_MAX };

	return checks_put(steps, &check, err, "%s", why->msg);
}

int shvm_protector_check(const struct shvm_protector *protector,
			 const struct shvm_key_source *key,
			 struct shvm_verdict *ret, struct shvm_err *err)
{
	AUTO_DONE(checks) steps = { 0 };
	struct shvm_verdict verdict = { 0 };
	AUTO(secret_ptr) transport = NULL;
	struct shvm_err why = { 0 }, first = { 0 };
	int r;

	r = transport_key(protector->inner, key, &transport, &why, err);
	if (r < 0)
		return r;
	r = protector_check(protector->inner, transport, &steps, &first);
	if (r == SHVM_E_NOMEM)
		return err_nomem(err, "key protector");
	/* A broken protector explains a key that does not open it. */
	if (r == SHVM_OK && why.code < 0) {
		first = why;
		r = add_key(&steps, &why, err);
		if (r < 0)
			return r;
	}
	verdict.yes = first.code == SHVM_OK;
	if (!verdict.yes) {
		verdict.reason = first.reason ? first.reason : "bad-protector";
		memcpy(verdict.text, first.msg, sizeof(verdict.text));
	}
	checks_give(&steps, &verdict);
	*ret = verdict;
	return SHVM_OK;
}
