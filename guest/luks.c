/* SPDX-License-Identifier: MIT */
/*
 * LUKS1: header, key slots, anti-forensic merge. Source: LUKS On-Disk Format
 * Specification 1.2.3. libcryptsetup is not used: to open a usual LUKS2 key
 * slot it needs threads, the kernel's keyring and 1 GiB of memory, which the
 * sandbox of helper/ does not allow, and the readiness rules require LUKS1. The
 * LUKS1 header has to be decoded here in any case, for the texts of the rules
 * and to know how long a try takes.
 */
#include "guest/luks.h"

#include "base/auto.h"
#include "base/be.h"
#include "base/clock.h"
#include "guest/luks_cipher.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#define SLOT_ENABLED 0x00ac71f3u
#define SLOT_DISABLED 0x0000deadu
#define STRIPES_MAX 4000u /* the value that every tool writes */
#define PIECE                                                                  \
	2000u /* hash runs by which our speed is measured; our
			     choice */

struct luks_slot_disk {
	uint8_t active[4];	   /* +0x00 */
	uint8_t iterations[4];	   /* +0x04 */
	uint8_t salt[32];	   /* +0x08 */
	uint8_t material_start[4]; /* +0x28 sectors */
	uint8_t stripes[4];	   /* +0x2c */
};

struct luks_header_disk {
	uint8_t magic[6];	      /* +0x000 */
	uint8_t version[2];	      /* +0x006 */
	uint8_t cipher[32];	      /* +0x008 */
	uint8_t mode[32];	      /* +0x028 */
	uint8_t hash[32];	      /* +0x048 */
	uint8_t payload_start[4];     /* +0x068 sectors */
	uint8_t key_size[4];	      /* +0x06c bytes */
	uint8_t digest[20];	      /* +0x070 */
	uint8_t digest_salt[32];      /* +0x084 */
	uint8_t digest_iterations[4]; /* +0x0a4 */
	uint8_t uuid[40];	      /* +0x0a8 */
	struct luks_slot_disk slots[LUKS_SLOTS];
};
static_assert(sizeof(struct luks_header_disk) == LUKS_HEADER_SIZE,
	      "LUKS 1.2.3, figure 1");

AUTO_DEFINE(md_ptr, EVP_MD *, EVP_MD_free);

#define BAD(err, ...)                                                          \
	err_reason(err, SHVM_E_FORMAT, "luks-header", "luks: " __VA_ARGS__)

/*
 * A name in a field padded with NULs: printable and terminated within the
 * field.
 */
static bool text_load(const uint8_t *field, size_t len, char *ret)
{
	size_t n = 0;

	while (n < len && field[n] > ' ' && field[n] < 0x7f)
		n++;
	if (n == 0 || n == len || field[n] != 0)
		return false;
	memcpy(ret, field, n);
	ret[n] = '\0';
	return true;
}

static int slot_decode(const struct luks_slot_disk *d, size_t i,
		       const struct luks_header *h, struct luks_slot *ret,
		       struct shvm_err *err)
{
	const uint32_t active = be32_get(d->active);
	uint64_t len;

	if (active != SLOT_ENABLED && active != SLOT_DISABLED)
		return BAD(err, "key slot %zu is marked 0x%08x", i, active);
	ret->enabled = active == SLOT_ENABLED;
	if (!ret->enabled)
		return SHVM_OK;
	ret->iterations = be32_get(d->iterations);
	ret->stripes = be32_get(d->stripes);
	memcpy(ret->salt, d->salt, sizeof(ret->salt));
	ret->material_at = (uint64_t)be32_get(d->material_start) * LUKS_SECTOR;
	if (ret->iterations == 0 || ret->stripes == 0 ||
	    ret->stripes > STRIPES_MAX)
		return BAD(err, "key slot %zu has %u iterations and %u stripes",
			   i, ret->iterations, ret->stripes);
	len = (uint64_t)h->key_size * ret->stripes;
	if (ret->material_at < sizeof(struct luks_header_disk) ||
	    ret->material_at > h->payload_at ||
	    len > h->payload_at - ret->material_at)
		return BAD(err,
			   "key slot %zu is at byte %ju, outside of the "
			   "header area",
			   i, (uintmax_t)ret->material_at);
	return SHVM_OK;
}

int luks_header_decode(const uint8_t buf[LUKS_HEADER_SIZE], uint64_t size,
		       struct luks_header *ret, struct shvm_err *err)
{
	const struct luks_header_disk *d = (const void *)buf;
	struct luks_header h = { 0 };

	if (memcmp(d->magic, "LUKS\xba\xbe", 6) != 0 || d->version[0] != 0 ||
	    d->version[1] != 1)
		return BAD(err, "no LUKS header of version 1");
	if (!text_load(d->cipher, sizeof(d->cipher), h.cipher) ||
	    !text_load(d->mode, sizeof(d->mode), h.mode) ||
	    !text_load(d->hash, sizeof(d->hash), h.hash) ||
	    !text_load(d->uuid, sizeof(d->uuid), h.uuid))
		return BAD(err, "a name in the header is not text");
	h.key_size = be32_get(d->key_size);
	if (h.key_size != 16 && h.key_size != 32 && h.key_size != 64)
		return BAD(err, "key size is %u bytes", h.key_size);
	h.payload_at = (uint64_t)be32_get(d->payload_start) * LUKS_SECTOR;
	if (h.payload_at < sizeof(*d) || h.payload_at >= size)
		return BAD(err,
			   "the payload is at byte %ju of a volume of "
			   "%ju bytes",
			   (uintmax_t)h.payload_at, (uintmax_t)size);
	h.digest_iterations = be32_get(d->digest_iterations);
	if (h.digest_iterations == 0)
		return BAD(err, "the key digest has 0 iterations");
	memcpy(h.digest, d->digest, sizeof(h.digest));
	memcpy(h.digest_salt, d->digest_salt, sizeof(h.digest_salt));

	for (size_t i = 0; i < LUKS_SLOTS; i++)
		TRY(slot_decode(&d->slots[i], i, &h, &h.slots[i], err));
	*ret = h;
	return SHVM_OK;
}

int luks_header_load(struct source *volume, struct luks_header *ret,
		     struct shvm_err *err)
{
	uint8_t buf[LUKS_HEADER_SIZE];

	if (volume->size < sizeof(buf))
		return BAD(err,
			   "a volume of %ju bytes is too small for a header",
			   (uintmax_t)volume->size);
	TRY(source_read(volume, 0, buf, sizeof(buf), err));
	return luks_header_decode(buf, volume->size, ret, err);
}

/* H1 of the specification: hash each block with its number in front. */
static bool diffuse(const EVP_MD *md, uint8_t *d, size_t len)
{
	const size_t step = (size_t)EVP_MD_get_size(md);
	uint8_t in[4 + EVP_MAX_MD_SIZE], out[EVP_MAX_MD_SIZE];
	bool ok = true;

	for (size_t at = 0, i = 0; ok && at < len; at += step, i++) {
		const size_t n = len - at < step ? len - at : step;

		be32_put(in, (uint32_t)i);
		memcpy(in + 4, d + at, n);
		ok = EVP_Digest(in, 4 + n, out, NULL, md, NULL);
		memcpy(d + at, out, n);
	}
	OPENSSL_cleanse(in, sizeof(in));
	OPENSSL_cleanse(out, sizeof(out));
	return ok;
}

/* AF-merge: the key from its stripes. */
static bool merge(const EVP_MD *md, const struct secret *stripes,
		  struct secret *key)
{
	const size_t n = stripes->size / key->size;

	memset(key->data, 0, key->size);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < key->size; k++)
			key->data[k] ^= stripes->data[i * key->size + k];
		if (i + 1 < n && !diffuse(md, key->data, key->size))
			return false;
	}
	return true;
}

static bool derive(const char *pass, size_t pass_len, const uint8_t salt[32],
		   uint32_t iterations, const EVP_MD *md, uint8_t *ret,
		   size_t len)
{
	return iterations <= INT32_MAX &&
	       PKCS5_PBKDF2_HMAC(pass, (int)pass_len, salt, 32, (int)iterations,
				 md, (int)len, ret) == 1;
}

/* The key of the volume if the passphrase opens the slot; else NULL. */
static int slot_open(struct source *volume, const struct luks_header *h,
		     const struct luks_slot *slot, const char *passphrase,
		     const EVP_MD *md, struct secret **ret,
		     struct shvm_err *err)
{
	AUTO(secret_ptr) key = NULL;
	AUTO(secret_ptr) stripes = NULL;
	uint8_t digest[sizeof(h->digest)];

	TRY(secret_new(h->key_size, &key, err));
	TRY(secret_new((size_t)h->key_size * slot->stripes, &stripes, err));
	TRY(source_read(volume, slot->material_at, stripes->data, stripes->size,
			err));
	if (!derive(passphrase, strlen(passphrase), slot->salt,
		    slot->iterations, md, key->data, key->size))
		return err_set_ossl(err, "luks: key derivation");
	TRY(luks_decrypt(h, key->data, 0, stripes->data, stripes->size, err));
	if (!merge(md, stripes, key) ||
	    !derive((const char *)key->data, key->size, h->digest_salt,
		    h->digest_iterations, md, digest, sizeof(digest)))
		return err_set_ossl(err, "luks: key digest");
	if (CRYPTO_memcmp(digest, h->digest, sizeof(digest)) == 0)
		*ret = STEAL(key);
	return SHVM_OK;
}

/* The hash of the header if it is a known one. */
static int hash_find(const struct luks_header *h, EVP_MD **ret,
		     struct shvm_err *err)
{
	static const char *const hashes[] = { "sha1", "sha256", "sha512" };

	for (size_t i = 0; i < ARRAY_SIZE(hashes); i++) {
		if (strcmp(h->hash, hashes[i]) == 0)
			*ret = EVP_MD_fetch(NULL, h->hash, NULL);
	}
	if (*ret && luks_cipher(h))
		return SHVM_OK;
	return err_reason(err, SHVM_E_UNSUPPORTED, "luks-cipher",
			  "luks: %s-%s with %u bytes and %s is not supported",
			  h->cipher, h->mode, h->key_size, h->hash);
}

/* Hash runs needed to try a slot: at most 2^36. */
static uint64_t slot_work(const struct luks_header *h,
			  const struct luks_slot *slot, const EVP_MD *md)
{
	const uint64_t step = (uint64_t)EVP_MD_get_size(md);

	if (!slot->enabled)
		return 0;
	return slot->iterations * ((h->key_size + step - 1) / step) +
	       h->digest_iterations;
}

/*
 * The key derivation of OpenSSL cannot be interrupted, so whether it can be
 * done in time is estimated before, by measuring a small part of it.
 */
static int work_check(const EVP_MD *md, uint64_t work, int64_t until,
		      struct shvm_err *err)
{
	const int64_t start = clock_ms(), left = until - start;
	static const uint8_t salt[32];
	uint64_t done = 0, ms;
	uint8_t key[1];

	if (work <= PIECE && left > 0)
		return SHVM_OK;
	do {
		if (!derive("", 0, salt, PIECE, md, key, sizeof(key)))
			return err_set_ossl(err, "luks: key derivation");
		done += PIECE;
		ms = (uint64_t)(clock_ms() - start);
	} while (ms < 8); /* more than the resolution of the clock */
	if (left > 0 && work * ms / done < (uint64_t)left)
		return SHVM_OK;
	return err_reason(err, SHVM_E_UNSUPPORTED, "luks-slow",
			  "luks: trying the passphrase needs %ju hash runs, "
			  "about %ju seconds, which is too long",
			  (uintmax_t)work,
			  (uintmax_t)(work * ms / done / 1000));
}

int luks_check_work(const struct luks_header *h, int64_t until,
		    struct shvm_err *err)
{
	AUTO(md_ptr) md = NULL;
	uint64_t sum = 0;

	TRY(hash_find(h, &md, err));
	for (size_t i = 0; i < LUKS_SLOTS; i++)
		sum += slot_work(h, &h->slots[i], md);
	return work_check(md, sum, until, err);
}

int luks_open(struct source *volume, const struct luks_header *h,
	      const char *passphrase, int64_t until, struct secret **ret,
	      struct shvm_err *err)
{
	AUTO(md_ptr) md = NULL;
	AUTO(secret_ptr) key = NULL;

	TRY(hash_find(h, &md, err));
	for (size_t i = 0; i < LUKS_SLOTS && !key; i++) {
		const struct luks_slot *slot = &h->slots[i];

		if (!slot->enabled)
			continue;
		TRY(work_check(md, slot_work(h, slot, md), until, err));
		TRY(slot_open(volume, h, slot, passphrase, md, &key, err));
	}
	*ret = STEAL(key);
	return SHVM_OK;
}
