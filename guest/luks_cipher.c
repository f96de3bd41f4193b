/* SPDX-License-Identifier: MIT */
/* AES as LUKS1 volumes use it. */
#include "guest/luks_cipher.h"

#include "base/auto.h"
#include "base/le.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

AUTO_DEFINE(cipher_ptr, EVP_CIPHER *, EVP_CIPHER_free);
AUTO_DEFINE(cipher_ctx_ptr, EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free);

const char *luks_cipher(const struct luks_header *h)
{
	if (strcmp(h->cipher, "aes") != 0)
		return NULL;
	if (strcmp(h->mode, "xts-plain64") == 0 ||
	    strcmp(h->mode, "xts-plain") == 0)
		return h->key_size == 64   ? "AES-256-XTS"
		       : h->key_size == 32 ? "AES-128-XTS"
					   : NULL;
	if (strcmp(h->mode, "cbc-plain64") == 0 ||
	    strcmp(h->mode, "cbc-plain") == 0 ||
	    strcmp(h->mode, "cbc-essiv:sha256") == 0)
		return h->key_size == 32   ? "AES-256-CBC"
		       : h->key_size == 16 ? "AES-128-CBC"
					   : NULL;
	return NULL;
}

/* ESSIV: the sector number encrypted with the hash of the key. */
static bool essiv(const uint8_t *key, size_t key_size, uint8_t iv[16])
{
	AUTO(cipher_ctx_ptr) ctx = EVP_CIPHER_CTX_new();
	AUTO(cipher_ptr) ecb = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
	uint8_t salt[32], out[32];
	size_t len;
	int n = 0;
	bool ok;

	ok = ctx && ecb &&
	     EVP_Q_digest(NULL, "SHA256", NULL, key, key_size, salt, &len) &&
	     EVP_EncryptInit_ex2(ctx, ecb, salt, NULL, NULL) &&
	     EVP_CIPHER_CTX_set_padding(ctx, 0) &&
	     EVP_EncryptUpdate(ctx, out, &n, iv, 16) && n == 16;
	if (ok)
		memcpy(iv, out, 16);
	OPENSSL_cleanse(salt, sizeof(salt));
	return ok;
}

int luks_decrypt(const struct luks_header *h, const uint8_t *key,
		 uint64_t first, uint8_t *data, size_t len,
		 struct shvm_err *err)
{
	AUTO(cipher_ctx_ptr) ctx = EVP_CIPHER_CTX_new();
	AUTO(cipher_ptr) cipher = EVP_CIPHER_fetch(NULL, luks_cipher(h), NULL);
	const bool wide =
		strstr(h->mode, "plain64") || strstr(h->mode, "essiv");

	if (!ctx || !cipher)
		return err_set_ossl(err, "luks: cipher %s-%s", h->cipher,
				    h->mode);
	for (size_t at = 0; at < len; at += LUKS_SECTOR, first++) {
		const int n =
			(int)(len - at < LUKS_SECTOR ? len - at : LUKS_SECTOR);
		uint8_t iv[16] = { 0 };
		int done = 0;

		le64_put(iv, wide ? first : (uint32_t)first);
		if ((strstr(h->mode, "essiv") &&
		     !essiv(key, h->key_size, iv)) ||
		    !EVP_DecryptInit_ex2(ctx, cipher, key, iv, NULL) ||
		    !EVP_CIPHER_CTX_set_padding(ctx, 0) ||
		    !EVP_DecryptUpdate(ctx, data + at, &done, data + at, n) ||
		    done != n)
			return err_set_ossl(err, "luks: decryption");
	}
	return SHVM_OK;
}
