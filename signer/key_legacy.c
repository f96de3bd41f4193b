/* SPDX-License-Identifier: MIT */
/* PKCS#12 files under algorithms that OpenSSL only has in a provider apart. */
#include "signer/key_store.h"

#include "base/buf.h"
#include "signer/ossl.h"

#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <string.h>

/* Objects of another library context, made again in the default one. */
static bool move_objects(struct key_objects *from, struct key_objects *to)
{
	PKCS8_PRIV_KEY_INFO *info;
	X509 *cert;

	to->keys = from->keys;
	to->count = from->count;
	if (from->key) {
		info = EVP_PKEY2PKCS8(from->key);
		to->key = info ? EVP_PKCS82PKEY(info) : NULL;
		PKCS8_PRIV_KEY_INFO_free(info); /* wipes */
		if (!to->key)
			return false;
	}
	while ((cert = sk_X509_shift(from->certs)) != NULL) {
		AUTO(der_ptr) der = NULL;
		AUTO(x509_ptr) copy = NULL;
		const int len = i2d_X509(cert, &der);

		X509_free(cert);
		if (len <= 0 ||
		    key_cert_decode(der, (size_t)len, "", &copy, NULL) < 0 ||
		    sk_X509_push(to->certs, copy) <= 0)
			return false;
		(void)STEAL(copy); /* the stack has it */
	}
	return true;
}

/* Key and certificates of a PKCS#12, read in this library context. */
static bool parse_pkcs12(OSSL_LIB_CTX *libctx, const struct buf *data,
			 const struct secret *pass, struct key_objects *o)
{
	AUTO(secret_ptr) text = NULL; /* with its NUL */
	PKCS12 *p12 = PKCS12_init_ex(NID_pkcs7_data, libctx, NULL);
	const uint8_t *p = data->data;
	X509 *cert = NULL;
	bool good;

	good = p12 && d2i_PKCS12(&p12, &p, (long)data->len) &&
	       secret_new(pass->size + 1, &text, NULL) == SHVM_OK;
	if (good) {
		memcpy(text->data, pass->data, pass->size);
		text->data[pass->size] = 0;
		good = PKCS12_parse(p12, (const char *)text->data, &o->key,
				    &cert, &o->certs) == 1;
	}
	PKCS12_free(p12);
	if (good && !o->certs)
		good = (o->certs = sk_X509_new_null()) != NULL;
	if (cert && (!good || sk_X509_unshift(o->certs, cert) <= 0)) {
		X509_free(cert);
		good = false;
	}
	o->keys = o->key != NULL;
	o->count = o->keys + (size_t)(good ? sk_X509_num(o->certs) : 0);
	return good;
}

bool key_load_legacy(const struct buf *data, const struct secret *pass,
		     struct key_objects *o)
{
	OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
	OSSL_PROVIDER *base = NULL, *legacy = NULL;
	bool good = false;

	if (libctx) {
		base = OSSL_PROVIDER_load(libctx, "default");
		legacy = OSSL_PROVIDER_load(libctx, "legacy");
	}
	if (base && legacy) {
		AUTO_DONE(key_objects) old = { 0 };

		good = parse_pkcs12(libctx, data, pass, &old) &&
		       old.count <= KEY_CERTS_MAX && move_objects(&old, o);
	}
	if (legacy)
		(void)OSSL_PROVIDER_unload(legacy);
	if (base)
		(void)OSSL_PROVIDER_unload(base);
	OSSL_LIB_CTX_free(libctx);
	return good;
}
