/* SPDX-License-Identifier: MIT */
/* Reads what a machine receives, as its guest does. */
#include "tests/unit/support_specialize.h"

#include "base/le.h"
#include "base/utf16.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdio.h>

/* lsvmutils/specialize.h */
struct clear_header_disk {
	uint8_t length[4]; /* +0x00 bytes, this header included */
	uint8_t count[4];  /* +0x04 files */
};
static_assert(sizeof(struct clear_header_disk) == 8, "lsvmutils");

struct clear_entry_disk {
	uint8_t type[4];	   /* +0x00 0; is not read */
	uint8_t name_size[4];	   /* +0x04 bytes of UTF-16LE, even */
	uint8_t name_offset[4];	   /* +0x08 from the start of the entry */
	uint8_t payload_size[4];   /* +0x0c bytes */
	uint8_t payload_offset[4]; /* +0x10 from the start of the entry */
};
static_assert(sizeof(struct clear_entry_disk) == 20, "lsvmutils");

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

static bool range_ok(uint32_t at, uint32_t len, size_t size)
{
	return at <= size && len <= size - at;
}

static int entry_decode(struct cursor *c, uint32_t number, struct payload *ret,
			struct shvm_err *err)
{
	const struct clear_entry_disk *d = (const void *)c->at;
	AUTO_DONE(buf) name = { 0 };
	uint32_t name_size, name_at, size, at, end;
	struct shvm_file file;
	const uint8_t *skipped;
	int r;

	if (c->left < sizeof(*d))
		return err_set(err, SHVM_E_FORMAT,
			       "payload: cut off before entry %u", number);
	name_size = le32_get(d->name_size);
	name_at = le32_get(d->name_offset);
	size = le32_get(d->payload_size);
	at = le32_get(d->payload_offset);
	if (name_size % 2 != 0)
		return err_set(err, SHVM_E_FORMAT,
			       "payload: entry %u: name of %u bytes is odd",
			       number, name_size);
	if (name_at < sizeof(*d) || !range_ok(name_at, name_size, c->left))
		return err_set(err, SHVM_E_FORMAT,
			       "payload: entry %u: name lies outside", number);
	if (at < sizeof(*d) || !range_ok(at, size, c->left))
		return err_set(err, SHVM_E_FORMAT,
			       "payload: entry %u: data lie outside", number);
	if (!utf16_to_utf8(c->at + name_at, name_size, &name))
		return err_set(err, SHVM_E_FORMAT,
			       "payload: entry %u: name is not UTF-16", number);
	buf_add_zeros(&name, 1);
	if (buf_check(&name, "payload", err) < 0)
		return SHVM_E_NOMEM;

	file = (struct shvm_file){ (const char *)name.data, c->at + at, size };
	r = payload_add(ret, &file, err);
	if (r == SHVM_E_ARG) {
		if (err)
			err->code = SHVM_E_FORMAT;
		return err_prefix(err, SHVM_E_FORMAT, "payload: entry %u",
				  number);
	}
	if (r < 0)
		return r;
	end = name_at + name_size > at + size ? name_at + name_size : at + size;
	(void)cursor_take(c, end, &skipped); /* both ends were checked */
	return SHVM_OK;
}

int specialize_decode(const uint8_t *data, size_t len, struct payload *ret,
		      struct shvm_err *err)
{
	const struct clear_header_disk *d = (const void *)data;
	struct cursor c = cursor_init(data, len);
	AUTO_DONE(payload) p = { 0 };
	const uint8_t *head;
	uint32_t count;

	if (len > SPECIALIZE_SIZE_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "payload: %zu bytes, the limit is %d", len,
			       SPECIALIZE_SIZE_MAX);
	if (!cursor_take(&c, sizeof(*d), &head))
		return err_set(err, SHVM_E_FORMAT,
			       "payload: %zu bytes are too few", len);
	if (le32_get(d->length) != len)
		return err_set(
			err, SHVM_E_FORMAT,
			"payload: length field is %u, the payload has %zu bytes",
			le32_get(d->length), len);
	count = le32_get(d->count);
	if (count > PAYLOAD_FILES_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "payload: %u files, the limit is %d", count,
			       PAYLOAD_FILES_MAX);
	for (uint32_t i = 0; i < count; i++)
		TRY(entry_decode(&c, i + 1, &p, err));
	if (c.left > 0)
		return err_set(err, SHVM_E_FORMAT,
			       "payload: %zu bytes after the last entry",
			       c.left);
	*ret = MOVE(p);
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
	char name[32];
	uint8_t *out;
	int n, last;

	(void)snprintf(name, sizeof(name), "AES-%zu-CBC", 8 * key->size);
	cipher = EVP_get_cipherbyname(name); /* NULL: of no such size */
	TRY(header_check(data, len, &iv, &at, &size, err));
	out = buf_grow(&clear, size);
	TRY(err_null(err, out, "payload"));
	if (!ctx || !cipher ||
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
