/* SPDX-License-Identifier: MIT */
/* Timestamps of signatures: RFC 3161 tokens as unsigned attribute of CAdES-T. */
#include "signer/cms.h"

#include "base/secret.h"
#include "signer/chain.h"
#include "signer/ossl.h"
#include "signer/tsa.h"

#include <limits.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ts.h>

enum {
	NONCE_SIZE = 8,	  /* bytes; our choice */
	CLOCK_SKEW = 300, /* seconds that an authority's clock may be ahead */
};

AUTO_DEFINE(pkcs7_ptr, PKCS7 *, PKCS7_free);
AUTO_DEFINE(tst_ptr, TS_TST_INFO *, TS_TST_INFO_free);
AUTO_DEFINE(req_ptr, TS_REQ *, TS_REQ_free);
AUTO_DEFINE(resp_ptr, TS_RESP *, TS_RESP_free);
AUTO_DEFINE(imprint_ptr, TS_MSG_IMPRINT *, TS_MSG_IMPRINT_free);
AUTO_DEFINE(algor_ptr, X509_ALGOR *, X509_ALGOR_free);
AUTO_DEFINE(integer_ptr, ASN1_INTEGER *, ASN1_INTEGER_free);
AUTO_DEFINE(verify_ptr, TS_VERIFY_CTX *, TS_VERIFY_CTX_free);

static int bad(struct shvm_err *err, const char *what)
{
	ERR_clear_error();
	return err_set(err, SHVM_E_FORMAT, "timestamp: %s", what);
}

static int decode_token(const uint8_t *token, size_t len, PKCS7 **ret,
			TS_TST_INFO **ret_info, struct shvm_err *err)
{
	AUTO(pkcs7_ptr) p7 = NULL;
	const uint8_t *p = token;
	TS_TST_INFO *info;

	if (len > CMS_SIZE_MAX)
		return bad(err, "token is too long");
	p7 = d2i_PKCS7(NULL, &p, (long)len);
	if (!p7 || (size_t)(p - token) != len)
		return bad(err, "not a token (RFC 3161)");
	info = PKCS7_to_TS_TST_INFO(p7);
	if (!info)
		return bad(err, "token without a TSTInfo");
	*ret = STEAL(p7);
	*ret_info = info;
	return SHVM_OK;
}

static bool is_allowed_imprint(TS_TST_INFO *info)
{
	X509_ALGOR *alg =
		TS_MSG_IMPRINT_get_algo(TS_TST_INFO_get_msg_imprint(info));

	return cms_allows_digest(OBJ_obj2nid(alg->algorithm));
}

int cms_timestamp_decode(const uint8_t *token, size_t len, time_t *ret,
			 struct shvm_err *err)
{
	AUTO(pkcs7_ptr) p7 = NULL;
	AUTO(tst_ptr) info = NULL;
	int64_t t;

	TRY(decode_token(token, len, &p7, &info, err));
	if (!is_allowed_imprint(info))
		return bad(err, "digest algorithm is not allowed");
	if (!key_time(TS_TST_INFO_get_time(info), &t) || t <= 0)
		return bad(err, "time is malformed");
	*ret = (time_t)t;
	return SHVM_OK;
}

/* For a check of integrity only: failures of the chain are ignored. */
static int accept_any(int ok, X509_STORE_CTX *ctx)
{
	(void)ok;
	X509_STORE_CTX_set_error(ctx, X509_V_OK);
	return 1;
}

static int new_store(STACK_OF(X509) * ca, time_t at, X509_STORE **ret,
		     struct shvm_err *err)
{
	AUTO(x509_store_ptr) store = NULL;

	TRY(chain_store_new(ca, &store, err));
	if (!ca)
		X509_STORE_set_verify_cb(store, accept_any);
	if (at)
		X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), at);
	*ret = STEAL(store);
	return SHVM_OK;
}

static int refuse(struct shvm_err *err, const char *why)
{
	ERR_clear_error();
	return err_set(err, SHVM_E_VERIFY, "timestamp: %s", why);
}

/* The message of OpenSSL, and for a chain its detail ("Verify error:..."). */
static int refuse_ossl(struct shvm_err *err)
{
	const char *data = NULL;
	int flags = 0;
	const unsigned long e =
		ERR_peek_last_error_all(NULL, NULL, NULL, &data, &flags);
	const char *why = e ? ERR_reason_error_string(e) : NULL;

	(void)err_set(err, SHVM_E_VERIFY, "timestamp: %s%s%s",
		      why ? why : "verification failed",
		      flags & ERR_TXT_STRING && *data ? ": " : "",
		      flags & ERR_TXT_STRING ? data : "");
	ERR_clear_error();
	return SHVM_E_VERIFY;
}

/*
 * Further requirements for the token of a trusted authority: signed over a strong
 * digest, with a strong key, within the validity of the authority's certificate,
 * and not in the future.
 */
static int check_token_rules(PKCS7 *p7, TS_TST_INFO *info, struct shvm_err *err)
{
	PKCS7_SIGNER_INFO *si =
		sk_PKCS7_SIGNER_INFO_value(PKCS7_get_signer_info(p7), 0);
	STACK_OF(X509) *signers = PKCS7_get0_signers(p7, NULL, 0);
	X509 *cert = sk_X509_value(signers, 0);
	struct shvm_err why = { 0 };
	X509_ALGOR *digest = NULL;
	int64_t t = 0;
	int r;

	sk_X509_free(signers); /* does not own the certificates */
	if (!si || !cert)
		return refuse(err,
			      "the certificate of its authority is missing");
	PKCS7_SIGNER_INFO_get0_algs(si, NULL, &digest, NULL);
	if (!cms_allows_digest(OBJ_obj2nid(digest->algorithm)))
		return refuse(err, "it is signed with a weak digest");
	if (!key_time(TS_TST_INFO_get_time(info), &t))
		return refuse(err, "time is malformed");
	r = key_check_strength(cert, &why);
	if (r == SHVM_OK)
		r = key_check_validity(cert, (time_t)t, &why);
	if (r == SHVM_E_CRYPTO)
		return refuse(err, why.msg);
	if (r < 0)
		return err_set(err, r, "%s", why.msg);
	if (t > time(NULL) + CLOCK_SKEW)
		return refuse(err, "its time is in the future");
	return SHVM_OK;
}

int cms_timestamp_check(const struct buf *token, const uint8_t *signature,
			size_t len, STACK_OF(X509) * ca, time_t at,
			struct shvm_err *err)
{
	AUTO(pkcs7_ptr) p7 = NULL;
	AUTO(tst_ptr) info = NULL;
	AUTO(bio_ptr) data = NULL;
	AUTO(x509_store_ptr) store = NULL;
	AUTO(verify_ptr) ctx = NULL;

	TRY(decode_token(token->data, token->len, &p7, &info, err));
	TRY(new_store(ca, at, &store, err));
	ctx = TS_VERIFY_CTX_new();
	data = BIO_new_mem_buf(signature, len > INT_MAX ? 0 : (int)len);
	if (!ctx || !data)
		return err_nomem(err, "timestamp");
	(void)TS_VERIFY_CTX_set_flags(ctx, TS_VFY_VERSION | TS_VFY_SIGNATURE |
						   TS_VFY_DATA);
	/* The context takes ownership of both. */
	(void)TS_VERIFY_CTX_set_store(ctx, STEAL(store));
	(void)TS_VERIFY_CTX_set_data(ctx, STEAL(data));
	if (TS_RESP_verify_token(ctx, p7) != 1)
		return refuse_ossl(err);
	ERR_clear_error();
	return ca ? check_token_rules(p7, info, err) : SHVM_OK;
}

static int decode_message(const struct buf *der, CMS_ContentInfo **ret,
			  CMS_SignerInfo **ret_si, struct shvm_err *err)
{
	AUTO(cms_ptr) cms = NULL;
	STACK_OF(CMS_SignerInfo) * infos;
	const uint8_t *p = der->data;

	cms = d2i_CMS_ContentInfo(NULL, &p, (long)der->len);
	infos = cms ? CMS_get0_SignerInfos(cms) : NULL;
	if (!infos || sk_CMS_SignerInfo_num(infos) != 1)
		return bad(err, "not a message with one signer");
	*ret_si = sk_CMS_SignerInfo_value(infos, 0);
	*ret = STEAL(cms);
	return SHVM_OK;
}

static int set_imprint(TS_REQ *req, const uint8_t *digest, struct shvm_err *err)
{
	AUTO(imprint_ptr) imprint = TS_MSG_IMPRINT_new();
	AUTO(algor_ptr) alg = X509_ALGOR_new();

	if (!imprint || !alg ||
	    X509_ALGOR_set0(alg, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) !=
		    1 ||
	    TS_MSG_IMPRINT_set_algo(imprint, alg) != 1 ||
	    TS_MSG_IMPRINT_set_msg(imprint, (unsigned char *)(uintptr_t)digest,
				   32) != 1 ||
	    TS_REQ_set_msg_imprint(req, imprint) != 1)
		return err_set_ossl(err, "timestamp: request");
	return SHVM_OK;
}

static int set_nonce(TS_REQ *req, struct shvm_err *err)
{
	uint8_t bytes[NONCE_SIZE];
	AUTO(bn_ptr) bn = NULL;
	AUTO(integer_ptr) nonce = NULL;

	TRY(secret_random(bytes, sizeof(bytes), err));
	bn = BN_bin2bn(bytes, sizeof(bytes), NULL);
	nonce = bn ? BN_to_ASN1_INTEGER(bn, NULL) : NULL;
	if (!nonce || TS_REQ_set_nonce(req, nonce) != 1)
		return err_set_ossl(err, "timestamp: request");
	return SHVM_OK;
}

int cms_timestamp_request(const struct buf *der, struct buf *ret,
			  struct shvm_err *err)
{
	AUTO(cms_ptr) cms = NULL;
	AUTO(req_ptr) req = TS_REQ_new();
	AUTO(der_ptr) out = NULL;
	CMS_SignerInfo *si = NULL;
	const ASN1_OCTET_STRING *s;
	uint8_t digest[32];
	int n;

	TRY(err_null(err, req, "timestamp: request"));
	TRY(decode_message(der, &cms, &si, err));
	s = CMS_SignerInfo_get0_signature(si);
	if (EVP_Digest(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s),
		       digest, NULL, EVP_sha256(), NULL) != 1)
		return err_set_ossl(err, "timestamp: digest");
	TRY(set_imprint(req, digest, err));
	TRY(set_nonce(req, err));
	if (TS_REQ_set_version(req, 1) != 1 || TS_REQ_set_cert_req(req, 1) != 1)
		return err_set_ossl(err, "timestamp: request");
	n = i2d_TS_REQ(req, &out);
	if (n < 0)
		return err_set_ossl(err, "timestamp: request");
	buf_add(ret, out, (size_t)n);
	return buf_check(ret, "timestamp: request", err);
}

/* Compare status, imprint, nonce and policy of a response with the request. */
static int check_response(TS_RESP *resp, const struct buf *request,
			  struct shvm_err *err)
{
	AUTO(req_ptr) req = NULL;
	AUTO(verify_ptr) ctx = NULL;
	const uint8_t *p = request->data;
	const ASN1_INTEGER *status =
		TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(resp));
	const long value = ASN1_INTEGER_get(status);

	if (value != TS_STATUS_GRANTED && value != TS_STATUS_GRANTED_WITH_MODS)
		return err_set(
			err, SHVM_E_NETWORK,
			"timestamp: the authority refused (PKIStatus %ld)",
			value);
	req = d2i_TS_REQ(NULL, &p, (long)request->len);
	ctx = req ? TS_REQ_to_TS_VERIFY_CTX(req, NULL) : NULL;
	if (!ctx)
		return err_set_ossl(err, "timestamp: request");
	if (TS_RESP_verify_response(ctx, resp) != 1) {
		const unsigned long e = ERR_peek_last_error();
		const char *why = e ? ERR_reason_error_string(e) : NULL;

		(void)err_set(
			err, SHVM_E_NETWORK,
			"timestamp: the response does not match the request: %s",
			why ? why : "unknown reason");
		ERR_clear_error();
		return SHVM_E_NETWORK;
	}
	return SHVM_OK;
}

int cms_timestamp_attach(struct buf *der, const struct buf *request,
			 const uint8_t *response, size_t len,
			 struct shvm_err *err)
{
	AUTO(resp_ptr) resp = NULL;
	AUTO(cms_ptr) cms = NULL;
	AUTO(der_ptr) token = NULL;
	AUTO(der_ptr) out = NULL;
	CMS_SignerInfo *si = NULL;
	const uint8_t *p = response;
	struct buf longer = { 0 };
	int n;

	resp = len <= CMS_SIZE_MAX ? d2i_TS_RESP(NULL, &p, (long)len) : NULL;
	if (!resp || (size_t)(p - response) != len) {
		ERR_clear_error();
		return err_set(
			err, SHVM_E_NETWORK,
			"timestamp: the response is not a TimeStampResp");
	}
	TRY(check_response(resp, request, err));
	n = i2d_PKCS7(TS_RESP_get_token(resp), &token);
	if (n < 0)
		return err_set_ossl(err, "timestamp: token");
	TRY(decode_message(der, &cms, &si, err));
	if (CMS_unsigned_add1_attr_by_NID(si, NID_id_smime_aa_timeStampToken,
					  V_ASN1_SEQUENCE, token, n) != 1)
		return err_set_ossl(err, "timestamp: attribute");
	n = i2d_CMS_ContentInfo(cms, &out);
	if (n < 0)
		return err_set_ossl(err, "timestamp: encoding");
	buf_add(&longer, out, (size_t)n);
	TRY(buf_check(&longer, "timestamp", err));
	buf_done(der);
	*der = longer;
	return SHVM_OK;
}

int cms_timestamp(struct buf *der, const struct tsa *tsa, struct shvm_err *err)
{
	AUTO_DONE(buf) request = { 0 };
	AUTO_DONE(buf) response = { 0 };

	TRY(cms_timestamp_request(der, &request, err));
	TRY(tsa_post(tsa, &request, &response, err));
	return err_prefix(err,
			  cms_timestamp_attach(der, &request, response.data,
					       response.len, err),
			  "%s", tsa->url);
}
