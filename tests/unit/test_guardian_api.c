/* SPDX-License-Identifier: MIT */
/* <shvm/guardian.h> as a caller sees it. */
#include "base/file.h"
#include "tests/unit/support.h"
#include "tests/unit/support_kps.h"

#include <shvm/pdk.h>

#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
/* after the headers that it needs */
#include <cmocka.h>

#define KEY(n) "tests/data/keys/test-only-rsa2048-" #n ".pem"

static const struct shvm_key_source signing = { .uri = KEY(1) };
static const struct shvm_key_source encryption = { .uri = KEY(2) };
static const struct shvm_key_source strange = { .uri = KEY(6) };

/* A guardian through a file, with its keys when they are asked for. */
static struct shvm_guardian *load(unsigned int number, bool with_keys)
{
	static const struct shvm_trust any = { .allow_untrusted_root = true };
	AUTO(guardian_ptr) made = kps_guardian(number);
	struct shvm_guardian *g = NULL;
	struct shvm_err err = { 0 };
	AUTOFREE char *path = test_own_path("g.xml");

	assert_int_equal(file_write_atomic(path, made->xml.data, made->xml.len,
					   0600, true, NULL),
			 0);
	if (shvm_guardian_load(path, &any, NULL, &g, &err) < 0 ||
	    (with_keys &&
	     shvm_guardian_set_keys(g, &signing, &encryption, &err) < 0))
		fail_msg("%s", err.msg);
	assert_int_equal(unlink(path), 0);
	return g;
}

static void keys_and_certificates_are_described(void **state)
{
	AUTO(guardian_ptr) g = load(0, false);
	const struct shvm_guardian_info *i = shvm_guardian_info(g);
	struct shvm_err err = { 0 };
	size_t len = 0;

	(void)state;
	assert_string_equal(i->signing.subject, "CN=Signing");
	assert_string_equal(i->encryption.subject, "CN=Encryption");
	assert_string_equal(i->document_signer.sha256, i->signing.sha256);
	assert_int_equal(i->version, 1);
	assert_int_equal(i->other_count, 0);
	assert_false(i->has_signing_key);
	assert_non_null(shvm_guardian_xml(g, &len));
	assert_true(len > 1000);
	assert_int_equal(shvm_guardian_set_keys(g, &strange, NULL, &err),
			 SHVM_E_CRYPTO);
	assert_string_equal(err.reason, "key-mismatch");
	assert_int_equal(shvm_guardian_set_keys(g, &signing, NULL, &err), 0);
	assert_true(i->has_signing_key);
	assert_false(i->has_encryption_key);
}

static int passphrase(void *ctx, const char *what, char *buf, size_t size,
		      struct shvm_err *err)
{
	const char *text = ctx;
	size_t len = strlen(text);

	(void)what;
	(void)err;
	assert_true(len <= size);
	memcpy(buf, text, len);
	return (int)len;
}

static void pkcs12_opens_with_its_passphrase_only(void **state)
{
	char good[] = "good passphrase", bad[] = "bad";
	AUTOFREE char *path = test_own_path("s.pfx");
	AUTO(guardian_ptr) g = load(0, true);
	AUTO(guardian_ptr) bare = load(0, false);
	struct shvm_guardian_pkcs12 p = { 0 };
	struct shvm_guardian_parts parts = {
		.name = "again",
		.signing_key = { .uri = path,
				 .passphrase = passphrase,
				 .passphrase_ctx = bad },
		.encryption_cert = NULL,
	};
	struct shvm_guardian *again = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(shvm_guardian_pkcs12(bare, passphrase, good, &p, &err),
			 SHVM_E_CRYPTO);
	assert_string_equal(err.reason, "no-owner-key");
	assert_int_equal(shvm_guardian_pkcs12(g, passphrase, (char[]){ "" }, &p,
					      &err),
			 SHVM_E_ARG);
	assert_null(p.signing);
	if (shvm_guardian_pkcs12(g, passphrase, good, &p, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(file_write_atomic(path, p.signing, p.signing_len, 0600,
					   true, NULL),
			 0);
	assert_int_equal(shvm_guardian_from_parts(&parts, &again, &err),
			 SHVM_E_CRYPTO);
	parts.signing_key.passphrase_ctx = good;
	assert_int_equal(shvm_guardian_from_parts(&parts, &again, &err),
			 SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "no encryption certificate given"));
	assert_null(again);
	assert_int_equal(unlink(path), 0);
	shvm_free(p.signing);
	shvm_free(p.encryption);
}

static void check(const struct shvm_protector *p,
		  const struct shvm_key_source *key, bool want_good,
		  const char *reason, size_t skipped)
{
	struct shvm_verdict result = { 0 };
	struct shvm_err err = { 0 };
	size_t n = 0, failed = 0;

	if (shvm_protector_check(p, key, &result, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(result.yes, want_good);
	if (reason)
		assert_string_equal(result.reason, reason);
	else
		assert_null(result.reason);
	for (size_t i = 0; i < result.count; i++) {
		n += result.checks[i].outcome == SHVM_CHECK_SKIPPED;
		failed += result.checks[i].outcome == SHVM_CHECK_FAILED;
	}
	assert_int_equal(n, skipped);
	assert_int_equal(failed > 0, !want_good); /* a no has its check */
	assert_string_equal(result.checks[0].id, "well-formed");
	assert_null(result.checks[0].object);
	shvm_verdict_done(&result);
	assert_null(result.checks);
}

static void a_protector_is_made_written_and_checked(void **state)
{
	static const struct shvm_key_source nowhere = { .uri = "/nonexistent" };
	AUTO(guardian_ptr) owner = load(0, true);
	AUTO(guardian_ptr) fabric = load(1, false);
	const struct shvm_guardian *const list[] = { fabric };
	AUTO(protector_ptr) p = NULL;
	AUTO(protector_ptr) again = NULL;
	AUTO(protector_ptr) less = NULL;
	struct shvm_verdict result = { 0 };
	const struct shvm_protector_info *i;
	const char *gone;
	const struct shvm_revocation who = { .fingerprints = &gone,
					     .fingerprint_count = 1 };
	struct shvm_err err = { 0 };
	uint8_t *raw = NULL;
	size_t len = 0;
	AUTOFREE char *path = test_own_path("kp");

	(void)state;
	if (shvm_protector_new(owner, list, 1, &p, &err) < 0 ||
	    shvm_protector_raw(p, &raw, &len, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(file_write_atomic(path, raw, len, 0600, true, NULL),
			 0);
	shvm_free(raw);
	if (shvm_protector_load(path, &again, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(unlink(path), 0);

	i = shvm_protector_info(again);
	assert_int_equal(i->raw_size, len);
	assert_int_equal(i->wrapping_count, 2);
	assert_true(i->wrappings[0].is_owner);
	assert_false(i->wrappings[1].is_owner);
	assert_string_equal(i->wrappings[1].signing.sha256,
			    shvm_guardian_info(fabric)->signing.sha256);
	assert_null(i->max_offline_unwraps);
	check(again, NULL, true, NULL, 1);
	check(again, &encryption, true, NULL, 0);
	check(again, &strange, false, "no-guardian-key", 1);
	assert_int_equal(shvm_protector_check(again, &nowhere, &result, &err),
			 SHVM_E_IO);

	assert_int_equal(shvm_protector_grant(again, owner, list, 1, &less,
					      &err),
			 SHVM_E_ARG);
	gone = i->wrappings[1].signing.sha256;
	if (shvm_protector_revoke(again, owner, &who, &less, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(shvm_protector_info(less)->wrapping_count, 1);
	check(less, &encryption, true, NULL, 0);
}

/* A member that a later version may give a meaning. */
static void what_is_not_known_yet_must_be_0(void **state)
{
	const struct shvm_guardian_new_params new = { .name = "n",
						      .host = "h",
						      .reserved = { 1 } };
	const struct shvm_guardian_parts parts = { .name = "n",
						   .signing_key = signing,
						   .reserved = { 0, 1 } };
	const struct shvm_fetch_params fetch = { .reserved = { 0, 0, 1 } };
	const struct shvm_pdk_params pdk = { .reserved = { 0, 0, 0, 1 } };
	const struct shvm_pdk_check_params check_params = { .reserved = { 1 } };
	const struct shvm_answer_windows_params windows = { .reserved = { 1 } };
	const struct shvm_answer_linux_params on_linux = { .reserved = { 1 } };
	AUTO(guardian_ptr) owner = kps_guardian(0);
	const struct shvm_pdk_params content = {
		.owner = owner, .content = { .reserved = { 1 } }
	};
	struct shvm_answer answer = { 0 };
	struct shvm_pdk_verdict verdict = { 0 };
	struct shvm_guardian *g = NULL;
	struct shvm_pdk *made = NULL;
	struct shvm_err err[9] = { { 0 } };
	const int results[] = {
		shvm_guardian_new(&new, &g, &err[0]),
		shvm_guardian_from_parts(&parts, &g, &err[1]),
		shvm_guardian_load("http://localhost:1/", NULL, &fetch, &g,
				   &err[2]),
		shvm_pdk_create(&pdk, &made, &err[3]),
		shvm_pdk_create(&content, &made, &err[4]),
		shvm_pdk_check(NULL, &check_params, &verdict, &err[5]),
		shvm_answer_windows(&windows, &answer, &err[6]),
		shvm_answer_linux(&on_linux, &answer, &err[7]),
		shvm_guardian_load("a.file", NULL, &fetch, &g, &err[8]),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
		assert_int_equal(results[i], SHVM_E_ARG);
		assert_string_equal(err[i].reason, "reserved");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_and_certificates_are_described),
		cmocka_unit_test(pkcs12_opens_with_its_passphrase_only),
		cmocka_unit_test(a_protector_is_made_written_and_checked),
		cmocka_unit_test(what_is_not_known_yet_must_be_0),
	};

	return cmocka_run_group_tests_name("guardian_api", tests, NULL, NULL);
}
