/* SPDX-License-Identifier: MIT */
/* What certificates may be used for, and how they read. */
#include "support_certs.h"

#include "base/buf.h"

#include <openssl/param_build.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void accepts_and_refuses_signers(void **state)
{
	static const struct {
		const char *kind;
		const char *usage, *ext_usage;
		int64_t from, to;
		const char *reason; /* NULL: accepted */
		const char *says;
	} cases[] = {
		{ "RSA:2048", NULL, NULL, 0, 0, NULL, "" },
		{ "RSA:2048", "digitalSignature", "codeSigning", 0, 0, NULL,
		  "" },
		{ "RSA:2048", "digitalSignature,keyEncipherment", "serverAuth",
		  0, 0, NULL, "" },
		{ "RSA-PSS:2048", NULL, NULL, 0, 0, NULL, "" },
		{ "EC:P-256", "critical,digitalSignature", NULL, 0, 0, NULL,
		  "" },
		{ "EC:P-384", NULL, NULL, 0, 0, NULL, "" },
		{ "RSA:1024", NULL, NULL, 0, 0, "weak-key",
		  "RSA key has 1024 bits, not 2048" },
		{ "EC:P-521", NULL, NULL, 0, 0, "key-type",
		  "EC key of 521 bits" },
		{ "EC:secp256k1", NULL, NULL, 0, 0, "key-type",
		  "EC key of 256 bits" },
		{ "ED25519", NULL, NULL, 0, 0, "key-type", "ED25519 key" },
		{ "RSA:2048", "keyEncipherment", NULL, 0, 0, "key-usage",
		  "does not include digitalSignature" },
		{ "RSA:2048", "nonRepudiation", NULL, 0, 0, "key-usage",
		  "does not include digitalSignature" },
		{ "RSA:2048", "DER:0500", NULL, 0, 0, "key-usage",
		  "an extension is malformed" },
		{ "RSA:2048", NULL, NULL, -7200, -3600, "expired",
		  "expired at 20" },
		{ "RSA:2048", NULL, NULL, 3600, 7200, "not-yet-valid",
		  "not valid before 20" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(pkey_ptr) key = test_key(cases[i].kind);
		AUTO(x509_ptr)
		cert = test_cert(
			&(struct test_cert){ .cn = "Signer",
					     .key = key,
					     .key_usage = cases[i].usage,
					     .ext_usage = cases[i].ext_usage,
					     .not_before = cases[i].from,
					     .not_after = cases[i].to });
		struct shvm_err err = { 0 };
		int r = key_check_signer(cert, 0, &err);

		if (r != (cases[i].reason ? SHVM_E_CRYPTO : 0) ||
		    !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		if (!cases[i].reason)
			continue;
		assert_string_equal(err.reason, cases[i].reason);
		assert_non_null(strstr(err.msg, "CN=Signer"));
	}
}

static void judges_validity_at_the_time_given(void **state)
{
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	AUTO(x509_ptr)
	cert = test_cert(&(struct test_cert){
		.cn = "S", .key = key, .not_before = 1000, .not_after = 2000 });
	const time_t now = time(NULL);
	AUTO_CERT_INFO text = { 0 };

	(void)state;
	assert_int_equal(cert_info_init(&text, cert, NULL), 0);
	assert_true(llabs(text.not_before - now - 1000) < 60);
	assert_int_equal(text.not_after - text.not_before, 1000);
	assert_int_equal(key_check_validity(cert, (time_t)text.not_before - 1,
					    NULL),
			 SHVM_E_CRYPTO);
	assert_int_equal(key_check_validity(cert, (time_t)text.not_before,
					    NULL),
			 0);
	assert_int_equal(key_check_validity(cert, (time_t)text.not_after, NULL),
			 0);
	assert_int_equal(key_check_validity(cert, (time_t)text.not_after + 1,
					    NULL),
			 SHVM_E_CRYPTO);
}

static void finds_keys_that_do_not_match(void **state)
{
	AUTO(pkey_ptr) key = test_key("RSA:2048");
	AUTO(pkey_ptr) stranger = test_new_key("RSA:2048");
	AUTO(pkey_ptr) ec = test_key("EC:P-256");
	AUTO(x509_ptr)
	cert = test_cert(&(struct test_cert){ .cn = "S", .key = key });
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(key_check_match(cert, key, &err), 0);
	assert_int_equal(key_check_signs(cert, key, &err), 0);
	assert_int_equal(key_check_match(cert, stranger, &err), SHVM_E_CRYPTO);
	assert_string_equal(err.reason, "key-mismatch");
	assert_non_null(strstr(err.msg, "CN=S"));
	assert_int_equal(key_check_match(cert, ec, &err), SHVM_E_CRYPTO);
	assert_int_equal(key_check_signs(cert, stranger, &err), SHVM_E_CRYPTO);
	assert_string_equal(err.reason, "key-mismatch");
}

/* A key that has a public half only stands for a token that will not sign. */
static void finds_keys_that_cannot_sign(void **state)
{
	AUTO(pkey_ptr) key = test_key("RSA:2048");
	AUTO(x509_ptr)
	made = test_cert(&(struct test_cert){ .cn = "S", .key = key });
	AUTO(x509_ptr) cert = X509_dup(made); /* without the private half */
	EVP_PKEY *public = X509_get0_pubkey(cert);
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(key_check_match(cert, public, &err), 0);
	assert_int_equal(key_check_signs(cert, public, &err), SHVM_E_CRYPTO);
	assert_non_null(strstr(err.msg, "cannot sign"));
}

static void certificates_go_to_der_and_back(void **state)
{
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	AUTO(x509_ptr)
	cert = test_cert(&(struct test_cert){ .cn = "S", .key = key });
	AUTO(x509_ptr) again = NULL;
	AUTO(x509_ptr) none = NULL;
	AUTO_DONE(buf) der = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(key_cert_encode(cert, &der, &err), 0);
	assert_int_equal(key_cert_decode(der.data, der.len, "c", &again, &err),
			 0);
	assert_true(key_cert_equal(cert, again));
	buf_add(&der, "\0", 1);
	assert_int_equal(key_cert_decode(der.data, der.len, "c", &none, &err),
			 SHVM_E_FORMAT);
	assert_string_equal(err.msg, "c: 1 bytes after the certificate");
	assert_int_equal(key_cert_decode(der.data, der.len - 2, "c", &none,
					 &err),
			 SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "c: not a DER certificate"));
	assert_int_equal(key_cert_decode(der.data, KEY_FILE_MAX + 1, "c", &none,
					 &err),
			 SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "the limit"));
	assert_null(none);
}

static void certificates_differ_by_one_byte_of_der(void **state)
{
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	AUTO(x509_ptr)
	a = test_cert(&(struct test_cert){ .cn = "S", .key = key });
	AUTO(x509_ptr)
	b = test_cert(&(struct test_cert){ .cn = "S", .key = key });

	(void)state;
	assert_true(key_cert_equal(a, a));
	assert_false(key_cert_equal(a, b)); /* another serial number */
}

static void texts_of_a_certificate(void **state)
{
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	AUTO(x509_ptr)
	cert = test_cert(&(struct test_cert){
		.cn = "M\xc3\xbcller, \x1b[1m\"A\"", .key = key });
	AUTO_CERT_INFO t = { 0 };

	(void)state;
	assert_int_equal(cert_info_init(&t, cert, NULL), 0);
	/* RFC 2253 escapes; UTF-8 stays, a terminal's control does not. */
	assert_string_equal(t.subject, "CN=M\xc3\xbcller\\, \\1B[1m\\\"A\\\"");
	assert_string_equal(t.issuer, t.subject);
	assert_int_equal(strlen(t.sha256), 64);
	assert_int_equal(strspn(t.serial, "0123456789abcdef"),
			 strlen(t.serial));
}

static void key_usage_bits_are_all_needed(void **state)
{
	AUTO(pkey_ptr) key = test_key("RSA:2048");
	AUTO(x509_ptr)
	cert = test_cert(&(struct test_cert){
		.cn = "S", .key = key, .key_usage = "keyEncipherment" });

	(void)state;
	assert_int_equal(key_check_usage(cert, KU_KEY_ENCIPHERMENT,
					 "keyEncipherment", NULL),
			 0);
	assert_int_equal(key_check_usage(cert,
					 KU_KEY_ENCIPHERMENT |
						 KU_DATA_ENCIPHERMENT,
					 "both", NULL),
			 SHVM_E_CRYPTO);
}

/* A public RSA key of these numbers, in an unsigned certificate. */
static int check_numbers(const BIGNUM *n, unsigned long long exponent,
			 struct shvm_err *err)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	AUTO(pkey_ptr) key = NULL;
	BIGNUM *e = BN_new();
	OSSL_PARAM *params;
	int r;

	assert_int_equal(BN_set_word(e, exponent), 1);
	assert_int_equal(OSSL_PARAM_BLD_push_BN(build, "n", n), 1);
	assert_int_equal(OSSL_PARAM_BLD_push_BN(build, "e", e), 1);
	params = OSSL_PARAM_BLD_to_param(build);
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY,
					   params),
			 1);
	r = key_check_rsa(key, "k", err);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_free(e);
	return r;
}

static void refuses_rsa_numbers_that_are_no_key(void **state)
{
	static const struct {
		unsigned long long exponent;
		int add; /* to the modulus */
		const char *says;
	} cases[] = {
		{ 65537, 0, NULL },
		{ 0xffffffffULL, 0, NULL },
		{ 1, 0, "its exponent" },
		{ 3, 0, "its exponent" },
		{ 65535, 0, "its exponent" },
		{ 65538, 0, "its exponent" },
		{ 0x100000001ULL, 0, "its exponent" },
		{ 65537, 1, "its modulus is even" },
		{ 65537, 2, "small factor" }, /* made to divide by 3 */
	};
	AUTO(pkey_ptr) key = test_key("RSA:2048");
	BIGNUM *n = NULL;
	(void)state;

	assert_int_equal(EVP_PKEY_get_bn_param(key, "n", &n), 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		BIGNUM *m = BN_dup(n);
		struct shvm_err err = { 0 };
		int r;

		if (cases[i].add == 1)
			BN_add_word(m, 1);
		while (cases[i].add == 2 && BN_mod_word(m, 3) != 0)
			BN_add_word(m, 2);
		r = check_numbers(m, cases[i].exponent, &err);
		if (r != (cases[i].says ? SHVM_E_CRYPTO : SHVM_OK) ||
		    (cases[i].says && !strstr(err.msg, cases[i].says)))
			fail_msg("case %zu: %d %s", i, r, err.msg);
		BN_free(m);
	}
	BN_free(n);
}

static void extended_key_usage_must_allow_code_signing(void **state)
{
	static const struct {
		const char *has, *eku; /* NULL: none, the default rule */
		int code;
		const char *says;
	} cases[] = {
		{ NULL, NULL, SHVM_OK, "" },
		{ "codeSigning", NULL, SHVM_OK, "" },
		{ "serverAuth,codeSigning", NULL, SHVM_OK, "" },
		{ "anyExtendedKeyUsage", NULL, SHVM_OK, "" },
		{ "serverAuth", NULL, SHVM_E_CRYPTO,
		  "not include codeSigning" },
		{ "critical,timeStamping", NULL, SHVM_E_CRYPTO, "codeSigning" },
		{ "1.2.3.4", "1.2.3.4", SHVM_OK, "" },
		{ "1.2.3.4", "1.2.3.5", SHVM_E_CRYPTO, "not include 1.2.3.5" },
		{ "codeSigning", "1.2.3.4", SHVM_E_CRYPTO, "1.2.3.4" },
		{ NULL, "1.2.3.4", SHVM_E_CRYPTO, "1.2.3.4" },
		{ NULL, "code", SHVM_E_ARG, "not an OID" },
	};
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(x509_ptr)
		cert = test_cert(&(struct test_cert){
			.cn = "S", .key = key, .ext_usage = cases[i].has });
		struct shvm_err err = { 0 };
		const int r = key_check_eku(cert, cases[i].eku, &err);

		if (r != cases[i].code || !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d %s", i, r, err.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_and_refuses_signers),
		cmocka_unit_test(judges_validity_at_the_time_given),
		cmocka_unit_test(finds_keys_that_do_not_match),
		cmocka_unit_test(finds_keys_that_cannot_sign),
		cmocka_unit_test(certificates_go_to_der_and_back),
		cmocka_unit_test(certificates_differ_by_one_byte_of_der),
		cmocka_unit_test(texts_of_a_certificate),
		cmocka_unit_test(key_usage_bits_are_all_needed),
		cmocka_unit_test(refuses_rsa_numbers_that_are_no_key),
		cmocka_unit_test(extended_key_usage_must_allow_code_signing),
	};

	return cmocka_run_group_tests_name("key", tests, NULL, NULL);
}
