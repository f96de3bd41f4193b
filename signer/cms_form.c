/* SPDX-License-Identifier: MIT */
/* The only accepted encoding of a message; see cms_form.h. */
#include "signer/cms_form.h"

#include "base/buf.h"
#include "signer/cms.h"

#include <openssl/objects.h>
#include <string.h>

enum {
	TAG_INTEGER = 0x02,
	TAG_OCTETS = 0x04,
	TAG_OID = 0x06,
	TAG_SEQUENCE = 0x30,
	TAG_SET = 0x31,
	TAG_CONTEXT_0 = 0xa0,
	TAG_CONTEXT_1 = 0xa1,
};

/* Contents of elements, without tag and length. */
static const uint8_t oid_signed_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
					   0x0d, 0x01, 0x07, 0x02 };
static const uint8_t oid_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
				    0x0d, 0x01, 0x07, 0x01 };
static const uint8_t oid_timestamp[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
					 0x01, 0x09, 0x10, 0x02, 0x0e };
static const uint8_t version_1[] = { 1 };
/* SHA-2 by its last byte; parameters are absent, RFC 5754, section 2. */
static const uint8_t alg_sha2[] = { 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
				    0x65, 0x03, 0x04, 0x02, 0x00 };
static const uint8_t alg_rsa[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
				   0x0d, 0x01, 0x01, 0x01, 0x05, 0x00 };
/* ecdsa-with-SHA2 by its last byte: RFC 5754, section 3.3. */
static const uint8_t alg_ecdsa[] = { 0x06, 0x08, 0x2a, 0x86, 0x48,
				     0xce, 0x3d, 0x04, 0x03, 0x00 };
/* RFC 4055, section 3.1, with one hash three times, as OpenSSL writes it. */
static const uint8_t alg_pss[] = {
	0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a,
	0x30, 0x34, 0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48,
	0x01, 0x65, 0x03, 0x04, 0x02, 0x00, 0x05, 0x00, 0xa1, 0x1c, 0x30,
	0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
	0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
	0x04, 0x02, 0x00, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x00,
};
enum {
	PSS_HASH_AT = 27, /* the two hashes and the salt's length in alg_pss */
	PSS_MASK_AT = 57,
	PSS_SALT_AT = 64,
};

/* The length octets, in the only form that DER allows. */
static bool take_length(struct cursor *c, size_t *ret)
{
	const uint8_t *p;
	size_t len = 0;
	unsigned int n;

	if (!cursor_take(c, 1, &p))
		return false;
	if (p[0] < 0x80) {
		*ret = p[0];
		return true;
	}
	n = p[0] & 0x7f;
	if (n < 1 || n > 3 || !cursor_take(c, n, &p) || p[0] == 0)
		return false;
	for (unsigned int i = 0; i < n; i++)
		len = len << 8 | p[i];
	*ret = len;
	return len >= 0x80;
}

static bool take(struct cursor *c, uint8_t tag, struct cursor *ret)
{
	const uint8_t *p;
	size_t len;

	if (!cursor_take(c, 1, &p) || p[0] != tag || !take_length(c, &len) ||
	    !cursor_take(c, len, &p))
		return false;
	*ret = cursor_init(p, len);
	return true;
}

static bool take_bytes(struct cursor *c, uint8_t tag, const void *bytes,
		       size_t len)
{
	struct cursor in;

	return take(c, tag, &in) && in.left == len &&
	       memcmp(in.at, bytes, len) == 0;
}

/* 1, 2, 3: the last byte of the OIDs of SHA-256, SHA-384 and SHA-512. */
static uint8_t sha2_number(const struct cms_form *f)
{
	return f->digest == NID_sha256 ? 1 : f->digest == NID_sha384 ? 2 : 3;
}

static bool take_digest(const struct cms_form *f, struct cursor *c)
{
	uint8_t want[sizeof(alg_sha2)];

	memcpy(want, alg_sha2, sizeof(want));
	want[sizeof(want) - 1] = sha2_number(f);
	return take_bytes(c, TAG_SEQUENCE, want, sizeof(want));
}

static bool take_signature_algorithm(const struct cms_form *f, struct cursor *c)
{
	uint8_t pss[sizeof(alg_pss)], ecdsa[sizeof(alg_ecdsa)];
	const uint8_t n = sha2_number(f);

	if (f->signature == NID_rsaEncryption)
		return take_bytes(c, TAG_SEQUENCE, alg_rsa, sizeof(alg_rsa));
	if (f->signature == NID_rsassaPss) {
		memcpy(pss, alg_pss, sizeof(pss));
		pss[PSS_HASH_AT] = pss[PSS_MASK_AT] = n;
		pss[PSS_SALT_AT] = (uint8_t)(16 + 16 * n);
		return take_bytes(c, TAG_SEQUENCE, pss, sizeof(pss));
	}
	memcpy(ecdsa, alg_ecdsa, sizeof(ecdsa));
	ecdsa[sizeof(ecdsa) - 1] = (uint8_t)(n + 1);
	return take_bytes(c, TAG_SEQUENCE, ecdsa, sizeof(ecdsa));
}

/* id-data, with or without a content. */
static bool take_content(const struct cms_form *f, struct cursor *c)
{
	struct cursor info, outer, octets;

	if (!take(c, TAG_SEQUENCE, &info) ||
	    !take_bytes(&info, TAG_OID, oid_data, sizeof(oid_data)))
		return false;
	if (!f->attached)
		return info.left == 0;
	return take(&info, TAG_CONTEXT_0, &outer) && info.left == 0 &&
	       take(&outer, TAG_OCTETS, &octets) && outer.left == 0;
}

/* These certificates as DER, and nothing else. */
static bool take_certs(const struct cms_form *f, struct cursor *c)
{
	struct cursor set;

	if (!take(c, TAG_CONTEXT_0, &set))
		return false;
	for (int i = 0; i < sk_X509_num(f->certs); i++) {
		unsigned char *der = NULL;
		const int len = i2d_X509(sk_X509_value(f->certs, i), &der);
		const uint8_t *p;
		const bool same = len > 0 &&
				  cursor_take(&set, (size_t)len, &p) &&
				  memcmp(p, der, (size_t)len) == 0;

		OPENSSL_free(der);
		if (!same)
			return false;
	}
	return set.left == 0;
}

/* The end of a SignerInfo: nothing, or one attribute with one timestamp. */
static bool take_unsigned(struct cursor *c)
{
	struct cursor attrs, attr, values, token;

	if (c->left == 0)
		return true;
	return take(c, TAG_CONTEXT_1, &attrs) && c->left == 0 &&
	       take(&attrs, TAG_SEQUENCE, &attr) && attrs.left == 0 &&
	       take_bytes(&attr, TAG_OID, oid_timestamp,
			  sizeof(oid_timestamp)) &&
	       take(&attr, TAG_SET, &values) && attr.left == 0 &&
	       take(&values, TAG_SEQUENCE, &token) && values.left == 0;
}

/* Issuer and serial number, byte for byte: equal names may have different
 * encodings. */
static bool take_sid(struct cursor *c, X509 *cert)
{
	unsigned char *issuer = NULL, *serial = NULL;
	const int n = i2d_X509_NAME(X509_get_issuer_name(cert), &issuer);
	const int m = i2d_ASN1_INTEGER(X509_get_serialNumber(cert), &serial);
	struct cursor sid;
	bool same;

	same = n > 0 && m > 0 && take(c, TAG_SEQUENCE, &sid) &&
	       sid.left == (size_t)n + (size_t)m &&
	       memcmp(sid.at, issuer, (size_t)n) == 0 &&
	       memcmp(sid.at + n, serial, (size_t)m) == 0;
	OPENSSL_free(issuer);
	OPENSSL_free(serial);
	return same;
}

#define WANT(name, condition)                                                  \
	do {                                                                   \
		*what = (name);                                                \
		if (!(condition))                                              \
			return false;                                          \
	} while (0)

static bool signer_is_exact(const struct cms_form *f, struct cursor *c,
			    const char **what)
{
	struct cursor attrs, signature;

	WANT("signer's version",
	     take_bytes(c, TAG_INTEGER, version_1, sizeof(version_1)));
	WANT("signer's name", take_sid(c, f->signer));
	WANT("digest algorithm", take_digest(f, c));
	/* Their content was signed; the caller compares their encoding. */
	WANT("signed attributes", take(c, TAG_CONTEXT_0, &attrs));
	WANT("signature algorithm", take_signature_algorithm(f, c));
	WANT("signature", take(c, TAG_OCTETS, &signature));
	WANT("unsigned attribute", take_unsigned(c));
	return true;
}

bool cms_form_is_exact(const struct cms_form *f, const uint8_t *der, size_t len,
		       const char **what)
{
	struct cursor c = cursor_init(der, len);
	struct cursor info, wrapped, data, digests, signers, signer;

	WANT("message", take(&c, TAG_SEQUENCE, &info) && c.left == 0);
	WANT("content type", take_bytes(&info, TAG_OID, oid_signed_data,
					sizeof(oid_signed_data)));
	WANT("wrapper", take(&info, TAG_CONTEXT_0, &wrapped) && info.left == 0);
	WANT("signed data",
	     take(&wrapped, TAG_SEQUENCE, &data) && wrapped.left == 0);
	WANT("version number",
	     take_bytes(&data, TAG_INTEGER, version_1, sizeof(version_1)));
	WANT("set of digest algorithms", take(&data, TAG_SET, &digests) &&
						 take_digest(f, &digests) &&
						 digests.left == 0);
	WANT("content", take_content(f, &data));
	WANT("set of certificates", take_certs(f, &data));
	WANT("set of signers", take(&data, TAG_SET, &signers) &&
				       data.left == 0 &&
				       take(&signers, TAG_SEQUENCE, &signer) &&
				       signers.left == 0);
	return signer_is_exact(f, &signer, what);
}

bool cms_allows_digest(int nid)
{
	return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}
