/* SPDX-License-Identifier: MIT */
/* Key protectors: their life, what they hold, and the making of new ones. */
#include "pdk/protector.h"

#include "base/be.h"
#include "pdk/protector_internal.h"

#include <string.h>

static void wrapping_done(struct wrapping *w)
{
	X509_free(w->signing);
	X509_free(w->encryption);
	buf_done(&w->signing_der);
	buf_done(&w->encryption_der);
	signature_done(&w->signing_sig);
	signature_done(&w->encryption_sig);
	free(w->transport.uri);
	buf_done(&w->transport.value);
}

void protector_free(struct protector *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->count; i++)
		wrapping_done(&p->items[i]);
	free(p->items);
	free(p->max_offline_unwraps);
	free(p->kdf_uri);
	signature_done(&p->mac);
	signature_done(&p->guardian);
	buf_done(&p->canon);
	buf_done(&p->xml);
	free(p);
}

int protector_alloc(size_t count, struct protector **ret, struct shvm_err *err)
{
	AUTO(protector_ptr) p = NULL;

	if (count > PROTECTOR_WRAPPINGS_MAX)
		return err_set(err, SHVM_E_ARG,
			       "key protector: %zu wrappings, the limit is %d",
			       count, PROTECTOR_WRAPPINGS_MAX);
	p = calloc(1, sizeof(*p));
	if (!p)
		return err_nomem(err, "key protector");
	p->items = calloc(count, sizeof(*p->items));
	if (!p->items)
		return err_nomem(err, "key protector");
	p->count = count;
	*ret = STEAL(p);
	return SHVM_OK;
}

size_t protector_count(const struct protector *p)
{
	return p->count;
}

X509 *protector_signing_cert(const struct protector *p, size_t i)
{
	return p->items[i].signing;
}

X509 *protector_encryption_cert(const struct protector *p, size_t i)
{
	return p->items[i].encryption;
}

uint32_t protector_wrapping_id(const struct protector *p, size_t i)
{
	return p->items[i].id;
}

size_t protector_find(const struct protector *p, uint32_t id)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->items[i].id == id)
			return i;
	return SIZE_MAX;
}

bool protector_is_owner(const struct protector *p, size_t i)
{
	return p->items[i].parent == p->items[i].id;
}

size_t protector_owner(const struct protector *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (protector_is_owner(p, i))
			return i;
	return SIZE_MAX;
}

size_t protector_signer(const struct protector *p)
{
	return protector_find(p, p->signer);
}

const char *protector_offline_unwraps(const struct protector *p)
{
	return p->max_offline_unwraps;
}

int protector_new(const struct guardian *owner,
		  const struct guardian *const *guardians, size_t count,
		  struct protector **ret, struct secret **ret_key,
		  struct shvm_err *err)
{
	AUTO(protector_ptr) p = NULL;
	AUTO(secret_ptr) key = NULL;
	AUTO(secret_ptr) blob = NULL;
	int r;

	if (!owner->signing_key)
		return err_reason(
			err, SHVM_E_CRYPTO, "no-owner-key",
			"owner \"%s\": the private signing key is needed",
			owner->name);
	r = protector_check_distinct(owner, guardians, count, err);
	if (r < 0)
		return r;
	r = protector_key_new(&key, &blob, err);
	if (r < 0)
		return r;
	r = protector_alloc(count + 1, &p, err);
	if (r < 0)
		return r;

	for (size_t i = 0; i <= count; i++) {
		const struct guardian *g = i == 0 ? owner : guardians[i - 1];

		r = protector_wrap(&p->items[i], g, (uint32_t)i + 1, 1,
				   owner->signing_key, err);
		if (r == SHVM_OK)
			r = protector_wrap_key(&p->items[i], blob, err);
		if (r < 0)
			return err_prefix(err, r, "guardian \"%s\"", g->name);
	}
	r = protector_seal(p, 1, owner->signing_key, key, err);
	if (r < 0)
		return r;

	*ret = STEAL(p);
	*ret_key = STEAL(key);
	return SHVM_OK;
}

int protector_encode(const struct protector *p, struct buf *ret,
		     struct shvm_err *err)
{
	uint8_t *head;

	/* PROTECTOR_SIZE_MAX keeps the sum far below 2^32. */
	head = buf_grow(ret, 4);
	if (head)
		be32_put(head, (uint32_t)p->xml.len + 4);
	buf_add(ret, p->xml.data, p->xml.len);
	return buf_check(ret, "key protector", err);
}

const uint8_t *protector_xml(const struct protector *p, size_t *ret_len)
{
	*ret_len = p->xml.len;
	return p->xml.data;
}
