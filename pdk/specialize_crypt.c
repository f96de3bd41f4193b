/* SPDX-License-Identifier: MIT */
/* The encrypted payload for Linux guests: AES-CBC under the volume key. */
#include "base/le.h"
#include "pdk/specialize.h"

#include <assert.h>
#include <openssl/evp.h>
#include <string.h>

/* lsvmload/specialize.h, SECURE_SPECIALIZATION_HEADER_V1 */
struct secure_header_disk {
	uint8_t length[4];	  /* +0x00 bytes of the whole file */
	uint8_t version[4];	  /* +0x04 1 */
	uint8_t mode[4];	  /* +0x08 1 AES-CBC, 2 with an HMAC */
	uint8_t iv_length[4];	  /* +0x0c 16 */
	uint8_t iv_offset[4];	  /* +0x10 from the start of the file */
	uint8_t hmac_length[4];	  /* +0x14 mode 2 only */
	uint8_t hmac_offset[4];	  /* +0x18 mode 2 only */
	uint8_t cipher_length[4]; /* +0x1c a multiple of 16 */
	uint8_t cipher_offset[4]; /* +0x20 from the start of the file */
};
static_assert(sizeof(struct secure_header_disk) == 36, "lsvmload");

enum {
	MODE_CBC = 1,
	MODE_CBC_HMAC = 2,
	AES_BLOCK = 16
};

AUTO_DEFINE(cipher_ctx_ptr, EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free);

static int cipher_of(const struct secret *key, const EVP_CIPHER **ret,
		     struct shvm_err *err)
{
	switch (key->size) {
	case 16:
		*ret = EVP_aes_128_cbc();
		return SHVM_OK;
	case 24:
		*ret = EVP_aes_192_cbc();
		return SHVM_OK;
	case 32:
		*ret = EVP_aes_256_cbc();
		return SHVM_OK;
	default:
		return err_set(err, SHVM_E_ARG,
			       "volume key of %zu bytes, not 16, 24 or 32",
			       key->size);
	}
}

int specialize_encrypt(const struct secret *key, const uint8_t *iv,
		       const struct buf *clear, struct buf *ret,
		       struct shvm_err *err)
{
	const size_t padded = (clear->len / AES_BLOCK + 1) * AES_BLOCK;
	const uint32_t head = sizeof(struct secure_header_disk);
	AUTO(cipher_ctx_ptr) ctx = EVP_CIPHER_CTX_new();
	const EVP_CIPHER *cipher;
	uint8_t own_iv[SPECIALIZE_IV];
	uint8_t *out;
	int n, last;

	if (clear->len > SPECIALIZE_SIZE_MAX)
		return err_set(err, SHVM_E_ARG, "payload of %zu bytes",
			       clear->len);
	TRY(cipher_of(key, &cipher, err));
	if (iv)
		memcpy(own_iv, iv, sizeof(own_iv));
	else if (secret_random(own_iv, sizeof(own_iv), err) < 0)
		return SHVM_E_CRYPTO;

	buf_add_le32(ret, head + SPECIALIZE_IV + (uint32_t)padded);
	buf_add_le32(ret, 1);
	buf_add_le32(ret, MODE_CBC);
	buf_add_le32(ret, SPECIALIZE_IV);
	buf_add_le32(ret, head);
	buf_add_le32(ret, 0); /* no HMAC in mode 1 */
	buf_add_le32(ret, 0);
	buf_add_le32(ret, (uint32_t)padded);
	buf_add_le32(ret, head + SPECIALIZE_IV);
	buf_add(ret, own_iv, sizeof(own_iv));
	out = buf_grow(ret, padded);
	TRY(err_null(err, out, "payload"));
	if (!ctx ||
	    EVP_EncryptInit_ex2(ctx, cipher, key->data, own_iv, NULL) != 1 ||
	    EVP_EncryptUpdate(ctx, out, &n, clear->data, (int)clear->len) !=
		    1 ||
	    EVP_EncryptFinal_ex(ctx, out + n, &last) != 1)
		return err_set_ossl(err, "payload: AES-CBC");
	assert((size_t)(n + last) == padded);
	return SHVM_OK;
}

static int header_check(const uint8_t *data, size_t len, uint32_t *ret_iv,
			uint32_t *ret_at, uint32_t *ret_len,
			struct shvm_err *err)
{
	const struct secure_header_disk *d = (const void *)data;
	uint32_t mode, iv_at, at, n;

	if (len < sizeof(*d) || len > SPECIALIZE_SIZE_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "encrypted payload: %zu bytes", len);
	if (le32_get(d->length) != len || le32_get(d->version) != 1)
		return err_set(err, SHVM_E_FORMAT,
			       "encrypted payload: length field %u, version %u",
			       le32_get(d->length), le32_get(d->version));
	mode = le32_get(d->mode);
	if (mode != MODE_CBC && mode != MODE_CBC_HMAC)
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "encrypted payload: mode is %u, not 1 or 2",
			       mode);
	iv_at = le32_get(d->iv_offset);
	if (le32_get(d->iv_length) != SPECIALIZE_IV || iv_at < sizeof(*d) ||
	    iv_at > len || len - iv_at < SPECIALIZE_IV)
		return err_set(err, SHVM_E_FORMAT,
			       "encrypted payload: IV of %u bytes at %u",
			       le32_get(d->iv_length), iv_at);
	at = le32_get(d->cipher_offset);
	n = le32_get(d->cipher_length);
	if (n == 0 || n % AES_BLOCK != 0)
		return err_set(
			err, SHVM_E_FORMAT,
			"encrypted payload: ciphertext length is %u, not a multiple of 16",
			n);
	if (at < sizeof(*d) || at > len || n > len - at)
		return err_set(err, SHVM_E_FORMAT,
			       "encrypted payload: ciphertext lies outside");
	*ret_iv = iv_at;
	*ret_at = at;
	*ret_len = n;
	return SHVM_OK;
}

int specialize_decrypt(const struct secret *key, const uint8_t *data,
		       size_t len, struct buf *ret, struct shvm_err *err)
{
	AUTO(cipher_ctx_ptr) ctx = EVP_CIPHER_CTX_new();
	AUTO_DONE(buf) clear = { .wipe = true };
	const EVP_CIPHER *cipher;
	uint32_t iv = 0, at = 0, size = 0;
	uint8_t *out;
	int n, last;

	TRY(cipher_of(key, &cipher, err));
	TRY(header_check(data, len, &iv, &at, &size, err));
	out = buf_grow(&clear, size);
	TRY(err_null(err, out, "payload"));
	if (!ctx ||
	    EVP_DecryptInit_ex2(ctx, cipher, key->data, data + iv, NULL) != 1 ||
	    EVP_DecryptUpdate(ctx, out, &n, data + at, (int)size) != 1)
		return err_set_ossl(err, "encrypted payload: AES-CBC");
	if (EVP_DecryptFinal_ex(ctx, out + n, &last) != 1)
		return err_set(
			err, SHVM_E_CRYPTO,
			"encrypted payload: wrong volume key or damaged (padding)");
	ret->wipe = true;
	buf_add(ret, clear.data, (size_t)(n + last));
	return buf_check(ret, "payload", err);
}
