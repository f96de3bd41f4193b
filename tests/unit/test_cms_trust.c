/* SPDX-License-Identifier: MIT */
/* From which signers a CMS message is trusted, and when. */
#include "signer/cms.h"

#include "support_certs.h"

#include <openssl/err.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
	HOUR = 3600,
	DAY = 86400
};

/* root signs middle, middle signs the leaf. */
struct chain {
	EVP_PKEY *root_key, *middle_key, *key;
	X509 *root, *middle, *leaf;
};

static void chain_init(struct chain *c, const struct test_cert *leaf,
		       const struct test_cert *middle)
{
	struct test_cert m = *middle, l = *leaf;

	c->root_key = test_key("RSA:2048");
	c->middle_key = middle->key ? middle->key : test_key("EC:P-384");
	c->key = leaf->key ? leaf->key : test_key("EC:P-256");
	c->root = test_cert(&(struct test_cert){
		.cn = "Root", .key = c->root_key, .ca = true });
	m.cn = "Middle";
	m.key = c->middle_key;
	m.issuer = c->root;
	m.issuer_key = c->root_key;
	c->middle = test_cert(&m);
	l.cn = "Leaf";
	l.key = c->key;
	l.issuer = c->middle;
	l.issuer_key = c->middle_key;
	c->leaf = test_cert(&l);
}

static void chain_done(struct chain *c)
{
	EVP_PKEY_free(c->root_key);
	EVP_PKEY_free(c->middle_key);
	EVP_PKEY_free(c->key);
	X509_free(c->root);
	X509_free(c->middle);
	X509_free(c->leaf);
}

/* A message by the leaf that brings the middle along. */
static void message_init(struct cms_message *m, const struct chain *c)
{
	STACK_OF(X509) *more = sk_X509_new_null();
	const struct cms_signer signer = { .cert = c->leaf,
					   .key = c->key,
					   .chain = more };
	AUTO_DONE(buf) der = { 0 };
	struct shvm_err err = { 0 };

	sk_X509_push(more, c->middle);
	if (cms_sign(&signer, "text", 4, false, &der, &err) != 0 ||
	    cms_decode(der.data, der.len, m, &err) != 0 ||
	    cms_check_signature(m, NULL, 0, &err) != 0)
		fail_msg("%s", err.msg);
	sk_X509_free(more);
}

enum who {
	ROOT,
	MIDDLE,
	LEAF,
	STRANGER,
	NOBODY
};

struct trust_case {
	const char *name;
	struct test_cert leaf, middle;
	const char *key;
	enum who pinned, ca;
	int64_t at; /* seconds from now; 0: now, that is unset */
	const char *reason, *says;
};

#define CA                                                                     \
	{                                                                      \
		.ca = true                                                     \
	}

static const struct trust_case cases[] = {
	{ "pinned leaf", { 0 }, CA, NULL, LEAF, NOBODY, 0, NULL, "" },
	{ "pinned stranger",
	  { 0 },
	  CA,
	  NULL,
	  STRANGER,
	  NOBODY,
	  0,
	  "untrusted-signer",
	  "is not a trusted certificate" },
	{ "pinned issuer is not the signer",
	  { 0 },
	  CA,
	  NULL,
	  MIDDLE,
	  NOBODY,
	  0,
	  "untrusted-signer",
	  "is not a trusted certificate" },
	{ "no signer is trusted",
	  { 0 },
	  CA,
	  NULL,
	  NOBODY,
	  NOBODY,
	  0,
	  "untrusted-signer",
	  "is not a trusted certificate" },
	{ "chain to the root", { 0 }, CA, NULL, NOBODY, ROOT, 0, NULL, "" },
	{ "chain to the middle", { 0 }, CA, NULL, NOBODY, MIDDLE, 0, NULL, "" },
	{ "the leaf itself as CA", { 0 }, CA, NULL, NOBODY, LEAF, 0, NULL, "" },
	{ "another CA",
	  { 0 },
	  CA,
	  NULL,
	  NOBODY,
	  STRANGER,
	  0,
	  "untrusted-signer",
	  "no chain to a trusted CA" },
	{ "pinned or CA: one is enough",
	  { 0 },
	  CA,
	  NULL,
	  LEAF,
	  STRANGER,
	  0,
	  NULL,
	  "" },
	{ "pinned or CA: the other is enough",
	  { 0 },
	  CA,
	  NULL,
	  STRANGER,
	  ROOT,
	  0,
	  NULL,
	  "" },
	{ "middle is no CA",
	  { 0 },
	  { .key_usage = "digitalSignature" },
	  NULL,
	  NOBODY,
	  ROOT,
	  0,
	  "untrusted-signer",
	  "no chain to a trusted CA" },
	{ "code signing is fine",
	  { .ext_usage = "codeSigning", .key_usage = "digitalSignature" },
	  CA,
	  NULL,
	  NOBODY,
	  ROOT,
	  0,
	  NULL,
	  "" },
	{ "server authentication is another usage",
	  { .ext_usage = "serverAuth" },
	  CA,
	  NULL,
	  NOBODY,
	  ROOT,
	  0,
	  "untrusted-signer",
	  "does not include codeSigning" },
	{ "key usage",
	  { .key_usage = "keyEncipherment" },
	  CA,
	  NULL,
	  LEAF,
	  NOBODY,
	  0,
	  "untrusted-signer",
	  "does not include digitalSignature" },
	{ "weak key",
	  { 0 },
	  CA,
	  "RSA:1024",
	  LEAF,
	  NOBODY,
	  0,
	  "untrusted-signer",
	  "RSA key has 1024 bits" },
	{ "expired, pinned",
	  { .not_before = -2 * HOUR, .not_after = -HOUR },
	  CA,
	  NULL,
	  LEAF,
	  NOBODY,
	  0,
	  "certificate-expired",
	  "expired at" },
	{ "expired, CA",
	  { .not_before = -2 * HOUR, .not_after = -HOUR },
	  CA,
	  NULL,
	  NOBODY,
	  ROOT,
	  0,
	  "certificate-expired",
	  "checked now" },
	{ "expired, but asked for a time before",
	  { .not_before = -2 * HOUR, .not_after = -HOUR },
	  CA,
	  NULL,
	  LEAF,
	  NOBODY,
	  -HOUR - 60,
	  NULL,
	  "" },
	{ "asked for a time too late",
	  { 0 },
	  CA,
	  NULL,
	  LEAF,
	  NOBODY,
	  366 * DAY,
	  "certificate-expired",
	  "checked at the given time" },
	{ "not yet valid",
	  { .not_before = HOUR, .not_after = DAY },
	  CA,
	  NULL,
	  NOBODY,
	  ROOT,
	  0,
	  "certificate-expired",
	  "not valid before" },
	{ "middle expired, CA",
	  { 0 },
	  { .ca = true, .not_before = -2 * HOUR, .not_after = -HOUR },
	  NULL,
	  NOBODY,
	  ROOT,
	  0,
	  "certificate-expired",
	  "chain: " },
	{ "middle expired does not matter when pinned",
	  { 0 },
	  { .ca = true, .not_before = -2 * HOUR, .not_after = -HOUR },
	  NULL,
	  LEAF,
	  NOBODY,
	  0,
	  NULL,
	  "" },
	{ "untrusted before expired",
	  { .not_before = -2 * HOUR, .not_after = -HOUR },
	  CA,
	  NULL,
	  NOBODY,
	  STRANGER,
	  0,
	  "untrusted-signer",
	  "no chain" },
};

/* A strong leaf below a CA whose key anybody may have computed. */
static const struct trust_case weak_middle = {
	.name = "weak key of the middle",
	.middle = CA,
	.pinned = NOBODY,
	.ca = ROOT,
	.reason = "untrusted-signer",
	.says = "no chain to a trusted CA: ",
};

static X509 *pick(const struct chain *c, X509 *stranger, enum who who)
{
	switch (who) {
	case ROOT:
		return c->root;
	case MIDDLE:
		return c->middle;
	case LEAF:
		return c->leaf;
	case STRANGER:
		return stranger;
	default:
		return NULL;
	}
}

/* middle_key NULL: a good one. */
static void run_case(const struct trust_case *t, const char *middle_key,
		     X509 *stranger)
{
	struct test_cert leaf = t->leaf, middle = t->middle;
	struct chain c = { 0 };
	AUTO_DONE(cms_message) m = { 0 };
	struct shvm_trust trust = { .signers = sk_X509_new_null(),
				    .ca = sk_X509_new_null() };
	struct shvm_err err = { 0 };
	X509 *pinned, *ca;
	int r;

	leaf.key = t->key ? test_key(t->key) : NULL;
	middle.key = middle_key ? test_key(middle_key) : NULL;
	chain_init(&c, &leaf, &middle);
	message_init(&m, &c);
	pinned = pick(&c, stranger, t->pinned);
	ca = pick(&c, stranger, t->ca);
	if (pinned)
		sk_X509_push(trust.signers, pinned);
	if (ca)
		sk_X509_push(trust.ca, ca);
	trust.at = t->at ? time(NULL) + (time_t)t->at : 0;
	r = cms_check_trust(&m, &trust, &err);
	if (r != (t->reason ? SHVM_E_VERIFY : 0) || !strstr(err.msg, t->says))
		fail_msg("%s: %d \"%s\"", t->name, r, err.msg);
	if (t->reason && strcmp(t->reason, err.reason) != 0)
		fail_msg("%s: reason %s", t->name, err.reason);
	assert_int_equal(ERR_peek_error(), 0);
	sk_X509_free(trust.signers);
	sk_X509_free(trust.ca);
	chain_done(&c);
}

static void decides_whom_to_trust(void **state)
{
	AUTO(pkey_ptr) key = test_key("EC:P-384");
	AUTO(x509_ptr)
	stranger = test_cert(
		&(struct test_cert){ .cn = "Root", .key = key, .ca = true });
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		run_case(&cases[i], NULL, stranger);
	run_case(&weak_middle, "RSA:1024", stranger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_whom_to_trust),
	};

	return cmocka_run_group_tests_name("cms_trust", tests, NULL, NULL);
}
