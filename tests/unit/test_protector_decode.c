/* SPDX-License-Identifier: MIT */
/* Reading protectors: the three forms of a file, and what is refused. */
#include "base/be.h"
#include "base/le.h"
#include "base/utf16.h"
#include "pdk/protector_internal.h"
#include "tests/unit/support_kps.h"
#include "tests/unit/support_schema.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
/* after the headers that it needs */
#include <cmocka.h>

static struct buf raw, xml;
static struct shvm_guardian *owner;
static struct secret *transport_key;

static int set_up(void **state)
{
	AUTO(protector_ptr) p = NULL;

	(void)state;
	owner = kps_guardian(0);
	if (protector_new(owner, NULL, 0, &p, &transport_key, NULL) < 0 ||
	    protector_encode(p, &raw, NULL) < 0)
		return 1;
	buf_add(&xml, raw.data + 4, raw.len - 4);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	shvm_guardian_free(owner);
	secret_free(transport_key);
	buf_done(&raw);
	buf_done(&xml);
	return 0;
}

static void refuses(const struct buf *data, int code, const char *says)
{
	struct shvm_protector *p = NULL;
	struct shvm_err err = { 0 };
	int r = shvm_protector_decode(data->data, data->len, "kp", &p, &err);

	if (r != code || !strstr(err.msg, says))
		fail_msg("want \"%s\": %d \"%s\"", says, r, err.msg);
	assert_null(p);
	if (code == SHVM_E_FORMAT)
		assert_string_equal(err.reason, "bad-protector");
}

static void accepts(const struct buf *data)
{
	AUTO(protector_ptr) p = NULL;
	AUTO_DONE(buf) again = { 0 };
	struct shvm_err err = { 0 };

	if (shvm_protector_decode(data->data, data->len, "kp", &p, &err) < 0 ||
	    protector_check(p, transport_key, NULL, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(protector_encode(p, &again, &err), 0);
	assert_int_equal(again.len, raw.len);
	assert_memory_equal(again.data, raw.data, raw.len);
}

static void decimal_text(const struct buf *from, const char *end,
			 struct buf *ret)
{
	for (size_t i = 0; i < from->len; i++)
		buf_printf(ret, "%u%s", from->data[i], end);
}

static void reads_container_text_and_bare_xml(void **state)
{
	AUTO_DONE(buf) text = { 0 };
	AUTO_DONE(buf) crlf = { 0 };
	AUTO_DONE(buf) utf16 = { 0 };

	(void)state;
	accepts(&raw);
	accepts(&xml);
	decimal_text(&raw, "\n", &text);
	accepts(&text);
	decimal_text(&raw, "\r\n", &crlf);
	accepts(&crlf);
	buf_add(&utf16, "\xff\xfe", 2);
	assert_true(utf16_from_utf8((const char *)crlf.data, crlf.len, &utf16));
	accepts(&utf16);
}

static void reads_xml_behind_a_byte_order_mark(void **state)
{
	AUTO(protector_ptr) p = NULL;
	AUTO_DONE(buf) data = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	buf_add_text(&data, "\xef\xbb\xbf");
	buf_add(&data, xml.data, xml.len);
	if (shvm_protector_decode(data.data, data.len, "kp", &p, &err) < 0)
		fail_msg("%s", err.msg);
	/* The mark is the file's; the document is what it is without. */
	assert_int_equal(protector_check(p, transport_key, NULL, &err), 0);
}

static void refuses_wrong_containers(void **state)
{
	AUTO_DONE(buf) data = { 0 };

	(void)state;
	refuses(&data, SHVM_E_FORMAT, "0 bytes are no key protector");
	buf_add(&data, "\0\0\0", 3);
	refuses(&data, SHVM_E_FORMAT, "3 bytes are no key protector");
	buf_add(&data, "\4", 1);
	refuses(&data, SHVM_E_FORMAT, "empty, there is no key protector");
	data.len = 0;
	buf_add(&data, raw.data, raw.len);
	be32_put(data.data, (uint32_t)raw.len - 1);
	refuses(&data, SHVM_E_FORMAT, "container: the length says");
	be32_put(data.data, (uint32_t)raw.len + 1);
	refuses(&data, SHVM_E_FORMAT, "container: the length says");
	le32_put(data.data, (uint32_t)raw.len);
	refuses(&data, SHVM_E_FORMAT, "the length is little-endian");
	be32_put(data.data, (uint32_t)raw.len);
	buf_add(&data, "\0", 1);
	refuses(&data, SHVM_E_FORMAT, "container: the length says");
}

static void refuses_wrong_texts(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "0\n0\n0\n256\n", "byte 3 is not a number" },
		{ "0\n0\n0\n0004\n", "byte 3 is not a number" },
		{ "0\n0\n0\n-4\n", "byte 3 is not a number" },
		{ "0\n0\n0x0\n4\n", "byte 2 is not a number" },
		{ "0,0,0,4", "byte 0 is not a number" },
		{ "0\n0\n0\n5\n", "the length says 5" },
		{ "0\n0\n0\n4\n", "there is no key protector" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_DONE(buf) data = { 0 };

		buf_add_text(&data, cases[i].text);
		refuses(&data, SHVM_E_FORMAT, cases[i].says);
	}
	{
		AUTO_DONE(buf) data = { 0 };

		buf_add(&data, "\xff\xfe\x31", 3);
		refuses(&data, SHVM_E_FORMAT, "damaged UTF-16");
	}
}

#define NS "http://schemas.microsoft.com/kps/2014/07"

static const struct {
	const char *old, *new, *says;
	bool schema_too; /* a fault that the RELAX NG schema sees as well */
} documents[] = {
	{ NS, "urn:other", "is no Protector", true },
	{ "<Protector ", "<Protector x=\"1\" ", "unknown attribute \"x\"",
	  true },
	{ "<Protector ", "<Protector MaxOfflineUnwraps=\"-1\" ",
	  "\"-1\" is not an unsigned", true },
	{ "<Protector ", "<Protector MaxOfflineUnwraps=\"4294967296\" ",
	  "is not an unsigned", true },
	{ "<Wrappings>", "<Wrappings a=\"\">", "unknown attribute \"a\"",
	  true },
	{ "<Wrappings>", "<Wrappings><Wrapping/>", "Id is missing", true },
	{ "<Wrappings>", "<Wrappings>text", "text between", true },
	{ "<Wrappings>", "<Wrappings><Other/>", "contains Other where Wrapping",
	  true },
	{ "<Wrapping>", "<Wrapping Id=\"1\">", "unknown attribute \"Id\"",
	  true },
	{ "<Id>1</Id>", "", "where Id is expected", true },
	{ "<Id>1</Id>", "<Id>1</Id><Id>1</Id>",
	  "contains Id where SigningCertificate", true },
	{ "<Id>1</Id>", "<Id>01</Id>", "\"01\" is not an unsigned", false },
	{ "<Id>1</Id>", "<Id/>", "\"\" is not an unsigned", true },
	{ "<Id>1</Id>", "<Id>4294967296</Id>", "is not an unsigned", true },
	{ "<Id>1</Id>", "<Id><b/></Id>", "more than text", true },
	{ "<Id>1</Id>", "<Id x=\"\">1</Id>", "unknown attribute \"x\"", true },
	{ "<Id>", "<Id xmlns=\"\">", "where Id is expected", true },
	{ "<SigningCertificate>M", "<SigningCertificate>!", "bad base64",
	  true },
	{ "<SigningCertificate>M", "<SigningCertificate>N", "certificate",
	  false },
	{ "<SigningCertificate>M", "<SigningCertificate x=\"1\">M",
	  "unknown attribute \"x\"", true },
	{ " ParentWrappingId=\"1\"", "", "attribute ParentWrappingId is",
	  true },
	{ "ParentWrappingId=\"1\"", "ParentWrappingId=\"1 \"",
	  "is not an unsigned", false },
	{ "ParentWrappingId=\"1\"", "ParentWrappingId=\"1\" b=\"2\"",
	  "unknown attribute \"b\"", true },
	{ "<Signature Algorithm=", "<Signature Algorithmus=",
	  "unknown attribute \"Algorithmus\"", true },
	{ "<Signature ", "<Sig/><Signature ", "contains Sig where Signature",
	  true },
	{ "</SignatureValue>", "</SignatureValue><Q/>", "an unexpected Q",
	  true },
	{ "<EncryptionCertificateSignature>",
	  "<EncryptionCertificateSignature z=\"\">", "unknown attribute \"z\"",
	  true },
	{ "<TransportKey>", "<TransportKey k=\"\">", "unknown attribute \"k\"",
	  true },
	{ "</EncryptedData>", "</EncryptedData><E/>", "an unexpected E", true },
	{ "</CipherValue>", "</CipherValue><E/>", "an unexpected E", true },
	{ "<EncryptedData ", "<EncryptedData Id=\"x\" ",
	  "unknown attribute \"Id\"", true },
	{ "<CipherValue>", "<CipherValue><X/>", "more than text", true },
	{ "</TransportKey>", "</TransportKey><F/>", "an unexpected F", true },
	{ "</Wrappings>", "</Wrappings><Wrappings/>",
	  "contains Wrappings where TransportKeySignature", true },
	{ "<TransportKeySignature>", "<TransportKeySignature t=\"\">",
	  "unknown attribute \"t\"", true },
	{ "<KeyDerivationMethod ", "<KeyDerivationMethod u=\"\" ",
	  "unknown attribute \"u\"", true },
	{ "<KeyDerivationMethod Algorithm=\"" URI_HKDF "\"/>", "",
	  "where KeyDerivationMethod is expected", true },
	{ "#hkdf\"/>", "#hkdf\"><P/></KeyDerivationMethod>", "an unexpected P",
	  true },
	{ URI_HKDF, "", "Algorithm of 0 characters", false },
	{ " WrappingId=\"1\"", "", "the attribute WrappingId is missing",
	  true },
	{ "<GuardianSignature ", "<GuardianSignature v=\"\" ",
	  "unknown attribute \"v\"", true },
	{ "</GuardianSignature>", "</GuardianSignature><GuardianSignature/>",
	  "an unexpected GuardianSignature", true },
	{ "</Protector>", "x</Protector>", "text between", true },
	{ "</Protector>", "", "line 2", true },
	{ "<Wrappings>", "<Wrappings><!-- -->", "a comment", false },
	{ "<Protector ", "<!DOCTYPE Protector><Protector ", "document type",
	  false },
	{ "UTF-8", "UTF-9", "encoding", false },
};

static void refuses_each_broken_document(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(documents); i++) {
		AUTO_DONE(buf) data = { 0 };

		buf_add(&data, xml.data, xml.len);
		kps_replace(&data, documents[i].old, documents[i].new);
		refuses(&data, SHVM_E_FORMAT, documents[i].says);

		/* Documented as a fault, too. */
		if (documents[i].schema_too)
			assert_false(schema_accepts("docs/protector.rng",
						    data.data, data.len));
	}
}

static void refuses_certificates_with_trailing_bytes(void **state)
{
	AUTO(protector_ptr) p = NULL;
	AUTO_DONE(buf) data = { 0 };

	(void)state;
	assert_int_equal(shvm_protector_decode(raw.data, raw.len, "kp", &p,
					       NULL),
			 0);
	buf_add(&p->items[0].encryption_der, "\0", 1);
	assert_int_equal(protector_build(p, &data, NULL), 0);
	refuses(&data, SHVM_E_FORMAT, "EncryptionCertificate");
}

static void refuses_too_many_and_no_wrappings(void **state)
{
	AUTO_DONE(buf) data = { 0 };

	(void)state;
	buf_add_text(&data, "<Protector xmlns=\"" NS "\"><Wrappings/>"
			    "</Protector>");
	refuses(&data, SHVM_E_FORMAT, "0 wrappings, not 1 to 1024");
	data.len = 0;
	buf_add_text(&data, "<Protector xmlns=\"" NS "\"><Wrappings>");
	for (int i = 0; i <= PROTECTOR_WRAPPINGS_MAX; i++)
		buf_add_text(&data, "<Wrapping/>");
	buf_add_text(&data, "</Wrappings></Protector>");
	refuses(&data, SHVM_E_FORMAT, "1025 wrappings, not 1 to 1024");
}

static void refuses_large_and_deep_input(void **state)
{
	AUTO_DONE(buf) data = { 0 };
	uint8_t *p;

	(void)state;
	buf_add_text(&data, "<a>");
	p = buf_grow(&data, PROTECTOR_SIZE_MAX);
	assert_non_null(p);
	memset(p, ' ', PROTECTOR_SIZE_MAX);
	buf_add_text(&data, "</a>");
	refuses(&data, SHVM_E_FORMAT, "the limit is 8388608");
	data.len = 0;
	for (int i = 0; i < 100; i++)
		buf_add_text(&data, "<a>");
	for (int i = 0; i < 100; i++)
		buf_add_text(&data, "</a>");
	refuses(&data, SHVM_E_FORMAT, "more than 64 levels");
}

static void unknown_wrapping_is_read_and_named(void **state)
{
	static const struct {
		const char *old, *new, *says;
	} cases[] = {
		{ URI_RSA_OAEP, "urn:x:wrap", "unknown algorithm \"urn:x" },
		{ URI_RSA_OAEP, "http://www.w3.org/2001/04/xmlenc#rsa-1_5",
		  "is refused: RSA PKCS#1 v1.5" },
		{ URI_SHA256, "urn:x:digest", "digest: unknown algorithm" },
		{ URI_MGF1_SHA256, "urn:x:mgf",
		  "mask generation: unknown algorithm" },
		{ "<ds:DigestMethod", "<q/><ds:DigestMethod",
		  "parameter q is not understood" },
		{ "<xenc11:MGF ", "<xenc11:MGF x='' ", "unknown attribute" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(protector_ptr) p = NULL;
		AUTO(secret_ptr) key = NULL;
		AUTO_DONE(checks) steps = { 0 };
		AUTO_DONE(buf) data = { 0 };
		struct shvm_err err = { 0 };
		bool named = false;

		buf_add(&data, xml.data, xml.len);
		kps_replace(&data, cases[i].old, cases[i].new);
		if (shvm_protector_decode(data.data, data.len, "kp", &p, &err) <
		    0) {
			assert_non_null(strstr(err.msg, cases[i].says));
			continue;
		}
		(void)protector_check(p, NULL, &steps, &err);
		for (size_t k = 0; k < steps.count; k++)
			named |= strstr(steps.items[k].text, cases[i].says) !=
				 NULL;
		if (!named)
			fail_msg("case %zu: \"%s\"", i, err.msg);
		assert_int_equal(protector_open(p, owner->encryption_key, NULL,
						&key, &err),
				 SHVM_E_UNSUPPORTED);
		assert_non_null(strstr(err.msg, cases[i].says));
	}
}

static bool decodes(const void *data, size_t len)
{
	AUTO(protector_ptr) p = NULL;

	return shvm_protector_decode(data, len, "kp", &p, NULL) == SHVM_OK;
}

static void refuses_all_that_the_schema_refuses(void **state)
{
	(void)state;
	assert_true(schema_accepts("docs/protector.rng", xml.data, xml.len));
	assert_in_range(schema_refusals_agree("docs/protector.rng", xml.data,
					      xml.len, decodes),
			50, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_container_text_and_bare_xml),
		cmocka_unit_test(reads_xml_behind_a_byte_order_mark),
		cmocka_unit_test(refuses_wrong_containers),
		cmocka_unit_test(refuses_wrong_texts),
		cmocka_unit_test(refuses_each_broken_document),
		cmocka_unit_test(refuses_certificates_with_trailing_bytes),
		cmocka_unit_test(refuses_too_many_and_no_wrappings),
		cmocka_unit_test(refuses_large_and_deep_input),
		cmocka_unit_test(unknown_wrapping_is_read_and_named),
		cmocka_unit_test(refuses_all_that_the_schema_refuses),
	};

	return cmocka_run_group_tests_name("protector_decode", tests, set_up,
					   tear_down);
}
