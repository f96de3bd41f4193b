/* SPDX-License-Identifier: MIT */
/* Key protectors: allocation and description. */
#include "pdk/protector.h"

#include "base/be.h"
#include "pdk/protector_internal.h"

#include <string.h>

void wrapping_done(struct wrapping *w)
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

static void wrappings_free(struct shvm_protector *p)
{
	for (size_t i = 0; i < p->info.wrapping_count; i++) {
		cert_info_done(&p->wrappings[i].signing);
		cert_info_done(&p->wrappings[i].encryption);
	}
	free(p->wrappings);
	p->wrappings = NULL;
	p->info.wrapping_count = 0;
}

void shvm_protector_free(struct shvm_protector *p)
{
	if (!p)
		return;
	wrappings_free(p);
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

static int describe_wrapping(const struct wrapping *w,
			     struct shvm_wrapping_info *ret,
			     struct shvm_err *err)
{
	TRY(cert_info_init(&ret->signing, w->signing, err));
	TRY(cert_info_init(&ret->encryption, w->encryption, err));
	ret->id = w->id;
	ret->parent = w->parent;
	ret->is_owner = w->id == w->parent;
	ret->signing_algorithm = w->signing_sig.uri;
	ret->encryption_algorithm = w->encryption_sig.uri;
	ret->transport_algorithm = w->transport.uri;
	return SHVM_OK;
}

int protector_describe(struct shvm_protector *p, struct shvm_err *err)
{
	wrappings_free(p);
	p->wrappings = calloc(p->count, sizeof(*p->wrappings));
	TRY(err_null(err, p->wrappings, "key protector"));
	p->info = (struct shvm_protector_info){
		.wrappings = p->wrappings,
		.wrapping_count = p->count,
		.max_offline_unwraps = p->max_offline_unwraps,
		.signer = p->signer,
		.guardian_algorithm = p->guardian.uri,
		.derivation_algorithm = p->kdf_uri,
		.mac_algorithm = p->mac.uri,
		.raw_size = p->xml.len + 4,
	};
	for (size_t i = 0; i < p->count; i++)
		TRY(describe_wrapping(&p->items[i], &p->wrappings[i], err));
	return SHVM_OK;
}

const struct shvm_protector_info *shvm_protector_info(
	const struct shvm_protector *protector)
{
	return &protector->info;
}

int protector_alloc(size_t count, struct shvm_protector **ret,
		    struct shvm_err *err)
{
	AUTO(protector_ptr) p = NULL;

	if (count > PROTECTOR_WRAPPINGS_MAX)
		return err_set(err, SHVM_E_ARG,
			       "key protector: %zu wrappings, the limit is %d",
			       count, PROTECTOR_WRAPPINGS_MAX);
	p = calloc(1, sizeof(*p));
	TRY(err_null(err, p, "key protector"));
	p->items = calloc(count, sizeof(*p->items));
	TRY(err_null(err, p->items, "key protector"));
	p->count = count;
	*ret = STEAL(p);
	return SHVM_OK;
}

int protector_set_uri(char **at, const char *uri, struct shvm_err *err)
{
	char *copy = strdup(uri);

	TRY(err_null(err, copy, "key protector"));
	free(*at);
	*at = copy;
	return SHVM_OK;
}

X509 *protector_signing_cert(const struct shvm_protector *p, size_t i)
{
	return p->items[i].signing;
}

X509 *protector_encryption_cert(const struct shvm_protector *p, size_t i)
{
	return p->items[i].encryption;
}

size_t protector_find(const struct shvm_protector *p, uint32_t id)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->items[i].id == id)
			return i;
	return SIZE_MAX;
}

size_t protector_owner(const struct shvm_protector *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->items[i].parent == p->items[i].id)
			return i;
	return SIZE_MAX;
}

int protector_encode(const struct shvm_protector *p, struct buf *ret,
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

int shvm_protector_raw(const struct shvm_protector *protector, uint8_t **ret,
		       size_t *ret_len, struct shvm_err *err)
{
	AUTO_DONE(buf) raw = { 0 };

	TRY(protector_encode(protector, &raw, err));
	*ret_len = raw.len;
	*ret = STEAL(raw.data);
	return SHVM_OK;
}

const uint8_t *shvm_protector_xml(const struct shvm_protector *protector,
				  size_t *ret_len)
{
	*ret_len = protector->xml.len;
	return protector->xml.data;
}
