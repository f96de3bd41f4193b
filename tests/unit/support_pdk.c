/* SPDX-License-Identifier: MIT */
/* Shielding data files for tests, in memory. */
#include "tests/unit/support_pdk.h"

#include "base/le.h"
#include "tests/unit/support_kps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct buf test_bytes(const void *data, size_t len)
{
	struct buf b = { 0 };

	buf_add(&b, data, len);
	assert_false(b.failed);
	return b;
}

void test_template(struct template_id *id, struct buf *cert)
{
	struct shvm_guardian *g = kps_guardian(2);

	*cert = (struct buf){ 0 };
	assert_int_equal(key_cert_encode(g->signing_cert, cert, NULL), 0);
	shvm_guardian_free(g);
	*id = (struct template_id){
		.name = "Template",
		.version = { { 1, 2, 3, 4 } },
		.cert = cert->data,
		.cert_len = cert->len,
		.coverage = SHVM_COVERAGE_DISK,
		.content_sha256 = { 1, 2, 3 },
	};
}

void test_body(struct body *b)
{
	static const uint8_t content[] = { 0, 1, 0xff, '@', 'x', '@', 0 };
	const struct shvm_file answer = { "unattend.xml",
					  (const uint8_t *)TEST_ANSWER,
					  strlen(TEST_ANSWER) };
	const struct shvm_file other = { "other.bin", content,
					 sizeof(content) };
	struct template_id id;
	struct buf cert;

	*b = (struct body){ .policy = SHVM_POLICY_SHIELDED };
	test_template(&id, &cert);
	assert_int_equal(
		qualifiers_add(&b->qualifiers, &id,
			       &(struct qualifier_terms){
				       SHVM_RULE_GREATER_THAN_OR_EQUALS,
				       SHVM_COVERAGE_DISK, false },
			       NULL),
		0);
	buf_done(&cert);
	assert_int_equal(payload_set_answer(&b->payload, &answer, NULL), 0);
	assert_int_equal(payload_add(&b->payload, &other, NULL), 0);
}

void test_pdk_init(struct test_pdk *t, struct shvm_guardian *owner,
		   unsigned int guardians, const struct body *b, bool publish)
{
	struct shvm_guardian *g[2] = { NULL, NULL };
	struct shvm_err err = { 0 };

	*t = (struct test_pdk){ .owner = owner ? owner : kps_guardian(0),
				.owner_is_shared = owner != NULL };
	assert_in_range(guardians, 0, 2);
	for (unsigned int i = 0; i < guardians; i++)
		g[i] = kps_guardian(i + 1);
	if (protector_new(t->owner, (const struct shvm_guardian *const *)g,
			  guardians, &t->protector, &t->key, &err) < 0)
		fail_msg("%s", err.msg);
	if (pdk_seal(t->owner, t->protector, t->key, b, publish, &t->file,
		     &err) < 0)
		fail_msg("%s", err.msg);
	shvm_guardian_free(g[0]);
	shvm_guardian_free(g[1]);
}

void test_pdk_done(struct test_pdk *t)
{
	if (!t->owner_is_shared)
		shvm_guardian_free(t->owner);
	shvm_protector_free(t->protector);
	secret_free(t->key);
	buf_done(&t->file);
}

int test_unlock(const void *data, size_t len, EVP_PKEY *key,
		struct shvm_err *err)
{
	struct buf copy = test_bytes(data, len);
	struct shvm_pdk *pdk = NULL;
	int r;

	r = pdk_file_decode(&copy, "t.pdk", &pdk, err);
	if (r == SHVM_OK)
		r = pdk_file_unlock(pdk, key, err);
	shvm_pdk_free(pdk);
	buf_done(&copy);
	return r;
}

size_t test_section(const struct buf *file, uint32_t type, size_t *ret_len)
{
	size_t at = 16;

	while (le32_get(file->data + at) != type) {
		at += 16 + (size_t)le64_get(file->data + at + 8);
		assert_true(at < file->len);
	}
	*ret_len = (size_t)le64_get(file->data + at + 8);
	return at;
}
