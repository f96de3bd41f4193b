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

static const struct qualifier_terms equals = { SHVM_RULE_EQUALS,
					       SHVM_COVERAGE_DISK, false };

/* How t is judged; the text must say what, the reason be that. */
static void judge(const struct qualifiers *q, const struct template_id *t,
		  const char *reason, const char *says)
{
	const struct qualifier *match = NULL;
	struct shvm_err err = { 0 };
	const int r = qualifiers_match(q, t, &match, &err);

	assert_int_equal(r, reason ? SHVM_E_VERIFY : 0);
	assert_int_equal(match != NULL, r == 0);
	if (!strstr(err.msg, says))
		fail_msg("\"%s\" does not say \"%s\"", err.msg, says);
	if (reason)
		assert_string_equal(err.reason, reason);
}

static void says_what_does_not_match_in_the_documented_order(void **state)
{
	static const struct qualifier_terms pinned = {
		SHVM_RULE_GREATER_THAN_OR_EQUALS, SHVM_COVERAGE_DISK, true
	};
	static const struct {
		const char *name;
		bool other_cert;
		uint16_t last; /* part of the version */
		uint8_t content;
		enum shvm_coverage coverage;
		enum qualifier_match match;
		const char *says;
	} cases[] = {
		{ "Template", false, 4, 1, SHVM_COVERAGE_DISK,
		  QUALIFIER_MATCHES, "" },
		{ "Template", false, 5, 1, SHVM_COVERAGE_DISK,
		  QUALIFIER_MATCHES, "" },
		{ "template", false, 4, 1, SHVM_COVERAGE_DISK, QUALIFIER_NAME,
		  "name is not" },
		{ "Template ", true, 3, 9, SHVM_COVERAGE_OS, QUALIFIER_NAME,
		  "name is not" },
		{ "Template", true, 3, 9, SHVM_COVERAGE_OS,
		  QUALIFIER_CERTIFICATE, "certificate of the signer differs" },
		{ "Template", false, 3, 9, SHVM_COVERAGE_OS, QUALIFIER_VERSION,
		  "version 1.2.3.3 is not GreaterThanOrEquals 1.2.3.4" },
		{ "Template", false, 4, 9, SHVM_COVERAGE_OS, QUALIFIER_CONTENT,
		  "catalog is not the pinned one (SHA-256 010203000000" },
		{ "Template", false, 4, 1, SHVM_COVERAGE_OS, QUALIFIER_COVERAGE,
		  "\"Template\", qualifier 1: the catalog covers only "
		  "the OS volumes (os), but coverage of the whole disk (disk) is required" },
	};
	AUTO_DONE(qualifiers) q = { 0 };
	struct template_id id;
	struct buf cert;

	(void)state;
	test_template(&id, &cert);
	assert_int_equal(qualifiers_add(&q, &id, &pinned, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const enum qualifier_match m = cases[i].match;
		struct template_id t = id;

		t.name = cases[i].name;
		t.version.part[3] = cases[i].last;
		t.content_sha256[0] = cases[i].content;
		t.coverage = cases[i].coverage;
		if (cases[i].other_cert)
			t.cert_len--;
		assert_int_equal(qualifier_match(&q.items[0], &t), m);
		judge(&q, &t,
		      m == QUALIFIER_MATCHES	? NULL
		      : m == QUALIFIER_COVERAGE ? "coverage"
						: "untrusted-template",
		      cases[i].says);
	}
	buf_done(&cert);
}

static void one_match_of_several_is_enough(void **state)
{
	AUTO_DONE(qualifiers) q = { 0 };
	struct template_id id, old;
	struct buf cert;

	(void)state;
	test_template(&id, &cert);
	old = id;
	old.version.part[0] = 9;
	judge(&q, &id, "untrusted-template", "existing machines");
	assert_int_equal(qualifiers_add(&q, &old, &equals, NULL), 0);
	judge(&q, &id, "untrusted-template", "qualifier 1: version");
	assert_int_equal(qualifiers_add(&q, &id, &equals, NULL), 0);
	judge(&q, &id, NULL, "");
	buf_done(&cert);
}

/* Each bit of the digest counts, and only where it was asked for. */
static void a_pin_is_the_whole_digest(void **state)
{
	struct qualifier_terms terms = equals;
	AUTO_DONE(qualifiers) free_one = { 0 };
	AUTO_DONE(qualifiers) pinned = { 0 };
	struct template_id id;
	struct buf cert;

	(void)state;
	test_template(&id, &cert);
	assert_int_equal(qualifiers_add(&free_one, &id, &terms, NULL), 0);
	terms.pin = true;
	assert_int_equal(qualifiers_add(&pinned, &id, &terms, NULL), 0);
	judge(&pinned, &id, NULL, "");
	for (size_t bit = 0; bit < 8 * sizeof(id.content_sha256); bit++) {
		struct template_id t = id;

		t.content_sha256[bit / 8] ^= (uint8_t)(1 << bit % 8);
		judge(&pinned, &t, "untrusted-template", "not the pinned one");
		judge(&free_one, &t, NULL, "");
	}
	buf_done(&cert);
}

static void more_coverage_than_required_is_accepted(void **state)
{
	struct qualifier_terms terms = equals;
	AUTO_DONE(qualifiers) q = { 0 };
	const struct qualifier *match = NULL;
	struct shvm_err err = { 0 };
	struct template_id id, os;
	struct buf cert;

	(void)state;
	test_template(&id, &cert);
	os = id;
	os.coverage = SHVM_COVERAGE_OS;

	/* Every check would refuse it: not taken in. */
	assert_int_equal(qualifiers_add(&q, &os, &terms, &err), SHVM_E_VERIFY);
	assert_string_equal(err.reason, "coverage");
	assert_non_null(strstr(err.msg, "template \"Template\": the catalog "
					"covers only the OS volumes (os)"));
	assert_int_equal(q.count, 0);

	assert_int_equal(qualifiers_add(&q, &id, &terms, NULL), 0);
	judge(&q, &os, "coverage", "qualifier 1");
	terms.require = SHVM_COVERAGE_OS;
	assert_int_equal(qualifiers_add(&q, &os, &terms, NULL), 0);
	judge(&q, &os, NULL, "");
	assert_int_equal(qualifiers_match(&q, &os, &match, NULL), 0);
	assert_ptr_equal(match, &q.items[1]);
	assert_int_equal(match->require, SHVM_COVERAGE_OS);
	judge(&q, &id, NULL, "");
	assert_int_equal(qualifiers_remove(&q, "Template", NULL), 0);
	assert_int_equal(qualifiers_add(&q, &os, &terms, NULL), 0);
	judge(&q, &id, NULL, "");
	buf_done(&cert);
}

/* Another signer's catalog of the OS is untrusted, whatever it covers. */
static void coverage_is_said_of_trusted_templates_only(void **state)
{
	AUTO_DONE(qualifiers) q = { 0 };
	struct template_id id, other;
	struct buf cert;

	(void)state;
	test_template(&id, &cert);
	other = id;
	other.cert_len--;
	other.coverage = SHVM_COVERAGE_OS;
	assert_int_equal(qualifiers_add(&q, &id, &equals, NULL), 0);
	judge(&q, &other, "untrusted-template", "certificate of the signer");
	buf_done(&cert);
}

static void xml_reads_back_the_same(void **state)
{
	AUTO_DONE(qualifiers) q = { 0 };
	AUTO_DONE(qualifiers) again = { 0 };
	AUTO_DONE(buf) xml = { 0 };
	AUTO_DONE(buf) xml2 = { 0 };
	const struct qualifier_terms terms = { SHVM_RULE_GREATER_THAN,
					       SHVM_COVERAGE_OS, true };
	struct shvm_err err = { 0 };
	struct template_id id;
	struct buf cert;

	(void)state;
	test_template(&id, &cert);
	id.name = "<\"&'> \xc3\xa4";
	assert_int_equal(qualifiers_add(&q, &id, &terms, NULL), 0);
	assert_int_equal(qualifiers_add(&q, &id, &equals, NULL), 0);
	assert_int_equal(qualifiers_encode_document(&q, &xml, NULL), 0);
	if (qualifiers_decode_document(xml.data, xml.len, &again, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(again.count, 2);
	assert_string_equal(again.items[0].name, id.name);
	assert_int_equal(again.items[0].rule, SHVM_RULE_GREATER_THAN);
	assert_int_equal(again.items[0].require, SHVM_COVERAGE_OS);
	assert_true(again.items[0].is_pinned);
	assert_memory_equal(again.items[0].content_sha256, id.content_sha256,
			    sizeof(id.content_sha256));
	assert_int_equal(again.items[1].require, SHVM_COVERAGE_DISK);
	assert_false(again.items[1].is_pinned);
	assert_int_equal(qualifiers_encode_document(&again, &xml2, NULL), 0);
	assert_int_equal(xml.len, xml2.len);
	assert_memory_equal(xml.data, xml2.data, xml.len);
	buf_done(&cert);
}

#define HEAD_OF(version)                                                       \
	"<VolumeIDQualifiers xmlns=\"urn:shvm:shielding-data:" version "\">"
#define HEAD HEAD_OF(PDK_VERSION)
#define TAIL "</VolumeIDQualifiers>"
#define Q(attrs, inside)                                                       \
	HEAD "<VolumeIDQualifier " attrs ">" inside "</VolumeIDQualifier>" TAIL
#define OF(name, version, rule)                                                \
	"Name=\"" name "\" Version=\"" version "\" VersionRule=\"" rule "\""
#define PLAIN OF("n", "1.0.0.0", "Equals")
#define GOOD PLAIN " Coverage=\"disk\""
#define CERT "<Certificate>AAAA</Certificate>"
#define PIN(text) "<ContentSHA256>" text "</ContentSHA256>"
#define HEX32 "00112233445566778899aabbccddeeff"
#define HEX64 HEX32 HEX32

static const struct {
	const char *xml, *says; /* NULL: it is taken */
} faults[] = {
	{ Q(GOOD, CERT), NULL },
	{ Q(PLAIN " Coverage=\"os\"", CERT), NULL },
	{ Q(GOOD, CERT PIN(HEX64)), NULL },
	{ "<Other/>", "the root is" },
	{ HEAD_OF("2") TAIL,
	  "version 2, but only version 4 is read: make the file again" },
	{ HEAD_OF("5") TAIL, "version 5, but only version 4 is read" },
	{ HEAD_OF("04") TAIL, "the root is" },
	{ HEAD_OF("") TAIL, "the root is" },
	{ HEAD TAIL, "is empty" },
	{ HEAD "x" TAIL, "text between" },
	{ HEAD "<Other/>" TAIL, "Other" },
	{ Q("Version=\"1.0.0.0\" VersionRule=\"Equals\" Coverage=\"disk\"",
	    CERT),
	  "no attribute Name" },
	{ Q(OF("", "1.0.0.0", "Equals") " Coverage=\"disk\"", CERT),
	  "Name has 0 bytes" },
	{ Q("Name=\"n\" VersionRule=\"Equals\" Coverage=\"disk\"", CERT),
	  "no attribute Version" },
	{ Q(OF("n", "1.0.0", "Equals") " Coverage=\"disk\"", CERT),
	  "Version is not" },
	{ Q("Name=\"n\" Version=\"1.0.0.0\" Coverage=\"disk\"", CERT),
	  "no attribute VersionRule" },
	{ Q(OF("n", "1.0.0.0", "equals") " Coverage=\"disk\"", CERT),
	  "VersionRule is unknown" },
	{ Q(PLAIN, CERT), "no attribute Coverage" },
	{ Q(PLAIN " Coverage=\"\"", CERT), "Coverage \"\" is neither" },
	{ Q(PLAIN " Coverage=\"DISK\"", CERT), "Coverage \"DISK\" is neither" },
	{ Q(PLAIN " Coverage=\" os\"", CERT), "Coverage \" os\" is neither" },
	{ Q(PLAIN " Coverage=\"none\"", CERT), "Coverage \"none\" is neither" },
	{ Q(PLAIN " coverage=\"os\"", CERT), "unknown attribute" },
	{ Q(GOOD " X=\"\"", CERT), "unknown attribute" },
	{ Q(GOOD, ""), "Certificate" },
	{ Q(GOOD, "x" CERT), "text between" },
	{ Q(GOOD, "<Certificate></Certificate>"), "Certificate has 0 bytes" },
	{ Q(GOOD, "<Certificate>A*==</Certificate>"), "Certificate" },
	{ Q(GOOD, "<Certificate X=\"\">AAAA</Certificate>"),
	  "unknown attribute" },
	{ Q(GOOD, CERT CERT), "Certificate" },
	{ Q(GOOD, PIN(HEX64) CERT), "ContentSHA256" },
	{ Q(GOOD, CERT PIN(HEX64) PIN(HEX64)), "ContentSHA256" },
	{ Q(GOOD, CERT "<Digest>" HEX64 "</Digest>"), "Digest" },
	{ Q(GOOD, CERT "<ContentSHA256 X=\"\">" HEX64 "</ContentSHA256>"),
	  "unknown attribute" },
	{ Q(GOOD, CERT PIN("")), "64 lower-case" },
	{ Q(GOOD, CERT PIN(HEX32)), "64 lower-case" },
	{ Q(GOOD, CERT PIN(HEX64 "00")), "64 lower-case" },
	{ Q(GOOD, CERT PIN(" " HEX64)), "64 lower-case" },
	{ Q(GOOD, CERT PIN(HEX32 "00112233445566778899AABBCCDDEEFF")),
	  "64 lower-case" },
	{ Q(GOOD, CERT PIN(HEX32 "00112233445566778899aabbccddeefg")),
	  "64 lower-case" },
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
	assert_int_equal(qualifiers_add(&q, &id, &equals, &err), SHVM_E_ARG);
	id.name = name;
	assert_int_equal(qualifiers_add(&q, &id, &equals, &err), SHVM_E_ARG);
	id.name = "a\x01";
	assert_int_equal(qualifiers_add(&q, &id, &equals, &err), SHVM_E_ARG);
	id.name = "a";
	id.cert_len = 0;
	assert_int_equal(qualifiers_add(&q, &id, &equals, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "certificate of 0"));
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
		cmocka_unit_test(a_pin_is_the_whole_digest),
		cmocka_unit_test(more_coverage_than_required_is_accepted),
		cmocka_unit_test(coverage_is_said_of_trusted_templates_only),
		cmocka_unit_test(xml_reads_back_the_same),
		cmocka_unit_test(rejects_each_fault_in_the_xml),
		cmocka_unit_test(refuses_what_cannot_be_a_qualifier),
	};

	return cmocka_run_group_tests_name("qualifier", tests, NULL, NULL);
}
