/* SPDX-License-Identifier: MIT */
/*
 * The reference kernel: OpenSSL's EVP interface, one leaf after another. The
 * digest is fetched once per context (a fetch per leaf costs 9 to 18 %), and a
 * context belongs to one thread. With a FIPS provider as the default this is
 * the validated module; the parameter kernel excludes all others.
 */
#include "hash/sha2.h"

#include "base/auto.h"

#include <openssl/evp.h>

struct openssl_ctx {
	EVP_MD *md;
	EVP_MD_CTX *run;
};

static void openssl_close(void *ctx)
{
	struct openssl_ctx *c = ctx;

	if (!c)
		return;
	EVP_MD_CTX_free(c->run);
	EVP_MD_free(c->md);
	free(c);
}

static int openssl_open(const char *name, void **ret, struct shvm_err *err)
{
	struct openssl_ctx *c = calloc(1, sizeof(*c));

	TRY(err_null(err, c, "hash context"));

	c->md = EVP_MD_fetch(NULL, name, NULL);
	c->run = EVP_MD_CTX_new();
	if (!c->md || !c->run) {
		openssl_close(c);
		return err_set_ossl(err, "kernel openssl: %s", name);
	}
	*ret = c;
	return SHVM_OK;
}

static int openssl_open_256(void **ret, struct shvm_err *err)
{
	return openssl_open("SHA2-256", ret, err);
}

static int openssl_open_512(void **ret, struct shvm_err *err)
{
	return openssl_open("SHA2-512", ret, err);
}

static int openssl_hash(void *ctx, const uint8_t *const *data, size_t n,
			size_t len, uint8_t *out, struct shvm_err *err)
{
	struct openssl_ctx *c = ctx;
	unsigned int size = 0;

	for (size_t i = 0; i < n; i++) {
		if (EVP_DigestInit_ex2(c->run, c->md, NULL) != 1 ||
		    EVP_DigestUpdate(c->run, data[i], len) != 1 ||
		    EVP_DigestFinal_ex(c->run, out, &size) != 1)
			return err_set_ossl(err, "kernel openssl: hash");
		out += size;
	}
	return SHVM_OK;
}

static bool openssl_is_usable(void)
{
	return true;
}

const struct kernel sha256_openssl = {
	.name = "openssl",
	.algorithm = SHVM_HASH_SHA256,
	.lanes = 1,
	.is_usable = openssl_is_usable,
	.open = openssl_open_256,
	.close = openssl_close,
	.hash = openssl_hash,
};

const struct kernel sha512_openssl = {
	.name = "openssl",
	.algorithm = SHVM_HASH_SHA512,
	.lanes = 1,
	.is_usable = openssl_is_usable,
	.open = openssl_open_512,
	.close = openssl_close,
	.hash = openssl_hash,
};
