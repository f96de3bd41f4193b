/* SPDX-License-Identifier: MIT */
/* The container: each field broken once, and the limits. */
#include "pdk/container.h"

#include "base/le.h"
#include "pdk/body.h"
#include "tests/unit/support_pdk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Offsets in the file below: header 16, protector 16 + 8, policy 16 + 24,
 * qualifiers 16 + 4, body 16 + 64, signature 16 + 4. */
enum {
	AT_PROTECTOR = 16,
	AT_POLICY = 40,
	AT_QUALIFIERS = 80,
	AT_BODY = 100,
	AT_SIGNATURE = 180,
	FILE_SIZE = 200,
};

static void good_file(uint8_t f[FILE_SIZE])
{
	static const uint8_t policy[] = { 0xcf, 0xc2, 0x24, 0xf0, 0x11, 0x16,
					  0xd8, 0x40, 0x8f, 0x4e, 0x57, 0x92,
					  0xd7, 0xe3, 0x17, 0xa1 };
	static const struct {
		size_t at;
		uint32_t type, len;
	} heads[] = {
		{ AT_PROTECTOR, 1, 8 },	 { AT_POLICY, 2, 24 },
		{ AT_QUALIFIERS, 3, 4 }, { AT_BODY, 4, 64 },
		{ AT_SIGNATURE, 5, 4 },
	};

	memset(f, 0, FILE_SIZE);
	memcpy(f, "SHVM-PDK", 8);
	le32_put(f + 8, 1);
	le32_put(f + 12, 5);
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		le32_put(f + heads[i].at, heads[i].type);
		le64_put(f + heads[i].at + 8, heads[i].len);
	}
	memcpy(f + AT_POLICY + 16, policy, 16);
	le32_put(f + AT_POLICY + 32, 4);
	le32_put(f + AT_POLICY + 36, 1);
}

static void takes_a_good_file_apart(void **state)
{
	uint8_t f[FILE_SIZE];
	struct container c;
	struct shvm_err err = { 0 };

	(void)state;
	good_file(f);
	if (container_decode(f, sizeof(f), &c, &err) < 0)
		fail_msg("%s", err.msg);
	assert_ptr_equal(c.protector.data, f + AT_PROTECTOR + 16);
	assert_int_equal(c.protector.len, 8);
	assert_int_equal(c.policy_value, SHVM_POLICY_SHIELDED);
	assert_true(c.has_qualifiers);
	assert_int_equal(c.qualifiers.len, 4);
	assert_ptr_equal(c.salt.data, f + AT_BODY + 16);
	assert_ptr_equal(c.nonce.data, f + AT_BODY + 48);
	assert_ptr_equal(c.ciphertext.data, f + AT_BODY + 60);
	assert_int_equal(c.ciphertext.len, 4);
	assert_ptr_equal(c.tag.data, f + AT_BODY + 64);
	assert_int_equal(c.aad.len, AT_BODY + 60);
	assert_int_equal(c.signed_part.len, AT_SIGNATURE);
	assert_int_equal(c.signature.len, 4);
}

static void rejects_each_bad_field(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		const char *says;
	} cases[] = {
		{ 0, 0, "does not begin" },
		{ 4, 0, "does not begin" },
		{ 8, 2, "version is 2" },
		{ 12, 3, "count is 3" },
		{ 12, 6, "count is 6" },
		{ 12, 0xffffffff, "count is" },
		{ 12, 4, "type 3 in the place of Body" },
		{ AT_PROTECTOR, 2, "type 2 in the place of KeyProtector" },
		{ AT_PROTECTOR + 4, 1, "reserved field is 1" },
		{ AT_PROTECTOR + 8, 4, "KeyProtector has 4 bytes" },
		{ AT_PROTECTOR + 8, 0xffffffff, "KeyProtector has" },
		{ AT_PROTECTOR + 12, 1, "KeyProtector has" },
		{ AT_PROTECTOR + 12, 0x80000000, "KeyProtector has" },
		{ AT_PROTECTOR + 8, 1000, "cut off, " },
		{ AT_POLICY, 1, "type 1 in the place of Policy" },
		{ AT_POLICY, 3, "type 3 in the place of Policy" },
		{ AT_POLICY + 4, 7, "reserved field is 7" },
		{ AT_POLICY + 8, 23, "Policy has 23 bytes" },
		{ AT_POLICY + 16, 0, "is unknown" },
		{ AT_POLICY + 28, 0, "is unknown" },
		{ AT_POLICY + 32, 5, "policy's length is 5" },
		{ AT_POLICY + 36, 2, "policy's value is 2" },
		{ AT_QUALIFIERS, 4, "type 4 in the place of Qualifiers" },
		{ AT_QUALIFIERS + 4, 1, "reserved field is 1" },
		{ AT_QUALIFIERS + 8, 0, "Qualifiers has 0 bytes" },
		{ AT_BODY, 3, "type 3 in the place of Body" },
		{ AT_BODY + 4, 1, "reserved field is 1" },
		{ AT_BODY + 8, 60, "Body has 60 bytes" },
		{ AT_BODY + 8, 65, "in the place of OwnerSignature" },
		{ AT_SIGNATURE, 4, "type 4 in the place of OwnerSignature" },
		{ AT_SIGNATURE + 4, 1, "reserved field is 1" },
		{ AT_SIGNATURE + 8, 0, "OwnerSignature has 0 bytes" },
		{ AT_SIGNATURE + 8, 3, "1 bytes after the last section" },
		{ AT_SIGNATURE + 8, 5, "cut off, 4 are left" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct container c, untouched;
		struct shvm_err err = { 0 };
		uint8_t f[FILE_SIZE];
		int r;

		memset(&c, 0xa5, sizeof(c));
		untouched = c;
		good_file(f);
		le32_put(f + cases[i].at, cases[i].value);
		r = container_decode(f, sizeof(f), &c, &err);
		if (r != SHVM_E_FORMAT || !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		assert_string_equal(err.reason, "bad-pdk");
		assert_memory_equal(&c, &untouched, sizeof(c));
	}
}

static void rejects_a_second_policy(void **state)
{
	uint8_t f[FILE_SIZE];
	struct container c;
	struct shvm_err err = { 0 };

	(void)state;
	good_file(f);
	/* The policy section takes the next one's header as an entry. */
	le64_put(f + AT_POLICY + 8, 24 + 16);
	assert_int_equal(container_decode(f, sizeof(f), &c, &err),
			 SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "16 bytes after the policy"));
}

static void rejects_each_shorter_file(void **state)
{
	uint8_t f[FILE_SIZE + 1];

	(void)state;
	good_file(f);
	f[FILE_SIZE] = 0;
	for (size_t len = 0; len <= FILE_SIZE + 1; len++) {
		struct container c;
		int r = container_decode(f, len, &c, NULL);

		assert_int_equal(r, len == FILE_SIZE ? 0 : SHVM_E_FORMAT);
	}
}

static void same_body_seals_differently_and_opens_the_same(void **state)
{
	AUTO_DONE(buf) xml = { 0 };
	AUTO_DONE(buf) one = { 0 };
	AUTO_DONE(buf) two = { 0 };
	AUTO_DONE(buf) back = { 0 };
	AUTO(secret_ptr) key = NULL;
	AUTO(secret_ptr) other = NULL;
	const uint8_t raw[8] = { 0, 0, 0, 8 };
	const struct container_parts parts = { .protector = { raw, 8 } };
	const struct view signature = { raw, 8 };
	struct shvm_err err = { 0 };
	struct container c;

	(void)state;
	buf_add_text(&xml, "<body/>");
	assert_int_equal(secret_new(32, &key, NULL), 0);
	assert_int_equal(secret_new(32, &other, NULL), 0);
	other->data[31] = 1;
	assert_int_equal(container_seal(&parts, key, &xml, &one, NULL), 0);
	assert_int_equal(container_seal(&parts, key, &xml, &two, NULL), 0);
	assert_int_equal(one.len, two.len);
	assert_memory_not_equal(one.data + 72, two.data + 72, one.len - 72);

	assert_int_equal(container_add_signature(&one, &signature, NULL), 0);
	assert_int_equal(container_decode(one.data, one.len, &c, NULL), 0);
	assert_int_equal(container_open(&c, key, &back, NULL), 0);
	assert_int_equal(back.len, 7);
	assert_memory_equal(back.data, "<body/>", 7);
	assert_true(back.wipe);
	assert_int_equal(container_open(&c, other, &back, &err), SHVM_E_VERIFY);
	assert_string_equal(err.reason, "tampered-body");
}

static void refuses_parts_that_no_reader_would_take(void **state)
{
	AUTO_DONE(buf) xml = { 0 };
	AUTO_DONE(buf) file = { 0 };
	AUTO(secret_ptr) key = NULL;
	const uint8_t raw[4] = { 0, 0, 0, 4 };
	const struct container_parts parts = { .protector = { raw, 4 } };
	const struct view none = { raw, 0 };
	struct shvm_err err = { 0 };

	(void)state;
	buf_add_text(&xml, "x");
	assert_int_equal(secret_new(32, &key, NULL), 0);
	assert_int_equal(container_seal(&parts, key, &xml, &file, &err),
			 SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "KeyProtector would have 4 bytes"));
	assert_int_equal(container_add_signature(&file, &none, &err),
			 SHVM_E_ARG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_good_file_apart),
		cmocka_unit_test(rejects_each_bad_field),
		cmocka_unit_test(rejects_a_second_policy),
		cmocka_unit_test(rejects_each_shorter_file),
		cmocka_unit_test(
			same_body_seals_differently_and_opens_the_same),
		cmocka_unit_test(refuses_parts_that_no_reader_would_take),
	};

	return cmocka_run_group_tests_name("container", tests, NULL, NULL);
}
