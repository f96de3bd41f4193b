/* SPDX-License-Identifier: MIT */
/* Encrypts and decrypts the body of a shielding data file: HKDF-SHA256 (RFC 5869)
 * and AES-256-GCM (NIST SP 800-38D). */
#include "pdk/container.h"

#include "pdk/algorithm.h"
#include "pdk/deflate.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

enum {
	BODY_KEY_SIZE = 32
};

AUTO_DEFINE(cipher_ctx_ptr, EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free);

static int body_key(const struct secret *transport_key,
		    const uint8_t salt[CONTAINER_SALT], struct secret **ret,
		    struct shvm_err *err)
{
	return algorithm_hkdf(transport_key, salt, CONTAINER_SALT,
			      CONTAINER_BODY_INFO, BODY_KEY_SIZE, ret, err);
}

static int seal(const struct secret *key, const uint8_t *nonce,
		const struct view *aad, const struct buf *plain, uint8_t *out,
		struct shvm_err *err)
{
	AUTO(cipher_ctx_ptr) ctx = EVP_CIPHER_CTX_new();
	int n;

	if (aad->len > INT_MAX || plain->len > INT_MAX)
		return err_set(err, SHVM_E_ARG, "pdk: too large to seal");
	if (!ctx ||
	    EVP_EncryptInit_ex2(ctx, EVP_aes_256_gcm(), key->data, nonce,
				NULL) != 1 ||
	    EVP_EncryptUpdate(ctx, NULL, &n, aad->data, (int)aad->len) != 1 ||
	    EVP_EncryptUpdate(ctx, out, &n, plain->data, (int)plain->len) !=
		    1 ||
	    EVP_EncryptFinal_ex(ctx, out + n, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, CONTAINER_TAG,
				out + plain->len) != 1)
		return err_set_ossl(err, "pdk: AES-256-GCM");
	return SHVM_OK;
}

int container_seal(const struct container_parts *parts,
		   const struct secret *transport_key,
		   const struct buf *body_xml, struct buf *ret,
		   struct shvm_err *err)
{
	AUTO_DONE(buf) plain = { .wipe = true };
	AUTO_DONE(buf) file = { 0 };
	AUTO(secret_ptr) key = NULL;
	uint8_t *head, *out;
	struct view aad;

	TRY(body_deflate(body_xml, &plain, err));
	TRY(container_add_clear(parts,
				CONTAINER_SALT + CONTAINER_NONCE + plain.len +
					CONTAINER_TAG,
				&file, err));
	head = buf_grow(&file, CONTAINER_SALT + CONTAINER_NONCE);
	TRY(err_null(err, head, "pdk"));
	TRY(secret_random(head, CONTAINER_SALT + CONTAINER_NONCE, err));
	TRY(body_key(transport_key, head, &key, err));

	out = buf_grow(&file, plain.len + CONTAINER_TAG);
	if (!out) /* head may have moved: do not use it any more */
		return err_nomem(err, "pdk");
	aad = (struct view){ file.data, (size_t)(out - file.data) };
	TRY(seal(key, out - CONTAINER_NONCE, &aad, &plain, out, err));
	buf_add(ret, file.data, file.len);
	return buf_check(ret, "pdk", err);
}

/* Nothing of plain may be used unless this succeeds. */
static int unseal(const struct secret *key, const struct container *c,
		  struct buf *plain, struct shvm_err *err)
{
	AUTO(cipher_ctx_ptr) ctx = EVP_CIPHER_CTX_new();
	uint8_t tag[CONTAINER_TAG];
	uint8_t *out = buf_grow(plain, c->ciphertext.len);
	int n;

	TRY(err_null(err, out, "pdk"));
	/* The limits of the sections are far below INT_MAX. */
	memcpy(tag, c->tag.data, sizeof(tag));
	if (!ctx ||
	    EVP_DecryptInit_ex2(ctx, EVP_aes_256_gcm(), key->data,
				c->nonce.data, NULL) != 1 ||
	    EVP_DecryptUpdate(ctx, NULL, &n, c->aad.data, (int)c->aad.len) !=
		    1 ||
	    EVP_DecryptUpdate(ctx, out, &n, c->ciphertext.data,
			      (int)c->ciphertext.len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, CONTAINER_TAG,
				tag) != 1)
		return err_set_ossl(err, "pdk: AES-256-GCM");
	if (EVP_DecryptFinal_ex(ctx, out + n, &n) != 1)
		return err_reason(
			err, SHVM_E_VERIFY, "tampered-body",
			"pdk: authentication failed: the encrypted body or the data before it was modified, or it was sealed under another key protector");
	return SHVM_OK;
}

int container_open(const struct container *c,
		   const struct secret *transport_key, struct buf *ret_xml,
		   struct shvm_err *err)
{
	AUTO_DONE(buf) plain = { .wipe = true };
	AUTO(secret_ptr) key = NULL;
	int r;

	TRY(body_key(transport_key, c->salt.data, &key, err));
	TRY(unseal(key, c, &plain, err));
	r = body_inflate(plain.data, plain.len, ret_xml, err);
	if (r != SHVM_E_FORMAT)
		return r;
	/* It was sealed with the right key, and still is not a body. */
	if (err) {
		err->code = SHVM_E_VERIFY;
		err->reason = "tampered-body";
	}
	return SHVM_E_VERIFY;
}
