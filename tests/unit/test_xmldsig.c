/* SPDX-License-Identifier: MIT */
/* Enveloped signatures: what keeps to the profile, and attacks that do not. */
#include "base/xmldsig.h"

#include "pdk/algorithm.h"
#include "tests/unit/support_kps.h"

#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
/* after the headers that it needs */
#include <cmocka.h>

#define DSIG "http://www.w3.org/2000/09/xmldsig#"
#define EXC "http://www.w3.org/2001/10/xml-exc-c14n#"

static EVP_PKEY *key, *other_key;
static X509 *cert, *other_cert;

static int set_up(void **state)
{
	(void)state;
	key = kps_key(0);
	other_key = kps_key(2);
	cert = kps_make_cert(
		&(struct kps_cert){ .subject = "one", .key = key });
	other_cert = kps_make_cert(
		&(struct kps_cert){ .subject = "two", .key = other_key });
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	EVP_PKEY_free(key);
	EVP_PKEY_free(other_key);
	X509_free(cert);
	X509_free(other_cert);
	return 0;
}

/* <doc ID="m"><a>text</a> and a signature. */
static void make(struct buf *ret)
{
	AUTO(xml_ptr) doc = NULL;

	assert_int_equal(xml_new("urn:doc", NULL, "doc", &doc, NULL), 0);
	xml_set_attr(doc, xml_root(doc), "ID", "m");
	xml_set_text(doc, xml_add(doc, xml_root(doc), "a"), "text");
	assert_int_equal(xmldsig_sign(doc, key, cert, NULL), 0);
	assert_int_equal(xml_write(doc, false, ret, NULL), 0);
}

static int verify(const struct buf *data, X509 *by, struct shvm_err *err)
{
	AUTO(xml_ptr) doc = NULL;
	AUTO_DONE(xmldsig) s = { 0 };
	int r;

	r = xml_parse(data->data, data->len, 0, "doc", &doc, err);
	if (r == SHVM_OK)
		r = xmldsig_find(doc, &s, err);
	return r < 0 ? r : xmldsig_verify(&s, by, err);
}

/* Sign SignedInfo as it stands: what an attacker with a key of their own can
 * do to any document. */
static void sign_again(struct buf *data, EVP_PKEY *with)
{
	AUTO(xml_ptr) doc = NULL;
	AUTO_DONE(buf) bytes = { 0 };
	AUTO_DONE(buf) value = { 0 };
	struct xml_node *n, *info, *old, *parent;

	assert_int_equal(xml_parse(data->data, data->len, 0, "doc", &doc, NULL),
			 0);
	for (n = xml_first(xml_root(doc)); n && !xml_is(n, DSIG, "Signature");)
		n = xml_next(n);
	assert_non_null(n);
	parent = n;
	info = xml_first(parent);
	old = xml_next(info);
	assert_int_equal(xml_c14n(doc, info, &bytes, NULL), 0);
	assert_int_equal(algorithm_sign(algorithm_find(ALGORITHM_SIGNATURE,
						       URI_RSA_SHA256),
					with, bytes.data, bytes.len, &value,
					NULL),
			 0);
	/* Without KeyInfo, so that the value may come last. */
	while (xml_next(old))
		xml_remove(xml_next(old));
	xml_remove(old);
	xml_set_base64(doc, xml_add(doc, parent, "SignatureValue"), value.data,
		       value.len);
	data->len = 0;
	assert_int_equal(xml_write(doc, false, data, NULL), 0);
}

static void a_signed_document_verifies(void **state)
{
	AUTO_DONE(buf) data = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	make(&data);
	if (verify(&data, cert, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(verify(&data, other_cert, &err), SHVM_E_VERIFY);
	assert_string_equal(err.reason, "bad-signature");
}

static void a_reference_by_id_verifies(void **state)
{
	AUTO_DONE(buf) data = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	make(&data);
	kps_replace(&data, "URI=\"\"", "URI=\"#m\"");
	sign_again(&data, key);
	if (verify(&data, cert, &err) < 0)
		fail_msg("%s", err.msg);
	kps_replace(&data, ">text<", ">Text<");
	assert_int_equal(verify(&data, cert, &err), SHVM_E_VERIFY);
}

static void a_changed_document_does_not_verify(void **state)
{
	static const struct {
		const char *old, *new;
	} cases[] = {
		{ ">text<", ">texts<" },
		{ "<a>", "<a b=\"1\">" },
		{ "<doc ", "<doc c=\"1\" " },
		{ "<a>", "<b/><a>" },
		{ "</doc>", "<a>text</a></doc>" },
		{ "ID=\"m\"", "ID=\"n\"" },
		{ "<DigestValue>", "<DigestValue>AAAA" },
		{ "<SignatureValue>", "<SignatureValue>AAAA" },
		{ "#rsa-sha256", "#rsa-sha512" },
		{ "xmlenc#sha256", "xmlenc#sha512" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_DONE(buf) data = { 0 };
		struct shvm_err err = { 0 };

		make(&data);
		kps_replace(&data, cases[i].old, cases[i].new);
		if (verify(&data, cert, &err) != SHVM_E_VERIFY)
			fail_msg("case %zu: \"%s\"", i, err.msg);
	}
}

#define ENVELOPED "<Transform Algorithm=\"" DSIG "enveloped-signature\"/>"
#define CANONICAL "<Transform Algorithm=\"" EXC "\"/>"

static const struct {
	const char *old, *new, *says;
} profiles[] = {
	{ "URI=\"\"", "URI=\"#a\"", "does not refer to the whole" },
	{ "URI=\"\"", "URI=\"http://localhost/x\"",
	  "does not refer to the "
	  "whole" },
	{ "URI=\"\"", "URI=\"file:///etc/hostname\"",
	  "does not refer to the "
	  "whole" },
	{ "URI=\"\"", "URI=\"#xpointer(/)\"", "does not refer to the whole" },
	{ "URI=\"\"", "", "the attribute URI is missing" },
	{ "URI=\"\"", "URI=\"\" Type=\"x\"", "unknown attribute \"Type\"" },
	{ ENVELOPED CANONICAL, CANONICAL ENVELOPED, "is not allowed" },
	{ ENVELOPED, "", "is not allowed" },
	{ CANONICAL, "", "Transform is missing" },
	{ CANONICAL, CANONICAL CANONICAL, "an unexpected Transform" },
	{ CANONICAL,
	  "<Transform Algorithm=\"http://www.w3.org/TR/2001/"
	  "REC-xml-c14n-20010315\"/>",
	  "is not allowed" },
	{ CANONICAL,
	  "<Transform Algorithm=\"http://www.w3.org/TR/1999/"
	  "REC-xslt-19991116\"/>",
	  "is not allowed" },
	{ ENVELOPED,
	  "<Transform Algorithm=\"http://www.w3.org/TR/1999/"
	  "REC-xpath-19991116\"><XPath>self::a</XPath></Transform>",
	  "is not allowed" },
	{ CANONICAL,
	  "<Transform Algorithm=\"" EXC "\"><InclusiveNamespaces xmlns=\"" EXC
	  "\" PrefixList=\"x\"/></Transform>",
	  "has parameters" },
	{ "<Transforms>", "<Transforms x=\"\">", "unknown attribute" },
	{ "</Transforms>", "</Transforms><q/>", "contains q where" },
	{ "Method Algorithm=\"" EXC, "Method Algorithm=\"" EXC "x",
	  "is not allowed" },
	{ "xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256",
	  "is not allowed" },
	{ "xmldsig-more#rsa-sha256", "xmldsig-more#rsa-md5", "is not allowed" },
	{ "http://www.w3.org/2001/04/xmlenc#sha256", DSIG "sha1",
	  "is not allowed" },
	{ "</Reference>", "</Reference><Reference URI=\"#a\"/>",
	  "an unexpected Reference" },
	{ "</DigestValue>", "</DigestValue><q/>", "an unexpected q" },
	{ "<SignedInfo>", "<SignedInfo z=\"\">", "unknown attribute" },
};

/* Each signed properly by the key that is asked about: only the profile is in
 * the way. */
static void only_the_profile_is_accepted(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(profiles); i++) {
		AUTO_DONE(buf) data = { 0 };
		struct shvm_err err = { 0 };
		int r;

		make(&data);
		kps_replace(&data, profiles[i].old, profiles[i].new);
		sign_again(&data, key);
		r = verify(&data, cert, &err);
		if (r == SHVM_OK || r == SHVM_E_VERIFY ||
		    !strstr(err.msg, profiles[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
	}
}

/* The signed document is kept whole somewhere, and another one is read. */
static void signature_wrapping_is_refused(void **state)
{
	static const struct {
		const char *old, *new, *says;
	} cases[] = {
		/* the original below a new root, where its ID is still found */
		{ "<doc ", "<doc xmlns=\"urn:doc\"><doc ", "has no ds:Sig" },
		/* the same ID twice, in every spelling that is taken for one */
		{ "<a>", "<a ID=\"m\">", "appears more than once" },
		{ "<a>", "<a Id=\"m\">", "appears more than once" },
		{ "<a>", "<a id=\"m\">", "appears more than once" },
		{ "<a>", "<a xml:id=\"m\">", "appears more than once" },
		/* a second signature, a signature in a signature */
		{ "</doc>", "<Signature xmlns=\"" DSIG "\"/></doc>",
		  "second signature" },
		{ "</Signature>", "<Object><a/></Object></Signature>",
		  "an unexpected Object" },
		{ "<Signature ", "<Signature y=\"\" ", "unknown attribute" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_DONE(buf) data = { 0 };
		struct shvm_err err = { 0 };

		make(&data);
		kps_replace(&data, "URI=\"\"", "URI=\"#m\"");
		sign_again(&data, key);
		kps_replace(&data, cases[i].old, cases[i].new);
		if (i == 0)
			buf_add_text(&data, "</doc>");
		if (verify(&data, cert, &err) != SHVM_E_FORMAT ||
		    !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: \"%s\"", i, err.msg);
	}
}

/* The classic: a new root that carries the old signature at its place, and
 * the document that was signed as an element. */
static void a_moved_document_is_refused(void **state)
{
	AUTO_DONE(buf) data = { 0 };
	AUTO_DONE(buf) moved = { 0 };
	struct shvm_err err = { 0 };
	const char *body, *signature;

	(void)state;
	make(&data);
	kps_replace(&data, "URI=\"\"", "URI=\"#m\"");
	sign_again(&data, key);
	buf_add(&data, "", 1);
	body = strstr((const char *)data.data, "<doc ");
	signature = strstr(body, "<Signature ");
	buf_add_text(&moved, "<doc xmlns=\"urn:doc\" ID=\"evil\">");
	buf_add(&moved, body, (size_t)(signature - body));
	buf_add_text(&moved, "</doc>");
	buf_add_text(&moved, signature);
	assert_int_equal(verify(&moved, cert, &err), SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "does not refer to the whole"));
	assert_string_equal(err.reason, "bad-signature-profile");
}

static void key_info_is_read_and_not_trusted(void **state)
{
	AUTO(xml_ptr) doc = NULL;
	AUTO_DONE(xmldsig) s = { 0 };
	AUTO_DONE(buf) data = { 0 };
	AUTO_DONE(buf) der = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	make(&data);
	assert_int_equal(xml_parse(data.data, data.len, 0, "doc", &doc, NULL),
			 0);
	assert_int_equal(xmldsig_find(doc, &s, &err), 0);
	assert_int_equal(s.cert_count, 1);
	assert_int_equal(key_cert_encode(cert, &der, NULL), 0);
	assert_int_equal(der.len, s.certs[0].len);
	assert_memory_equal(der.data, s.certs[0].data, der.len);
	/* KeyInfo names the right key, and the answer is still about ours. */
	assert_int_equal(xmldsig_verify(&s, other_cert, &err), SHVM_E_VERIFY);
}

static void too_many_certificates_are_refused(void **state)
{
	AUTO_DONE(buf) data = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	make(&data);
	for (int i = 0; i < XMLDSIG_CERTS_MAX; i++)
		kps_replace(
			&data, "<X509Data>",
			"<X509Data><X509Certificate>AA==</X509Certificate>");
	assert_int_equal(verify(&data, cert, &err), SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "too many certificates"));
}

static void only_rsa_signs(void **state)
{
	AUTO(pkey_ptr) ec = kps_key_file("test-only-p256.pem");
	AUTO(xml_ptr) doc = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(xml_new("urn:doc", NULL, "doc", &doc, NULL), 0);
	assert_int_equal(xmldsig_sign(doc, ec, cert, &err), SHVM_E_CRYPTO);
	assert_non_null(strstr(err.msg, "not RSA"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signed_document_verifies),
		cmocka_unit_test(a_reference_by_id_verifies),
		cmocka_unit_test(a_changed_document_does_not_verify),
		cmocka_unit_test(only_the_profile_is_accepted),
		cmocka_unit_test(signature_wrapping_is_refused),
		cmocka_unit_test(a_moved_document_is_refused),
		cmocka_unit_test(key_info_is_read_and_not_trusted),
		cmocka_unit_test(too_many_certificates_are_refused),
		cmocka_unit_test(only_rsa_signs),
	};

	return cmocka_run_group_tests_name("xmldsig", tests, set_up, tear_down);
}
