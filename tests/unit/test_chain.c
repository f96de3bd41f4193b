/* SPDX-License-Identifier: MIT */
/* Chains of signers and guardians are strong in every certificate, or none. */
#include "signer/chain.h"

#include "pdk/guardian.h"
#include "signer/cms.h"
#include "support_certs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Root signs middle, middle signs leaf. */
struct made {
	X509 *root, *middle, *leaf;
	EVP_PKEY *key; /* of the leaf */
};

struct weakness {
	const char *root, *middle, *leaf;	 /* kinds of keys */
	const char *middle_digest, *leaf_digest; /* NULL: SHA-256 */
	const char *says;			 /* NULL: strong */
};

static const struct weakness cases[] = {
	{ "RSA:2048", "EC:P-384", "RSA:2048", NULL, NULL, NULL },
	{ "EC:P-256", "RSA:2048", "EC:P-256", "SHA384", "SHA512", NULL },
	{ "RSA:2048", "EC:P-384", "RSA:2048", NULL, "SHA1",
	  "CA signature digest algorithm too weak" },
	{ "RSA:2048", "EC:P-384", "RSA:2048", "SHA1", NULL,
	  "CA signature digest algorithm too weak" },
	{ "RSA:2048", "RSA:2048", "RSA:2048", NULL, "MD5",
	  "CA signature digest algorithm too weak" },
	{ "RSA:2048", "RSA:2048", "RSA:2048", "MD5", NULL,
	  "CA signature digest algorithm too weak" },
	{ "RSA:2048", "RSA:1024", "RSA:2048", NULL, NULL,
	  "CA certificate key too weak" },
	{ "RSA:1024", "RSA:2048", "RSA:2048", NULL, NULL,
	  "CA certificate key too weak" },
	{ "RSA:2048", "RSA:2048", "RSA:1024", NULL, NULL,
	  "EE certificate key too weak" },
	{ "RSA:2048", "RSA exponent 1", "EC:P-256", NULL, NULL,
	  "CA certificate key too weak" },
	{ "RSA exponent 1", "RSA:2048", "EC:P-256", NULL, NULL,
	  "CA certificate key too weak" },
};

static void make(const struct weakness *w, struct made *ret)
{
	AUTO(pkey_ptr) root = test_key(w->root);
	AUTO(pkey_ptr) middle = test_key(w->middle);

	ret->key = test_key(w->leaf);
	ret->root = test_cert(
		&(struct test_cert){ .cn = "Root", .key = root, .ca = true });
	ret->middle = test_cert(&(struct test_cert){
		.cn = "Middle",
		.key = middle,
		.issuer = ret->root,
		.issuer_key = root,
		.md = w->middle_digest ? EVP_get_digestbyname(w->middle_digest)
				       : NULL,
		.ca = true });
	ret->leaf = test_cert(&(struct test_cert){
		.cn = "Leaf",
		.key = ret->key,
		.issuer = ret->middle,
		.issuer_key = middle,
		.md = w->leaf_digest ? EVP_get_digestbyname(w->leaf_digest)
				     : NULL });
}

static void made_done(struct made *c)
{
	X509_free(c->root);
	X509_free(c->middle);
	X509_free(c->leaf);
	EVP_PKEY_free(c->key);
}

static int as_signer(const struct made *c, STACK_OF(X509) * middle,
		     struct shvm_err *err)
{
	STACK_OF(X509) *root = sk_X509_new_null();
	const struct cms_signer signer = { .cert = c->leaf,
					   .key = c->key,
					   .chain = middle };
	const struct shvm_trust trust = { .ca = root };
	AUTO_DONE(cms_message) m = { 0 };
	AUTO_DONE(buf) der = { 0 };
	int r;

	sk_X509_push(root, c->root);
	assert_int_equal(cms_sign(&signer, "x", 1, false, &der, err), 0);
	assert_int_equal(cms_decode(der.data, der.len, &m, err), 0);
	r = cms_check_trust(&m, &trust, err);
	sk_X509_free(root);
	return r;
}

static int as_guardian(const struct made *c, STACK_OF(X509) * middle,
		       struct shvm_err *err)
{
	STACK_OF(X509) *root = sk_X509_new_null();
	const struct shvm_trust trust = { .ca = root };
	int r;

	sk_X509_push(root, c->root);
	r = guardian_check_trust(c->leaf, middle, &trust, err);
	sk_X509_free(root);
	return r;
}

static void refuses_each_weakness_in_each_kind_of_chain(void **state)
{
	(void)state;

	for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		const struct weakness *w = &cases[i / 2];
		STACK_OF(X509) *middle = sk_X509_new_null();
		struct shvm_err err = { 0 };
		struct made c;
		int r;

		make(w, &c);
		sk_X509_push(middle, c.middle);
		r = i % 2 ? as_guardian(&c, middle, &err)
			  : as_signer(&c, middle, &err);
		if (r != (w->says ? SHVM_E_VERIFY : SHVM_OK) ||
		    (w->says && !strstr(err.msg, w->says)))
			fail_msg("case %zu as %s: %d \"%s\"", i / 2,
				 i % 2 ? "guardian" : "signer", r, err.msg);
		sk_X509_free(middle);
		made_done(&c);
	}
}

/* What `sign` warns about is what a verifier would refuse. */
static void knows_before_signing_what_cannot_be_trusted(void **state)
{
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		STACK_OF(X509) *chain = sk_X509_new_null();
		char why[300] = "";
		struct made c;

		make(&cases[i], &c);
		sk_X509_push(chain, c.middle);
		sk_X509_push(chain, c.root);
		assert_int_equal(chain_can_be_trusted(c.leaf, chain, why,
						      sizeof(why)),
				 cases[i].says == NULL);
		if (cases[i].says)
			assert_non_null(strstr(why, cases[i].says));
		sk_X509_free(chain);
		made_done(&c);
	}
}

/* Its CA is not at hand; the signature that it made is. */
static void a_leaf_alone_tells_how_it_was_signed(void **state)
{
	static const char *const digests[] = { NULL, "SHA1" };
	(void)state;

	for (size_t i = 0; i < 2; i++) {
		const struct weakness w = { .root = "RSA:2048",
					    .middle = "RSA:2048",
					    .leaf = "EC:P-256",
					    .leaf_digest = digests[i] };
		char why[300] = "";
		struct made c;

		make(&w, &c);
		assert_int_equal(chain_can_be_trusted(c.leaf, NULL, why,
						      sizeof(why)),
				 i == 0);
		made_done(&c);
	}
}

static int enter(void **state)
{
	(void)state;
	test_own_folder_enter();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_each_weakness_in_each_kind_of_chain),
		cmocka_unit_test(knows_before_signing_what_cannot_be_trusted),
		cmocka_unit_test(a_leaf_alone_tells_how_it_was_signed),
	};

	return cmocka_run_group_tests_name("chain", tests, enter, NULL);
}
