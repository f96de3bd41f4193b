/* SPDX-License-Identifier: MIT */
/* unattend.xml: valid, complete, and closed to what it must not hold. */
#include "base/file.h"
#include "base/utf16.h"
#include "pdk/answer.h"
#include "tests/unit/support.h"
#include "tests/unit/support_answer.h"
#include "tests/unit/support_certs.h"
#include "tests/unit/support_kps.h"

#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct shvm_answer_windows_params plain = {
	.admin_password = answer_ask,
	.admin_password_ctx = (void *)(uintptr_t) "P@ssw0rd",
};

static void make(const struct shvm_answer_windows_params *p,
		 struct shvm_answer *a)
{
	struct shvm_err err = { 0 };

	*a = (struct shvm_answer){ 0 };
	if (shvm_answer_windows(p, a, &err) < 0)
		fail_msg("%s", err.msg);
	answer_validate(a, "docs/unattend.rng");
}

/* The value that sysprep leaves for this password. */
static void hides_the_administrators_password_as_sysprep_does(void **state)
{
	struct shvm_answer_windows_params p = plain;
	struct shvm_answer a;

	(void)state;
	make(&p, &a);
	assert_true(answer_holds(
		&a,
		"<AdministratorPassword>\n          "
		"<Value>UABAAHMAcwB3ADAAcgBkAEEAZABtAGkAbgBpAHMAdAByAGEAdABv"
		"AHIAUABhAHMAcwB3AG8AcgBkAA==</Value>"));
	assert_false(answer_holds(&a, "P@ssw0rd"));
	answer_keys_are(&a, "@ComputerName@");
	assert_int_equal(a.file_count, 0);
	shvm_answer_done(&a);

	p.admin_name = "tenant";
	make(&p, &a);
	assert_true(answer_holds(&a, "<Name>tenant</Name>"));
	assert_true(answer_holds(
		&a, "<Value>UABAAHMAcwB3ADAAcgBkAFAAYQBzAHMAdwBvAHIAZAA=</"));
	assert_false(answer_holds(&a, "<AdministratorPassword>"));
	shvm_answer_done(&a);
}

static void everything_at_once_is_valid(void **state)
{
	static const struct shvm_file scripts[] = {
		{ "first.ps1", (const uint8_t *)"1", 1 },
		{ "second2.BAT", (const uint8_t *)"2", 1 },
	};
	struct shvm_answer_windows_params p = plain;
	struct shvm_answer a;

	(void)state;
	p.product_key = true;
	p.domain = "corp.example";
	p.domain_user = "CORP\\join";
	p.domain_password = answer_ask;
	p.domain_password_ctx = (void *)(uintptr_t) "a<b>@Key@&\"c";
	p.domain_ou = "OU=vm,DC=corp,DC=example";
	p.static_ip = SHVM_STATIC_IP_ALL;
	p.adapters = 2;
	p.scripts = scripts;
	p.script_count = 2;
	p.locale = "de-DE";
	p.time_zone = "@TimeZone@";
	make(&p, &a);
	answer_keys_are(&a,
			"@ComputerName@ @ProductKey@ @TimeZone@ @MACAddr-1@ "
			"@IP4Addr-1@ @IP6Addr-1@ @Prefix-1-1@ @NextHop-1-1@ "
			"@MACAddr-2@ @IP4Addr-2@ @IP6Addr-2@ @Prefix-2-1@ "
			"@NextHop-2-1@ @DnsAddr-1-1@ @DnsAddr-2-1@");
	/* The fabric must not be able to rewrite a password. */
	assert_true(answer_holds(&a, "<Password>a&lt;b&gt;&#64;Key&#64;&amp;"
				     "&quot;c</Password>"));
	assert_true(answer_holds(&a, "<Domain>CORP</Domain>"));
	assert_true(answer_holds(&a, "<Username>join</Username>"));
	assert_true(answer_holds(&a, "<UILanguage>de-DE</UILanguage>"));
	assert_true(answer_holds(&a, "-File %SYSTEMDRIVE%\\temp\\first.ps1 "));
	assert_true(answer_holds(&a, "call %SYSTEMDRIVE%\\temp\\second2.BAT "));
	assert_int_equal(a.file_count, 2);
	assert_string_equal(a.files[1].name, "second2.BAT");
	shvm_answer_done(&a);
}

static void pools_ask_for_what_they_need(void **state)
{
	static const struct {
		enum shvm_static_ip ip;
		const char *keys;
	} cases[] = {
		{ SHVM_STATIC_IP_DNS_ONLY,
		  "@ComputerName@ @DnsAddr-1-1@ @MACAddr-1@" },
		{ SHVM_STATIC_IP_IPV4,
		  "@ComputerName@ @MACAddr-1@ @IP4Addr-1@ @Prefix-1-1@ "
		  "@NextHop-1-1@ @DnsAddr-1-1@" },
		{ SHVM_STATIC_IP_IPV6,
		  "@ComputerName@ @MACAddr-1@ @IP6Addr-1@ @Prefix-1-1@ "
		  "@NextHop-1-1@ @DnsAddr-1-1@" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct shvm_answer_windows_params p = plain;
		struct shvm_answer a;

		p.static_ip = cases[i].ip;
		make(&p, &a);
		answer_keys_are(&a, cases[i].keys);
		shvm_answer_done(&a);
	}
}

static void powers_off_last_and_removes_copies_before(void **state)
{
	struct shvm_answer a;
	const char *off, *del, *end;

	(void)state;
	make(&plain, &a);
	off = memmem(a.xml, a.xml_size, "shutdown.exe /s", 15);
	del = memmem(a.xml, a.xml_size, "echo del /s /f /q", 17);
	end = memmem(a.xml, a.xml_size, "</RunSynchronous>", 17);
	assert_true(off && del && end && del < off && off < end);
	assert_null(memmem(off, (size_t)(end - off), "<Path>", 6));
	shvm_answer_done(&a);
}

static void refuses_what_windows_would_not_take(void **state)
{
	static const struct shvm_file bad_end = { "a.exe", NULL, 0 };
	static const struct shvm_file bad_name = { "a&calc.bat", NULL, 0 };
	static const struct shvm_file dashed = { "-a.bat", NULL, 0 };
	static const struct shvm_file twice[] = { { "a.bat", NULL, 0 },
						  { "A.bat", NULL, 0 } };
	const struct {
		struct shvm_answer_windows_params p;
		const char *password, *says;
	} cases[] = {
		{ { 0 }, "", "administrator password is empty" },
		{ { 0 }, "a\x01", "administrator password is not one line" },
		{ { .admin_name = "" }, "a", "administrator name is empty" },
		{ { .admin_name = "a@b" }, "a", "has one of" },
		{ { .admin_name = "abcdefghijklmnopqrstu" },
		  "a",
		  "has more than 20 characters" },
		{ { .domain = "d" }, "a", "needs a user and a password" },
		{ { .domain_user = "u" }, "a", "needs the domain" },
		{ { .domain_ou = "u" }, "a", "needs the domain" },
		{ { .domain = "",
		    .domain_user = "u",
		    .domain_password = answer_ask },
		  "a",
		  "domain name is empty" },
		{ { .domain = "d",
		    .domain_user = "u\n",
		    .domain_password = answer_ask },
		  "a",
		  "domain user is not one line" },
		{ { .domain = "d",
		    .domain_user = "D\\",
		    .domain_password = answer_ask },
		  "a",
		  "domain user \"D\\\" is not USER" },
		{ { .domain = "d",
		    .domain_user = "@d",
		    .domain_password = answer_ask },
		  "a",
		  "domain user \"@d\" is not USER" },
		{ { .domain = "d",
		    .domain_user = "D\\a/b",
		    .domain_password = answer_ask },
		  "a",
		  "domain user \"a/b\" has one of" },
		{ { .domain = "d e",
		    .domain_user = "u",
		    .domain_password = answer_ask },
		  "a",
		  "domain name \"d e\" has a character" },
		{ { .domain = "d",
		    .domain_user = "u",
		    .domain_ou = "example.org/Servers",
		    .domain_password = answer_ask },
		  "a",
		  "is not a distinguished name" },
		{ { .admin_name = "guest" }, "a", "that Windows has" },
		{ { .time_zone = "Europe/Berlin" }, "a", "IANA" },
		{ { .time_zone = "Westeurop\xc3\xa4ische Zeit" },
		  "a",
		  "is not the identifier" },
		{ { 0 },
		  "a\xc2\x85",
		  "administrator password is not one line" },
		{ { 0 },
		  "\xef\xbb\xbf"
		  "a",
		  "administrator password is not one line" },
		{ { .time_zone = "a\nb" }, "a", "time zone is not one line" },
		{ { .locale = "de_DE" }, "a", "locale \"de_DE\"" },
		{ { .locale = "" }, "a", "locale is empty" },
		{ { .scripts = &bad_end, .script_count = 1 },
		  "a",
		  "neither .ps1 nor .bat" },
		{ { .scripts = &bad_name, .script_count = 1 },
		  "a",
		  "its name may have" },
		{ { .scripts = &dashed, .script_count = 1 },
		  "a",
		  "its name may have" },
		{ { .scripts = twice, .script_count = 2 },
		  "a",
		  "is there twice" },
		{ { .scripts = twice, .script_count = 51 }, "a", "51 scripts" },
		{ { .adapters = 1 }, "a", "needs a static IP" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct shvm_answer_windows_params p = cases[i].p;
		struct shvm_answer a = { 0 };
		struct shvm_err err = { 0 };
		int r;

		p.admin_password = answer_ask;
		p.admin_password_ctx = (void *)(uintptr_t)cases[i].password;
		r = shvm_answer_windows(&p, &a, &err);
		if (r != SHVM_E_ARG || !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		assert_null(a.xml);
	}
}

/* A PKCS#12 in a file of the program's folder; the caller frees the path. */
static char *pfx_write(X509 *cert, EVP_PKEY *key, const char *pass)
{
	/* A certificate of another key goes in as one of the chain. */
	const bool fits = !key || X509_check_private_key(cert, key) == 1;
	STACK_OF(X509) *chain = sk_X509_new_null();
	char *path = test_own_path("rdp.pfx");

	sk_X509_push(chain, cert);
	test_write_p12(path, key, fits ? cert : NULL, fits ? NULL : chain,
		       pass);
	sk_X509_free(chain);
	return path;
}

static X509 *rdp_cert(EVP_PKEY *key, const char *usage, long from, long to)
{
	const struct kps_cert c = {
		.subject = "rdp", .key = key, .from = from, .to = to
	};
	X509 *cert = kps_make_cert(&c);

	if (usage) {
		X509_EXTENSION *e =
			X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage,
					    usage);

		assert_non_null(e);
		assert_int_equal(X509_add_ext(cert, e, -1), 1);
		X509_EXTENSION_free(e);
		assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	}
	return cert;
}

static void rdp_certificate_is_checked(void **state)
{
	static const struct {
		const char *usage; /* NULL: no extension */
		long from, to;	   /* days from now */
		const char *pass;
		enum {
			OWN,
			NONE,
			FOREIGN
		} key;
		const char *says; /* NULL: it is taken */
	} cases[] = {
		{ "serverAuth", -1, 10, "pfx pass", OWN, NULL },
		{ "clientAuth,serverAuth", -1, 10, "pfx pass", OWN, NULL },
		{ "clientAuth", -1, 10, "pfx pass", OWN,
		  "not for server authentication" },
		{ NULL, -1, 10, "pfx pass", OWN,
		  "not for server authentication" },
		{ "serverAuth", -10, -1, "pfx pass", OWN, "has expired" },
		{ "serverAuth", 1, 10, "pfx pass", OWN, "not yet valid" },
		{ "serverAuth", -1, 10, "other", OWN,
		  "the passphrase is wrong" },
		{ "serverAuth", -1, 10, "pfx pass", NONE,
		  "contains no private key" },
		{ "serverAuth", -1, 10, "pfx pass", FOREIGN,
		  "the private key does not belong to certificate" },
		{ "serverAuth", -1, 10, "", OWN, "empty passphrase" },
	};
	EVP_PKEY *key = kps_key(0), *foreign = kps_key(1);
	EVP_PKEY *const keys[] = { key, NULL, foreign };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct shvm_answer_windows_params p = plain;
		X509 *cert = rdp_cert(key, cases[i].usage, cases[i].from,
				      cases[i].to);
		struct shvm_answer a = { 0 };
		struct shvm_err err = { 0 };
		AUTOFREE char *path =
			pfx_write(cert, keys[cases[i].key], "pfx pass");
		int r;

		p.rdp_certificate = (struct shvm_key_source){
			.uri = path,
			.passphrase = answer_ask,
			.passphrase_ctx = (void *)(uintptr_t)cases[i].pass
		};
		r = shvm_answer_windows(&p, &a, &err);
		if (!cases[i].says ? r != 0
				   : r != SHVM_E_CRYPTO ||
					     !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		if (r < 0)
			assert_string_equal(err.reason, "rdp-certificate");
		shvm_answer_done(&a);
		X509_free(cert);
	}
	EVP_PKEY_free(key);
	EVP_PKEY_free(foreign);
}

static void rdp_file_of_two_keys_is_refused(void **state)
{
	struct shvm_answer_windows_params p = plain;
	EVP_PKEY *key = kps_key(0), *other = kps_key(1);
	AUTOFREE char *path = test_own_path("rdp.pfx");
	struct shvm_answer a = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	test_write_p12_of_two(path, key, other, true, "pfx pass");
	p.rdp_certificate = (struct shvm_key_source){
		.uri = path,
		.passphrase = answer_ask,
		.passphrase_ctx = (void *)(uintptr_t) "pfx pass"
	};
	assert_int_equal(shvm_answer_windows(&p, &a, &err), SHVM_E_CRYPTO);
	assert_non_null(strstr(err.msg, "rdp.pfx: contains 2 private keys"));
	assert_string_equal(err.reason, "rdp-certificate");
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
}

static void rdp_brings_certificate_and_script(void **state)
{
	EVP_PKEY *key = kps_key(0);
	X509 *cert = rdp_cert(key, "serverAuth", -1, 10);
	struct shvm_answer_windows_params p = plain;
	struct shvm_answer a;
	AUTOFREE char *path = pfx_write(cert, key, "pw'\"$");

	(void)state;
	p.rdp_certificate = (struct shvm_key_source){
		.uri = path,
		.passphrase = answer_ask,
		.passphrase_ctx = (void *)(uintptr_t) "pw'\"$"
	};
	make(&p, &a);
	assert_int_equal(a.file_count, 2);
	assert_string_equal(a.files[0].name, "RDPCertificate.pfx");
	assert_string_equal(a.files[1].name, "RDPCertificateConfig.ps1");
	/* base64 of UTF-16LE of pw'"$ */
	assert_non_null(memmem(a.files[1].data, a.files[1].size,
			       "('cAB3ACcAIgAkAA==')", 20));
	assert_null(memmem(a.files[1].data, a.files[1].size, "pw'\"$", 5));
	assert_true(answer_holds(&a, "temp\\RDPCertificateConfig.ps1 "));
	shvm_answer_done(&a);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void rdp_file_must_be_a_pkcs12(void **state)
{
	struct shvm_answer_windows_params p = plain;
	struct shvm_answer a = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	p.rdp_certificate =
		(struct shvm_key_source){ .uri = "docs/unattend.rng",
					  .passphrase = answer_ask,
					  .passphrase_ctx =
						  (void *)(uintptr_t) "x" };
	assert_int_equal(shvm_answer_windows(&p, &a, &err), SHVM_E_CRYPTO);
	assert_non_null(strstr(err.msg, "is not a PKCS#12 file"));
	p.rdp_certificate.uri = "/nonexistent";
	assert_int_equal(shvm_answer_windows(&p, &a, &err), SHVM_E_IO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			hides_the_administrators_password_as_sysprep_does),
		cmocka_unit_test(everything_at_once_is_valid),
		cmocka_unit_test(pools_ask_for_what_they_need),
		cmocka_unit_test(powers_off_last_and_removes_copies_before),
		cmocka_unit_test(refuses_what_windows_would_not_take),
		cmocka_unit_test(rdp_certificate_is_checked),
		cmocka_unit_test(rdp_file_of_two_keys_is_refused),
		cmocka_unit_test(rdp_brings_certificate_and_script),
		cmocka_unit_test(rdp_file_must_be_a_pkcs12),
	};

	return cmocka_run_group_tests_name("answer_windows", tests, NULL, NULL);
}
