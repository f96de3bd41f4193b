/* SPDX-License-Identifier: MIT */
/* The object that says which certificates are trusted. */
#include "support.h"

#include "signer/trust.h"
#include "support_certs.h"

#include <string.h>
#include <unistd.h>

static int enter(void **state)
{
	AUTO(pkey_ptr) key = test_key("EC:P-256");
	AUTO(pkey_ptr) other = test_key("EC:P-384");
	AUTO(x509_ptr)
	cert = test_cert(&(struct test_cert){ .cn = "Signer", .key = key });
	AUTO(x509_ptr)
	stranger =
		test_cert(&(struct test_cert){ .cn = "Other", .key = other });

	(void)state;
	test_own_folder_enter();
	test_write_cert("cert.pem", cert, false);
	test_write_cert("other.pem", stranger, false);
	return 0;
}

static X509 *load(const char *path)
{
	struct shvm_err err = { 0 };
	X509 *cert = NULL;

	assert_ok(key_load_leaf(path, &cert, &err), err);
	return cert;
}

static struct shvm_trust *new_trust(void)
{
	struct shvm_trust *trust = NULL;
	struct shvm_err err = { 0 };

	assert_ok(shvm_trust_new(&trust, &err), err);
	assert_false(trust_has_anchor(trust));
	return trust;
}

static void reads_a_file_once(void **state)
{
	AUTO(trust_ptr) trust = new_trust();
	AUTO(x509_ptr) cert = load("cert.pem");
	AUTO(x509_ptr) other = load("other.pem");
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(rename("cert.pem", "away.pem"), 0);
	assert_failed(shvm_trust_add_signer(trust, "cert.pem", &err), err,
		      SHVM_E_IO, "cert.pem");
	assert_false(trust_has_anchor(trust));
	assert_int_equal(rename("away.pem", "cert.pem"), 0);
	assert_ok(shvm_trust_add_signer(trust, "cert.pem", &err), err);
	assert_int_equal(rename("cert.pem", "away.pem"), 0);
	assert_true(trust_has_anchor(trust));
	assert_true(trust_is_pinned(trust, cert));
	assert_false(trust_is_pinned(trust, other));
	assert_int_equal(rename("away.pem", "cert.pem"), 0);
}

/* A CA is an anchor, but no certificate is trusted for being one's own CA. */
static void tells_a_ca_from_a_signer(void **state)
{
	AUTO(trust_ptr) trust = new_trust();
	AUTO(x509_ptr) cert = load("cert.pem");
	struct shvm_err err = { 0 };

	(void)state;
	assert_ok(shvm_trust_add_tsa_ca(trust, "cert.pem", &err), err);
	assert_false(trust_has_anchor(trust));
	assert_ok(shvm_trust_add_ca(trust, "cert.pem", &err), err);
	assert_true(trust_has_anchor(trust));
	assert_false(trust_is_pinned(trust, cert));
}

static void knows_certificates_by_their_fingerprints(void **state)
{
	static const char *const bad[] = { "", "00", "zz", ":" };
	AUTO(trust_ptr) trust = new_trust();
	AUTO(x509_ptr) cert = load("cert.pem");
	AUTO(x509_ptr) other = load("other.pem");
	struct shvm_err err = { 0 };
	unsigned char digest[32];
	char hex[200] = "";

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_failed(shvm_trust_add_fingerprint(trust, bad[i], &err),
			      err, SHVM_E_ARG, "64 hexadecimal digits");
		assert_false(trust_has_anchor(trust));
	}
	assert_int_equal(X509_digest(cert, EVP_sha256(), digest, NULL), 1);
	for (size_t i = 0; i < sizeof(digest); i++)
		(void)snprintf(hex + strlen(hex), sizeof(hex) - strlen(hex),
			       "%s%02X", i ? ":" : "", digest[i]);
	assert_ok(shvm_trust_add_fingerprint(trust, hex, &err), err);
	(void)strcat(hex, "0");
	assert_failed(shvm_trust_add_fingerprint(trust, hex, &err), err,
		      SHVM_E_ARG, "64 hexadecimal digits");
	assert_true(trust_has_anchor(trust));
	assert_true(trust_is_pinned(trust, cert));
	assert_false(trust_is_pinned(trust, other));
}

static void refuses_what_is_no_oid(void **state)
{
	AUTO(trust_ptr) trust = new_trust();
	struct shvm_err err = { 0 };

	(void)state;
	assert_ok(shvm_trust_set_eku(trust, "1.3.6.1.5.5.7.3.3", &err), err);
	assert_failed(shvm_trust_set_eku(trust, "codeSigning", &err), err,
		      SHVM_E_ARG, "\"codeSigning\" is not an OID");
	assert_string_equal(trust->eku, "1.3.6.1.5.5.7.3.3");
	assert_ok(shvm_trust_set_eku(trust, NULL, &err), err);
	assert_null(trust->eku);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_file_once),
		cmocka_unit_test(tells_a_ca_from_a_signer),
		cmocka_unit_test(knows_certificates_by_their_fingerprints),
		cmocka_unit_test(refuses_what_is_no_oid),
	};

	return cmocka_run_group_tests_name("trust", tests, enter, NULL);
}
