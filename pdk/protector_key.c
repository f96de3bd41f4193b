/* SPDX-License-Identifier: MIT */
/* The transport key of a protector: its blob, its unwrapping, its MAC. */
#include "base/be.h"
#include "pdk/protector_internal.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stddef.h>
#include <string.h>

/* [MS-KPS] transport key blob. The byte order is not specified there; we use
 * big-endian as in the rest of the protocol (FORMAT-PROTECTOR). */
struct blob_head {
	uint8_t data_size[4];	   /* +0x00 of the whole blob */
	uint8_t version[4];	   /* +0x04 1, or 2 with policies */
	uint8_t number_of_keys[4]; /* +0x08 */
	uint8_t key_length[4];	   /* +0x0c bytes of each key */
};
static_assert(sizeof(struct blob_head) == 16, "MS-KPS, transport key blob");

enum {
	KEY_MIN = 16,
	KEY_MAX = 128
}; /* bytes; ours */
enum {
	POLICIES_MAX = 64
}; /* ours */

int protector_blob_encode(const struct secret *key, struct secret **ret,
			  struct shvm_err *err)
{
	const size_t size = sizeof(struct blob_head) + key->size;
	struct secret *blob;
	struct blob_head *head;

	TRY(secret_new(size, &blob, err));
	head = (void *)blob->data;
	be32_put(head->data_size, (uint32_t)size);
	be32_put(head->version, 1);
	be32_put(head->number_of_keys, 1);
	be32_put(head->key_length, (uint32_t)key->size);
	memcpy(blob->data + sizeof(*head), key->data, key->size);
	*ret = blob;
	return SHVM_OK;
}

int protector_key_new(struct secret **ret_key, struct secret **ret_blob,
		      struct shvm_err *err)
{
	AUTO(secret_ptr) key = NULL;

	TRY(secret_new(PROTECTOR_KEY_SIZE, &key, err));
	TRY(secret_random(key->data, key->size, err));
	TRY(protector_blob_encode(key, ret_blob, err));
	*ret_key = STEAL(key);
	return SHVM_OK;
}

/*
 * Version 2 has a list of policies after the keys; MS-KPS fixes their id and
 * type and gives their data no meaning for a reader.
 */
static int check_policies(struct cursor *c, struct shvm_err *err)
{
	uint32_t count, id, type, size;
	const uint8_t *data;

	if (!cursor_be32(c, &count))
		return err_set(err, SHVM_E_FORMAT,
			       "transport key: ends before its policies");
	if (count > POLICIES_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "transport key: %u policies, the limit is %d",
			       count, POLICIES_MAX);
	for (uint32_t i = 0; i < count; i++) {
		if (!cursor_be32(c, &id) || !cursor_be32(c, &type) ||
		    !cursor_be32(c, &size) || !cursor_take(c, size, &data))
			return err_set(err, SHVM_E_FORMAT,
				       "transport key: policy %u is cut short",
				       i);
		if (id != 1 || type != 6)
			return err_set(
				err, SHVM_E_FORMAT,
				"transport key: policy %u has id %u and type %u, not 1 and 6",
				i, id, type);
	}
	return SHVM_OK;
}

static int blob_head(struct cursor *c, size_t size, uint32_t *ret_version,
		     uint32_t *ret_length, struct shvm_err *err)
{
	uint32_t data_size, keys;

	if (!cursor_be32(c, &data_size) || !cursor_be32(c, ret_version) ||
	    !cursor_be32(c, &keys) || !cursor_be32(c, ret_length))
		return err_set(err, SHVM_E_FORMAT,
			       "transport key: blob of %zu bytes", size);
	if (data_size != size && __builtin_bswap32(data_size) == size)
		return err_set(
			err, SHVM_E_UNSUPPORTED,
			"transport key: the blob is little-endian, only big-endian is understood");
	if (data_size != size)
		return err_set(err, SHVM_E_FORMAT,
			       "transport key: DataSize is %u in a blob of %zu",
			       data_size, size);
	if (*ret_version != 1 && *ret_version != 2)
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "transport key: blob version %u", *ret_version);
	if (keys != 1)
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "transport key: the blob holds %u keys, not 1",
			       keys);
	if (*ret_length < KEY_MIN || *ret_length > KEY_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "transport key: key of %u bytes, not %d to %d",
			       *ret_length, KEY_MIN, KEY_MAX);
	return SHVM_OK;
}

int protector_blob_decode(const struct secret *blob, struct secret **ret_key,
			  struct shvm_err *err)
{
	struct cursor c = cursor_init(blob->data, blob->size);
	uint32_t version = 0, length = 0;
	const uint8_t *key;

	TRY(blob_head(&c, blob->size, &version, &length, err));
	if (!cursor_take(&c, length, &key))
		return err_set(err, SHVM_E_FORMAT,
			       "transport key: the blob ends inside the key");
	if (version == 2)
		TRY(check_policies(&c, err));
	if (c.left > 0)
		return err_set(err, SHVM_E_FORMAT,
			       "transport key: %zu bytes after the blob",
			       c.left);
	return secret_copy(key, length, ret_key, err);
}

int protector_mac(const struct shvm_protector *p, const struct secret *key,
		  uint8_t ret[static ALGORITHM_MAC_MAX], size_t *ret_len,
		  struct shvm_err *err)
{
	static const char what[] = "TransportKeySignature";
	const struct algorithm *kdf, *mac;
	AUTO(secret_ptr) mac_key = NULL;

	TRY(algorithm_need(ALGORITHM_KDF, p->kdf_uri, what, &kdf, err));
	TRY(algorithm_need(ALGORITHM_MAC, p->mac.uri, what, &mac, err));
	if (p->kdf_has_parameters || p->mac.has_parameters)
		return err_reason(err, SHVM_E_UNSUPPORTED, "unknown-algorithm",
				  "%s: parameters are not understood", what);
	TRY(algorithm_hkdf(key, NULL, 0, PROTECTOR_MAC_INFO, PROTECTOR_MAC_KEY,
			   &mac_key, err));
	return algorithm_mac(mac, mac_key, p->canon.data, p->canon.len, ret,
			     ret_len, err);
}

int protector_check_mac(const struct shvm_protector *p,
			const struct secret *key, struct shvm_err *err)
{
	uint8_t mac[ALGORITHM_MAC_MAX];
	size_t len = 0;

	TRY(protector_mac(p, key, mac, &len, err));
	if (p->mac.value.len != len ||
	    CRYPTO_memcmp(p->mac.value.data, mac, len) != 0)
		return err_reason(err, SHVM_E_VERIFY, "bad-protector",
				  "the MAC is not that of this transport key");
	return SHVM_OK;
}

int protector_unwrap(const struct shvm_protector *p, EVP_PKEY *key,
		     size_t *ret_wrapping, struct secret **ret_blob,
		     struct secret **ret_key, struct shvm_err *err)
{
	AUTO(secret_ptr) blob = NULL;
	const struct wrapping *w;
	size_t i = 0;

	while (i < p->count &&
	       EVP_PKEY_eq(X509_get0_pubkey(p->items[i].encryption), key) != 1)
		i++;
	ERR_clear_error(); /* EVP_PKEY_eq() of two types queues an error */
	if (i == p->count)
		return err_reason(
			err, SHVM_E_VERIFY, "no-guardian-key",
			"the key belongs to none of the %zu wrappings",
			p->count);

	w = &p->items[i];
	if (w->transport.problem[0])
		return err_reason(err, SHVM_E_UNSUPPORTED, "unknown-algorithm",
				  "wrapping %u: transport key: %s", w->id,
				  w->transport.problem);
	TRY(err_prefix(err,
		       algorithm_unwrap(&w->transport.oaep, key,
					&w->transport.value, &blob, err),
		       "wrapping %u: transport key", w->id));
	TRY(err_prefix(err, protector_blob_decode(blob, ret_key, err),
		       "wrapping %u", w->id));
	if (ret_wrapping)
		*ret_wrapping = i;
	if (ret_blob)
		*ret_blob = STEAL(blob);
	return SHVM_OK;
}

int protector_open(const struct shvm_protector *p, EVP_PKEY *encryption_key,
		   size_t *ret_wrapping, struct secret **ret_key,
		   struct shvm_err *err)
{
	AUTO(secret_ptr) key = NULL;
	size_t wrapping = 0;

	TRY(protector_unwrap(p, encryption_key, &wrapping, NULL, &key, err));
	TRY(err_prefix(err, protector_check_mac(p, key, err),
		       "transport-key-signature"));

	if (ret_wrapping)
		*ret_wrapping = wrapping;
	*ret_key = STEAL(key);
	return SHVM_OK;
}
