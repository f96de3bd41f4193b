/* SPDX-License-Identifier: MIT */
/* The SSH host key of a machine: a private key in OpenSSH's form (PROTOCOL.key
 * of OpenSSH). */
#include "pdk/ssh_host_key.h"

#include "base/encode.h"
#include "base/match.h"
#include "base/secret.h"
#include "pdk/ssh_key_parts.h"
#include "signer/key.h"
#include "signer/key_form.h"

#include <openssl/evp.h>
#include <shvm/pdk.h>
#include <string.h>

#define BEGIN "-----BEGIN OPENSSH PRIVATE KEY-----"
#define END "-----END OPENSSH PRIVATE KEY-----"
#define MAGIC "openssh-key-v1" /* and a NUL */
#define BAD(err, ...) err_set(err, SHVM_E_FORMAT, "SSH host key: " __VA_ARGS__)

enum {
	LINE = 70, /* characters of base64, as ssh-keygen writes */
	ED25519_SIZE = 32,
	ALIGNMENT = 8 /* of the private part, without encryption */
};

void ssh_host_key_done(struct ssh_host_key *k)
{
	free(k->public_key);
	*k = (struct ssh_host_key){ 0 };
}

/* From the text to the bytes between its lines. */
static int unwrap(const char *text, size_t len, struct buf *ret,
		  struct shvm_err *err)
{
	const char *form = key_form_name(text, len), *end;

	text_trim(&text, &len);
	if (!text_begins(text, len, BEGIN)) {
		if (form)
			return BAD(
				err,
				"is %s, not an OpenSSH private key (ssh-keygen -p writes one)",
				form);
		return BAD(err, "is not an OpenSSH private key");
	}
	text += strlen(BEGIN);
	len -= strlen(BEGIN);
	end = memmem(text, len, END, strlen(END));
	if (!end || len - (size_t)(end - text) != strlen(END))
		return BAD(err, "has no end, or more than one key");
	return err_as_reason(err,
			     base64_decode(text, (size_t)(end - text),
					   "SSH host key", ret, err),
			     SHVM_E_FORMAT, NULL);
}

static int check_head(struct cursor *c, struct shvm_err *err)
{
	const uint8_t *magic;
	struct view cipher, kdf, options;
	uint32_t count;

	if (!cursor_take(c, sizeof(MAGIC), &magic) ||
	    memcmp(magic, MAGIC, sizeof(MAGIC)) != 0 || !ssh_take(c, &cipher) ||
	    !ssh_take(c, &kdf) || !ssh_take(c, &options) ||
	    !cursor_be32(c, &count))
		return BAD(err, "is cut off, or not of version 1");
	if (!text_is(cipher.data, cipher.len, "none") ||
	    !text_is(kdf.data, kdf.len, "none") || options.len != 0)
		return BAD(
			err,
			"has a passphrase, and no one could enter it when the machine starts");
	if (count != 1)
		return BAD(err, "has %u keys, not one", count);
	return SHVM_OK;
}

/* The private part: two equal numbers, the key, a comment, then 1, 2, 3, ... */
static int check_private(struct view all, const struct view *public_blob,
			 const char **ret_kind, struct shvm_err *err)
{
	struct cursor c = cursor_init(all.data, all.len);
	struct view comment;
	uint32_t one, two;

	if (all.len % ALIGNMENT != 0 || !cursor_be32(&c, &one) ||
	    !cursor_be32(&c, &two) || one != two)
		return BAD(err, "is damaged");
	TRY(ssh_key_check_parts(&c, public_blob, ret_kind, err));
	if (!ssh_take(&c, &comment) || c.left >= ALIGNMENT)
		return BAD(err, "is damaged");
	for (size_t i = 0; i < c.left; i++)
		if (c.at[i] != i + 1)
			return BAD(err, "is damaged");
	return SHVM_OK;
}

static int describe(const struct view *blob, struct ssh_host_key *ret,
		    struct shvm_err *err)
{
	struct cursor c = cursor_init(blob->data, blob->len);
	uint8_t hash[EVP_MAX_MD_SIZE];
	AUTO_DONE(buf) line = { 0 };
	AUTO_DONE(buf) print = { 0 };
	unsigned int size = 0;
	struct view type;

	if (!ssh_take(&c, &type))
		return BAD(err, "is damaged");
	if (EVP_Digest(blob->data, blob->len, hash, &size, EVP_sha256(),
		       NULL) != 1)
		return err_set_ossl(err, "SSH host key");
	buf_add(&line, type.data, type.len);
	buf_add_text(&line, " ");
	base64_encode(&line, blob->data, blob->len);
	buf_add(&line, "", 1);
	buf_add_text(&print, "SHA256:");
	base64_encode(&print, hash, size);
	TRY(buf_check(&line, "SSH host key", err));
	TRY(buf_check(&print, "SSH host key", err));
	/* Without the padding, as ssh-keygen prints it. */
	while (print.len > 0 && print.data[print.len - 1] == '=')
		print.len--;
	if (print.len >= SSH_FINGERPRINT)
		return BAD(err, "is damaged");
	memcpy(ret->fingerprint, print.data, print.len);
	ret->fingerprint[print.len] = '\0';
	ret->public_key = (char *)STEAL(line.data);
	return SHVM_OK;
}

int ssh_host_key_read(const void *data, size_t len, struct ssh_host_key *ret,
		      struct shvm_err *err)
{
	AUTO_DONE(buf) bytes = { .wipe = true };
	struct ssh_host_key k = { 0 };
	struct view blob, private;
	struct cursor c;

	if (len > SSH_HOST_KEY_MAX)
		return BAD(err, "has %zu bytes, the limit is %d", len,
			   SSH_HOST_KEY_MAX);
	TRY(unwrap(data, len, &bytes, err));
	c = cursor_init(bytes.data, bytes.len);
	TRY(check_head(&c, err));
	if (!ssh_take(&c, &blob) || !ssh_take(&c, &private) || c.left != 0)
		return BAD(err, "is damaged");
	TRY(check_private(private, &blob, &k.kind, err));
	TRY(describe(&blob, &k, err));
	*ret = k;
	return SHVM_OK;
}

static void add_text(struct buf *b, const char *text)
{
	ssh_add(b, text, strlen(text));
}

static void wrap(const struct buf *bytes, struct buf *ret)
{
	AUTO_DONE(buf) base64 = { .wipe = true };

	base64_encode(&base64, bytes->data, bytes->len);
	buf_add_text(ret, BEGIN "\n");
	for (size_t i = 0; i < base64.len; i += LINE) {
		buf_add(ret, base64.data + i,
			base64.len - i < LINE ? base64.len - i : LINE);
		buf_add_text(ret, "\n");
	}
	buf_add_text(ret, END "\n");
	ret->failed = ret->failed || base64.failed;
}

/* The private part is the seed and the public key. */
static int encode(const uint8_t *seed, const uint8_t *public, struct buf *ret,
		  struct shvm_err *err)
{
	AUTO_DONE(buf) blob = { 0 };
	AUTO_DONE(buf) all = { .wipe = true };
	AUTO_DONE(buf) both = { .wipe = true };
	AUTO_DONE(buf) private = { .wipe = true };
	uint8_t check[4];

	TRY(secret_random(check, sizeof(check), err));
	add_text(&blob, "ssh-ed25519");
	ssh_add(&blob, public, ED25519_SIZE);
	buf_add(&both, seed, ED25519_SIZE);
	buf_add(&both, public, ED25519_SIZE);
	buf_add(&private, check, sizeof(check));
	buf_add(&private, check, sizeof(check));
	buf_add(&private, blob.data, blob.len);
	ssh_add(&private, both.data, both.len);
	add_text(&private, "shvm");
	for (uint8_t i = 1; private.len % ALIGNMENT != 0; i++)
		buf_add(&private, &i, 1);
	buf_add(&all, MAGIC, sizeof(MAGIC));
	add_text(&all, "none");
	add_text(&all, "none");
	add_text(&all, "");
	buf_add(&all, "\0\0\0\1", 4);
	ssh_add(&all, blob.data, blob.len);
	ssh_add(&all, private.data, private.len);
	TRY(buf_check(&all, "SSH host key", err));
	wrap(&all, ret);
	return buf_check(ret, "SSH host key", err);
}

int ssh_host_key_new(struct buf *ret, struct shvm_err *err)
{
	AUTO(secret_ptr) seed = NULL;
	AUTO(pkey_ptr) key = NULL;
	uint8_t public[ED25519_SIZE];
	size_t len = sizeof(public);

	ret->wipe = true;
	TRY(secret_new(ED25519_SIZE, &seed, err));
	TRY(secret_random(seed->data, seed->size, err));
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed->data,
					   seed->size);
	if (!key || EVP_PKEY_get_raw_public_key(key, public, &len) != 1)
		return err_set_ossl(err, "SSH host key");
	return encode(seed->data, public, ret, err);
}

int shvm_ssh_key_new(uint8_t **ret, size_t *ret_size, struct shvm_err *err)
{
	AUTO_DONE(buf) b = { 0 };

	TRY(ssh_host_key_new(&b, err));
	*ret_size = b.len;
	*ret = STEAL(b.data);
	return SHVM_OK;
}
