/* SPDX-License-Identifier: MIT */
/* Algorithm URIs: known, refused, unknown; and what they do. */
#include "pdk/algorithm.h"

#include "tests/unit/support_kps.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
/* after the headers that it needs */
#include <cmocka.h>

#define MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define MORE_2007 "http://www.w3.org/2007/05/xmldsig-more#"

static void signs_and_verifies_with_each_algorithm(void **state)
{
	static const char *const uris[] = {
		MORE "rsa-sha256",	     MORE "rsa-sha384",
		MORE "rsa-sha512",	     MORE_2007 "sha256-rsa-MGF1",
		MORE_2007 "sha384-rsa-MGF1", MORE_2007 "sha512-rsa-MGF1",
	};
	AUTO(pkey_ptr) key = kps_key(0);
	AUTO(x509_ptr)
	cert = kps_make_cert(&(struct kps_cert){ .subject = "a", .key = key });
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(uris); i++) {
		const struct algorithm *a = NULL, *b;
		AUTO_DONE(buf) sig = { 0 };
		struct shvm_err err = { 0 };

		assert_int_equal(algorithm_need(ALGORITHM_SIGNATURE, uris[i],
						"x", &a, &err),
				 0);
		if (algorithm_sign(a, key, "data", 4, &sig, &err) < 0 ||
		    algorithm_verify(a, cert, "data", 4, &sig, &err) < 0)
			fail_msg("%s: %s", uris[i], err.msg);
		assert_int_equal(algorithm_verify(a, cert, "date", 4, &sig,
						  &err),
				 SHVM_E_VERIFY);
		assert_string_equal(err.reason, "bad-signature");
		b = algorithm_find(ALGORITHM_SIGNATURE,
				   uris[(i + 3) % ARRAY_SIZE(uris)]);
		assert_int_equal(algorithm_verify(b, cert, "data", 4, &sig,
						  &err),
				 SHVM_E_VERIFY);
		sig.len--;
		assert_int_equal(algorithm_verify(a, cert, "data", 4, &sig,
						  &err),
				 SHVM_E_VERIFY);
	}
}

static void names_what_it_refuses(void **state)
{
	static const struct {
		enum algorithm_use use;
		const char *uri, *reason, *says;
	} cases[] = {
		{ ALGORITHM_SIGNATURE, "urn:x", "unknown-algorithm",
		  "place: unknown algorithm \"urn:x\"" },
		{ ALGORITHM_SIGNATURE, "", "unknown-algorithm", "\"\"" },
		{ ALGORITHM_SIGNATURE, URI_HMAC_SHA256, "unknown-algorithm",
		  "hmac-sha256" },
		{ ALGORITHM_MAC, URI_RSA_SHA256, "unknown-algorithm",
		  "rsa-sha256" },
		{ ALGORITHM_SIGNATURE,
		  "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
		  "weak-algorithm", "SHA-1 is no longer safe" },
		{ ALGORITHM_MAC, "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
		  "weak-algorithm", "SHA-1 is no longer safe" },
		{ ALGORITHM_WRAP, "http://www.w3.org/2001/04/xmlenc#rsa-1_5",
		  "weak-algorithm", "v1.5 padding" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct algorithm *a = NULL;
		struct shvm_err err = { 0 };

		assert_int_equal(algorithm_need(cases[i].use, cases[i].uri,
						"place", &a, &err),
				 SHVM_E_UNSUPPORTED);
		assert_null(a);
		assert_string_equal(err.reason, cases[i].reason);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("case %zu: \"%s\"", i, err.msg);
	}
}

static void wraps_and_unwraps_with_each_hash(void **state)
{
	static const char *const digests[] = {
		URI_SHA1, URI_SHA256, MORE "sha384",
		"http://www.w3.org/2001/04/xmlenc#sha512"
	};
	AUTO(pkey_ptr) key = kps_key(0);
	AUTO(pkey_ptr) wrong = kps_key(1);
	AUTO(x509_ptr)
	cert = kps_make_cert(&(struct kps_cert){ .subject = "a", .key = key });
	AUTO(secret_ptr) blob = NULL;
	(void)state;

	assert_int_equal(secret_copy("0123456789abcdef", 16, &blob, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(digests); i++) {
		const struct oaep o = {
			algorithm_find(ALGORITHM_DIGEST, digests[i]),
			algorithm_find(ALGORITHM_MGF, URI_MGF1_SHA256)
		};
		const struct oaep other = {
			algorithm_find(ALGORITHM_DIGEST, digests[(i + 1) % 4]),
			o.mgf
		};
		AUTO(secret_ptr) out = NULL;
		struct secret *none = NULL;
		AUTO_DONE(buf) wrapped = { 0 };
		struct shvm_err err = { 0 };

		if (algorithm_wrap(&o, cert, blob, &wrapped, &err) < 0 ||
		    algorithm_unwrap(&o, key, &wrapped, &out, &err) < 0)
			fail_msg("%s: %s", digests[i], err.msg);
		assert_int_equal(wrapped.len, 256);
		assert_int_equal(out->size, 16);
		assert_memory_equal(out->data, blob->data, 16);
		assert_int_equal(algorithm_unwrap(&o, wrong, &wrapped, &none,
						  &err),
				 SHVM_E_CRYPTO);
		assert_int_equal(algorithm_unwrap(&other, key, &wrapped, &none,
						  &err),
				 SHVM_E_CRYPTO);
		wrapped.len--;
		assert_int_equal(algorithm_unwrap(&o, key, &wrapped, &none,
						  &err),
				 SHVM_E_CRYPTO);
		assert_null(none);
	}
}

static void a_key_too_small_for_the_blob_is_named(void **state)
{
	AUTO(pkey_ptr) key = kps_key_file("test-only-rsa1024.pem");
	AUTO(x509_ptr)
	cert = kps_make_cert(&(struct kps_cert){ .subject = "a", .key = key });
	const struct oaep o = { algorithm_find(ALGORITHM_DIGEST, URI_SHA256),
				algorithm_find(ALGORITHM_MGF,
					       URI_MGF1_SHA256) };
	AUTO(secret_ptr) blob = NULL;
	AUTO_DONE(buf) wrapped = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(secret_new(63, &blob, NULL), 0); /* 62 would do */
	assert_int_equal(algorithm_wrap(&o, cert, blob, &wrapped, &err),
			 SHVM_E_CRYPTO);
	assert_non_null(strstr(err.msg, "rsa-oaep"));
	assert_int_equal(wrapped.len, 0);
}

/* The numbers come from another implementation, Python's cryptography. */
static void derives_and_authenticates(void **state)
{
	static const uint8_t want_key[] = {
		0x97, 0xba, 0xd5, 0x15, 0x70, 0xe3, 0x14, 0x2c,
		0x73, 0x99, 0x1a, 0x8c, 0x0a, 0x4d, 0xd7, 0x0f,
	};
	static const uint8_t want_mac[] = {
		0x32, 0x59, 0x45, 0x1f, 0xb6, 0xc4, 0x49, 0x8f,
	};
	const struct algorithm *hmac =
		algorithm_find(ALGORITHM_MAC, URI_HMAC_SHA256);
	AUTO(secret_ptr) key = NULL;
	AUTO(secret_ptr) derived = NULL;
	uint8_t mac[ALGORITHM_MAC_MAX];
	size_t len = 0;

	(void)state;
	assert_int_equal(secret_new(32, &key, NULL), 0);
	memset(key->data, 7, 32);
	assert_int_equal(algorithm_hkdf(key, NULL, 0, "shvm protector mac 1",
					32, &derived, NULL),
			 0);
	assert_memory_equal(derived->data, want_key, sizeof(want_key));
	assert_int_equal(algorithm_mac(hmac, derived, "data", 4, mac, &len,
				       NULL),
			 0);
	assert_int_equal(len, 32);
	assert_memory_equal(mac, want_mac, sizeof(want_mac));
}

static void only_rsa_of_a_fair_size_will_do(void **state)
{
	AUTO(pkey_ptr) good = kps_key(0);
	AUTO(pkey_ptr) weak = kps_key_file("test-only-rsa1024.pem");
	AUTO(pkey_ptr) ec = kps_key_file("test-only-p256.pem");
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(algorithm_check_rsa(good, "k", &err), 0);
	assert_int_equal(algorithm_check_rsa(weak, "k", &err), SHVM_E_CRYPTO);
	assert_string_equal(err.reason, "weak-key");
	assert_int_equal(algorithm_check_rsa(ec, "k", &err), SHVM_E_CRYPTO);
	assert_string_equal(err.reason, "key-type");
	assert_int_equal(algorithm_check_rsa(NULL, "k", &err), SHVM_E_CRYPTO);
	assert_string_equal(err.reason, "key-type");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_and_verifies_with_each_algorithm),
		cmocka_unit_test(names_what_it_refuses),
		cmocka_unit_test(wraps_and_unwraps_with_each_hash),
		cmocka_unit_test(a_key_too_small_for_the_blob_is_named),
		cmocka_unit_test(derives_and_authenticates),
		cmocka_unit_test(only_rsa_of_a_fair_size_will_do),
	};

	return cmocka_run_group_tests_name("algorithm", tests, NULL, NULL);
}
