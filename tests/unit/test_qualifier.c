/* SPDX-License-Identifier: MIT */
/* Version rules, matching, and qualifiers as XML. */
#include "pdk/qualifier.h"
#include "tests/unit/support_pdk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Compare as the documentation says it, by one number instead of by parts. */
static uint64_t as_number(const struct shvm_version *v)
{
	return (uint64_t)v->part[0] << 48 | (uint64_t)v->part[1] << 32 |
	       (uint64_t)v->part[2] << 16 | v->part[3];
}

static void check_pair(const struct shvm_version *a,
		       const struct shvm_version *b)
{
	const uint64_t x = as_number(a), y = as_number(b);

	assert_int_equal(shvm_rule_allows(SHVM_RULE_EQUALS, a, b), y == x);
	assert_int_equal(shvm_rule_allows(SHVM_RULE_GREATER_THAN, a, b), y > x);
	assert_int_equal(shvm_rule_allows(SHVM_RULE_GREATER_THAN_OR_EQUALS, a,
					  b),
			 y >= x);
}

/* All pairs of versions whose parts are among 0, 1, 255, 256 and 65535. */
static void rules_compare_part_by_part_as_numbers(void **state)
{
	static const uint16_t parts[] = { 0, 1, 255, 256, 65535 };
	const unsigned int n = 5 * 5 * 5 * 5;

	(void)state;
	for (unsigned int i = 0; i < n; i++)
		for (unsigned int j = 0; j < n; j++) {
			const struct shvm_version a = {
				{ parts[i % 5], parts[i / 5 % 5],
				  parts[i / 25 % 5], parts[i / 125] }
			};
			const struct shvm_version b = {
				{ parts[j % 5], parts[j / 5 % 5],
				  parts[j / 25 % 5], parts[j / 125] }
			};

			check_pair(&a, &b);
		}
}

static void names_read_back(void **state)
{
	enum shvm_rule rule;
	enum shvm_policy policy;
	struct shvm_err err = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(shvm_rule_parse(shvm_rule_name(
							 (enum shvm_rule)i),
						 &rule, NULL),
				 0);
		assert_int_equal(rule, i);
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(shvm_policy_parse(shvm_policy_name(
							   (enum shvm_policy)i),
						   &policy, NULL),
				 0);
		assert_int_equal(policy, i);
	}
	assert_int_equal(shvm_rule_parse("equals", &rule, NULL), 0);
	assert_int_equal(shvm_rule_parse("Equal", &rule, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "\"Equal\""));
	assert_int_equal(shvm_policy_parse("", &policy, &err), SHVM_E_ARG);
}

static void says_what_does_not_match_in_the_documented_order(void **state)
{
	static const struct {
		const char *name;
		bool other_cert;
		uint16_t last; /* part of the version */
		uint8_t digest;
		enum qualifier_match match;
		const char *says;
	} cases[] = {
		{ "Template", false, 4, 1, QUALIFIER_MATCHES, "" },
		{ "Template", false, 5, 1, QUALIFIER_MATCHES, "" },
		{ "template", false, 4, 1, QUALIFIER_NAME, "name is not" },
		{ "Template ", true, 3, 9, QUALIFIER_NAME, "name is not" },
		{ "Template", true, 3, 9, QUALIFIER_CERTIFICATE,
		  "certificate of the signer differs" },
		{ "Template", false, 3, 9, QUALIFIER_VERSION,
		  "version 1.2.3.3 is not GreaterThanOrEquals 1.2.3.4" },
		{ "Template", false, 4, 9, QUALIFIER_DIGEST, "digest differs" },
	};
	AUTO_DONE(qualifiers) q = { 0 };
	struct template_id id;
	struct buf cert;

	(void)state;
	test_template(&id, &cert);
	assert_int_equal(qualifiers_add(&q, &id,
					SHVM_RULE_GREATER_THAN_OR_EQUALS, true,
					NULL),
			 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct template_id t = id;
		struct shvm_err err = { 0 };
		int r;

		t.name = cases[i].name;
		t.version.part[3] = cases[i].last;
		t.digests[0].digest[0] = cases[i].digest;
		if (cases[i].other_cert)
			t.cert_len--;
		assert_int_equal(qualifier_match(&q.items[0], &t),
				 cases[i].match);
		r = qualifiers_match(&q, &t, &err);
		if (r != (cases[i].match == QUALIFIER_MATCHES
				  ? 0
				  : SHVM_E_VERIFY) ||
		    !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		if (r < 0)
			assert_string_equal(err.reason, "untrusted-template");
	}
	buf_done(&cert);
}

static void one_match_of_several_is_enough(void **state)
{
	AUTO_DONE(qualifiers) q = { 0 };
	struct shvm_err err = { 0 };
	struct template_id id, old;
	struct buf cert;

	(void)state;
	test_template(&id, &cert);
	old = id;
	old.version.part[0] = 9;
	assert_int_equal(qualifiers_match(&q, &id, &err), SHVM_E_VERIFY);
	assert_non_null(strstr(err.msg, "existing machines"));
	assert_int_equal(qualifiers_add(&q, &old, SHVM_RULE_EQUALS, false,
					NULL),
			 0);
	assert_int_equal(qualifiers_match(&q, &id, &err), SHVM_E_VERIFY);
	assert_int_equal(qualifiers_add(&q, &id, SHVM_RULE_EQUALS, false, NULL),
			 0);
	assert_int_equal(qualifiers_match(&q, &id, &err), 0);
	buf_done(&cert);
}

static void pinned_digests_are_all_of_the_template(void **state)
{
	AUTO_DONE(qualifiers) q = { 0 };
	struct template_id id, two;
	struct buf cert;

	(void)state;
	test_template(&id, &cert);
	two = id;
	two.digest_count = 2;
	two.digests[1] = two.digests[0];
	two.digests[1].role = SHVM_ROLE_ROOT;
	assert_int_equal(qualifiers_add(&q, &id, SHVM_RULE_EQUALS, true, NULL),
			 0);
	assert_int_equal(qualifier_match(&q.items[0], &two), QUALIFIER_DIGEST);
	assert_int_equal(qualifiers_add(&q, &two, SHVM_RULE_EQUALS, true, NULL),
			 0);
	assert_int_equal(qualifier_match(&q.items[1], &two), QUALIFIER_MATCHES);
	assert_int_equal(qualifier_match(&q.items[1], &id), QUALIFIER_DIGEST);
	buf_done(&cert);
}

static void xml_reads_back_the_same(void **state)
{
	AUTO_DONE(qualifiers) q = { 0 };
	AUTO_DONE(qualifiers) again = { 0 };
	AUTO_DONE(buf) xml = { 0 };
	AUTO_DONE(buf) xml2 = { 0 };
	struct shvm_err err = { 0 };
	struct template_id id;
	struct buf cert;

	(void)state;
	test_template(&id, &cert);
	id.name = "<\"&'> \xc3\xa4";
	id.digest_count = 2;
	id.digests[1] = (struct shvm_qualifier_digest){
		.role = SHVM_ROLE_ROOT,
		.algorithm = SHVM_HASH_SHA512,
		.block_size = 1 << 20,
		.hash_size = 64,
	};
	assert_int_equal(qualifiers_add(&q, &id, SHVM_RULE_GREATER_THAN, true,
					NULL),
			 0);
	assert_int_equal(qualifiers_encode_document(&q, &xml, NULL), 0);
	if (qualifiers_decode_document(xml.data, xml.len, &again, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(again.count, 1);
	assert_string_equal(again.items[0].name, id.name);
	assert_int_equal(again.items[0].rule, SHVM_RULE_GREATER_THAN);
	assert_int_equal(qualifiers_encode_document(&again, &xml2, NULL), 0);
	assert_int_equal(xml.len, xml2.len);
	assert_memory_equal(xml.data, xml2.data, xml.len);
	buf_done(&cert);
}

#define HEAD "<VolumeIDQualifiers xmlns=\"urn:shvm:shielding-data:2\">"
#define TAIL "</VolumeIDQualifiers>"
#define Q(attrs, inside)                                                       \
	HEAD "<VolumeIDQualifier " attrs ">" inside "</VolumeIDQualifier>" TAIL
#define GOOD "Name=\"n\" Version=\"1.0.0.0\" VersionRule=\"Equals\""
#define CERT "<Certificate>AAAA</Certificate>"
#define D(attrs, text) "<Digest " attrs ">" text "</Digest>"
#define DGOOD "Role=\"OS\" Algorithm=\"fs-verity-sha256\" BlockSize=\"4096\""
#define HEX32 "00112233445566778899aabbccddeeff"
#define HEX64 HEX32 HEX32

static const struct {
	const char *xml, *says; /* NULL: it is taken */
} faults[] = {
	{ Q(GOOD, CERT), NULL },
	{ Q(GOOD, CERT D(DGOOD, HEX64)), NULL },
	{ "<Other/>", "the root is" },
	{ HEAD TAIL, "is empty" },
	{ HEAD "x" TAIL, "text between" },
	{ HEAD "<Other/>" TAIL, "Other" },
	{ Q("Version=\"1.0.0.0\" VersionRule=\"Equals\"", CERT),
	  "no attribute Name" },
	{ Q("Name=\"\" Version=\"1.0.0.0\" VersionRule=\"Equals\"", CERT),
	  "Name has 0 bytes" },
	{ Q("Name=\"n\" VersionRule=\"Equals\"", CERT),
	  "no attribute Version" },
	{ Q("Name=\"n\" Version=\"1.0.0\" VersionRule=\"Equals\"", CERT),
	  "Version is not" },
	{ Q("Name=\"n\" Version=\"1.0.0.0\"", CERT),
	  "no attribute VersionRule" },
	{ Q("Name=\"n\" Version=\"1.0.0.0\" VersionRule=\"equals\"", CERT),
	  "VersionRule is unknown" },
	{ Q(GOOD " X=\"\"", CERT), "unknown attribute" },
	{ Q(GOOD, ""), "Certificate" },
	{ Q(GOOD, "x" CERT), "text between" },
	{ Q(GOOD, "<Certificate></Certificate>"), "Certificate has 0 bytes" },
	{ Q(GOOD, "<Certificate>A*==</Certificate>"), "Certificate" },
	{ Q(GOOD, "<Certificate X=\"\">AAAA</Certificate>"),
	  "unknown attribute" },
	{ Q(GOOD, CERT CERT), "Certificate" },
	{ Q(GOOD, CERT D("Role=\"X\" Algorithm=\"fs-verity-sha256\" "
			 "BlockSize=\"4096\"",
			 HEX64)),
	  "unknown role" },
	{ Q(GOOD, CERT D("Role=\"OS\" Algorithm=\"md5\" "
			 "BlockSize=\"4096\"",
			 HEX64)),
	  "unknown algorithm" },
	{ Q(GOOD, CERT D("Role=\"OS\" Algorithm=\"fs-verity-sha256\" "
			 "BlockSize=\"4097\"",
			 HEX64)),
	  "BlockSize" },
	{ Q(GOOD, CERT D("Role=\"OS\" Algorithm=\"fs-verity-sha256\" "
			 "BlockSize=\"2048\"",
			 HEX64)),
	  "BlockSize" },
	{ Q(GOOD, CERT D(DGOOD, HEX32)), "64 lower-case" },
	{ Q(GOOD, CERT D(DGOOD, HEX32 "00112233445566778899AABBCCDDEEFF")),
	  "64 lower-case" },
	{ Q(GOOD, CERT D(DGOOD, HEX64) D(DGOOD, HEX64)),
	  "two digests for one role" },
};

static void rejects_each_fault_in_the_xml(void **state)
{

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		AUTO_DONE(qualifiers) q = { 0 };
		struct shvm_err err = { 0 };
		int r = qualifiers_decode_document(
			(const uint8_t *)faults[i].xml, strlen(faults[i].xml),
			&q, &err);

		if (!faults[i].says ? r != 0
				    : r != SHVM_E_FORMAT ||
					      !strstr(err.msg, faults[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		if (faults[i].says)
			assert_int_equal(q.count, 0);
	}
}

static void refuses_what_cannot_be_a_qualifier(void **state)
{
	AUTO_DONE(qualifiers) q = { 0 };
	struct shvm_err err = { 0 };
	struct template_id id;
	struct buf cert;
	char name[300];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[299] = '\0';
	test_template(&id, &cert);
	id.name = "";
	assert_int_equal(qualifiers_add(&q, &id, 0, false, &err), SHVM_E_ARG);
	id.name = name;
	assert_int_equal(qualifiers_add(&q, &id, 0, false, &err), SHVM_E_ARG);
	id.name = "a\x01";
	assert_int_equal(qualifiers_add(&q, &id, 0, false, &err), SHVM_E_ARG);
	id.name = "a";
	id.cert_len = 0;
	assert_int_equal(qualifiers_add(&q, &id, 0, false, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "certificate of 0"));
	id.cert_len = cert.len;
	id.digest_count = 0;
	assert_int_equal(qualifiers_add(&q, &id, 0, true, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "no digest"));
	assert_int_equal(q.count, 0);
	assert_int_equal(qualifiers_remove(&q, "a", &err), SHVM_E_ARG);
	buf_done(&cert);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_compare_part_by_part_as_numbers),
		cmocka_unit_test(names_read_back),
		cmocka_unit_test(
			says_what_does_not_match_in_the_documented_order),
		cmocka_unit_test(one_match_of_several_is_enough),
		cmocka_unit_test(pinned_digests_are_all_of_the_template),
		cmocka_unit_test(xml_reads_back_the_same),
		cmocka_unit_test(rejects_each_fault_in_the_xml),
		cmocka_unit_test(refuses_what_cannot_be_a_qualifier),
	};

	return cmocka_run_group_tests_name("qualifier", tests, NULL, NULL);
}
