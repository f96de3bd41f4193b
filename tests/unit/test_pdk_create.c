/* SPDX-License-Identifier: MIT */
/* A whole shielding data file: made, opened, and damaged in every way. */
#include "base/le.h"
#include "pdk/owner.h"
#include "signer/cms.h"
#include "tests/unit/support.h"
#include "tests/unit/support_kps.h"
#include "tests/unit/support_pdk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct body body;
static struct test_pdk small; /* the owner alone */

static int setup(void **state)
{
	(void)state;
	test_body(&body);
	test_pdk_init(&small, NULL, 0, &body, true);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_pdk_done(&small);
	body_done(&body);
	return 0;
}

static void says(int line, int r, const struct shvm_err *err,
		 const char *reason, const char *words)
{
	const bool is_malformed = strcmp(reason, "bad-pdk") == 0;

	if (r != (is_malformed ? SHVM_E_FORMAT : SHVM_E_VERIFY) ||
	    !err->reason || strcmp(err->reason, reason) != 0 ||
	    !strstr(err->msg, words))
		fail_msg("line %d: %d %s \"%s\"", line, r,
			 err->reason ? err->reason : "-", err->msg);
}
#define SAYS(r, err, reason, words) says(__LINE__, r, err, reason, words)

static void owner_and_guardians_open_it(void **state)
{
	struct test_pdk t;

	(void)state;
	test_pdk_init(&t, NULL, 2, &body, false);
	for (unsigned int i = 0; i < 3; i++) {
		struct shvm_guardian *g = kps_guardian(i);
		struct buf copy = test_bytes(t.file.data, t.file.len);
		struct shvm_pdk *pdk = NULL;
		struct shvm_err err = { 0 };
		const struct shvm_pdk_info *info;

		assert_int_equal(pdk_file_decode(&copy, "t", &pdk, &err), 0);
		info = shvm_pdk_info(pdk);
		assert_true(info->signature_good);
		assert_false(info->is_open);
		assert_int_equal(info->qualifier_count, 0);
		assert_int_equal(info->protector->wrapping_count, 3);
		if (pdk_file_unlock(pdk, g->encryption_key, &err) < 0)
			fail_msg("guardian %u: %s", i, err.msg);
		assert_true(info->is_open);
		assert_int_equal(info->policy, SHVM_POLICY_SHIELDED);
		assert_int_equal(info->qualifier_count, 1);
		assert_string_equal(info->qualifiers[0].name, "Template");
		assert_string_equal(info->answer.name, "unattend.xml");
		assert_int_equal(info->answer.size, strlen(TEST_ANSWER));
		assert_memory_equal(info->answer.data, TEST_ANSWER,
				    strlen(TEST_ANSWER));
		assert_int_equal(info->file_count, 1);
		assert_int_equal(info->key_count, 1);
		assert_string_equal(info->keys[0], "@ComputerName@");
		shvm_pdk_free(pdk);
		shvm_guardian_free(g);
	}
	test_pdk_done(&t);
}

static void refuses_a_key_of_no_wrapping(void **state)
{
	struct shvm_guardian *g = kps_guardian(2);
	struct shvm_err err = { 0 };

	(void)state;
	SAYS(test_unlock(small.file.data, small.file.len, g->encryption_key,
			 &err),
	     &err, "no-guardian-key", "none of the");
	shvm_guardian_free(g);
}

/* The bit changes from byte to byte. Each byte in a thorough run, fewer when it
 * is repeated for each allocation that fails. */
static void refuses_each_flipped_byte(void **state)
{
	const size_t step = getenv("SHVM_OOM_AT") || getenv("SHVM_OOM_COUNT")
				    ? 97
			    : test_is_thorough() ? 1
						 : 3;
	uint8_t *data = small.file.data;
	size_t refused = 0;

	(void)state;
	for (size_t i = 0; i < small.file.len; i += step) {
		const uint8_t bit = (uint8_t)(1 << i % 8);
		struct shvm_err err = { 0 };
		int r;

		data[i] ^= bit;
		r = test_unlock(data, small.file.len,
				small.owner->encryption_key, &err);
		data[i] ^= bit;
		if ((r != SHVM_E_VERIFY && r != SHVM_E_FORMAT) || !err.reason ||
		    !err.msg[0])
			fail_msg("byte %zu of %zu, bit %u: %d \"%s\"", i,
				 small.file.len, bit, r, err.msg);
		refused++;
	}
	print_message("%zu of %zu flipped bytes are refused\n", refused,
		      small.file.len);
}

static void refuses_each_length(void **state)
{
	(void)state;
	for (size_t len = 0; len < small.file.len; len += 7) {
		struct shvm_err err = { 0 };

		SAYS(test_unlock(small.file.data, len,
				 small.owner->encryption_key, &err),
		     &err, "bad-pdk", "");
	}
}

/* b's section of this type in the place of a's, signature kept. */
static struct buf splice(const struct buf *a, const struct buf *b,
			 uint32_t type)
{
	struct buf r = { 0 };
	size_t a_len, b_len;
	const size_t a_at = test_section(a, type, &a_len);
	const size_t b_at = test_section(b, type, &b_len);

	buf_add(&r, a->data, a_at);
	buf_add(&r, b->data + b_at, 16 + b_len);
	buf_add(&r, a->data + a_at + 16 + a_len, a->len - a_at - 16 - a_len);
	return r;
}

static void refuses_sections_of_another_file(void **state)
{
	const struct qualifier_terms terms = { SHVM_RULE_EQUALS,
					       SHVM_COVERAGE_DISK, false };
	struct template_id id;
	struct test_pdk other;
	struct buf cert;
	struct body b;

	(void)state;
	test_body(&b);
	b.policy = SHVM_POLICY_ENCRYPTION_SUPPORTED;
	test_template(&id, &cert);
	id.name = "Other";
	assert_int_equal(qualifiers_add(&b.qualifiers, &id, &terms, NULL), 0);
	buf_done(&cert);
	test_pdk_init(&other, small.owner, 0, &b, true);
	body_done(&b);

	for (uint32_t type = 1; type <= 5; type++) {
		struct buf mixed = splice(&small.file, &other.file, type);
		struct shvm_err err = { 0 };

		SAYS(test_unlock(mixed.data, mixed.len,
				 small.owner->encryption_key, &err),
		     &err, "bad-owner-signature", "was modified");
		buf_done(&mixed);
	}
	test_pdk_done(&other);
}

/* The file up to the last section, signed again by this guardian. */
static struct buf sign_again(const struct buf *file, struct shvm_guardian *g)
{
	struct shvm_err err = { 0 };
	size_t len;
	const size_t at = test_section(file, 5, &len);
	struct buf r = test_bytes(file->data, at);

	if (owner_sign(g, &r, &err) < 0)
		fail_msg("%s", err.msg);
	return r;
}

/* An owner who mixes own files gets through the signature, not further. */
static void refuses_an_own_body_with_another_protector(void **state)
{
	struct test_pdk other;

	(void)state;
	test_pdk_init(&other, small.owner, 0, &body, true);
	for (uint32_t type = 1; type <= 4; type++) {
		struct buf mixed = splice(&small.file, &other.file, type);
		struct buf whole = sign_again(&mixed, small.owner);
		struct shvm_err err = { 0 };
		int r = test_unlock(whole.data, whole.len,
				    small.owner->encryption_key, &err);

		if (type == 1 || type == 4)
			SAYS(r, &err, "tampered-body", "another key protector");
		else /* the clear parts of both are the same bytes */
			assert_int_equal(r, 0);
		buf_done(&mixed);
		buf_done(&whole);
	}
	test_pdk_done(&other);
}

static void refuses_a_missing_or_foreign_signature(void **state)
{
	struct shvm_guardian *g = kps_guardian(1);
	struct test_pdk two;
	struct shvm_err err = { 0 };
	struct buf whole;
	size_t len, at;

	(void)state;
	test_pdk_init(&two, NULL, 1, &body, false);
	at = test_section(&two.file, 5, &len);
	SAYS(test_unlock(two.file.data, at, two.owner->encryption_key, &err),
	     &err, "bad-pdk", "cut off before section OwnerSignature");

	whole = sign_again(&two.file, g);
	SAYS(test_unlock(whole.data, whole.len, two.owner->encryption_key,
			 &err),
	     &err, "bad-owner-signature", "not made by the owner");
	buf_done(&whole);
	shvm_guardian_free(g);
	test_pdk_done(&two);
}

/* An attached content, or a further certificate, is not what we write. */
static void refuses_a_signature_of_another_form(void **state)
{
	size_t len;
	const size_t at = test_section(&small.file, 5, &len);
	const struct cms_signer plain = { .cert = small.owner->signing_cert,
					  .key = small.owner->signing_key };
	struct shvm_guardian *g = kps_guardian(1);
	STACK_OF(X509) *chain = sk_X509_new_null();
	const struct cms_signer more = { .cert = small.owner->signing_cert,
					 .key = small.owner->signing_key,
					 .chain = chain };
	static const char *const words[] = { "holds a content",
					     "more than a signature" };

	(void)state;
	sk_X509_push(chain, g->signing_cert);
	for (int i = 0; i < 2; i++) {
		struct buf file = test_bytes(small.file.data, at);
		struct buf der = { 0 };
		struct shvm_err err = { 0 };
		struct view v;

		assert_int_equal(cms_sign(i == 0 ? &plain : &more, file.data,
					  file.len, i == 1, &der, &err),
				 0);
		v = (struct view){ der.data, der.len };
		if (der.len < CONTAINER_SIGNATURE_MAX) {
			assert_int_equal(container_add_signature(&file, &v,
								 &err),
					 0);
			SAYS(test_unlock(file.data, file.len,
					 small.owner->encryption_key, &err),
			     &err, "bad-owner-signature", words[i]);
		}
		buf_done(&der);
		buf_done(&file);
	}
	sk_X509_free(chain);
	shvm_guardian_free(g);
}

/* Seal a body of the test's own under other clear parts; signed properly. */
static int unlock_sealed(const struct buf *xml, enum shvm_policy policy,
			 const struct qualifiers *published,
			 struct shvm_err *err)
{
	struct buf raw = { 0 }, clear = { 0 }, file = { 0 };
	struct container_parts parts = { .policy = policy };
	int r;

	assert_int_equal(protector_encode(small.protector, &raw, NULL), 0);
	parts.protector = (struct view){ raw.data, raw.len };
	if (published) {
		assert_int_equal(qualifiers_encode_document(published, &clear,
							    NULL),
				 0);
		parts.qualifiers = (struct view){ clear.data, clear.len };
	}
	assert_int_equal(container_seal(&parts, small.key, xml, &file, err), 0);
	assert_int_equal(owner_sign(small.owner, &file, err), 0);
	r = test_unlock(file.data, file.len, small.owner->encryption_key, err);
	buf_done(&raw);
	buf_done(&clear);
	buf_done(&file);
	return r;
}

/* The certificate is another one in each body that test_body() makes: one body
 * is sealed and, changed in one place, published. */
static void refuses_clear_parts_that_differ_from_the_body(void **state)
{
	AUTO_DONE(buf) xml = { 0 };
	struct qualifier *q = body.qualifiers.items;
	const struct qualifier sealed = *q;
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(body_encode(&body, &xml, NULL), 0);
	assert_int_equal(unlock_sealed(&xml, SHVM_POLICY_SHIELDED,
				       &body.qualifiers, &err),
			 0);
	SAYS(unlock_sealed(&xml, SHVM_POLICY_ENCRYPTION_SUPPORTED, NULL, &err),
	     &err, "tampered-body", "the clear policy is EncryptionSupported");
	for (int i = 0; i < 5; i++) {
		/* Without a key more would be trusted than with one. */
		q->version.part[0] = i == 0 ? 0 : 1;
		q->rule = i == 1 ? SHVM_RULE_GREATER_THAN : sealed.rule;
		q->require = i == 2 ? SHVM_COVERAGE_OS : sealed.require;
		q->is_pinned = i == 3;
		q->name[0] = i == 4 ? 'X' : sealed.name[0];
		SAYS(unlock_sealed(&xml, SHVM_POLICY_SHIELDED, &body.qualifiers,
				   &err),
		     &err, "tampered-body", "published qualifiers are not");
		*q = sealed;
	}
}

/* Another version is not a damaged one. */
static void names_the_version_of_an_old_file(void **state)
{
	static const char old[] =
		"<ShieldingData xmlns=\"urn:shvm:shielding-data:2\" "
		"Kind=\"ExistingVM\"><Policy>Shielded</Policy></ShieldingData>";
	AUTO_DONE(buf) xml = test_bytes(old, strlen(old));
	struct shvm_err err = { 0 };

	(void)state;
	SAYS(unlock_sealed(&xml, SHVM_POLICY_SHIELDED, NULL, &err), &err,
	     "bad-pdk", "body: of version 2, but only version 4 is read");
	assert_int_equal(unlock_sealed(&xml, SHVM_POLICY_SHIELDED, NULL, NULL),
			 SHVM_E_FORMAT);
}

static void refuses_bodies_that_are_none(void **state)
{
	struct buf bomb = { 0 };
	struct buf text = test_bytes("no xml", 6);
	struct shvm_err err = { 0 };

	(void)state;
	SAYS(unlock_sealed(&text, SHVM_POLICY_SHIELDED, NULL, &err), &err,
	     "tampered-body", "body");
	/* 17 MiB of zeros are 17 KiB of zlib stream. */
	buf_add_zeros(&bomb, BODY_SIZE_MAX + (1 << 20));
	SAYS(unlock_sealed(&bomb, SHVM_POLICY_SHIELDED, NULL, &err), &err,
	     "tampered-body", "inflates to more than");
	buf_done(&bomb);
	buf_done(&text);
}

/* Signed and sealed by the owner, but one of its qualifiers shows no signer. */
static void a_body_that_is_refused_stays_shut(void **state)
{
	static const uint8_t none[] = { 'n', 'o', 'n', 'e' };
	const struct shvm_err no_catalog = { .code = SHVM_E_FORMAT,
					     .reason = "bad-catalog" };
	const struct shvm_pdk_check_params params = { .no_catalog =
							      &no_catalog };
	const struct template_id id = { .name = "No signer",
					.cert = none,
					.cert_len = sizeof(none) };
	const struct qualifier_terms terms = { SHVM_RULE_EQUALS,
					       SHVM_COVERAGE_DISK, false };
	struct shvm_pdk_verdict verdict = { 0 };
	struct shvm_specialized made = { 0 };
	AUTO(pdk_ptr) pdk = NULL;
	AUTO_DONE(buf) file = { 0 };
	AUTO_DONE(body) b = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	test_body(&b);
	assert_ok(qualifiers_add(&b.qualifiers, &id, &terms, &err), err);
	assert_ok(pdk_seal(small.owner, small.protector, small.key, &b, false,
			   &file, &err),
		  err);
	assert_ok(pdk_file_decode(&file, "t", &pdk, &err), err);
	SAYS(pdk_file_unlock(pdk, small.owner->encryption_key, &err), &err,
	     "tampered-body", "qualifier's certificate");
	assert_false(shvm_pdk_info(pdk)->is_open);
	assert_int_equal(shvm_pdk_info(pdk)->qualifier_count, 0);
	assert_int_equal(shvm_pdk_specialize(pdk, NULL, NULL, NULL, &made,
					     &err),
			 SHVM_E_ARG);
	assert_ok(shvm_pdk_check(pdk, &params, &verdict, &err), err);
	assert_string_equal(verdict.verdict.reason, "no-guardian-key");
	shvm_verdict_done(&verdict.verdict);
}

/* For machines that exist there are no templates: none can be published. */
static void a_plan_publishes_what_the_file_does(void **state)
{
	const bool publish = true;
	struct shvm_pdk_params params = { .owner = small.owner,
					  .kind = SHVM_PDK_EXISTING_VM,
					  .content.publish_qualifiers =
						  &publish };

	(void)state;
	for (int i = 0; i < 2; i++) {
		AUTO(pdk_ptr) pdk = NULL;
		struct shvm_err err = { 0 };

		params.plan = i == 0;
		assert_ok(shvm_pdk_create(&params, &pdk, &err), err);
		assert_false(shvm_pdk_info(pdk)->qualifiers_published);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owner_and_guardians_open_it),
		cmocka_unit_test(refuses_a_key_of_no_wrapping),
		cmocka_unit_test(refuses_each_flipped_byte),
		cmocka_unit_test(refuses_each_length),
		cmocka_unit_test(refuses_sections_of_another_file),
		cmocka_unit_test(refuses_an_own_body_with_another_protector),
		cmocka_unit_test(refuses_a_missing_or_foreign_signature),
		cmocka_unit_test(refuses_a_signature_of_another_form),
		cmocka_unit_test(refuses_clear_parts_that_differ_from_the_body),
		cmocka_unit_test(names_the_version_of_an_old_file),
		cmocka_unit_test(refuses_bodies_that_are_none),
		cmocka_unit_test(a_body_that_is_refused_stays_shut),
		cmocka_unit_test(a_plan_publishes_what_the_file_does),
	};

	return cmocka_run_group_tests_name("pdk_create", tests, setup,
					   teardown);
}
