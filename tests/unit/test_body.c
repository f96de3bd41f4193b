/* SPDX-License-Identifier: MIT */
/* The XML body and its compressed form. */
#include "pdk/body.h"
#include "pdk/deflate.h"

#include "tests/unit/support_pdk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

static void body_reads_back_the_same(void **state)
{
	AUTO_DONE(body) b = { 0 };
	AUTO_DONE(body) again = { 0 };
	AUTO_DONE(buf) xml = { 0 };
	AUTO_DONE(buf) xml2 = { 0 };
	AUTO_DONE(buf) packed = { 0 };
	AUTO_DONE(buf) unpacked = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	test_body(&b);
	b.payload.files[0].substitute = true;
	assert_int_equal(body_encode(&b, &xml, NULL), 0);
	assert_true(xml.wipe);
	if (body_decode(xml.data, xml.len, &again, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(again.policy, SHVM_POLICY_SHIELDED);
	assert_true(again.payload.files[0].substitute);
	assert_int_equal(body_encode(&again, &xml2, NULL), 0);
	assert_int_equal(xml.len, xml2.len);
	assert_memory_equal(xml.data, xml2.data, xml.len);

	assert_int_equal(body_deflate(&xml, &packed, NULL), 0);
	assert_int_equal(body_inflate(packed.data, packed.len, &unpacked, NULL),
			 0);
	assert_true(unpacked.wipe);
	assert_int_equal(unpacked.len, xml.len);
	assert_memory_equal(unpacked.data, xml.data, xml.len);
}

static void kinds_need_their_parts(void **state)
{
	AUTO_DONE(body) b = { 0 };
	AUTO_DONE(body) empty = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(body_check(&empty, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "needs an answer file"));
	empty.kind = SHVM_PDK_EXISTING_VM;
	assert_int_equal(body_check(&empty, NULL), 0);
	test_body(&b);
	assert_int_equal(body_check(&b, NULL), 0);
	b.kind = SHVM_PDK_EXISTING_VM;
	assert_int_equal(body_check(&b, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "takes no answer file"));
	payload_done(&b.payload);
	assert_int_equal(body_check(&b, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "trusts no templates"));
	b.kind = SHVM_PDK_TEMPLATE;
	qualifiers_done(&b.qualifiers);
	{
		const struct shvm_file f = { "u.xml", (const uint8_t *)"x", 1 };

		assert_int_equal(payload_set_answer(&b.payload, &f, NULL), 0);
	}
	assert_int_equal(body_check(&b, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "must trust at least one"));
}

#define NS " xmlns=\"urn:shvm:shielding-data:4\""
#define BODY(kind, inside)                                                     \
	"<ShieldingData" NS " Kind=\"" kind "\">" inside "</ShieldingData>"
#define POLICY "<Policy>Shielded</Policy>"
#define QUALIFIERS                                                             \
	"<VolumeIDQualifiers><VolumeIDQualifier Name=\"n\" "                   \
	"Version=\"1.0.0.0\" VersionRule=\"Equals\" Coverage=\"disk\">"        \
	"<Certificate>AAAA</Certificate></VolumeIDQualifier>"                  \
	"</VolumeIDQualifiers>"
#define ANSWER "<AnswerFile Name=\"u.xml\">eA==</AnswerFile>"
#define OTHER(name) "<OtherFile Name=\"" name "\">eA==</OtherFile>"

static const struct {
	const char *xml, *says; /* NULL: it is taken */
} faults[] = {
	{ BODY("Template", POLICY QUALIFIERS ANSWER), NULL },
	{ BODY("Template", POLICY QUALIFIERS ANSWER OTHER("a") OTHER("b")),
	  NULL },
	{ BODY("ExistingVM", POLICY), NULL },
	{ BODY("ExistingVM", POLICY OTHER("a")), NULL },
	{ "<ShieldingData Kind=\"ExistingVM\"/>", "the root is" },
	{ "<Body" NS "/>", "the root is" },
	{ "<ShieldingData" NS ">" POLICY "</ShieldingData>",
	  "Kind is neither" },
	{ BODY("template", POLICY), "Kind is neither" },
	{ BODY("ExistingVM\" X=\"", POLICY), "unknown attribute" },
	{ BODY("ExistingVM", "x" POLICY), "text between" },
	{ BODY("ExistingVM", ""), "Policy" },
	{ BODY("ExistingVM", "<Policy>shielded</Policy>"),
	  "Policy is neither" },
	{ BODY("ExistingVM", "<Policy X=\"\">Shielded</Policy>"),
	  "unknown attribute" },
	{ BODY("ExistingVM", POLICY POLICY), "Policy" },
	{ BODY("ExistingVM", POLICY
	       "<OtherFile Name=\"a\" Substitute=\"true\">eA==</OtherFile>"),
	  NULL },
	{ BODY("ExistingVM", POLICY
	       "<OtherFile Name=\"a\" Substitute=\"false\">eA==</OtherFile>"),
	  "Substitute is not \"true\"" },
	{ BODY("ExistingVM", POLICY
	       "<OtherFile Name=\"a\" SSHHostKey=\"false\">eA==</OtherFile>"),
	  "SSHHostKey is not \"true\"" },
	{ BODY("ExistingVM", POLICY "<OtherFile Name=\"a\" SSHHostKey=\"true\" "
				    "Substitute=\"true\">eA==</OtherFile>"),
	  "SSHHostKey is not \"true\"" },
	{ BODY("ExistingVM", POLICY
	       "<OtherFile Name=\"a\" SSHHostKey=\"true\">eA==</OtherFile>"),
	  "SSH host key: is not an OpenSSH private key" },
	{ BODY("Template", POLICY QUALIFIERS
	       "<AnswerFile Name=\"a\" SSHHostKey=\"true\">eA==</AnswerFile>"),
	  "unknown attribute" },
	{ BODY("Template", POLICY QUALIFIERS
	       "<AnswerFile Name=\"a\" Substitute=\"true\">eA==</AnswerFile>"),
	  "unknown attribute" },
	{ "<ShieldingData xmlns=\"urn:shvm:shielding-data:1\" "
	  "Kind=\"ExistingVM\"/>",
	  "version 1, but only version 4 is read: make the file again" },
	{ "<ShieldingData xmlns=\"urn:shvm:shielding-data:2\" "
	  "Kind=\"ExistingVM\"/>",
	  "version 2, but only version 4 is read: make the file again" },
	{ "<ShieldingData xmlns=\"urn:shvm:shielding-data:3\" "
	  "Kind=\"ExistingVM\"/>",
	  "version 3, but only version 4 is read: make the file again" },
	{ "<ShieldingData xmlns=\"urn:shvm:shielding-data:4x\" "
	  "Kind=\"ExistingVM\"/>",
	  "shielding-data:4x\", not urn:shvm:shielding-data:4" },
	{ BODY("ExistingVM", POLICY ANSWER), "takes no answer file" },
	{ BODY("Template", POLICY ANSWER), "at least one" },
	{ BODY("Template", POLICY QUALIFIERS), "needs an answer" },
	{ BODY("Template", POLICY ANSWER QUALIFIERS), "VolumeIDQualifiers" },
	{ BODY("Template", POLICY QUALIFIERS ANSWER ANSWER), "AnswerFile" },
	{ BODY("Template", POLICY QUALIFIERS QUALIFIERS ANSWER),
	  "VolumeIDQualifiers" },
	{ BODY("ExistingVM", POLICY "<OtherFile>eA==</OtherFile>"),
	  "has no Name" },
	{ BODY("ExistingVM", POLICY OTHER("../a")), "plain path" },
	{ BODY("ExistingVM", POLICY OTHER("..")), "plain path" },
	{ BODY("ExistingVM", POLICY OTHER("/etc/passwd")), "plain path" },
	{ BODY("ExistingVM", POLICY OTHER("a/..&#47;b")), "plain path" },
	{ BODY("ExistingVM", POLICY OTHER("..\\a")), "plain path" },
	{ BODY("ExistingVM", POLICY OTHER("a&#0;b")), "line 1" },
	{ BODY("ExistingVM", POLICY OTHER("a&#10;b")), "plain path" },
	{ BODY("Template",
	       POLICY QUALIFIERS "<AnswerFile Name=\"../u\">eA==</AnswerFile>"),
	  "plain path" },
	{ BODY("ExistingVM", POLICY OTHER("a") OTHER("A")), "is there twice" },
	{ BODY("ExistingVM", POLICY OTHER("\xc3\xa4") OTHER("\xc3\x84")),
	  "is there twice" },
	{ BODY("ExistingVM", POLICY "<OtherFile Name=\"a\">e?==</OtherFile>"),
	  "file's content" },
	{ BODY("ExistingVM",
	       POLICY "<OtherFile Name=\"a\" X=\"\">eA==</OtherFile>"),
	  "unknown attribute" },
	{ BODY("ExistingVM", POLICY "<Other/>"), "Other" },
	{ BODY("Template",
	       POLICY QUALIFIERS "<AnswerFile Name=\"u.xml\"></AnswerFile>"),
	  "is empty" },
};

static void rejects_each_fault_in_the_body(void **state)
{

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++) {
		AUTO_DONE(body) b = { 0 };
		struct shvm_err err = { 0 };
		int r = body_decode((const uint8_t *)faults[i].xml,
				    strlen(faults[i].xml), &b, &err);

		if (!faults[i].says
			    ? r != 0
			    : r != SHVM_E_FORMAT || err.code != SHVM_E_FORMAT ||
				      !strstr(err.msg, faults[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
	}
}

static void rejects_a_nul_within_a_name(void **state)
{
	static const char xml[] =
		BODY("ExistingVM", POLICY OTHER("a.sh\0.txt"));
	AUTO_DONE(body) b = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(body_decode((const uint8_t *)xml, sizeof(xml) - 1, &b,
				     &err),
			 SHVM_E_FORMAT);
	if (!strstr(err.msg, "contains a NUL"))
		fail_msg("%s", err.msg);
	assert_int_equal(b.payload.count, 0);
}

/* n zeros as a zlib stream. */
static void zeros(size_t n, struct buf *ret)
{
	AUTO_DONE(buf) text = { 0 };

	buf_add_zeros(&text, n);
	assert_int_equal(body_deflate(&text, ret, NULL), 0);
}

static void inflates_up_to_the_limit(void **state)
{
	AUTO_DONE(buf) most = { 0 };
	AUTO_DONE(buf) more = { 0 };
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	zeros(BODY_SIZE_MAX, &most);
	assert_int_equal(body_inflate(most.data, most.len, &out, NULL), 0);
	assert_int_equal(out.len, BODY_SIZE_MAX);
	out.len = 0;
	zeros(BODY_SIZE_MAX + 1, &more);
	assert_int_equal(body_inflate(more.data, more.len, &out, &err),
			 SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "inflates to more than 16777216"));
	assert_int_equal(out.len, 0);
}

static void rejects_streams_that_are_cut_damaged_or_followed(void **state)
{
	AUTO_DONE(buf) good = { 0 };
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	zeros(1000, &good);
	for (size_t len = 0; len < good.len; len++) {
		assert_int_equal(body_inflate(good.data, len, &out, &err),
				 SHVM_E_FORMAT);
		assert_non_null(strstr(err.msg, "damaged or cut off"));
	}
	buf_add_zeros(&good, 1);
	assert_int_equal(body_inflate(good.data, good.len, &out, &err),
			 SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "1 bytes after"));
	good.data[good.len - 2] ^= 1; /* the checksum */
	assert_int_equal(body_inflate(good.data, good.len - 1, &out, &err),
			 SHVM_E_FORMAT);
	assert_int_equal(out.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(body_reads_back_the_same),
		cmocka_unit_test(kinds_need_their_parts),
		cmocka_unit_test(rejects_each_fault_in_the_body),
		cmocka_unit_test(rejects_a_nul_within_a_name),
		cmocka_unit_test(inflates_up_to_the_limit),
		cmocka_unit_test(
			rejects_streams_that_are_cut_damaged_or_followed),
	};

	return cmocka_run_group_tests_name("body", tests, NULL, NULL);
}
