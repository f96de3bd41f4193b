/* SPDX-License-Identifier: MIT */
/* A shielding data file in memory: decoded, checked, unlocked. */
#include "pdk/pdk_file.h"

#include "base/file.h"
#include "base/line.h"
#include "pdk/owner.h"
#include "signer/key.h"

#include <string.h>

void shvm_pdk_free(struct shvm_pdk *pdk)
{
	if (!pdk)
		return;
	free(pdk->name);
	buf_done(&pdk->file);
	shvm_protector_free(pdk->protector);
	secret_free(pdk->transport_key);
	body_done(&pdk->body);
	qualifiers_done(&pdk->published);
	pdk_describe_done(pdk);
	free(pdk);
}

static int decode_parts(struct shvm_pdk *pdk, struct shvm_err *err)
{
	struct container *c = &pdk->container;

	TRY(container_decode(pdk->file.data, pdk->file.len, c, err));
	TRY(err_as_reason(err,
			  protector_decode_raw(c->protector.data,
					       c->protector.len,
					       "key protector", &pdk->protector,
					       err),
			  SHVM_E_FORMAT, "bad-protector"));
	if (shvm_protector_info(pdk->protector)->wrapping_count == 0)
		return err_reason(err, SHVM_E_FORMAT, "bad-protector",
				  "key protector: no wrapping");
	if (!c->has_qualifiers)
		return SHVM_OK;
	return err_as_reason(err,
			     qualifiers_decode_document(c->qualifiers.data,
							c->qualifiers.len,
							&pdk->published, err),
			     SHVM_E_FORMAT, "bad-pdk");
}

X509 *pdk_file_owner_cert(const struct shvm_pdk *pdk)
{
	return protector_signing_cert(pdk->protector, 0);
}

static int check_protector(const struct shvm_pdk *pdk, struct shvm_err *err)
{
	const struct shvm_wrapping_info *w =
		shvm_protector_info(pdk->protector)->wrappings;

	TRY(err_as_reason(err, protector_check(pdk->protector, NULL, NULL, err),
			  SHVM_E_VERIFY, "bad-protector"));
	/* Our rule, so that no reader mistakes another wrapping for the owner's. */
	if (!w[0].is_owner)
		return err_reason(
			err, SHVM_E_VERIFY, "bad-protector",
			"owner: the owner is wrapping %u, but the first is wrapping %u",
			w[protector_owner(pdk->protector)].id, w[0].id);
	return SHVM_OK;
}

/* All checks that do not need a key, once. */
static int judge(struct shvm_pdk *pdk, struct shvm_err *err)
{
	struct shvm_pdk_info *info = &pdk->info;
	X509 *owner = pdk_file_owner_cert(pdk);
	struct shvm_err why = { 0 };
	int r = check_protector(pdk, &pdk->protector_why);

	pdk->signature_why = pdk->protector_why;
	if (r == SHVM_OK)
		r = owner_check(&pdk->container, owner, &pdk->signature_why);
	if (r == SHVM_E_NOMEM)
		return err_nomem(err, "description");
	info->signature_good = r == SHVM_OK;
	line_put(info->signature_text, sizeof(info->signature_text), "%s",
		 pdk->signature_why.msg);
	/* Without an owner there is no certificate. */
	why = pdk->signature_why;
	if (r == SHVM_OK)
		r = owner_check_certificate(owner, 0, &why);
	if (r == SHVM_E_NOMEM)
		return err_nomem(err, "description");
	info->owner_certificate_good = r == SHVM_OK;
	line_put(info->owner_certificate_text,
		 sizeof(info->owner_certificate_text), "%s", why.msg);
	return SHVM_OK;
}

static int decode(struct shvm_pdk *pdk, struct shvm_err *err)
{
	TRY(decode_parts(pdk, err));
	TRY(err_as_reason(err, pdk_describe(pdk, err), SHVM_E_FORMAT,
			  "bad-pdk"));
	return judge(pdk, err);
}

int pdk_file_decode(struct buf *file, const char *what, struct shvm_pdk **ret,
		    struct shvm_err *err)
{
	AUTO(pdk_ptr) pdk = calloc(1, sizeof(*pdk));

	TRY(err_null(err, pdk, what));
	pdk->name = strdup(what);
	TRY(err_null(err, pdk->name, what));
	pdk->file = MOVE(*file);
	TRY(err_prefix(err, decode(pdk, err), "%s", what));
	*ret = STEAL(pdk);
	return SHVM_OK;
}

int shvm_pdk_load(const char *path, struct shvm_pdk **ret, struct shvm_err *err)
{
	AUTO_DONE(buf) file = { 0 };
	int r;

	r = file_read_all(path, CONTAINER_SIZE_MAX, &file, err);
	if (r == SHVM_E_FORMAT) /* larger than any shielding data file */
		return err_as_reason(err, r, SHVM_E_FORMAT, "bad-pdk");
	TRY(r);
	return pdk_file_decode(&file, path, ret, err);
}

int shvm_pdk_decode(const uint8_t *data, size_t size, const char *name,
		    struct shvm_pdk **ret, struct shvm_err *err)
{
	AUTO_DONE(buf) file = { 0 };

	buf_add(&file, data, size);
	TRY(buf_check(&file, name, err));
	return pdk_file_decode(&file, name, ret, err);
}

int pdk_file_check_made(const struct shvm_pdk *pdk, struct shvm_err *err)
{
	return pdk->file.len > 0
		       ? SHVM_OK
		       : err_set(err, SHVM_E_ARG,
				 "pdk: a plan, of which no file was made");
}

int pdk_file_check_protector(const struct shvm_pdk *pdk, struct shvm_err *err)
{
	TRY(pdk_file_check_made(pdk, err));
	return err_take(err, &pdk->protector_why);
}

int pdk_file_check_signature(const struct shvm_pdk *pdk, struct shvm_err *err)
{
	return err_take(err, &pdk->signature_why);
}

int pdk_file_check_fingerprint(const struct shvm_pdk *pdk,
			       const char *fingerprint, struct shvm_err *err)
{
	X509 *cert = pdk_file_owner_cert(pdk);
	uint8_t print[FINGERPRINT_SIZE];
	AUTO_CERT_INFO owner = { 0 };

	TRY(err_prefix(err, fingerprint_parse(fingerprint, print, err),
		       "owner"));
	if (fingerprint_is_of(print, cert))
		return SHVM_OK;
	TRY(cert_info_init(&owner, cert, err));
	return err_reason(err, SHVM_E_VERIFY, "bad-owner-signature",
			  "pdk: the owner is %.*s (SHA-256 %s)",
			  LINE_FIT(owner.subject, 150), owner.sha256);
}

int shvm_pdk_check_owner(const struct shvm_pdk *pdk, const char *fingerprint,
			 struct shvm_err *err)
{
	int r = pdk_file_check_protector(pdk, err);

	if (r == SHVM_OK)
		r = pdk_file_check_signature(pdk, err);
	if (r == SHVM_OK && fingerprint)
		r = pdk_file_check_fingerprint(pdk, fingerprint, err);
	return err_prefix(err, r, "%s", pdk->name);
}

int shvm_pdk_check_owner_certificate(const struct shvm_pdk *pdk, int64_t at,
				     struct shvm_err *err)
{
	return err_prefix(err,
			  owner_check_certificate(pdk_file_owner_cert(pdk), at,
						  err),
			  "%s", pdk->name);
}

int pdk_file_unwrap(struct shvm_pdk *pdk, EVP_PKEY *key, struct shvm_err *err)
{
	AUTO(secret_ptr) transport_key = NULL;

	TRY(protector_open(pdk->protector, key, &pdk->wrapping, &transport_key,
			   err));
	secret_free(pdk->transport_key);
	pdk->transport_key = STEAL(transport_key);
	return SHVM_OK;
}

/* The unencrypted sections can be read without a key: they must match the
 * body. */
static int compare_clear(const struct shvm_pdk *pdk, const struct body *body,
			 struct shvm_err *err)
{
	AUTO_DONE(buf) clear = { 0 };
	AUTO_DONE(buf) sealed = { 0 };

	if (pdk->container.policy_value != body->policy)
		return err_reason(
			err, SHVM_E_VERIFY, "tampered-body",
			"pdk: the clear policy is %s, the sealed one %s",
			shvm_policy_name(pdk->container.policy_value),
			shvm_policy_name(body->policy));
	if (!pdk->container.has_qualifiers)
		return SHVM_OK;
	qualifiers_encode(&pdk->published, true, &clear);
	qualifiers_encode(&body->qualifiers, true, &sealed);
	TRY(buf_check(&clear, "qualifiers", err));
	TRY(buf_check(&sealed, "qualifiers", err));
	if (clear.len != sealed.len ||
	    memcmp(clear.data, sealed.data, clear.len) != 0)
		return err_reason(
			err, SHVM_E_VERIFY, "tampered-body",
			"pdk: the published qualifiers are not the sealed ones");
	return SHVM_OK;
}

int pdk_file_open_body(struct shvm_pdk *pdk, struct shvm_err *err)
{
	AUTO_DONE(buf) xml = { .wipe = true };
	AUTO_DONE(body) body = { 0 };
	struct shvm_err why = { 0 };
	int r;

	TRY(container_open(&pdk->container, pdk->transport_key, &xml, err));
	r = body_decode(xml.data, xml.len, &body, &why);
	/* An unsupported version keeps its own reason. */
	if (!(why.reason && strcmp(why.reason, "bad-pdk") == 0))
		(void)err_as_reason(&why, r, SHVM_E_VERIFY, "tampered-body");
	if (r < 0)
		return err_take(err, &why);
	TRY(compare_clear(pdk, &body, err));
	body_done(&pdk->body);
	pdk->body = MOVE(body);
	pdk->info.is_open = true;
	r = pdk_describe(pdk, err);
	pdk->info.is_open = r == SHVM_OK;
	return err_as_reason(err, r, SHVM_E_VERIFY, "tampered-body");
}

int pdk_file_unlock(struct shvm_pdk *pdk, EVP_PKEY *key, struct shvm_err *err)
{
	TRY(pdk_file_check_protector(pdk, err));
	TRY(pdk_file_check_signature(pdk, err));
	TRY(pdk_file_unwrap(pdk, key, err));
	return pdk_file_open_body(pdk, err);
}

int shvm_pdk_unlock(struct shvm_pdk *pdk, const struct shvm_key_source *key,
		    struct shvm_err *err)
{
	AUTO(pkey_ptr) pkey = NULL;

	TRY(key_load_private(key, &pkey, NULL, NULL, err));
	return err_prefix(err, pdk_file_unlock(pdk, pkey, err), "%s",
			  pdk->name);
}

const struct shvm_pdk_info *shvm_pdk_info(const struct shvm_pdk *pdk)
{
	return &pdk->info;
}

const uint8_t *shvm_pdk_data(const struct shvm_pdk *pdk, size_t *ret_size)
{
	*ret_size = pdk->file.len;
	return pdk->file.data;
}

const struct shvm_protector *shvm_pdk_protector(const struct shvm_pdk *pdk)
{
	return pdk->protector;
}

int shvm_pdk_owner(const struct shvm_pdk *pdk, struct shvm_guardian **ret,
		   struct shvm_err *err)
{
	AUTO(guardian_ptr) g = NULL;

	TRY(err_prefix(err, pdk_file_check_protector(pdk, err), "%s",
		       pdk->name));
	TRY(guardian_alloc("owner", pdk_file_owner_cert(pdk),
			   protector_encryption_cert(pdk->protector, 0), &g,
			   err));
	TRY(guardian_describe(g, err));
	*ret = STEAL(g);
	return SHVM_OK;
}
