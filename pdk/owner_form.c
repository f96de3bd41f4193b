/* SPDX-License-Identifier: MIT */
/* The one encoding of an owner's signature that is accepted (RFC 5652, 5.1 and
 * 5.3, in DER). */
#include "pdk/owner_form.h"

#include <string.h>

enum {
	TAG_INTEGER = 0x02,
	TAG_OCTETS = 0x04,
	TAG_OID = 0x06,
	TAG_SEQUENCE = 0x30,
	TAG_SET = 0x31,
	TAG_CONTEXT_0 = 0xa0,
};

/* Contents of elements, without tag and length. */
static const uint8_t oid_signed_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7,
					   0x0d, 0x01, 0x07, 0x02 };
static const uint8_t encap_id_data[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
					 0xf7, 0x0d, 0x01, 0x07, 0x01 };
static const uint8_t version_1[] = { 1 };
static const uint8_t alg_sha256[] = { 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
				      0x65, 0x03, 0x04, 0x02, 0x01 };
static const uint8_t alg_rsa[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
				   0x0d, 0x01, 0x01, 0x01, 0x05, 0x00 };

/* The length octets, in the one form that DER allows. */
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

/* SHA-256; its parameters are absent, as RFC 5754 says for writers. */
static bool take_digest(struct cursor *c)
{
	return take_bytes(c, TAG_SEQUENCE, alg_sha256, sizeof(alg_sha256));
}

/* The one certificate, as DER. */
static bool take_certs(struct cursor *c, X509 *cert)
{
	unsigned char *der = NULL;
	const int len = i2d_X509(cert, &der);
	bool same;

	same = len > 0 && take_bytes(c, TAG_CONTEXT_0, der, (size_t)len);
	OPENSSL_free(der);
	return same;
}

/* Issuer and serial number, byte for byte: names that only compare as equal
 * are not the same bytes. */
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

static bool signer_is_ours(struct cursor *c, X509 *cert, const char **what)
{
	struct cursor attrs, signature;

	WANT("signer's version",
	     take_bytes(c, TAG_INTEGER, version_1, sizeof(version_1)));
	WANT("signer's name", take_sid(c, cert));
	WANT("digest algorithm", take_digest(c));
	/* What is in them was signed; the caller compares their encoding. */
	WANT("signed attributes", take(c, TAG_CONTEXT_0, &attrs));
	WANT("signature algorithm",
	     take_bytes(c, TAG_SEQUENCE, alg_rsa, sizeof(alg_rsa)));
	WANT("signature", take(c, TAG_OCTETS, &signature));
	WANT("end of the signer", c->left == 0);
	return true;
}

bool owner_form_is_ours(const struct view *der, X509 *cert, const char **what)
{
	struct cursor c = cursor_init(der->data, der->len);
	struct cursor info, wrapped, data, digests, signers, signer;

	WANT("message", take(&c, TAG_SEQUENCE, &info) && c.left == 0);
	WANT("content type", take_bytes(&info, TAG_OID, oid_signed_data,
					sizeof(oid_signed_data)));
	WANT("wrapper", take(&info, TAG_CONTEXT_0, &wrapped) && info.left == 0);
	WANT("signed data",
	     take(&wrapped, TAG_SEQUENCE, &data) && wrapped.left == 0);
	WANT("version",
	     take_bytes(&data, TAG_INTEGER, version_1, sizeof(version_1)));
	WANT("set of digest algorithms", take(&data, TAG_SET, &digests) &&
						 take_digest(&digests) &&
						 digests.left == 0);
	WANT("content", take_bytes(&data, TAG_SEQUENCE, encap_id_data,
				   sizeof(encap_id_data)));
	WANT("certificates", take_certs(&data, cert));
	WANT("set of signers", take(&data, TAG_SET, &signers) &&
				       data.left == 0 &&
				       take(&signers, TAG_SEQUENCE, &signer) &&
				       signers.left == 0);
	return signer_is_ours(&signer, cert, what);
}
