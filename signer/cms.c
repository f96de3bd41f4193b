/* SPDX-License-Identifier: MIT */
/* Signs and decodes CMS messages (RFC 5652, RFC 5035). */
#include "signer/cms.h"

#include "signer/cms_form.h"
#include "signer/ossl.h"

#include <limits.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/rsa.h>
#include <string.h>

AUTO_DEFINE(asn1_time_ptr, ASN1_TIME *, ASN1_TIME_free);
AUTO_DEFINE(ess_ptr, ESS_SIGNING_CERT_V2 *, ESS_SIGNING_CERT_V2_free);

static int compare_der(const X509 *const *a, const X509 *const *b)
{
	AUTO(der_ptr) der_a = NULL;
	AUTO(der_ptr) der_b = NULL;
	const int len_a = i2d_X509(*a, &der_a), len_b = i2d_X509(*b, &der_b);
	int r;

	if (len_a <= 0 || len_b <= 0)
		return len_a -
		       len_b; /* out of memory: the message is refused */
	r = memcmp(der_a, der_b, (size_t)(len_a < len_b ? len_a : len_b));
	return r != 0 ? r : len_a - len_b;
}

/*
 * The chain without the signer and without duplicates, in the order of a DER SET.
 * The certificates have this order in the message and in the attribute that lists
 * them.
 */
static int sort_chain(const struct cms_signer *signer, STACK_OF(X509) * *ret,
		      struct shvm_err *err)
{
	const int n = signer->chain ? sk_X509_num(signer->chain) : 0;
	AUTO(x509_stack_ptr) chain = sk_X509_new(compare_der);

	TRY(err_null(err, chain, "cms: chain"));
	if (n >= CMS_CERTS_MAX)
		return err_set(
			err, SHVM_E_ARG,
			"cms: the chain has %d certificates, the limit is %d",
			n, CMS_CERTS_MAX - 1);
	for (int i = 0; i < n; i++) {
		X509 *cert = sk_X509_value(signer->chain, i);
		bool is_known = key_cert_equal(cert, signer->cert);

		for (int k = 0; k < sk_X509_num(chain) && !is_known; k++)
			is_known =
				key_cert_equal(cert, sk_X509_value(chain, k));
		if (is_known)
			continue;
		if (!X509_up_ref(cert) || sk_X509_push(chain, cert) <= 0)
			return err_nomem(err, "cms: chain");
	}
	sk_X509_sort(chain);
	*ret = STEAL(chain);
	return SHVM_OK;
}

/* signing-certificate-v2 over all certificates (RFC 5035, section 3), DER. */
static int encode_signing_cert(const EVP_MD *md, X509 *cert,
			       STACK_OF(X509) * chain, uint8_t **ret,
			       int *ret_len, struct shvm_err *err)
{
	AUTO(ess_ptr)
	ess = OSSL_ESS_signing_cert_v2_new_init(md, cert,
						sk_X509_num(chain) > 0 ? chain
								       : NULL,
						1);

	*ret_len = ess ? i2d_ESS_SIGNING_CERT_V2(ess, ret) : -1;
	return *ret_len > 0 ? SHVM_OK
			    : err_set_ossl(err, "cms: signing certificates");
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
 * OpenSSL 3.0 would write rsaEncryption for a PSS-only key, and then refuse it.
 * The salt is as long as the digest: RFC 4055, section 3.1.
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

static int set_signing_cert(CMS_SignerInfo *si, const struct cms_signer *signer,
			    STACK_OF(X509) * chain, struct shvm_err *err)
{
	AUTO(der_ptr) der = NULL;
	int len;

	TRY(encode_signing_cert(key_digest(signer->key), signer->cert, chain,
				&der, &len, err));
	if (CMS_signed_add1_attr_by_NID(si,
					NID_id_smime_aa_signingCertificateV2,
					V_ASN1_SEQUENCE, der, len) != 1)
		return err_set_ossl(err, "cms: signing certificates");
	return SHVM_OK;
}

static int add_signer(CMS_ContentInfo *cms, const struct cms_signer *signer,
		      STACK_OF(X509) * chain, unsigned int flags,
		      struct shvm_err *err)
{
	const bool is_pss = EVP_PKEY_is_a(signer->key, "RSA-PSS");
	CMS_SignerInfo *si;

	for (int i = 0; i < sk_X509_num(chain); i++)
		if (CMS_add1_cert(cms, sk_X509_value(chain, i)) != 1)
			return err_set_ossl(err, "cms: chain");

	if (is_pss)
		flags |= CMS_KEY_PARAM;
	si = CMS_add1_signer(cms, signer->cert, signer->key,
			     key_digest(signer->key), flags);
	if (!si)
		return key_err_ossl(err, "cms: certificate and key");
	if (is_pss)
		TRY(set_padding(si, err));
	TRY(set_signing_cert(si, signer, chain, err));
	if (signer->signing_time != 0)
		TRY(set_signing_time(si, signer->signing_time, err));
	return SHVM_OK;
}

int cms_sign(const struct cms_signer *signer, const void *data, size_t len,
	     bool detached, struct buf *ret, struct shvm_err *err)
{
	const unsigned int flags = CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP |
				   (detached ? CMS_DETACHED : 0);
	AUTO(x509_stack_ptr) chain = NULL;
	AUTO(bio_ptr) in = NULL;
	AUTO(cms_ptr) cms = NULL;
	AUTO(der_ptr) der = NULL;
	int n;

	if (len > INT_MAX) /* BIO_new_mem_buf() takes an int */
		return err_set(err, SHVM_E_ARG,
			       "cms: the content of %zu bytes is too long",
			       len);
	in = BIO_new_mem_buf(data, (int)len);
	if (!in)
		return err_set_ossl(err, "cms: content");
	cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
	if (!cms)
		return err_set_ossl(err, "cms: new message");
	TRY(sort_chain(signer, &chain, err));
	TRY(add_signer(cms, signer, chain, flags, err));
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

/* Allowed algorithms; cms_form.c compares their encoding with all parameters. */
static int check_algorithms(CMS_SignerInfo *si, struct cms_message *m,
			    struct shvm_err *err)
{
	X509_ALGOR *digest, *signature;
	int sig_md = NID_undef;
	char name[80] = "";

	CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest, &signature);
	m->digest = OBJ_obj2nid(digest->algorithm);
	m->signature = OBJ_obj2nid(signature->algorithm);
	if (!cms_allows_digest(m->digest)) {
		(void)OBJ_obj2txt(name, sizeof(name), digest->algorithm, 0);
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "cms: digest algorithm %s is not allowed", name);
	}
	switch (m->signature) {
	case NID_rsaEncryption:
	case NID_rsassaPss:
		return SHVM_OK;
	case NID_ecdsa_with_SHA256:
	case NID_ecdsa_with_SHA384:
	case NID_ecdsa_with_SHA512:
		if (OBJ_find_sigid_algs(m->signature, &sig_md, NULL) == 1 &&
		    sig_md == m->digest)
			return SHVM_OK;
		break;
	default:
		break;
	}
	(void)OBJ_obj2txt(name, sizeof(name), signature->algorithm, 0);
	return err_set(err, SHVM_E_UNSUPPORTED,
		       "cms: signature algorithm %s is not allowed", name);
}

/* The one attribute with one value of this type, or NULL. */
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

/*
 * signing-certificate-v2 binds every certificate: it must be exactly what
 * set_signing_cert() writes for the certificates in the message.
 */
static int check_signing_cert(CMS_SignerInfo *si, const struct cms_message *m,
			      struct shvm_err *err)
{
	const ASN1_TYPE *v =
		single_value(si, NID_id_smime_aa_signingCertificateV2, true);
	AUTO(x509_stack_ptr) others = sk_X509_new_null();
	AUTO(der_ptr) want = NULL;
	int len;

	if (!v || v->type != V_ASN1_SEQUENCE)
		return bad(err,
			   "the signing-certificate-v2 attribute is missing");
	for (int i = 0; i < sk_X509_num(m->chain); i++) {
		X509 *cert = sk_X509_value(m->chain, i);

		if (key_cert_equal(cert, m->cert))
			continue;
		if (!others || !X509_up_ref(cert) ||
		    sk_X509_push(others, cert) <= 0)
			return err_nomem(err, "cms");
	}
	if (sk_X509_num(others) + 1 != sk_X509_num(m->chain))
		return bad(err, "contains the signer's certificate twice");
	TRY(encode_signing_cert(EVP_get_digestbynid(m->digest), m->cert, others,
				&want, &len, err));
	if (v->value.sequence->length != len ||
	    memcmp(v->value.sequence->data, want, (size_t)len) != 0)
		return bad(
			err,
			"signing-certificate-v2 does not list exactly the certificates in the message");
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

/* The required signed attributes, each exactly once. */
static int check_attributes(CMS_SignerInfo *si, struct cms_message *m,
			    struct shvm_err *err)
{
	const ASN1_TYPE *v;

	v = single_value(si, NID_pkcs9_contentType, true);
	if (!v || v->type != V_ASN1_OBJECT ||
	    OBJ_obj2nid(v->value.object) != NID_pkcs7_data)
		return bad(err, "the signed content type is not id-data");
	v = single_value(si, NID_pkcs9_messageDigest, true);
	if (!v || v->type != V_ASN1_OCTET_STRING)
		return bad(err, "the signed message digest is missing");
	TRY(read_signing_time(si, &m->signing_time, err));
	return check_signing_cert(si, m, err);
}

static int read_timestamp(CMS_SignerInfo *si, struct cms_message *m,
			  struct shvm_err *err)
{
	const int nid = NID_id_smime_aa_timeStampToken;
	const ASN1_TYPE *v;

	if (CMS_unsigned_get_attr_by_NID(si, nid, -1) < 0)
		return SHVM_OK;
	v = single_value(si, nid, false);
	if (!v || v->type != V_ASN1_SEQUENCE)
		return bad(err, "timestamp attribute is malformed");
	buf_add(&m->timestamp_token, v->value.sequence->data,
		(size_t)v->value.sequence->length);
	TRY(buf_check(&m->timestamp_token, "cms", err));
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

	if (!infos || sk_CMS_SignerInfo_num(infos) != 1)
		return err_set(err, SHVM_E_FORMAT,
			       "cms: %d signers, expected one",
			       infos ? sk_CMS_SignerInfo_num(infos) : 0);
	si = sk_CMS_SignerInfo_value(infos, 0);
	m->chain = CMS_get1_certs(cms);
	if (!m->chain)
		return bad(err, "contains no certificate");
	if (sk_X509_num(m->chain) > CMS_CERTS_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "cms: %d certificates, the limit is %d",
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
		return bad(err, "the signer's certificate is missing");
	TRY(check_algorithms(si, m, err));
	TRY(check_attributes(si, m, err));
	return read_timestamp(si, m, err);
}

static int check_form(const struct cms_message *m, const uint8_t *der,
		      size_t len, struct shvm_err *err)
{
	const struct cms_form form = { .signer = m->cert,
				       .certs = m->chain,
				       .digest = m->digest,
				       .signature = m->signature,
				       .attached = m->attached };
	const char *what;

	if (cms_form_is_exact(&form, der, len, &what))
		return SHVM_OK;
	ERR_clear_error();
	return err_set(err, SHVM_E_FORMAT,
		       "cms: the %s is not in the accepted form", what);
}

static int decode(const uint8_t *der, size_t len, struct cms_message *ret,
		  struct shvm_err *err)
{
	AUTO_DONE(cms_message) m = { 0 };
	AUTO(cms_ptr) cms = NULL;
	AUTO(der_ptr) again = NULL;
	const uint8_t *p = der;
	int n;

	if (len > CMS_SIZE_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "cms: %zu bytes, the limit is %d", len,
			       CMS_SIZE_MAX);
	cms = d2i_CMS_ContentInfo(NULL, &p, (long)len);
	if (!cms)
		return bad(err, "not a CMS message");
	if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed)
		return bad(err, "not SignedData");
	if ((size_t)(p - der) != len)
		return err_set(err, SHVM_E_FORMAT,
			       "cms: %zu bytes after the message",
			       len - (size_t)(p - der));
	n = i2d_CMS_ContentInfo(cms, &again);
	if (n < 0 || (size_t)n != len || memcmp(again, der, len) != 0)
		return bad(err, "not in DER");

	TRY(read_content(cms, &m, err));
	TRY(read_signer(cms, &m, err));
	TRY(check_form(&m, der, len, err));
	m.cms = STEAL(cms);
	*ret = MOVE(m);
	return SHVM_OK;
}

int cms_decode(const uint8_t *der, size_t len, struct cms_message *ret,
	       struct shvm_err *err)
{
	const int r = decode(der, len, ret, err);

	ERR_clear_error(); /* hostile input may leave more than one */
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
