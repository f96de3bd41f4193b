/* SPDX-License-Identifier: MIT */
/* Keys and certificates out of files; tokens are in tests/interop. */
#include "support_certs.h"

#include "base/buf.h"
#include "base/wipe.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static EVP_PKEY *rsa, *ec;
static X509 *ca, *leaf, *other;
static int asked;

static int counting_passphrase(void *ctx, const char *what, char *buf,
			       size_t size, struct shvm_err *err)
{
	asked++;
	return test_passphrase(ctx, what, buf, size, err);
}

static int enter(void **state)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	uint8_t *der = NULL;
	int n;

	(void)state;
	test_own_folder_enter();
	rsa = test_key("RSA:2048");
	ec = test_key("EC:P-256");
	ca = test_cert(
		&(struct test_cert){ .cn = "CA", .key = rsa, .ca = true });
	leaf = test_cert(&(struct test_cert){
		.cn = "Leaf", .key = ec, .issuer = ca, .issuer_key = rsa });
	other = test_cert(&(struct test_cert){ .cn = "Other", .key = rsa });
	test_write_key("plain.pem", ec, NULL, false);
	test_write_key("locked.pem", ec, "open sesame", false);
	test_write_key("two-keys.pem", ec, NULL, false);
	test_write_key("two-keys.pem", rsa, NULL, true);
	test_write_key("strangers.pem", ec, NULL, false);
	test_write_cert("strangers.pem", other, true);
	test_write_cert("strangers.pem", ca, true);
	test_write_cert("chain.pem", leaf, false);
	test_write_cert("chain.pem", ca, true);
	test_write_cert("cert.pem", leaf, false);
	test_write_key("all.pem", ec, NULL, false);
	test_write_cert("all.pem", ca, true);
	test_write_cert("all.pem", leaf, true);
	test_write_key("stranger.pem", ec, NULL, false);
	test_write_cert("stranger.pem", other, true);
	assert_true(sk_X509_push(chain, ca) > 0);
	test_write_p12("bag.p12", ec, leaf, chain, "open sesame");
	test_write_p12("no-pass.p12", ec, leaf, chain, "");
	test_write_p12_of_two("two.p12", ec, rsa, false, "open sesame");
	test_write_p12_of_two("two-locked.p12", ec, rsa, true, "open sesame");
	test_write_p12_of_two("two-no-pass.p12", ec, rsa, true, "");
	test_write_p12("no-key.p12", NULL, leaf, NULL, "open sesame");
	sk_X509_free(chain);
	n = i2d_X509(leaf, &der);
	test_file_write("cert.der", der, (size_t)n);
	OPENSSL_free(der);
	der = NULL;
	n = i2d_PrivateKey(ec, &der);
	test_file_write("key.der", der, (size_t)n);
	test_file_write("cut.der", der, (size_t)n - 10);
	OPENSSL_free(der);
	test_file_write("empty", "", 0);
	test_file_write("text.pem", "hello\nworld\n", 12);
	return 0;
}

static int leave(void **state)
{
	(void)state;
	X509_free(ca);
	X509_free(leaf);
	X509_free(other);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	return 0;
}

static void loads_private_keys_of_each_form(void **state)
{
	static const struct {
		const char *file;
		const char *pass;
		int asked; /* how often the callback runs */
		int certs; /* the key's own and its chain */
	} cases[] = {
		{ "plain.pem", NULL, 0, 0 },
		{ "plain.pem", "not needed", 0, 0 },
		{ "locked.pem", "open sesame", 1, 0 },
		{ "key.der", NULL, 0, 0 },
		{ "all.pem", NULL, 0, 2 },
		{ "bag.p12", "open sesame", 1, 2 },
		{ "no-pass.p12", NULL, 0, 2 },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char pass[32] = "";
		const struct shvm_key_source source = {
			.uri = cases[i].file,
			.passphrase =
				cases[i].pass ? counting_passphrase : NULL,
			.passphrase_ctx = pass,
		};
		AUTO(pkey_ptr) key = NULL;
		AUTO(x509_ptr) cert = NULL;
		AUTO(x509_stack_ptr) chain = NULL;
		struct shvm_err err = { 0 };
		int r;

		if (cases[i].pass)
			(void)snprintf(pass, sizeof(pass), "%s", cases[i].pass);
		asked = 0;
		r = key_load_private(&source, &key, &cert, &chain, &err);
		if (r != 0 || asked != cases[i].asked)
			fail_msg("case %zu: %d asked %d \"%s\"", i, r, asked,
				 err.msg);
		assert_int_equal(EVP_PKEY_eq(key, ec), 1);
		assert_int_equal(ERR_peek_error(), 0);
		if (cases[i].certs == 0) {
			assert_null(cert);
			assert_null(chain);
			continue;
		}
		assert_true(key_cert_equal(cert, leaf));
		assert_int_equal(sk_X509_num(chain), cases[i].certs - 1);
		assert_true(key_cert_equal(sk_X509_value(chain, 0), ca));
	}
}

static const struct {
	const char *file;
	const char *pass; /* "": gives up, NULL: no callback */
	int code;
	const char *reason;
	const char *says;
} unusable_keys[] = {
	{ "locked.pem", "wrong", SHVM_E_CRYPTO, "wrong-passphrase",
	  "locked.pem: the passphrase is wrong" },
	{ "locked.pem", NULL, SHVM_E_CRYPTO, "no-passphrase",
	  "no passphrase was given" },
	{ "locked.pem", "", SHVM_E_CRYPTO, NULL, "passphrase" },
	{ "bag.p12", "wrong", SHVM_E_CRYPTO, "wrong-passphrase",
	  "bag.p12: the passphrase is wrong" },
	{ "bag.p12", NULL, SHVM_E_CRYPTO, "no-passphrase",
	  "no passphrase was given" },
	{ "chain.pem", NULL, SHVM_E_CRYPTO, NULL, "contains no private key" },
	{ "no-key.p12", "open sesame", SHVM_E_CRYPTO, NULL,
	  "contains no private key" },
	{ "two-keys.pem", NULL, SHVM_E_CRYPTO, NULL,
	  "contains 2 private keys" },
	{ "two.p12", "open sesame", SHVM_E_CRYPTO, NULL,
	  "two.p12: contains 2 private keys, expected one" },
	{ "two-locked.p12", "open sesame", SHVM_E_CRYPTO, NULL,
	  "two-locked.p12: contains 2 private keys, expected one" },
	{ "two-no-pass.p12", NULL, SHVM_E_CRYPTO, NULL,
	  "two-no-pass.p12: contains 2 private keys, expected one" },
	{ "stranger.pem", NULL, SHVM_E_CRYPTO, "key-mismatch",
	  "stranger.pem: the private key does not belong to certificate CN=Other" },
	{ "strangers.pem", NULL, SHVM_E_CRYPTO, "key-mismatch",
	  "none of its 2 certificates" },
	{ "empty", NULL, SHVM_E_FORMAT, NULL, "contains no key" },
	{ "text.pem", NULL, SHVM_E_FORMAT, NULL, "contains no key" },
	{ "cut.der", NULL, SHVM_E_FORMAT, NULL, "contains no key" },
	{ "missing.pem", NULL, SHVM_E_IO, NULL, "missing.pem" },
	{ "foo:bar", NULL, SHVM_E_CRYPTO, NULL, "\"foo:\"" },
	{ "pkcs11:token=a;pin-value=1234", NULL, SHVM_E_ARG, NULL,
	  "pin-value" },
	{ "pkcs11:token=a?pin-value=1234", NULL, SHVM_E_ARG, NULL,
	  "pin-value" },
	{ "pkcs11:pin-value=1234", NULL, SHVM_E_ARG, NULL, "pin-value" },
};

static void refuses_what_is_no_usable_private_key(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(unusable_keys); i++) {
		char pass[32] = "";
		const struct shvm_key_source source = {
			.uri = unusable_keys[i].file,
			.passphrase = unusable_keys[i].pass
					      ? counting_passphrase
					      : NULL,
			.passphrase_ctx = pass[0] || (unusable_keys[i].pass &&
						      unusable_keys[i].pass[0])
						  ? pass
						  : NULL,
		};
		EVP_PKEY *key = NULL;
		X509 *cert = NULL;
		struct shvm_err err = { 0 };
		int r;

		if (unusable_keys[i].pass)
			(void)snprintf(pass, sizeof(pass), "%s",
				       unusable_keys[i].pass);
		asked = 0;
		r = key_load_private(&source, &key, &cert, NULL, &err);
		if (r != unusable_keys[i].code ||
		    !strstr(err.msg, unusable_keys[i].says) || asked > 1)
			fail_msg("case %zu: %d asked %d \"%s\"", i, r, asked,
				 err.msg);
		if (unusable_keys[i].reason)
			assert_string_equal(err.reason,
					    unusable_keys[i].reason);
		assert_null(strstr(err.msg, "1234"));
		assert_null(key);
		assert_null(cert);
	}
}

static void write_pem(FILE *f, const char *label, const uint8_t *der, int len)
{
	assert_true(PEM_write(f, label, "", der, len) > 0);
}

/* Nothing in it is computed: what it would cost to try a passphrase is said. */
static int slow_key(uint8_t **ret)
{
	X509_ALGOR *how = PKCS5_pbe2_set(EVP_aes_256_cbc(),
					 KEY_ITERATIONS_MAX + 1, NULL, 8);
	X509_SIG *sig = X509_SIG_new();
	ASN1_OCTET_STRING *secret;
	uint8_t bytes[64] = { 0 };
	X509_ALGOR *a;
	int n;

	assert_true(how && sig);
	X509_SIG_getm(sig, &a, &secret);
	assert_int_equal(X509_ALGOR_copy(a, how), 1);
	assert_int_equal(ASN1_OCTET_STRING_set(secret, bytes, sizeof(bytes)),
			 1);
	n = i2d_X509_SIG(sig, ret);
	assert_true(n > 0);
	X509_SIG_free(sig);
	X509_ALGOR_free(how);
	return n;
}

static void write_slow_keys(void)
{
	uint8_t *der = NULL;
	const int n = slow_key(&der);
	FILE *f;

	test_file_write("slow.der", der, (size_t)n);
	assert_non_null(f = fopen("slow.pem", "w"));
	write_pem(f, "ENCRYPTED PRIVATE KEY", der, n);
	assert_int_equal(fclose(f), 0);
	assert_non_null(f = fopen("slow-label.pem", "w"));
	write_pem(f, "PRIVATE KEY", der, n);
	assert_int_equal(fclose(f), 0);
	assert_non_null(f = fopen("slow-rsa.pem", "w"));
	write_pem(f, "RSA PRIVATE KEY", der, n);
	assert_int_equal(fclose(f), 0);
	assert_non_null(f = fopen("slow-late.pem", "w"));
	assert_true(fputs("-----BEGIN X-----\nQUJ\n-----END X-----\n", f) >= 0);
	write_pem(f, "ENCRYPTED PRIVATE KEY", der, n);
	write_pem(f, "ENCRYPTED PRIVATE KEY", der, n);
	assert_int_equal(fclose(f), 0);
	assert_non_null(f = fopen("slow-late.der", "w"));
	assert_int_equal(i2d_X509_fp(f, leaf), 1);
	assert_int_equal(fwrite(der, 1, (size_t)n, f), n);
	assert_int_equal(fclose(f), 0);
	OPENSSL_free(der);
}

static void tries_no_passphrase_that_takes_too_long(void **state)
{
	static const struct {
		const char *file, *reason, *says;
	} cases[] = {
		{ "slow.der", "too-slow", "2500000" },
		{ "slow.pem", "too-slow", "2500000" },
		/* OpenSSL goes by the content of a private key, not its label. */
		{ "slow-label.pem", "too-slow", "2500000" },
		{ "slow-rsa.pem", "too-slow", "2500000" },
		/* It reads further after a block that it cannot decode ... */
		{ "slow-late.pem", NULL, "PEM block 1 of 3 cannot" },
		/* ... and after an object that it can. */
		{ "slow-late.der", NULL, "bytes after the key or certificate" },
	};
	char pass[] = "open sesame";

	(void)state;
	write_slow_keys();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct shvm_key_source source = {
			.uri = cases[i].file,
			.passphrase = counting_passphrase,
			.passphrase_ctx = pass,
		};
		EVP_PKEY *key = NULL;
		struct shvm_err err = { 0 };
		int r;

		asked = 0;
		r = key_load_private(&source, &key, NULL, NULL, &err);
		if (r != (cases[i].reason ? SHVM_E_UNSUPPORTED
					  : SHVM_E_FORMAT) ||
		    !strstr(err.msg, cases[i].says) || asked != 0)
			fail_msg("%s: %d asked %d \"%s\"", cases[i].file, r,
				 asked, err.msg);
		if (cases[i].reason)
			assert_string_equal(err.reason, cases[i].reason);
		assert_null(key);
		assert_int_equal(ERR_peek_error(), 0);
	}
}

static void loads_certificates_of_each_form(void **state)
{
	static const struct {
		const char *file;
		char pass[16];
		int count;
	} cases[] = {
		{ "cert.pem", "", 1 },
		{ "chain.pem", "", 2 },
		{ "cert.der", "", 1 },
		{ "bag.p12", "open sesame", 2 },
		{ "no-key.p12", "open sesame", 1 },
		{ "no-pass.p12", "", 2 },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char pass[16];
		const struct shvm_key_source source = {
			.uri = cases[i].file,
			.passphrase = test_passphrase,
			.passphrase_ctx = pass,
		};
		AUTO(x509_stack_ptr) certs = NULL;
		struct shvm_err err = { 0 };

		memcpy(pass, cases[i].pass, sizeof(pass));
		if (key_load_certs(&source, &certs, &err) != 0)
			fail_msg("case %zu: %s", i, err.msg);
		assert_int_equal(sk_X509_num(certs), cases[i].count);
		assert_true(key_cert_equal(sk_X509_value(certs, 0), leaf));
		assert_int_equal(ERR_peek_error(), 0);
	}
}

static void refuses_what_is_no_certificate(void **state)
{
	static const struct {
		const char *file;
		int code;
		const char *says;
	} cases[] = {
		{ "plain.pem", SHVM_E_CRYPTO, "contains no certificate" },
		{ "text.pem", SHVM_E_FORMAT, "contains no key" },
		{ "two.pem", SHVM_E_CRYPTO,
		  "contains 2 certificates that are not one chain" },
		{ "bad-second.pem", SHVM_E_FORMAT, "only 1 of 2 PEM" },
		{ ".", SHVM_E_ARG, "." },
	};
	struct shvm_err err = { 0 };

	(void)state;
	test_write_cert("two.pem", leaf, false);
	test_write_cert("two.pem", other, true);
	test_write_cert("bad-second.pem", leaf, false);
	{
		FILE *f = fopen("bad-second.pem", "a");

		assert_non_null(f);
		assert_true(fputs("-----BEGIN CERTIFICATE-----\nAAAA\n"
				  "-----END CERTIFICATE-----\n",
				  f) >= 0);
		assert_int_equal(fclose(f), 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		X509 *cert = NULL;
		int r = key_load_leaf(cases[i].file, &cert, &err);

		if (r != cases[i].code || !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		assert_null(cert);
	}
}

static void a_file_with_a_colon_is_a_file(void **state)
{
	const struct shvm_key_source source = { .uri = "host:key" };
	AUTO(pkey_ptr) key = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	test_write_key("host:key", ec, NULL, false);
	assert_int_equal(key_load_private(&source, &key, NULL, NULL, &err), 0);
	assert_int_equal(EVP_PKEY_eq(key, ec), 1);
}

static void private_numbers_are_in_the_secure_heap(void **state)
{
	const struct shvm_key_source source = { .uri = "plain-rsa.pem" };
	AUTO(pkey_ptr) key = NULL;
	struct shvm_err err = { 0 };
	size_t before;
	(void)state;

	if (!secure_heap_start())
		test_skip("no memory can be locked");
	test_write_key("plain-rsa.pem", rsa, NULL, false);
	before = CRYPTO_secure_used();
	assert_int_equal(key_load_private(&source, &key, NULL, NULL, &err), 0);
	/* d, p, q, two exponents and a coefficient of 2048 bits */
	assert_true(CRYPTO_secure_used() >= before + 256 + 5 * 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_private_keys_of_each_form),
		cmocka_unit_test(refuses_what_is_no_usable_private_key),
		cmocka_unit_test(tries_no_passphrase_that_takes_too_long),
		cmocka_unit_test(loads_certificates_of_each_form),
		cmocka_unit_test(refuses_what_is_no_certificate),
		cmocka_unit_test(a_file_with_a_colon_is_a_file),
		cmocka_unit_test(private_numbers_are_in_the_secure_heap),
	};

	return cmocka_run_group_tests_name("key_load", tests, enter, leave);
}
