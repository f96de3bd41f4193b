/* SPDX-License-Identifier: MIT */
/* Signs CMS messages and takes them apart (RFC 5652, RFC 5035). */
#include "signer/cms.h"

#include "signer/ossl.h"

#include <limits.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/rsa.h>
#include <string.h>

AUTO_DEFINE(asn1_time_ptr, ASN1_TIME *, ASN1_TIME_free);
AUTO_DEFINE(pss_ptr, RSA_PSS_PARAMS *, RSA_PSS_PARAMS_free);
AUTO_DEFINE(x509_algor_ptr, X509_ALGOR *, X509_ALGOR_free);

/* The chain without the signer and without repetitions: RFC 5652 has a set. */
static int add_chain(CMS_ContentInfo *cms, const struct cms_signer *signer,
		     struct shvm_err *err)
{
	const int n = signer->chain ? sk_X509_num(signer->chain) : 0;

	if (n >= CMS_CERTS_MAX)
		return err_set(err, SHVM_E_ARG,
			       "cms: chain of %d certificates, at most %d", n,
			       CMS_CERTS_MAX - 1);
	for (int i = 0; i < n; i++) {
		X509 *cert = sk_X509_value(signer->chain, i);
		bool is_known = key_cert_equal(cert, signer->cert);

		for (int k = 0; k < i && !is_known; k++)
			is_known =
				key_cert_equal(cert,
					       sk_X509_value(signer->chain, k));
		if (!is_known && CMS_add1_cert(cms, cert) != 1)
			return err_set_ossl(err, "cms: chain");
	}
	return SHVM_OK;
}

static int set_signing_time(CMS_SignerInfo *si, time_t when,
			    struct shvm_err *err)
{
	AUTO(asn1_time_ptr) t = ASN1_TIME_set(NULL, when);

	if (!t || CMS_signed_add1_attr_by_NID(si, NID_pkcs9_signingTime,
					      t->type, t, -1) != 1)
		return err_set_ossl(err, "cms: signing time");
	return SHVM_OK;
}

/*
 * OpenSSL 3.0 would write rsaEncryption for a key that is for PSS only, and
 * then refuse that. Salt as long as the digest: RFC 4055, section 3.1.
 */
static int set_padding(CMS_SignerInfo *si, struct shvm_err *err)
{
	EVP_PKEY_CTX *ctx = CMS_SignerInfo_get0_pkey_ctx(si);

	if (!ctx ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) <= 0)
		return err_set_ossl(err, "cms: RSA-PSS");
	return SHVM_OK;
}

static int add_signer(CMS_ContentInfo *cms, const struct cms_signer *signer,
		      unsigned int flags, struct shvm_err *err)
{
	const bool is_pss = EVP_PKEY_is_a(signer->key, "RSA-PSS");
	CMS_SignerInfo *si;
	int r = SHVM_OK;

	if (is_pss)
		flags |= CMS_KEY_PARAM;
	si = CMS_add1_signer(cms, signer->cert, signer->key,
			     key_digest(signer->key), flags);
	if (!si)
		return key_err_ossl(err, "cms: certificate and key");
	if (is_pss)
		r = set_padding(si, err);
	if (r == SHVM_OK && signer->signing_time != 0)
		r = set_signing_time(si, signer->signing_time, err);
	return r;
}

int cms_sign(const struct cms_signer *signer, const void *data, size_t len,
	     bool detached, struct buf *ret, struct shvm_err *err)
{
	const unsigned int flags = CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP |
				   CMS_CADES | (detached ? CMS_DETACHED : 0);
	AUTO(bio_ptr) in = NULL;
	AUTO(cms_ptr) cms = NULL;
	AUTO(der_ptr) der = NULL;
	int n, r;

	if (len > INT_MAX) /* BIO_new_mem_buf() takes an int */
		return err_set(err, SHVM_E_ARG,
			       "cms: content of %zu bytes is too long", len);
	in = BIO_new_mem_buf(data, (int)len);
	if (!in)
		return err_set_ossl(err, "cms: content");
	cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
	if (!cms)
		return err_set_ossl(err, "cms: new message");
	r = add_chain(cms, signer, err);
	if (r < 0)
		return r;
	r = add_signer(cms, signer, flags, err);
	if (r < 0)
		return r;
	if (CMS_final(cms, in, NULL, flags) != 1)
		return key_err_ossl(err, "cms: signature");
	n = i2d_CMS_ContentInfo(cms, &der);
	if (n < 0)
		return err_set_ossl(err, "cms: encoding");
	buf_add(ret, der, (size_t)n);
	return buf_check(ret, "cms", err);
}

static int bad(struct shvm_err *err, const char *what)
{
	ERR_clear_error();
	return err_set(err, SHVM_E_FORMAT, "cms: %s", what);
}

static bool is_allowed_digest(int nid)
{
	return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

/* PSS: its parameters name two more digests (RFC 4055, section 3.1). */
static bool is_allowed_pss(const X509_ALGOR *alg, int digest)
{
	AUTO(pss_ptr)
	pss = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS),
					alg->parameter);
	const ASN1_OBJECT *mgf, *mask;
	AUTO(x509_algor_ptr) inner = NULL;
	const void *value;
	int type;

	if (!pss || !pss->hashAlgorithm || !pss->maskGenAlgorithm ||
	    OBJ_obj2nid(pss->hashAlgorithm->algorithm) != digest)
		return false;
	X509_ALGOR_get0(&mgf, &type, &value, pss->maskGenAlgorithm);
	if (OBJ_obj2nid(mgf) != NID_mgf1 || type != V_ASN1_SEQUENCE)
		return false;
	inner = ASN1_item_unpack(value, ASN1_ITEM_rptr(X509_ALGOR));
	if (!inner)
		return false;
	X509_ALGOR_get0(&mask, NULL, NULL, inner);
	return is_allowed_digest(OBJ_obj2nid(mask));
}

static int check_algorithms(CMS_SignerInfo *si, struct shvm_err *err)
{
	X509_ALGOR *digest, *signature;
	int md, sig, sig_md;
	char name[80] = "";

	CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest, &signature);
	md = OBJ_obj2nid(digest->algorithm);
	sig = OBJ_obj2nid(signature->algorithm);
	if (!is_allowed_digest(md)) {
		(void)OBJ_obj2txt(name, sizeof(name), digest->algorithm, 0);
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "cms: digest algorithm %s is not allowed", name);
	}
	switch (sig) {
	case NID_rsaEncryption:
		return SHVM_OK;
	case NID_rsassaPss:
		if (is_allowed_pss(signature, md))
			return SHVM_OK;
		ERR_clear_error();
		break;
	case NID_sha256WithRSAEncryption:
	case NID_sha384WithRSAEncryption:
	case NID_sha512WithRSAEncryption:
	case NID_ecdsa_with_SHA256:
	case NID_ecdsa_with_SHA384:
	case NID_ecdsa_with_SHA512:
		if (OBJ_find_sigid_algs(sig, &sig_md, NULL) == 1 &&
		    sig_md == md)
			return SHVM_OK;
		break;
	default:
		break;
	}
	(void)OBJ_obj2txt(name, sizeof(name), signature->algorithm, 0);
	return err_set(err, SHVM_E_UNSUPPORTED,
		       "cms: signature algorithm %s is not allowed", name);
}

/* One attribute with one value of this type, or NULL. */
static ASN1_TYPE *single_value(CMS_SignerInfo *si, int nid, bool is_signed)
{
	int at = is_signed ? CMS_signed_get_attr_by_NID(si, nid, -1)
			   : CMS_unsigned_get_attr_by_NID(si, nid, -1);
	X509_ATTRIBUTE *attr;

	if (at < 0)
		return NULL;
	attr = is_signed ? CMS_signed_get_attr(si, at)
			 : CMS_unsigned_get_attr(si, at);
	if ((is_signed ? CMS_signed_get_attr_by_NID(si, nid, at)
		       : CMS_unsigned_get_attr_by_NID(si, nid, at)) >= 0 ||
	    X509_ATTRIBUTE_count(attr) != 1)
		return NULL;
	return X509_ATTRIBUTE_get0_type(attr, 0);
}

/* signing-certificate-v2 binds the certificate (RFC 5035, section 3). */
static int check_signing_cert(CMS_SignerInfo *si, const struct cms_message *m,
			      struct shvm_err *err)
{
	const ASN1_TYPE *v =
		single_value(si, NID_id_smime_aa_signingCertificateV2, true);
	AUTO(x509_stack_ptr) certs = NULL;
	ESS_SIGNING_CERT_V2 *ess;
	const uint8_t *p;
	int r;

	if (!v || v->type != V_ASN1_SEQUENCE)
		return bad(err, "no signing-certificate-v2 attribute");
	p = v->value.sequence->data;
	ess = d2i_ESS_SIGNING_CERT_V2(NULL, &p, v->value.sequence->length);
	if (!ess)
		return bad(err, "signing-certificate-v2 is malformed");
	certs = X509_chain_up_ref(m->chain);
	if (!certs || !X509_up_ref(m->cert)) {
		ESS_SIGNING_CERT_V2_free(ess);
		return err_nomem(err, "cms");
	}
	if (sk_X509_unshift(certs, m->cert) <= 0) {
		X509_free(m->cert);
		ESS_SIGNING_CERT_V2_free(ess);
		return err_nomem(err, "cms");
	}
	r = OSSL_ESS_check_signing_certs(NULL, ess, certs, 1);
	ESS_SIGNING_CERT_V2_free(ess);
	if (r <= 0)
		return bad(err, "signing-certificate-v2 names another "
				"certificate than the signer's");
	return SHVM_OK;
}

static int read_signing_time(CMS_SignerInfo *si, time_t *ret,
			     struct shvm_err *err)
{
	const ASN1_TYPE *v;
	int64_t t;

	if (CMS_signed_get_attr_by_NID(si, NID_pkcs9_signingTime, -1) < 0)
		return SHVM_OK;
	v = single_value(si, NID_pkcs9_signingTime, true);
	if (!v ||
	    (v->type != V_ASN1_UTCTIME && v->type != V_ASN1_GENERALIZEDTIME) ||
	    !key_time(v->value.asn1_string, &t))
		return bad(err, "signing time is malformed");
	*ret = (time_t)t;
	return SHVM_OK;
}

/* Signed attributes that every message of ours has, each exactly once. */
static int check_attributes(CMS_SignerInfo *si, struct cms_message *m,
			    struct shvm_err *err)
{
	const ASN1_TYPE *v;
	int r;

	v = single_value(si, NID_pkcs9_contentType, true);
	if (!v || v->type != V_ASN1_OBJECT ||
	    OBJ_obj2nid(v->value.object) != NID_pkcs7_data)
		return bad(err, "signed content type is not id-data");
	v = single_value(si, NID_pkcs9_messageDigest, true);
	if (!v || v->type != V_ASN1_OCTET_STRING)
		return bad(err, "no signed message digest");
	r = read_signing_time(si, &m->signing_time, err);
	if (r < 0)
		return r;
	return check_signing_cert(si, m, err);
}

static int read_timestamp(CMS_SignerInfo *si, struct cms_message *m,
			  struct shvm_err *err)
{
	const int nid = NID_id_smime_aa_timeStampToken;
	const ASN1_TYPE *v;
	int r;

	if (CMS_unsigned_get_attr_by_NID(si, nid, -1) < 0)
		return SHVM_OK;
	v = single_value(si, nid, false);
	if (!v || v->type != V_ASN1_SEQUENCE)
		return bad(err, "timestamp attribute is malformed");
	buf_add(&m->timestamp_token, v->value.sequence->data,
		(size_t)v->value.sequence->length);
	r = buf_check(&m->timestamp_token, "cms", err);
	if (r < 0)
		return r;
	return cms_timestamp_decode(m->timestamp_token.data,
				    m->timestamp_token.len, &m->timestamp, err);
}

static int read_content(CMS_ContentInfo *cms, struct cms_message *m,
			struct shvm_err *err)
{
	ASN1_OCTET_STRING **content = CMS_get0_content(cms);

	if (OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_pkcs7_data)
		return bad(err, "content type is not id-data");
	if (!content)
		return bad(err, "content is malformed");
	if (!*content)
		return SHVM_OK; /* detached */
	m->attached = true;
	buf_add(&m->content, ASN1_STRING_get0_data(*content),
		(size_t)ASN1_STRING_length(*content));
	return buf_check(&m->content, "cms: content", err);
}

static int read_signer(CMS_ContentInfo *cms, struct cms_message *m,
		       struct shvm_err *err)
{
	STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(cms);
	CMS_SignerInfo *si;
	int r;

	if (!infos || sk_CMS_SignerInfo_num(infos) != 1)
		return err_set(err, SHVM_E_FORMAT,
			       "cms: %d signers, want exactly one",
			       infos ? sk_CMS_SignerInfo_num(infos) : 0);
	si = sk_CMS_SignerInfo_value(infos, 0);
	m->chain = CMS_get1_certs(cms);
	if (!m->chain)
		return bad(err, "holds no certificate");
	if (sk_X509_num(m->chain) > CMS_CERTS_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "cms: %d certificates, at most %d",
			       sk_X509_num(m->chain), CMS_CERTS_MAX);
	for (int i = 0; i < sk_X509_num(m->chain) && !m->cert; i++) {
		X509 *cert = sk_X509_value(m->chain, i);

		if (CMS_SignerInfo_cert_cmp(si, cert) == 0 &&
		    X509_up_ref(cert)) {
			m->cert = cert;
			CMS_SignerInfo_set1_signer_cert(si, cert);
		}
	}
	if (!m->cert)
		return bad(err, "the signer's certificate is not inside");
	r = check_algorithms(si, err);
	if (r < 0)
		return r;
	r = check_attributes(si, m, err);
	if (r < 0)
		return r;
	return read_timestamp(si, m, err);
}

/* One DER value inside [*p, end): its tag and contents; *p moves behind it. */
static bool take_value(const uint8_t **p, const uint8_t *end, int *ret_tag,
		       struct cursor *ret)
{
	const uint8_t *at = *p;
	long len;
	int xclass;

	if (ASN1_get_object(&at, &len, ret_tag, &xclass, end - at) & 0x80)
		return false;
	*ret = cursor_init(at, (size_t)len);
	*p = at + len;
	return true;
}

/* INTEGER 1 at the front of the contents of a SEQUENCE. */
static bool has_version_1(struct cursor c)
{
	return c.left >= 3 && memcmp(c.at, "\x02\x01\x01", 3) == 0;
}

/*
 * Both version numbers, which OpenSSL reads but neither checks nor shows, and
 * which no signature covers: ContentInfo, [0], SignedData and, last in it, the
 * SET of the one SignerInfo (RFC 5652, section 5.1).
 */
static bool has_right_versions(const uint8_t *der, size_t len)
{
	struct cursor c = cursor_init(der, len), data;
	const uint8_t *p = der, *end;
	int tag;

	if (!take_value(&p, der + len, &tag, &c))
		return false;
	p = c.at;
	end = c.at + c.left;
	if (!take_value(&p, end, &tag, &c) || !take_value(&p, end, &tag, &c))
		return false; /* type and [0] */
	p = c.at;
	if (!take_value(&p, c.at + c.left, &tag, &data) || !has_version_1(data))
		return false;
	p = data.at;
	end = data.at + data.left;
	while (p < end)
		if (!take_value(&p, end, &tag, &c))
			return false;
	p = c.at; /* the last one */
	return tag == V_ASN1_SET && take_value(&p, c.at + c.left, &tag, &c) &&
	       has_version_1(c);
}

static int decode(const uint8_t *der, size_t len, struct cms_message *ret,
		  struct shvm_err *err)
{
	AUTO_DONE(cms_message) m = { 0 };
	AUTO(cms_ptr) cms = NULL;
	AUTO(der_ptr) again = NULL;
	const uint8_t *p = der;
	int n, r;

	if (len > CMS_SIZE_MAX)
		return err_set(err, SHVM_E_FORMAT, "cms: %zu bytes, at most %d",
			       len, CMS_SIZE_MAX);
	cms = d2i_CMS_ContentInfo(NULL, &p, (long)len);
	if (!cms)
		return bad(err, "not a CMS message");
	if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed)
		return bad(err, "not SignedData");
	if ((size_t)(p - der) != len)
		return err_set(err, SHVM_E_FORMAT,
			       "cms: %zu bytes behind the message",
			       len - (size_t)(p - der));
	n = i2d_CMS_ContentInfo(cms, &again);
	if (n < 0 || (size_t)n != len || memcmp(again, der, len) != 0)
		return bad(err, "not in DER");

	r = read_content(cms, &m, err);
	if (r < 0)
		return r;
	r = read_signer(cms, &m, err);
	if (r < 0)
		return r;
	if (!has_right_versions(der, len))
		return bad(err, "a version number is not 1");
	m.cms = STEAL(cms);
	*ret = m;
	m = (struct cms_message){ 0 };
	return SHVM_OK;
}

int cms_decode(const uint8_t *der, size_t len, struct cms_message *ret,
	       struct shvm_err *err)
{
	const int r = decode(der, len, ret, err);

	ERR_clear_error(); /* of hostile input there may be more than one */
	return r;
}

void cms_message_done(struct cms_message *m)
{
	CMS_ContentInfo_free(m->cms);
	X509_free(m->cert);
	x509_stack_free(m->chain);
	buf_done(&m->content);
	buf_done(&m->timestamp_token);
	*m = (struct cms_message){ 0 };
}
