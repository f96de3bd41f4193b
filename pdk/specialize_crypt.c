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
	const EVP_CIPHER *cipher = NULL;
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
