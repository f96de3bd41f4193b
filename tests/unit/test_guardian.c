/* SPDX-License-Identifier: MIT */
/* Guardian metadata: written, read again, and refused when it is wrong. */
#include "pdk/kps_xml.h"
#include "tests/unit/support_kps.h"
#include "tests/unit/support_schema.h"

#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
/* after the headers that it needs */
#include <cmocka.h>

static const struct shvm_trust any_root = {
	.allow_untrusted_root = true,
};

static struct shvm_guardian *owner, *fabric;

static int set_up(void **state)
{
	(void)state;
	owner = kps_guardian(0);
	fabric = kps_guardian(1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	shvm_guardian_free(owner);
	shvm_guardian_free(fabric);
	return 0;
}

static void a_new_guardian_is_read_back(void **state)
{
	AUTO(guardian_ptr) g = NULL;
	AUTO_DONE(buf) again = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	if (shvm_guardian_decode(owner->xml.data, owner->xml.len, "g.xml",
				 &any_root, &g, &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(key_cert_equal(g->signing_cert, owner->signing_cert));
	assert_true(key_cert_equal(g->encryption_cert, owner->encryption_cert));
	assert_true(key_cert_equal(g->document_cert, owner->signing_cert));
	assert_string_equal(g->document_method, URI_RSA_SHA256);
	assert_string_equal(g->name, "g.xml");
	assert_int_equal(g->version, 1);

	/* The same content and key give the same bytes. */
	g->signing_key = owner->signing_key;
	assert_int_equal(guardian_encode(g, &again, &err), 0);
	g->signing_key = NULL;
	assert_int_equal(again.len, owner->xml.len);
	assert_memory_equal(again.data, owner->xml.data, again.len);
}

static void reads_behind_a_byte_order_mark(void **state)
{
	AUTO(guardian_ptr) g = NULL;
	AUTO_DONE(buf) data = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	buf_add_text(&data, "\xef\xbb\xbf");
	buf_add(&data, owner->xml.data, owner->xml.len);
	if (shvm_guardian_decode(data.data, data.len, "g", &any_root, &g,
				 &err) < 0)
		fail_msg("%s", err.msg);
}

#define NS "http://schemas.microsoft.com/kps/2014/07"
#define DSIG "http://www.w3.org/2000/09/xmldsig#"

/*
 * Damage to the text of a good document; the last ones are detected only by a
 * signature.
 */
static const struct {
	const char *old, *new;
	int code;
	const char *says;
	bool schema_too;
} documents[] = {
	{ NS, "urn:other", SHVM_E_FORMAT, "is no guardian's Metadata", true },
	{ " Version=\"1\"", "", SHVM_E_FORMAT,
	  "the attribute Version is "
	  "missing",
	  true },
	{ " Version=\"1\"", " Version=\"2\"", SHVM_E_UNSUPPORTED,
	  "version 2 is not understood", true },
	{ "<GuardianInformation>", "<X/><GuardianInformation>", SHVM_E_FORMAT,
	  "contains X where GuardianInformation", true },
	{ "<GuardianInformation>", "<GuardianInformation a=\"\">",
	  SHVM_E_FORMAT, "unknown attribute \"a\"", true },
	{ "<GuardianInformation>", "text<GuardianInformation>", SHVM_E_FORMAT,
	  "text between", true },
	{ "<Version>1</Version>", "", SHVM_E_FORMAT,
	  "where Version is expected", true },
	{ "<Version>1</Version>", "<Version>3</Version>", SHVM_E_UNSUPPORTED,
	  "version 3 is not understood", true },
	{ "<Version>1</Version>", "<Version>one</Version>", SHVM_E_FORMAT,
	  "\"one\" is not an unsigned", true },
	{ "<Version>1</Version>", "<Version b=\"\">1</Version>", SHVM_E_FORMAT,
	  "unknown attribute \"b\"", true },
	{ "<EncryptionCertificate>", "<EncryptionCertificate c=\"\">",
	  SHVM_E_FORMAT, "unknown attribute \"c\"", true },
	{ "<EncryptionCertificate>M", "<EncryptionCertificate>*", SHVM_E_FORMAT,
	  "bad base64", true },
	{ "<SigningCertificate>MI", "<SigningCertificate>MJ", SHVM_E_FORMAT,
	  "SigningCertificate", false },
	{ "<EncryptionCertificateSignature ",
	  "<EncryptionCertificateSignature d=\"\" ", SHVM_E_FORMAT,
	  "unknown attribute \"d\"", true },
	{ "<EncryptionCertificateSignature Algorithm=\"" URI_RSA_SHA256,
	  "<EncryptionCertificateSignature Algorithm=\"urn:e",
	  SHVM_E_UNSUPPORTED,
	  "EncryptionCertificateSignature: unknown algorithm \"urn:e\"",
	  false },
	{ "<EncryptionCertificateSignature Algorithm=\"" URI_RSA_SHA256,
	  "<EncryptionCertificateSignature Algorithm=\"" DSIG "rsa-sha1",
	  SHVM_E_UNSUPPORTED, "is refused: SHA-1", false },
	{ "rsa-sha256\"><SignatureValue>",
	  "rsa-sha256\"><Parameters/><SignatureValue>", SHVM_E_UNSUPPORTED,
	  "with parameters", false },
	{ "rsa-sha256\"><SignatureValue>", "rsa-sha384\"><SignatureValue>",
	  SHVM_E_VERIFY, "EncryptionCertificateSignature: the signature",
	  false },
	{ "<SigningCertificateSelfSignature Algorithm=\"" URI_RSA_SHA256,
	  "<SigningCertificateSelfSignature Algorithm=\"http://www.w3.org/"
	  "2001/04/xmldsig-more#rsa-sha512",
	  SHVM_E_VERIFY, "SigningCertificateSelfSignature: the signature",
	  false },
	{ "</GuardianInformation>",
	  "<OtherSigningCertificates><C/></OtherSigningCertificates>"
	  "</GuardianInformation>",
	  SHVM_E_FORMAT, "an unexpected C", true },
	{ "</GuardianInformation>", "<More/></GuardianInformation>",
	  SHVM_E_FORMAT, "an unexpected More", true },
	{ "<Signature xmlns=\"" DSIG "\">",
	  "<x xmlns=\"\"/><Signature xmlns=\"" DSIG "\">", SHVM_E_FORMAT,
	  "contains x where Signature is expected", true },
	{ "</Metadata>", "<more/></Metadata>", SHVM_E_VERIFY,
	  "the document's signature does not verify", false },
	{ "<Metadata ", "<Metadata more=\"x\" ", SHVM_E_VERIFY,
	  "the document's signature does not verify", false },
	{ "</GuardianInformation>",
	  "<OtherSigningCertificates/></GuardianInformation>", SHVM_E_VERIFY,
	  "the document's signature does not verify", false },
};

static void refuses_each_broken_document(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(documents); i++) {
		AUTO_DONE(buf) data = { 0 };
		struct shvm_guardian *g = NULL;
		struct shvm_err err = { 0 };
		int r;

		buf_add(&data, owner->xml.data, owner->xml.len);
		kps_replace(&data, documents[i].old, documents[i].new);
		r = shvm_guardian_decode(data.data, data.len, "g", &any_root,
					 &g, &err);
		if (r != documents[i].code ||
		    !strstr(err.msg, documents[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		assert_null(g);
		if (documents[i].schema_too &&
		    schema_accepts("docs/guardian.rng", data.data, data.len))
			fail_msg("case %zu: the schema is blind", i);
	}
}

/* Refused for what it is, and not only because its signature is broken. */
static bool decodes(const void *data, size_t len)
{
	AUTO(guardian_ptr) g = NULL;
	struct shvm_err err = { 0 };
	const int r = shvm_guardian_decode(data, len, "g", &any_root, &g, &err);

	return r == SHVM_OK || strstr(err.msg, "does not verify");
}

static void refuses_all_that_the_schema_refuses(void **state)
{
	(void)state;
	assert_true(schema_accepts("docs/guardian.rng", owner->xml.data,
				   owner->xml.len));
	assert_in_range(schema_refusals_agree("docs/guardian.rng",
					      owner->xml.data, owner->xml.len,
					      decodes),
			50, 1000);
}

/* A guardian of these certificates, checked; what came out is in err. */
static int check_certs(const struct kps_cert *signing,
		       const struct kps_cert *encryption,
		       const struct shvm_trust *trust, struct shvm_err *err)
{
	AUTO(guardian_ptr) made = kps_guardian(0);
	AUTO(guardian_ptr) g = NULL;
	AUTO_DONE(buf) xml = { 0 };
	AUTO_DONE(buf) der = { 0 };
	const struct algorithm *rsa =
		algorithm_find(ALGORITHM_SIGNATURE, URI_RSA_SHA256);

	X509_free(made->signing_cert);
	made->signing_cert = kps_make_cert(signing);
	X509_free(made->encryption_cert);
	made->encryption_cert = kps_make_cert(encryption);
	made->encryption_sig.value.len = made->self_sig.value.len = 0;
	assert_int_equal(key_cert_encode(made->encryption_cert, &der, NULL), 0);
	assert_int_equal(algorithm_sign(rsa, made->signing_key, der.data,
					der.len, &made->encryption_sig.value,
					NULL),
			 0);
	der.len = 0;
	assert_int_equal(key_cert_encode(made->signing_cert, &der, NULL), 0);
	assert_int_equal(algorithm_sign(rsa, made->signing_key, der.data,
					der.len, &made->self_sig.value, NULL),
			 0);
	assert_int_equal(guardian_encode(made, &xml, NULL), 0);
	return shvm_guardian_decode(xml.data, xml.len, "g", trust, &g, err);
}

static void checks_usage_strength_and_validity(void **state)
{
	static const struct shvm_trust lax = {
		.allow_untrusted_root = true,
		.allow_expired = true,
	};
	AUTO(pkey_ptr) weak = kps_key_file("test-only-rsa1024.pem");
	AUTO(pkey_ptr) ec = kps_key_file("test-only-p256.pem");
	const struct {
		struct kps_cert signing, encryption;
		int code, lax_code;
		const char *reason, *says;
	} cases[] = {
		{ { .key_usage = KU_DIGITAL_SIGNATURE },
		  { .key_usage = KU_DATA_ENCIPHERMENT },
		  0,
		  0,
		  NULL,
		  "" },
		{ { .subject = "s" }, { .subject = "e" }, 0, 0, NULL, "" },
		{ { .key_usage = KU_KEY_ENCIPHERMENT },
		  { .subject = "e" },
		  SHVM_E_CRYPTO,
		  SHVM_E_CRYPTO,
		  "key-usage",
		  "digitalSignature" },
		{ { .subject = "s" },
		  { .key_usage = KU_DIGITAL_SIGNATURE },
		  SHVM_E_CRYPTO,
		  SHVM_E_CRYPTO,
		  "key-usage",
		  "neither keyEncipherment nor" },
		{ { .from = -20, .to = -10 },
		  { .subject = "e" },
		  SHVM_E_VERIFY,
		  0,
		  "certificate-expired",
		  "expired at" },
		{ { .subject = "s" },
		  { .from = -20, .to = -10 },
		  SHVM_E_VERIFY,
		  0,
		  "certificate-expired",
		  "expired at" },
		{ { .from = 10, .to = 20 },
		  { .subject = "e" },
		  SHVM_E_VERIFY,
		  SHVM_E_VERIFY,
		  "not-yet-valid",
		  "" },
		{ { .subject = "s" },
		  { .from = 10, .to = 20 },
		  SHVM_E_VERIFY,
		  SHVM_E_VERIFY,
		  "not-yet-valid",
		  "" },
		{ { .subject = "s" },
		  { .key = weak },
		  SHVM_E_CRYPTO,
		  SHVM_E_CRYPTO,
		  "weak-key",
		  "encryption certificate: the RSA key has 1024 bits" },
		{ { .subject = "s" },
		  { .key = ec },
		  SHVM_E_CRYPTO,
		  SHVM_E_CRYPTO,
		  "key-type",
		  "encryption certificate: the key is EC" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct kps_cert s = cases[i].signing, e = cases[i].encryption;
		struct shvm_err err = { 0 };
		int r;

		s.subject = e.subject = "test";
		s.key = owner->signing_key;
		e.key = e.key ? e.key : owner->encryption_key;
		r = check_certs(&s, &e, &any_root, &err);
		if (r != cases[i].code || !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		if (cases[i].reason)
			assert_string_equal(err.reason, cases[i].reason);
		r = check_certs(&s, &e, &lax, &err);
		if (r != cases[i].lax_code)
			fail_msg("case %zu, lax: %d \"%s\"", i, r, err.msg);
	}
}

static void keys_must_match(void **state)
{
	static const struct shvm_key_source right = {
		.uri = "tests/data/keys/test-only-rsa2048-1.pem"
	};
	static const struct shvm_key_source wrong = {
		.uri = "tests/data/keys/test-only-rsa2048-2.pem"
	};
	AUTO(guardian_ptr) g = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(shvm_guardian_decode(owner->xml.data, owner->xml.len,
					      "g", &any_root, &g, &err),
			 0);
	assert_int_equal(shvm_guardian_set_keys(g, &wrong, NULL, &err),
			 SHVM_E_CRYPTO);
	assert_string_equal(err.reason, "key-mismatch");
	assert_int_equal(shvm_guardian_set_keys(g, &right, &right, &err),
			 SHVM_E_CRYPTO);
	assert_null(g->signing_key); /* all or nothing */
	assert_int_equal(shvm_guardian_set_keys(g, &right, &wrong, &err), 0);
	assert_non_null(g->signing_key);
	assert_non_null(g->encryption_key);
}

static int generate(const char *name, const char *host, uint32_t bits,
		    struct shvm_guardian **ret, struct shvm_err *err)
{
	const struct shvm_guardian_new_params params = { .name = name,
							 .host = host,
							 .bits = bits };

	return shvm_guardian_new(&params, ret, err);
}

static void names_must_be_file_names(void **state)
{
	static const char *const bad[] = { "", "a/b", "..", "a\nb", "a\\b" };
	struct shvm_guardian *g = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(guardian_assemble(bad[i], owner->signing_cert,
						   owner->signing_key,
						   owner->encryption_cert, NULL,
						   &g, &err),
				 SHVM_E_ARG);
		assert_non_null(strstr(err.msg, "it becomes a file name"));
		assert_null(g);
	}
	assert_int_equal(generate("ok", "a/b", 2048, &g, &err), SHVM_E_ARG);
	assert_int_equal(generate("ok", "host", 2047, &g, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "2047 bits"));
	assert_int_equal(generate("ok", "host", 4097, &g, &err), SHVM_E_ARG);
}

static void a_generated_guardian_is_as_windows_names_it(void **state)
{
	AUTO(guardian_ptr) g = NULL;
	struct shvm_cert_info t = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	if (generate("a guardian with a name of some length", "HOST-0123456789",
		     2048, &g, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(cert_info_init(&t, g->signing_cert, NULL), 0);
	assert_string_equal(t.subject,
			    "CN=Shielded VM Signing Certificate (a guardian "
			    "with a name of some length) (HOST-0123456789)");
	assert_int_equal(t.not_after - t.not_before, 3652 * INT64_C(86400));
	cert_info_done(&t);
	assert_int_equal(X509_get_key_usage(g->signing_cert),
			 KU_DIGITAL_SIGNATURE);
	assert_int_equal(X509_get_key_usage(g->encryption_cert),
			 KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT);
}

static void assemble_refuses_keys_of_another(void **state)
{
	struct shvm_guardian *g = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(guardian_assemble("x", owner->signing_cert,
					   fabric->signing_key,
					   owner->encryption_cert, NULL, &g,
					   &err),
			 SHVM_E_CRYPTO);
	assert_string_equal(err.reason, "key-mismatch");
	assert_non_null(strstr(err.msg, "signing key"));
	assert_int_equal(guardian_assemble("x", owner->signing_cert,
					   owner->signing_key,
					   owner->encryption_cert,
					   fabric->encryption_key, &g, &err),
			 SHVM_E_CRYPTO);
	assert_non_null(strstr(err.msg, "encryption key"));
	assert_null(g);
}

static void one_key_is_not_fit_for_both_roles(void **state)
{
	struct shvm_err err = { 0 };
	AUTO(x509_ptr) twin = X509_dup(owner->encryption_cert);

	(void)state;
	assert_int_equal(guardian_check_pair(owner->signing_cert,
					     owner->encryption_cert, &err),
			 SHVM_OK);
	assert_int_equal(X509_set_pubkey(twin,
					 X509_get0_pubkey(owner->signing_cert)),
			 1);
	assert_int_equal(guardian_check_pair(owner->signing_cert, twin, &err),
			 SHVM_E_CRYPTO);
	assert_string_equal(err.reason, "same-key");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_guardian_is_read_back),
		cmocka_unit_test(reads_behind_a_byte_order_mark),
		cmocka_unit_test(refuses_each_broken_document),
		cmocka_unit_test(refuses_all_that_the_schema_refuses),
		cmocka_unit_test(one_key_is_not_fit_for_both_roles),
		cmocka_unit_test(checks_usage_strength_and_validity),
		cmocka_unit_test(keys_must_match),
		cmocka_unit_test(names_must_be_file_names),
		cmocka_unit_test(a_generated_guardian_is_as_windows_names_it),
		cmocka_unit_test(assemble_refuses_keys_of_another),
	};

	return cmocka_run_group_tests_name("guardian", tests, set_up,
					   tear_down);
}
