/* SPDX-License-Identifier: MIT */
/* CMS messages: signing, reading strictly, checking the signature. */
#include "signer/cms.h"

#include "support_certs.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char text[] = "what is signed\r\nbyte for byte\n";

static X509 *signer_cert(EVP_PKEY *key)
{
	return test_cert(&(struct test_cert){ .cn = "Signer", .key = key });
}

static void sign(EVP_PKEY *key, X509 *cert, bool detached, struct buf *ret)
{
	const struct cms_signer signer = { .cert = cert, .key = key };
	struct shvm_err err = { 0 };

	if (cms_sign(&signer, text, sizeof(text), detached, ret, &err) != 0)
		fail_msg("%s", err.msg);
}

static void signs_and_verifies_with_each_kind_of_key(void **state)
{
	static const char *const kinds[] = { "RSA:2048", "RSA-PSS:2048",
					     "EC:P-256", "EC:P-384" };
	(void)state;

	for (size_t i = 0; i < 2 * ARRAY_SIZE(kinds); i++) {
		const bool detached = i % 2;
		AUTO(pkey_ptr) key = test_key(kinds[i / 2]);
		AUTO(x509_ptr) cert = signer_cert(key);
		AUTO_DONE(cms_message) m = { 0 };
		AUTO_DONE(buf) der = { 0 };
		struct shvm_err err = { 0 };

		sign(key, cert, detached, &der);
		if (cms_decode(der.data, der.len, &m, &err) != 0 ||
		    cms_check_signature(&m, detached ? text : NULL,
					detached ? sizeof(text) : 0, &err) != 0)
			fail_msg("case %zu: %s", i, err.msg);
		assert_true(key_cert_equal(m.cert, cert));
		assert_int_equal(m.attached, !detached);
		assert_true(labs(m.signing_time - time(NULL)) < 60);
		assert_int_equal(m.timestamp, 0);
		assert_int_equal(ERR_peek_error(), 0);
		if (detached)
			continue;
		assert_int_equal(m.content.len, sizeof(text));
		assert_memory_equal(m.content.data, text, sizeof(text));
	}
}

static void keeps_a_signing_time_that_is_given(void **state)
{
	static const time_t times[] = { 1000000000, 2524607999, 2524608000,
					4000000000 };
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	AUTO(x509_ptr) cert = signer_cert(key);
	(void)state;

	/* 2524608000 is 2050, where GeneralizedTime begins. */
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		const struct cms_signer signer = { .cert = cert,
						   .key = key,
						   .signing_time = times[i] };
		AUTO_DONE(cms_message) m = { 0 };
		AUTO_DONE(buf) der = { 0 };

		assert_int_equal(cms_sign(&signer, text, 3, false, &der, NULL),
				 0);
		assert_int_equal(cms_decode(der.data, der.len, &m, NULL), 0);
		assert_int_equal(m.signing_time, times[i]);
	}
}

/* Two neighbours in a SET OF, which DER sorts: as long as it was before. */
static void exchange(struct buf *der, X509 *a, X509 *b)
{
	AUTO_DONE(buf) first = { 0 };
	AUTO_DONE(buf) second = { 0 };
	uint8_t *at;

	assert_int_equal(key_cert_encode(a, &first, NULL), 0);
	assert_int_equal(key_cert_encode(b, &second, NULL), 0);
	at = memmem(der->data, der->len, first.data, first.len);
	assert_non_null(at);
	assert_memory_equal(at + first.len, second.data, second.len);
	memcpy(at, second.data, second.len);
	memcpy(at + second.len, first.data, first.len);
}

static void the_chain_goes_in_once(void **state)
{
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	AUTO(pkey_ptr) ca_key = test_key("RSA:2048");
	AUTO(x509_ptr)
	ca = test_cert(
		&(struct test_cert){ .cn = "CA", .key = ca_key, .ca = true });
	AUTO(x509_ptr)
	cert = test_cert(&(struct test_cert){
		.cn = "S", .key = key, .issuer = ca, .issuer_key = ca_key });
	STACK_OF(X509) *chain = sk_X509_new_null();
	const struct cms_signer signer = { .cert = cert,
					   .key = key,
					   .chain = chain };
	AUTO_DONE(cms_message) m = { 0 };
	AUTO_DONE(buf) der = { 0 };
	struct shvm_err err = { 0 };
	(void)state;

	sk_X509_push(chain, ca);
	sk_X509_push(chain, cert);
	sk_X509_push(chain, ca);
	assert_int_equal(cms_sign(&signer, text, 3, false, &der, &err), 0);
	assert_int_equal(cms_decode(der.data, der.len, &m, &err), 0);
	assert_int_equal(sk_X509_num(m.chain), 2);
	exchange(&der, sk_X509_value(m.chain, 0), sk_X509_value(m.chain, 1));
	cms_message_done(&m);
	assert_int_equal(cms_decode(der.data, der.len, &m, &err),
			 SHVM_E_FORMAT);
	assert_string_equal(err.msg, "cms: not in DER");
	for (int i = 0; i < CMS_CERTS_MAX; i++)
		sk_X509_push(chain, ca);
	assert_int_equal(cms_sign(&signer, text, 3, false, &der, &err),
			 SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "the limit"));
	sk_X509_free(chain);
}

static bool is_accepted(const struct buf *der)
{
	AUTO_DONE(cms_message) m = { 0 };

	return cms_decode(der->data, der->len, &m, NULL) == 0 &&
	       cms_check_signature(&m, NULL, 0, NULL) == 0;
}

/* A message by a key of this kind, with a chain of two certificates. */
static void sign_with_chain(const char *kind, struct buf *ret)
{
	AUTO(pkey_ptr) key = test_key(kind);
	AUTO(pkey_ptr) ca_key = test_key("EC:P-256");
	AUTO(x509_ptr)
	root = test_cert(
		&(struct test_cert){ .cn = "R", .key = ca_key, .ca = true });
	AUTO(x509_ptr)
	ca = test_cert(&(struct test_cert){ .cn = "CA",
					    .key = ca_key,
					    .issuer = root,
					    .issuer_key = ca_key,
					    .ca = true });
	AUTO(x509_ptr)
	cert = test_cert(&(struct test_cert){
		.cn = "S", .key = key, .issuer = ca, .issuer_key = ca_key });
	STACK_OF(X509) *chain = sk_X509_new_null();
	const struct cms_signer signer = { .cert = cert,
					   .key = key,
					   .chain = chain };

	sk_X509_push(chain, root);
	sk_X509_push(chain, ca);
	assert_int_equal(cms_sign(&signer, text, sizeof(text), false, ret,
				  NULL),
			 0);
	sk_X509_free(chain);
}

/*
 * All of a message of ours is either read strictly or covered by the
 * signature: no byte of it can be another one, also not in the chain.
 */
static void every_changed_byte_is_noticed(void **state)
{
	static const uint8_t changes[] = { 1,  2,    4,	   8,	 16,
					   32, 0x40, 0x80, 0x0b, 0xff };
	static const char *const kinds[] = { "RSA:2048", "RSA-PSS:2048",
					     "EC:P-256", "EC:P-384" };
	size_t missed = 0;
	(void)state;

	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		const size_t step =
			test_is_thorough() ? ARRAY_SIZE(changes) : 1;
		/* Only algorithms and keys differ from kind to kind. */
		const size_t stride = test_is_thorough() || k == 0 ? 1 : 3;
		AUTO_DONE(buf) der = { 0 };

		sign_with_chain(kinds[k], &der);
		assert_true(is_accepted(&der));
		for (size_t i = k % stride; i < der.len * step; i += stride) {
			/* With one change per byte, another one each time. */
			const uint8_t change = changes[(i + (i + k) / step) %
						       ARRAY_SIZE(changes)];

			der.data[i / step] ^= change;
			if (is_accepted(&der)) {
				print_message("%s: byte %zu of %zu, %02x\n",
					      kinds[k], i / step, der.len,
					      change);
				missed++;
			}
			der.data[i / step] ^= change;
		}
	}
	assert_int_equal(missed, 0);
}

static void every_shorter_message_is_refused(void **state)
{
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	AUTO(x509_ptr) cert = signer_cert(key);
	AUTO_DONE(buf) der = { 0 };
	AUTO_DONE(cms_message) m = { 0 };
	struct shvm_err err = { 0 };
	(void)state;

	sign(key, cert, false, &der);
	for (size_t i = 0; i < der.len; i++)
		assert_int_equal(cms_decode(der.data, i, &m, &err),
				 SHVM_E_FORMAT);
	buf_add(&der, "\0", 1);
	assert_int_equal(cms_decode(der.data, der.len, &m, &err),
			 SHVM_E_FORMAT);
	assert_string_equal(err.msg, "cms: 1 bytes after the message");
	assert_int_equal(cms_decode(der.data, CMS_SIZE_MAX + 1, &m, &err),
			 SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "the limit"));
}

static void content_must_be_where_it_is_expected(void **state)
{
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	AUTO(x509_ptr) cert = signer_cert(key);
	(void)state;

	for (int detached = 0; detached < 2; detached++) {
		AUTO_DONE(cms_message) m = { 0 };
		AUTO_DONE(buf) der = { 0 };
		struct shvm_err err = { 0 };

		sign(key, cert, detached, &der);
		assert_int_equal(cms_decode(der.data, der.len, &m, &err), 0);
		assert_int_equal(cms_check_signature(&m, detached ? NULL : text,
						     sizeof(text), &err),
				 SHVM_E_VERIFY);
		assert_string_equal(err.reason, "bad-signature");
		assert_non_null(strstr(err.msg, detached ? "is detached"
							 : "is attached"));
	}
}

static void other_detached_content_is_refused(void **state)
{
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	AUTO(x509_ptr) cert = signer_cert(key);
	AUTO_DONE(cms_message) m = { 0 };
	AUTO_DONE(buf) der = { 0 };
	struct shvm_err err = { 0 };
	(void)state;

	sign(key, cert, true, &der);
	assert_int_equal(cms_decode(der.data, der.len, &m, &err), 0);
	assert_int_equal(cms_check_signature(&m, text, sizeof(text) - 1, &err),
			 SHVM_E_VERIFY);
	assert_string_equal(err.reason, "bad-signature");
}

/*
 * With each byte of the name of the digest: refused by cms_form.c, before
 * CMS_verify() could lose its copy of the content.
 */
static void an_unknown_digest_is_refused(void **state)
{
	static const uint8_t sha256[] = { 0x60, 0x86, 0x48, 0x01, 0x65,
					  0x03, 0x04, 0x02, 0x01 };
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	AUTO(x509_ptr) cert = signer_cert(key);
	AUTO_DONE(buf) der = { 0 };
	uint8_t *at;
	(void)state;

	sign(key, cert, true, &der);
	at = memmem(der.data, der.len, sha256, sizeof(sha256));
	assert_non_null(at); /* the first: digestAlgorithms */
	for (size_t i = 0; i < sizeof(sha256); i++) {
		AUTO_DONE(cms_message) m = { 0 };
		struct shvm_err err = { 0 };

		at[i] ^= 4;
		assert_int_equal(cms_decode(der.data, der.len, &m, &err),
				 SHVM_E_FORMAT);
		at[i] ^= 4;
	}
}

/* Messages that others make and that are not what we read. */
static CMS_ContentInfo *foreign(X509 *cert, EVP_PKEY *key, const EVP_MD *md,
				unsigned int flags, int signers)
{
	BIO *in = BIO_new_mem_buf(text, sizeof(text));
	CMS_ContentInfo *cms;

	flags |= CMS_BINARY | CMS_PARTIAL;
	cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
	for (int i = 0; i < signers; i++)
		assert_non_null(CMS_add1_signer(cms, cert, key, md,
						flags | (i ? CMS_NOCERTS : 0)));
	if (signers > 0)
		assert_int_equal(CMS_final(cms, in, NULL, flags), 1);
	BIO_free(in);
	return cms;
}

static void expect_refused(CMS_ContentInfo *cms, int code, const char *says)
{
	AUTO_DONE(cms_message) m = { 0 };
	struct shvm_err err = { 0 };
	uint8_t *der = NULL;
	const int n = i2d_CMS_ContentInfo(cms, &der);
	int r;

	assert_true(n > 0);
	r = cms_decode(der, (size_t)n, &m, &err);
	if (r != code || !strstr(err.msg, says))
		fail_msg("%d \"%s\", want \"%s\"", r, err.msg, says);
	assert_null(m.cms);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
}

static void refuses_messages_of_another_make(void **state)
{
	AUTO(pkey_ptr) key = test_key("RSA:2048");
	AUTO(x509_ptr) cert = signer_cert(key);
	CMS_ContentInfo *cms;
	BIO *in;
	(void)state;

	expect_refused(foreign(cert, key, EVP_sha256(), CMS_CADES, 2),
		       SHVM_E_FORMAT, "2 signers");
	expect_refused(foreign(cert, key, EVP_sha256(), CMS_CADES, 0),
		       SHVM_E_FORMAT, "0 signers");
	expect_refused(foreign(cert, key, EVP_sha1(), CMS_CADES, 1),
		       SHVM_E_UNSUPPORTED, "digest algorithm sha1");
	expect_refused(foreign(cert, key, EVP_sha256(), 0, 1), SHVM_E_FORMAT,
		       "signing-certificate-v2 attribute is missing");
	expect_refused(foreign(cert, key, EVP_sha256(), CMS_NOATTR, 1),
		       SHVM_E_FORMAT, "content type");
	expect_refused(foreign(cert, key, EVP_sha256(), CMS_CADES | CMS_NOCERTS,
			       1),
		       SHVM_E_FORMAT, "no certificate");

	in = BIO_new_mem_buf(text, sizeof(text));
	expect_refused(CMS_digest_create(in, EVP_sha256(), CMS_BINARY),
		       SHVM_E_FORMAT, "not SignedData");
	BIO_free(in);

	cms = CMS_sign(NULL, NULL, NULL, NULL,
		       CMS_BINARY | CMS_PARTIAL | CMS_CADES);
	assert_int_equal(CMS_set1_eContentType(cms,
					       OBJ_nid2obj(NID_pkcs7_digest)),
			 1);
	assert_non_null(
		CMS_add1_signer(cms, cert, key, EVP_sha256(), CMS_CADES));
	in = BIO_new_mem_buf(text, sizeof(text));
	assert_int_equal(CMS_final(cms, in, NULL, CMS_BINARY), 1);
	BIO_free(in);
	expect_refused(cms, SHVM_E_FORMAT, "not id-data");
}

static void refuses_too_many_certificates(void **state)
{
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	AUTO(x509_ptr) cert = signer_cert(key);
	CMS_ContentInfo *cms = foreign(cert, key, EVP_sha256(), CMS_CADES, 1);
	(void)state;

	for (int i = 0; i < CMS_CERTS_MAX; i++) {
		AUTO(x509_ptr) more = signer_cert(key);

		assert_int_equal(CMS_add1_cert(cms, more), 1);
	}
	expect_refused(cms, SHVM_E_FORMAT, "33 certificates");
}

/* The signature is good but another certificate of the same key is inside. */
static void refuses_a_swapped_certificate(void **state)
{
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	AUTO(x509_ptr) cert = signer_cert(key);
	AUTO(x509_ptr) twin = X509_dup(cert);
	CMS_ContentInfo *cms =
		foreign(cert, key, EVP_sha256(), CMS_CADES | CMS_NOCERTS, 1);
	(void)state;

	/* Same names and serial number, another validity. */
	X509_gmtime_adj(X509_getm_notAfter(twin), 2 * 365 * 86400L);
	assert_true(X509_sign(twin, key, EVP_sha256()) > 0);
	assert_int_equal(CMS_add1_cert(cms, twin), 1);
	expect_refused(cms, SHVM_E_FORMAT, "does not list exactly");
}

/* What can be put into a message without its signer. */
static void refuses_what_was_added(void **state)
{
	AUTO(pkey_ptr) key = test_key("RSA:2048");
	AUTO(x509_ptr) cert = signer_cert(key);
	AUTO(x509_ptr) more = signer_cert(key);
	CMS_ContentInfo *cms;
	CMS_SignerInfo *si;
	X509_CRL *crl = X509_CRL_new();
	X509_ALGOR *alg;
	(void)state;

	cms = foreign(cert, key, EVP_sha256(), CMS_CADES, 1);
	assert_int_equal(CMS_add1_cert(cms, more), 1);
	expect_refused(cms, SHVM_E_FORMAT, "does not list exactly");

	cms = foreign(cert, key, EVP_sha256(), CMS_CADES, 1);
	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(cert));
	X509_CRL_set1_lastUpdate(crl, X509_get0_notBefore(cert));
	X509_CRL_set1_nextUpdate(crl, X509_get0_notAfter(cert));
	assert_true(X509_CRL_sign(crl, key, EVP_sha256()) > 0);
	assert_int_equal(CMS_add1_crl(cms, crl), 1);
	X509_CRL_free(crl);
	expect_refused(cms, SHVM_E_FORMAT, "the set of signers is not");

	cms = foreign(cert, key, EVP_sha256(), CMS_CADES, 1);
	si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	assert_int_equal(
		CMS_unsigned_add1_attr_by_NID(si, NID_pkcs9_unstructuredName,
					      V_ASN1_UTF8STRING, "x", 1),
		1);
	expect_refused(cms, SHVM_E_FORMAT, "the unsigned attribute is not");

	/* One signature under two names of its algorithm. */
	cms = foreign(cert, key, EVP_sha256(), CMS_CADES, 1);
	si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	CMS_SignerInfo_get0_algs(si, NULL, NULL, NULL, &alg);
	X509_ALGOR_set0(alg, OBJ_nid2obj(NID_sha256WithRSAEncryption),
			V_ASN1_NULL, NULL);
	expect_refused(cms, SHVM_E_UNSUPPORTED,
		       "sha256WithRSAEncryption is not allowed");

	cms = foreign(cert, key, EVP_sha256(), CMS_CADES, 1);
	si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	CMS_SignerInfo_get0_algs(si, NULL, NULL, &alg, NULL);
	X509_ALGOR_set0(alg, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL);
	expect_refused(cms, SHVM_E_FORMAT, "digest algorithm is not");
}

static void refuses_ber(void **state)
{
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	AUTO(x509_ptr) cert = signer_cert(key);
	AUTO_DONE(buf) der = { 0 };
	AUTO_DONE(buf) ber = { 0 };
	AUTO_DONE(cms_message) m = { 0 };
	struct shvm_err err = { 0 };
	(void)state;

	/* The outermost length with one more length byte than needed. */
	sign(key, cert, false, &der);
	assert_int_equal(der.data[1], 0x82);
	buf_add(&ber, "\x30\x83\0", 3);
	buf_add(&ber, der.data + 2, der.len - 2);
	assert_int_equal(cms_decode(ber.data, ber.len, &m, &err),
			 SHVM_E_FORMAT);
	assert_string_equal(err.msg, "cms: not in DER");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_and_verifies_with_each_kind_of_key),
		cmocka_unit_test(keeps_a_signing_time_that_is_given),
		cmocka_unit_test(the_chain_goes_in_once),
		cmocka_unit_test(every_changed_byte_is_noticed),
		cmocka_unit_test(every_shorter_message_is_refused),
		cmocka_unit_test(content_must_be_where_it_is_expected),
		cmocka_unit_test(other_detached_content_is_refused),
		cmocka_unit_test(an_unknown_digest_is_refused),
		cmocka_unit_test(refuses_messages_of_another_make),
		cmocka_unit_test(refuses_too_many_certificates),
		cmocka_unit_test(refuses_a_swapped_certificate),
		cmocka_unit_test(refuses_what_was_added),
		cmocka_unit_test(refuses_ber),
	};

	return cmocka_run_group_tests_name("cms", tests, NULL, NULL);
}
