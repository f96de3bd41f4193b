/* SPDX-License-Identifier: MIT */
/* Timestamps: a small authority in memory stamps, damages and is distrusted. */
#include "signer/cms.h"

#include "support_certs.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ts.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum {
	HOUR = 3600
};

/* What the authority does; start as { 0 } for a good answer. */
struct authority {
	X509 *ca, *cert;
	EVP_PKEY *key;
	bool refuses, repeats_nonce, is_for_others, is_old, signs_sha1;
	time_t when; /* 0: now */
};

static int setup(void **state)
{
	static struct authority a;
	AUTO(pkey_ptr) ca_key = test_key("RSA:2048");

	a.key = test_key("EC:P-256");
	a.ca = test_cert(&(struct test_cert){
		.cn = "TSA CA", .key = ca_key, .ca = true });
	a.cert = test_cert(
		&(struct test_cert){ .cn = "TSA",
				     .key = a.key,
				     .issuer = a.ca,
				     .issuer_key = ca_key,
				     .not_before = -5 * HOUR,
				     .not_after = HOUR,
				     .ext_usage = "critical,timeStamping" });
	*state = &a;
	return 0;
}

static int teardown(void **state)
{
	struct authority *a = *state;

	X509_free(a->ca);
	X509_free(a->cert);
	EVP_PKEY_free(a->key);
	return 0;
}

static ASN1_INTEGER *serial_cb(struct TS_resp_ctx *ctx, void *data)
{
	ASN1_INTEGER *n = ASN1_INTEGER_new();

	(void)ctx;
	(void)data;
	ASN1_INTEGER_set(n, 7);
	return n;
}

static int time_cb(struct TS_resp_ctx *ctx, void *data, long *sec, long *usec)
{
	const struct authority *a = data;

	(void)ctx;
	*sec = a->when ? a->when : time(NULL);
	*usec = 0;
	return 1;
}

/* Another request about other bytes, so that the answer is to that. */
static BIO *request_bio(const struct authority *a, const struct buf *request)
{
	const uint8_t *p = request->data;
	TS_REQ *req = d2i_TS_REQ(NULL, &p, (long)request->len);
	BIO *bio = BIO_new(BIO_s_mem());

	assert_non_null(req);
	if (a->repeats_nonce) {
		ASN1_INTEGER *other = ASN1_INTEGER_new();

		assert_int_equal(TS_REQ_set_nonce(req, other), 1);
		ASN1_INTEGER_free(other);
	}
	if (a->is_old) {
		TS_MSG_IMPRINT *imprint = TS_REQ_get_msg_imprint(req);
		X509_ALGOR *alg = TS_MSG_IMPRINT_get_algo(imprint);
		uint8_t digest[20] = { 1 };

		X509_ALGOR_set_md(alg, EVP_sha1());
		assert_int_equal(TS_MSG_IMPRINT_set_msg(imprint, digest, 20),
				 1);
	}
	if (a->is_for_others) {
		uint8_t other[32] = { 1 };

		assert_int_equal(TS_MSG_IMPRINT_set_msg(TS_REQ_get_msg_imprint(
								req),
							other, 32),
				 1);
	}
	assert_int_equal(i2d_TS_REQ_bio(bio, req), 1);
	TS_REQ_free(req);
	return bio;
}

static void answer(const struct authority *a, const struct buf *request,
		   struct buf *ret)
{
	TS_RESP_CTX *ctx = TS_RESP_CTX_new();
	ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4", 1);
	BIO *bio = request_bio(a, request);
	struct authority copy = *a;
	TS_RESP *resp;
	uint8_t *der = NULL;
	int n;

	assert_int_equal(TS_RESP_CTX_set_signer_cert(ctx, a->cert), 1);
	assert_int_equal(TS_RESP_CTX_set_signer_key(ctx, a->key), 1);
	assert_int_equal(TS_RESP_CTX_set_signer_digest(ctx,
						       a->signs_sha1
							       ? EVP_sha1()
							       : EVP_sha256()),
			 1);
	assert_int_equal(TS_RESP_CTX_set_ess_cert_id_digest(ctx, EVP_sha256()),
			 1);
	assert_int_equal(TS_RESP_CTX_set_def_policy(ctx, policy), 1);
	assert_int_equal(TS_RESP_CTX_add_md(ctx, a->refuses ? EVP_sha512()
							    : EVP_sha256()),
			 1);
	assert_int_equal(TS_RESP_CTX_add_md(ctx, EVP_sha1()), 1);
	TS_RESP_CTX_set_serial_cb(ctx, serial_cb, NULL);
	TS_RESP_CTX_set_time_cb(ctx, time_cb, &copy);
	resp = TS_RESP_create_response(ctx, bio);
	assert_non_null(resp);
	n = i2d_TS_RESP(resp, &der);
	assert_true(n > 0);
	buf_add(ret, der, (size_t)n);
	OPENSSL_free(der);
	TS_RESP_free(resp);
	TS_RESP_CTX_free(ctx);
	ASN1_OBJECT_free(policy);
	BIO_free(bio);
	ERR_clear_error();
}

/* A signed message of a certificate that was valid for an hour only. */
static void sign(struct buf *der, X509 **ret_cert)
{
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	X509 *cert = test_cert(&(struct test_cert){ .cn = "Signer",
						    .key = key,
						    .not_before = -3 * HOUR,
						    .not_after = -2 * HOUR });
	const struct cms_signer signer = { .cert = cert, .key = key };

	assert_int_equal(cms_sign(&signer, "text", 4, false, der, NULL), 0);
	if (ret_cert)
		*ret_cert = cert;
	else
		X509_free(cert);
}

static int stamp(const struct authority *a, struct buf *der,
		 struct shvm_err *err)
{
	AUTO_DONE(buf) request = { 0 };
	AUTO_DONE(buf) response = { 0 };

	assert_int_equal(cms_timestamp_request(der, &request, err), 0);
	answer(a, &request, &response);
	return cms_timestamp_attach(der, &request, response.data, response.len,
				    err);
}

static void puts_a_token_into_the_message(void **state)
{
	const struct authority *a = *state;
	AUTO_DONE(buf) der = { 0 };
	AUTO_DONE(cms_message) m = { 0 };
	struct shvm_err err = { 0 };

	sign(&der, NULL);
	if (stamp(a, &der, &err) != 0 ||
	    cms_decode(der.data, der.len, &m, &err) != 0 ||
	    cms_check_signature(&m, NULL, 0, &err) != 0)
		fail_msg("%s", err.msg);
	assert_true(labs(m.timestamp - time(NULL)) < 60);
	assert_int_equal(ERR_peek_error(), 0);
}

static void refuses_answers_to_something_else(void **state)
{
	static const struct {
		struct authority how;
		const char *says;
	} cases[] = {
		{ { .refuses = true }, "refused (PKIStatus 2)" },
		{ { .repeats_nonce = true }, "does not match the request" },
		{ { .is_for_others = true }, "does not match the request" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct authority a = *(const struct authority *)*state;
		AUTO_DONE(buf) der = { 0 };
		struct shvm_err err = { 0 };
		size_t before;

		a.refuses = cases[i].how.refuses;
		a.repeats_nonce = cases[i].how.repeats_nonce;
		a.is_for_others = cases[i].how.is_for_others;
		sign(&der, NULL);
		before = der.len;
		assert_int_equal(stamp(&a, &der, &err), SHVM_E_NETWORK);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %s", i, err.msg);
		assert_int_equal(der.len, before);
	}
}

static void refuses_answers_that_are_none(void **state)
{
	const struct authority *a = *state;
	AUTO_DONE(buf) der = { 0 };
	AUTO_DONE(buf) request = { 0 };
	AUTO_DONE(buf) response = { 0 };
	struct shvm_err err = { 0 };

	sign(&der, NULL);
	assert_int_equal(cms_timestamp_request(&der, &request, &err), 0);
	answer(a, &request, &response);
	assert_int_equal(cms_timestamp_attach(&der, &request, response.data,
					      response.len - 1, &err),
			 SHVM_E_NETWORK);
	buf_add(&response, "x", 1);
	assert_int_equal(cms_timestamp_attach(&der, &request, response.data,
					      response.len, &err),
			 SHVM_E_NETWORK);
	assert_non_null(strstr(err.msg, "not a TimeStampResp"));
	assert_int_equal(cms_timestamp_attach(&der, &request,
					      (const uint8_t *)"<html>", 6,
					      &err),
			 SHVM_E_NETWORK);
}

/* Put the token of one message into another: RFC 5126, 6.1.1. */
/* The token of an answer, as it would lie in a message, and its decoding. */
static int decode_token(const struct authority *a, size_t more,
			struct shvm_err *err)
{
	AUTO_DONE(buf) der = { 0 };
	AUTO_DONE(buf) request = { 0 };
	AUTO_DONE(buf) response = { 0 };
	AUTO_DONE(buf) token = { 0 };
	const uint8_t *p;
	uint8_t *out = NULL;
	TS_RESP *resp;
	time_t when;
	int n;

	sign(&der, NULL);
	assert_int_equal(cms_timestamp_request(&der, &request, err), 0);
	answer(a, &request, &response);
	p = response.data;
	resp = d2i_TS_RESP(NULL, &p, (long)response.len);
	assert_non_null(resp);
	assert_non_null(TS_RESP_get_token(resp));
	n = i2d_PKCS7(TS_RESP_get_token(resp), &out);
	assert_true(n > 0);
	buf_add(&token, out, (size_t)n);
	buf_add_zeros(&token, more);
	OPENSSL_free(out);
	TS_RESP_free(resp);
	return cms_timestamp_decode(token.data, token.len, &when, err);
}

static void decodes_whole_tokens_over_good_digests_only(void **state)
{
	struct authority a = *(const struct authority *)*state;
	struct shvm_err err = { 0 };

	assert_ok(decode_token(&a, 0, &err), err);
	assert_failed(decode_token(&a, 1, &err), err, SHVM_E_FORMAT,
		      "not a token");
	a.is_old = true;
	assert_failed(decode_token(&a, 0, &err), err, SHVM_E_FORMAT,
		      "digest algorithm is not allowed");
}

static void a_token_of_another_message_is_a_bad_signature(void **state)
{
	const struct authority *a = *state;
	AUTO_DONE(buf) der = { 0 };
	AUTO_DONE(buf) other = { 0 };
	AUTO_DONE(cms_message) donor = { 0 };
	AUTO_DONE(cms_message) m = { 0 };
	struct shvm_err err = { 0 };
	const uint8_t *p;
	uint8_t *out = NULL;
	CMS_ContentInfo *cms;
	int n;

	sign(&other, NULL);
	assert_int_equal(stamp(a, &other, &err), 0);
	assert_int_equal(cms_decode(other.data, other.len, &donor, &err), 0);
	sign(&der, NULL);
	p = der.data;
	cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.len);
	assert_int_equal(
		CMS_unsigned_add1_attr_by_NID(
			sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0),
			NID_id_smime_aa_timeStampToken, V_ASN1_SEQUENCE,
			donor.timestamp_token.data,
			(int)donor.timestamp_token.len),
		1);
	n = i2d_CMS_ContentInfo(cms, &out);
	assert_int_equal(cms_decode(out, (size_t)n, &m, &err), 0);
	assert_int_equal(cms_check_signature(&m, NULL, 0, &err), SHVM_E_VERIFY);
	assert_string_equal(err.reason, "bad-signature");
	assert_non_null(strstr(err.msg, "timestamp"));
	OPENSSL_free(out);
	CMS_ContentInfo_free(cms);
}

static void an_attribute_that_is_no_token_is_refused(void **state)
{
	AUTO_DONE(buf) der = { 0 };
	AUTO_DONE(cms_message) m = { 0 };
	struct shvm_err err = { 0 };
	uint8_t *out = NULL;
	CMS_ContentInfo *cms;
	const uint8_t *p;
	int n;

	(void)state;
	sign(&der, NULL);
	p = der.data;
	cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.len);
	assert_int_equal(
		CMS_unsigned_add1_attr_by_NID(
			sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0),
			NID_id_smime_aa_timeStampToken, V_ASN1_SEQUENCE,
			"\x30\x00", 2),
		1);
	n = i2d_CMS_ContentInfo(cms, &out);
	assert_int_equal(cms_decode(out, (size_t)n, &m, &err), SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "timestamp"));
	OPENSSL_free(out);
	CMS_ContentInfo_free(cms);
}

static void a_trusted_stamp_outlives_the_certificate(void **state)
{
	static const struct {
		int64_t when; /* seconds from now */
		bool stamped, trusts_tsa, trusts_other;
		bool good;
		const char *says;
	} cases[] = {
		{ 0, false, false, false, false, "(checked now)" },
		{ -2 * HOUR - 600, true, true, false, true, "" },
		{ -2 * HOUR - 600, true, false, false, false,
		  "is not used without a trusted timestamp authority" },
		{ -2 * HOUR - 600, true, false, true, false,
		  "the timestamp is not used: timestamp: certificate verify error: Verify error:unable to get" },
		{ -HOUR, true, true, false, false,
		  "checked at the time of the timestamp" },
		{ -4 * HOUR, true, true, false, false, "not valid before" },
	};
	struct authority a = *(const struct authority *)*state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		STACK_OF(X509) *tsa = sk_X509_new_null();
		AUTO(x509_ptr) cert = NULL;
		AUTO_DONE(buf) der = { 0 };
		AUTO_DONE(cms_message) m = { 0 };
		struct shvm_err err = { 0 };
		struct shvm_trust trust = { .signers = sk_X509_new_null() };
		int r;

		a.when = time(NULL) + (time_t)cases[i].when;
		sign(&der, &cert);
		sk_X509_push(trust.signers, cert);
		if (cases[i].stamped)
			assert_int_equal(stamp(&a, &der, &err), 0);
		assert_int_equal(cms_decode(der.data, der.len, &m, &err), 0);
		assert_int_equal(cms_check_signature(&m, NULL, 0, &err), 0);
		if (cases[i].trusts_tsa || cases[i].trusts_other) {
			sk_X509_push(tsa, cases[i].trusts_tsa ? a.ca : cert);
			trust.tsa_ca = tsa;
		}
		r = cms_check_trust(&m, &trust, &err);
		if (r != (cases[i].good ? 0 : SHVM_E_VERIFY) ||
		    !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d %s", i, r, err.msg);
		if (r < 0)
			assert_string_equal(err.reason, "certificate-expired");
		sk_X509_free(trust.signers);
		sk_X509_free(tsa);
	}
}

/* As in test_chain.c, for the third kind of chain, and the token's own. */
static void an_authority_must_be_strong_and_on_time(void **state)
{
	static const struct {
		const char *key, *ca_key;
		bool is_sha1_cert, is_sha1_token;
		int64_t when, not_before; /* seconds from now */
		const char *says;	  /* NULL: counts */
	} cases[] = {
		{ "EC:P-256", "RSA:2048", false, false, -10, -HOUR, NULL },
		{ "RSA:2048", "EC:P-384", false, false, -10, -HOUR, NULL },
		{ "EC:P-256", "RSA:2048", true, false, -10, -HOUR,
		  "CA signature digest algorithm too weak" },
		{ "RSA:1024", "RSA:2048", false, false, -10, -HOUR,
		  "EE certificate key too weak" },
		{ "EC:P-256", "RSA:1024", false, false, -10, -HOUR,
		  "CA certificate key too weak" },
		{ "EC:P-256", "RSA exponent 1", false, false, -10, -HOUR,
		  "CA certificate key too weak" },
		{ "EC:P-256", "RSA:2048", false, true, -10, -HOUR,
		  "it is signed with a weak digest" },
		{ "EC:P-256", "RSA:2048", false, false, -HOUR, -600,
		  "certificate CN=TSA: not valid before" },
		{ "EC:P-256", "RSA:2048", false, false, HOUR, -HOUR,
		  "its time is in the future" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(pkey_ptr) ca_key = test_key(cases[i].ca_key);
		struct authority a = { .key = test_key(cases[i].key),
				       .when = time(NULL) +
					       (time_t)cases[i].when,
				       .signs_sha1 = cases[i].is_sha1_token };
		STACK_OF(X509) *tsa = sk_X509_new_null();
		AUTO_DONE(buf) der = { 0 };
		AUTO_DONE(cms_message) m = { 0 };
		AUTO(x509_ptr) cert = NULL;
		struct shvm_err err = { 0 };
		const struct shvm_trust trust = { .signers = sk_X509_new_null(),
						  .tsa_ca = tsa };

		a.ca = test_cert(&(struct test_cert){
			.cn = "TSA CA", .key = ca_key, .ca = true });
		a.cert = test_cert(&(struct test_cert){
			.cn = "TSA",
			.key = a.key,
			.issuer = a.ca,
			.issuer_key = ca_key,
			.md = cases[i].is_sha1_cert ? EVP_sha1() : NULL,
			.not_before = cases[i].not_before,
			.not_after = 2 * HOUR,
			.ext_usage = "critical,timeStamping" });
		sk_X509_push(tsa, a.ca);
		sign(&der, &cert);
		sk_X509_push(trust.signers, cert);
		assert_ok(stamp(&a, &der, &err), err);
		assert_ok(cms_decode(der.data, der.len, &m, &err), err);
		assert_int_equal(cms_check_trust(&m, &trust, &err),
				 SHVM_E_VERIFY);
		if (!strstr(err.msg,
			    cases[i].says
				    ? cases[i].says
				    : "checked at the time of the timestamp"))
			fail_msg("case %zu: %s", i, err.msg);
		sk_X509_free(trust.signers);
		sk_X509_free(tsa);
		X509_free(a.ca);
		X509_free(a.cert);
		EVP_PKEY_free(a.key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_a_token_into_the_message),
		cmocka_unit_test(refuses_answers_to_something_else),
		cmocka_unit_test(refuses_answers_that_are_none),
		cmocka_unit_test(decodes_whole_tokens_over_good_digests_only),
		cmocka_unit_test(a_token_of_another_message_is_a_bad_signature),
		cmocka_unit_test(an_attribute_that_is_no_token_is_refused),
		cmocka_unit_test(a_trusted_stamp_outlives_the_certificate),
		cmocka_unit_test(an_authority_must_be_strong_and_on_time),
	};

	return cmocka_run_group_tests_name("cms_timestamp", tests, setup,
					   teardown);
}
