/* SPDX-License-Identifier: MIT */
/* Reads PKCS#12 files bag by bag: those with algorithms that OpenSSL has only in
 * a separate provider. Also counts the keys in any PKCS#12 file. */
#include "signer/key_store.h"

#include "base/buf.h"
#include "signer/ossl.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <string.h>

/* Copies objects of another library context to the default one. */
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
		    !key_certs_push(to->certs, STEAL(copy)))
			return false;
	}
	return true;
}

/* The state while one PKCS#12 file is read. */
struct parse {
	OSSL_LIB_CTX *libctx;
	const char *pass;
	int pass_len;
	struct key_objects *o;
	bool only_counts; /* counts the keys; nothing is kept */
};

enum {
	BAGS_DEPTH_MAX = 4 /* nested safes; our limit */
};

static void bags_free(STACK_OF(PKCS12_SAFEBAG) * bags)
{
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}
AUTO_DEFINE(bags_ptr, STACK_OF(PKCS12_SAFEBAG) *, bags_free);
AUTO_DEFINE(p8_ptr, PKCS8_PRIV_KEY_INFO *, PKCS8_PRIV_KEY_INFO_free);

static bool add_key(struct parse *p, const PKCS8_PRIV_KEY_INFO *info)
{
	EVP_PKEY *key = info ? EVP_PKCS82PKEY_ex(info, p->libctx, NULL) : NULL;

	if (!key)
		return false;
	p->o->keys++;
	p->o->count++;
	if (p->o->key)
		EVP_PKEY_free(key); /* the first one is kept */
	else
		p->o->key = key;
	return true;
}

static bool add_cert(struct parse *p, const PKCS12_SAFEBAG *bag)
{
	AUTO(x509_ptr) cert = NULL;

	if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate)
		return true;
	cert = PKCS12_SAFEBAG_get1_cert(bag);
	if (!cert || !key_certs_push(p->o->certs, STEAL(cert)))
		return false;
	p->o->count++;
	return true;
}

static bool add_bags(struct parse *p, const STACK_OF(PKCS12_SAFEBAG) * bags,
		     int depth);

static bool add_bag(struct parse *p, const PKCS12_SAFEBAG *bag, int depth)
{
	const int nid = PKCS12_SAFEBAG_get_nid(bag);
	AUTO(p8_ptr) info = NULL;

	if (p->only_counts && nid != NID_safeContentsBag) {
		p->o->keys +=
			nid == NID_keyBag || nid == NID_pkcs8ShroudedKeyBag;
		return true;
	}
	switch (nid) {
	case NID_keyBag:
		return add_key(p, PKCS12_SAFEBAG_get0_p8inf(bag));
	case NID_pkcs8ShroudedKeyBag:
		/* PKCS12_parse() of OpenSSL 3.0 does this in the default
		 * context, which reads no RC2, RC4 or DES. */
		info = PKCS12_decrypt_skey_ex(bag, p->pass, p->pass_len,
					      p->libctx, NULL);
		return add_key(p, info);
	case NID_certBag:
		return add_cert(p, bag);
	case NID_safeContentsBag:
		return add_bags(p, PKCS12_SAFEBAG_get0_safes(bag), depth + 1);
	default:
		return true; /* CRLs and secrets */
	}
}

static bool add_bags(struct parse *p, const STACK_OF(PKCS12_SAFEBAG) * bags,
		     int depth)
{
	if (!bags || depth > BAGS_DEPTH_MAX)
		return false;
	for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++)
		if (p->o->count > KEY_CERTS_MAX ||
		    !add_bag(p, sk_PKCS12_SAFEBAG_value(bags, i), depth))
			return false;
	return true;
}

static bool add_safes(struct parse *p, const PKCS12 *p12)
{
	STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p12);
	bool good = safes != NULL;

	for (int i = 0; good && i < sk_PKCS7_num(safes); i++) {
		PKCS7 *safe = sk_PKCS7_value(safes, i);
		AUTO(bags_ptr) bags = NULL;

		if (PKCS7_type_is_data(safe))
			bags = PKCS12_unpack_p7data(safe);
		else if (PKCS7_type_is_encrypted(safe))
			bags = PKCS12_unpack_p7encdata(safe, p->pass,
						       p->pass_len);
		else
			continue; /* for the key of a certificate */
		good = add_bags(p, bags, 0);
	}
	sk_PKCS7_pop_free(safes, PKCS7_free);
	return good;
}

/* Key and certificates of a PKCS#12, read in this library context. */
static bool parse_pkcs12(struct parse p, const struct buf *data,
			 const struct secret *pass)
{
	PKCS12 *p12 = PKCS12_init_ex(NID_pkcs7_data, p.libctx, NULL);
	const uint8_t *at = data->data;
	bool good;

	p.pass = pass ? (const char *)pass->data : "";
	p.pass_len = pass ? (int)pass->size : 0;
	p.o->certs = sk_X509_new_null();
	good = p.o->certs && p12 && d2i_PKCS12(&p12, &at, (long)data->len);
	if (good && PKCS12_mac_present(p12)) {
		good = PKCS12_verify_mac(p12, p.pass, p.pass_len) == 1;
		/* An empty passphrase has two encodings: "" and none. */
		if (!good && p.pass_len == 0) {
			p.pass = NULL;
			good = PKCS12_verify_mac(p12, NULL, 0) == 1;
		}
	}
	good = good && add_safes(&p, p12);
	PKCS12_free(p12);
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

		good = parse_pkcs12((struct parse){ .libctx = libctx,
						    .o = &old },
				    data, pass) &&
		       old.count <= KEY_CERTS_MAX && move_objects(&old, o);
	}
	if (legacy)
		(void)OSSL_PROVIDER_unload(legacy);
	if (base)
		(void)OSSL_PROVIDER_unload(base);
	OSSL_LIB_CTX_free(libctx);
	return good;
}

size_t key_count_pkcs12(const struct buf *data, const struct secret *pass)
{
	AUTO_DONE(key_objects) o = { 0 };

	(void)parse_pkcs12((struct parse){ .o = &o, .only_counts = true }, data,
			   pass); /* unreadable bags are not counted */
	ERR_clear_error();
	return o.keys;
}

bool key_has_no_mac(const struct buf *data)
{
	const uint8_t *at = data->data;
	PKCS12 *p12 = d2i_PKCS12(NULL, &at, (long)data->len);
	const bool none = p12 && !PKCS12_mac_present(p12);

	PKCS12_free(p12);
	ERR_clear_error();
	return none;
}
