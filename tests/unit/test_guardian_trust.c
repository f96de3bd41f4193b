/* SPDX-License-Identifier: MIT */
/* Who may speak for a guardian: fingerprint, CA, or an explicit yes to all. */
#include "base/file.h"
#include "base/xmldsig.h"
#include "tests/unit/support.h"
#include "tests/unit/support_certs.h"
#include "tests/unit/support_kps.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
/* after the headers that it needs */
#include <cmocka.h>

static EVP_PKEY *ca_key, *middle_key, *stranger_key;
static X509 *ca, *middle, *stranger;
static char *ca_file, *stranger_file;

static int set_up(void **state)
{
	(void)state;
	ca_key = kps_key(2);
	middle_key = kps_key(3);
	stranger_key = kps_key(4);
	ca = kps_make_cert(&(struct kps_cert){
		.subject = "CA", .key = ca_key, .is_ca = true });
	middle = kps_make_cert(&(struct kps_cert){ .subject = "Middle",
						   .key = middle_key,
						   .is_ca = true,
						   .issuer = ca,
						   .issuer_key = ca_key });
	stranger = kps_make_cert(&(struct kps_cert){
		.subject = "Stranger", .key = stranger_key, .is_ca = true });
	ca_file = test_own_path("ca.pem");
	stranger_file = test_own_path("stranger.pem");
	test_write_cert(ca_file, ca, false);
	test_write_cert(stranger_file, stranger, false);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(ca_file);
	free(stranger_file);
	X509_free(ca);
	X509_free(middle);
	X509_free(stranger);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(middle_key);
	EVP_PKEY_free(stranger_key);
	return 0;
}

/* A guardian whose signing certificate the CA issued. */
static struct shvm_guardian *issued(X509 *issuer, EVP_PKEY *issuer_key,
				    long from, long to)
{
	AUTO(pkey_ptr) signing_key = kps_key(0);
	AUTO(pkey_ptr) encryption_key = kps_key(1);
	AUTO(x509_ptr)
	signing = kps_make_cert(
		&(struct kps_cert){ .subject = "HGS signing",
				    .key_usage = KU_DIGITAL_SIGNATURE,
				    .key = signing_key,
				    .from = from,
				    .to = to,
				    .issuer = issuer,
				    .issuer_key = issuer_key });
	AUTO(x509_ptr)
	encryption = kps_make_cert(&(struct kps_cert){
		.subject = "HGS encryption", .key = encryption_key });
	struct shvm_guardian *g = NULL;
	struct shvm_err err = { 0 };

	if (guardian_assemble("hgs", signing, signing_key, encryption,
			      encryption_key, &g, &err) < 0)
		fail_msg("%s", err.msg);
	return g;
}

/* The document of g, with these other certificates, signed by this one. */
static void encode(struct shvm_guardian *g, X509 *others, X509 *signer,
		   EVP_PKEY *signer_key, struct buf *ret)
{
	AUTO(xml_ptr) doc = NULL;
	struct xml_node *n;

	if (others) {
		g->others = sk_X509_new_null();
		assert_non_null(g->others);
		assert_int_equal(X509_up_ref(others), 1);
		assert_true(sk_X509_push(g->others, others) > 0);
	}
	g->xml.len = 0;
	assert_int_equal(guardian_encode(g, &g->xml, NULL), 0);
	if (!signer) {
		buf_add(ret, g->xml.data, g->xml.len);
		return;
	}
	assert_int_equal(xml_parse(g->xml.data, g->xml.len, 0, "g", &doc, NULL),
			 0);
	n = xml_next(xml_first(xml_root(doc)));
	assert_true(
		xml_is(n, "http://www.w3.org/2000/09/xmldsig#", "Signature"));
	xml_remove(n);
	assert_int_equal(xmldsig_sign(doc, signer_key, signer, NULL), 0);
	assert_int_equal(xml_write(doc, false, ret, NULL), 0);
}

static int decode(const struct buf *xml, const struct shvm_trust *trust,
		  struct shvm_err *err)
{
	AUTO(guardian_ptr) g = NULL;

	return shvm_guardian_decode(xml->data, xml->len, "g", trust, &g, err);
}

static char *fingerprint(X509 *cert, char text[65])
{
	struct shvm_cert_info t = { 0 };

	assert_int_equal(cert_info_init(&t, cert, NULL), 0);
	memcpy(text, t.sha256, 65);
	cert_info_done(&t);
	return text;
}

/* Start again with this CA and these fingerprints; each may be NULL. */
static void trust_only(struct shvm_trust **t, const char *ca_path,
		       const char *print, const char *other)
{
	struct shvm_err err = { 0 };

	shvm_trust_free(*t);
	assert_ok(shvm_trust_new(t, &err), err);
	if (ca_path)
		assert_ok(shvm_trust_add_ca(*t, ca_path, &err), err);
	if (print)
		assert_ok(shvm_trust_add_fingerprint(*t, print, &err), err);
	if (other)
		assert_ok(shvm_trust_add_fingerprint(*t, other, &err), err);
}

static void nothing_given_trusts_nobody(void **state)
{
	AUTO(guardian_ptr) g = issued(NULL, NULL, 0, 0);
	static const struct shvm_trust strict = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(decode(&g->xml, &strict, &err), SHVM_E_VERIFY);
	assert_string_equal(err.reason, "untrusted-guardian");
	assert_non_null(strstr(err.msg, "neither a CA nor a fingerprint"));
	assert_int_equal(decode(&g->xml, NULL, &err), SHVM_E_VERIFY);
}

static void a_fingerprint_decides(void **state)
{
	AUTO(guardian_ptr) g = issued(NULL, NULL, 0, 0);
	char good[65], bad[65], colons[96] = "";
	AUTO(trust_ptr) t = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	fingerprint(g->signing_cert, good);
	fingerprint(g->encryption_cert, bad); /* not the signing one */
	trust_only(&t, NULL, good, NULL);
	assert_int_equal(decode(&g->xml, t, &err), 0);
	for (int i = 0; i < 32; i++) {
		(void)snprintf(colons + 3 * i, 4, "%.2s%s", good + 2 * i,
			       i < 31 ? ":" : "");
	}
	trust_only(&t, NULL, colons, NULL);
	assert_int_equal(decode(&g->xml, t, &err), 0);
	trust_only(&t, NULL, bad, NULL);
	assert_int_equal(decode(&g->xml, t, &err), SHVM_E_VERIFY);
	assert_non_null(strstr(err.msg, "none of the fingerprints"));
	trust_only(&t, NULL, bad, good);
	assert_int_equal(decode(&g->xml, t, &err), 0);
	good[63] = '\0';
	assert_int_equal(shvm_trust_add_fingerprint(t, good, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "64 hexadecimal digits"));
}

static void a_chain_to_the_ca_decides(void **state)
{
	AUTO(guardian_ptr) direct = issued(ca, ca_key, 0, 0);
	AUTO(guardian_ptr) deep = issued(middle, middle_key, 0, 0);
	AUTO_DONE(buf) with_middle = { 0 };
	AUTO(trust_ptr) t = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	trust_only(&t, ca_file, NULL, NULL);
	if (decode(&direct->xml, t, &err) < 0)
		fail_msg("%s", err.msg);
	/*
	 * The intermediate certificate is missing, and is then supplied in the
	 * document.
	 */
	assert_int_equal(decode(&deep->xml, t, &err), SHVM_E_VERIFY);
	assert_non_null(strstr(err.msg, "issuer certificate"));
	encode(deep, middle, NULL, NULL, &with_middle);
	if (decode(&with_middle, t, &err) < 0)
		fail_msg("%s", err.msg);

	trust_only(&t, stranger_file, NULL, NULL);
	assert_int_equal(decode(&direct->xml, t, &err), SHVM_E_VERIFY);
	assert_string_equal(err.reason, "untrusted-guardian");
	shvm_trust_allow_untrusted_root(t);
	assert_int_equal(decode(&direct->xml, t, &err), 0);
	assert_int_equal(shvm_trust_add_ca(t, "/nonexistent/ca.pem", &err),
			 SHVM_E_IO);
}

/* An HGS signs the document with a certificate of its own. */
static void a_document_signer_needs_trust_of_its_own(void **state)
{
	AUTO(guardian_ptr) g = issued(ca, ca_key, 0, 0);
	AUTO(x509_ptr)
	node = kps_make_cert(&(struct kps_cert){ .subject = "HGS node",
						 .key = stranger_key,
						 .issuer = ca,
						 .issuer_key = ca_key });
	AUTO_DONE(buf) by_node = { 0 };
	AUTO_DONE(buf) by_stranger = { 0 };
	AUTO_DONE(buf) listed = { 0 };
	char signing[65], other[65];
	AUTO(trust_ptr) t = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	trust_only(&t, ca_file, NULL, NULL);
	fingerprint(g->signing_cert, signing);
	encode(g, NULL, node, stranger_key, &by_node);
	if (decode(&by_node, t, &err) < 0)
		fail_msg("%s", err.msg);

	/* The guardian is pinned; KeyInfo contains an unknown key. */
	encode(g, NULL, stranger, stranger_key, &by_stranger);
	trust_only(&t, NULL, signing, NULL);
	assert_int_equal(decode(&by_stranger, t, &err), SHVM_E_VERIFY);
	assert_non_null(strstr(err.msg, "the document's signer"));
	assert_non_null(strstr(err.msg, "is not trusted"));
	fingerprint(stranger, other);
	trust_only(&t, NULL, signing, other);
	if (decode(&by_stranger, t, &err) < 0)
		fail_msg("%s", err.msg);

	/*
	 * To be listed as another signer does not help either: the author of
	 * the document also wrote the list.
	 */
	encode(g, stranger, stranger, stranger_key, &listed);
	trust_only(&t, NULL, signing, NULL);
	assert_int_equal(decode(&listed, t, &err), SHVM_E_VERIFY);
	assert_non_null(strstr(err.msg, "the document's signer"));
	trust_only(&t, stranger_file, signing, NULL);
	if (decode(&listed, t, &err) < 0)
		fail_msg("%s", err.msg);
}

/* Without KeyInfo all known certificates are tried. */
static void a_listed_signer_is_found_without_key_info(void **state)
{
	AUTO(guardian_ptr) g = issued(ca, ca_key, 0, 0);
	AUTO_DONE(buf) xml = { 0 };
	AUTO(xml_ptr) doc = NULL;
	AUTO_DONE(buf) bare = { 0 };
	const struct shvm_trust t = { .allow_untrusted_root = true };
	struct xml_node *n;
	struct shvm_err err = { 0 };

	(void)state;
	encode(g, stranger, stranger, stranger_key, &xml);
	assert_int_equal(xml_parse(xml.data, xml.len, 0, "g", &doc, NULL), 0);
	n = xml_first(xml_next(xml_first(xml_root(doc))));
	while (strcmp(xml_name(n), "KeyInfo") != 0)
		n = xml_next(n);
	xml_remove(n);
	assert_int_equal(xml_write(doc, false, &bare, NULL), 0);
	if (decode(&bare, &t, &err) < 0)
		fail_msg("%s", err.msg);
	kps_replace(&bare, "Version=\"1\"", "Version=\"1\" x=\"\"");
	assert_int_equal(decode(&bare, &t, &err), SHVM_E_VERIFY);
	assert_non_null(strstr(err.msg, "does not verify"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_given_trusts_nobody),
		cmocka_unit_test(a_fingerprint_decides),
		cmocka_unit_test(a_chain_to_the_ca_decides),
		cmocka_unit_test(a_document_signer_needs_trust_of_its_own),
		cmocka_unit_test(a_listed_signer_is_found_without_key_info),
	};

	return cmocka_run_group_tests_name("guardian_trust", tests, set_up,
					   tear_down);
}
