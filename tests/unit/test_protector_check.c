/* SPDX-License-Identifier: MIT */
/* Every step of the check is needed: each has a protector that fails it. */
#include "pdk/protector_internal.h"
#include "tests/unit/support_kps.h"

#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
/* after the headers that it needs */
#include <cmocka.h>

static struct shvm_guardian *owner, *fabric, *other;
static struct buf raw;
static struct secret *transport_key;

static int set_up(void **state)
{
	AUTO(protector_ptr) p = NULL;
	const struct shvm_guardian *guardians[2];

	(void)state;
	owner = kps_guardian(0);
	fabric = kps_guardian(1);
	other = kps_guardian(2);
	guardians[0] = fabric;
	guardians[1] = other;
	return protector_new(owner, guardians, 2, &p, &transport_key, NULL) <
		       0 ||
	       protector_encode(p, &raw, NULL) < 0;
}

static int tear_down(void **state)
{
	(void)state;
	shvm_guardian_free(owner);
	shvm_guardian_free(fabric);
	shvm_guardian_free(other);
	secret_free(transport_key);
	buf_done(&raw);
	return 0;
}

static void decode(const struct buf *data, struct shvm_protector **ret)
{
	struct shvm_err err = { 0 };

	if (shvm_protector_decode(data->data, data->len, "kp", ret, &err) < 0)
		fail_msg("%s", err.msg);
}

/* What an owner with bad intentions, or a bad program, could write. */
static void reseal(struct shvm_protector *p)
{
	struct shvm_err err = { 0 };

	p->mac.value.len = p->guardian.value.len = 0;
	p->canon.len = p->xml.len = 0;
	if (protector_seal(p, p->signer, owner->signing_key, transport_key,
			   &err) < 0)
		fail_msg("%s", err.msg);
}

static void sign_again(struct signature *s, EVP_PKEY *key,
		       const struct buf *data)
{
	s->value.len = 0;
	assert_int_equal(
		algorithm_sign(algorithm_find(ALGORITHM_SIGNATURE, s->uri), key,
			       data->data, data->len, &s->value, NULL),
		0);
}

static void set_uri(char **at, const char *uri)
{
	free(*at);
	*at = strdup(uri);
	assert_non_null(*at);
}

static void put_cert(X509 **at, struct buf *der, X509 *cert)
{
	X509_free(*at);
	*at = cert;
	der->len = 0;
	assert_int_equal(key_cert_encode(cert, der, NULL), 0);
}

static void same_id_twice(struct shvm_protector *p)
{
	p->items[2].id = 2;
}

static void two_owners(struct shvm_protector *p)
{
	p->items[1].parent = 2;
	sign_again(&p->items[1].signing_sig, fabric->signing_key,
		   &p->items[1].signing_der);
}

static void no_owner(struct shvm_protector *p)
{
	p->items[0].parent = 2;
	sign_again(&p->items[0].signing_sig, fabric->signing_key,
		   &p->items[0].signing_der);
}

static void parent_is_missing(struct shvm_protector *p)
{
	p->items[2].parent = 77;
}

static void parents_in_a_circle(struct shvm_protector *p)
{
	p->items[1].parent = 3;
	p->items[2].parent = 2;
	sign_again(&p->items[1].signing_sig, other->signing_key,
		   &p->items[1].signing_der);
	sign_again(&p->items[2].signing_sig, fabric->signing_key,
		   &p->items[2].signing_der);
}

static void vouched_by_another(struct shvm_protector *p)
{
	sign_again(&p->items[1].signing_sig, other->signing_key,
		   &p->items[1].signing_der);
}

static void encryption_vouched_by_owner(struct shvm_protector *p)
{
	sign_again(&p->items[1].encryption_sig, owner->signing_key,
		   &p->items[1].encryption_der);
}

static void encryption_certificates_swapped(struct shvm_protector *p)
{
	struct wrapping *a = &p->items[1], *b = &p->items[2];
	struct buf der = a->encryption_der;
	X509 *cert = a->encryption;

	a->encryption = b->encryption;
	a->encryption_der = b->encryption_der;
	b->encryption = cert;
	b->encryption_der = der;
}

static void signing_certificates_swapped(struct shvm_protector *p)
{
	struct wrapping *a = &p->items[1], *b = &p->items[2];
	struct buf der = a->signing_der;
	X509 *cert = a->signing;

	a->signing = b->signing;
	a->signing_der = b->signing_der;
	b->signing = cert;
	b->signing_der = der;
}

static void signer_is_missing(struct shvm_protector *p)
{
	p->signer = 9;
}

static void signer_is_another(struct shvm_protector *p)
{
	p->signer = 2;
}

static void use_key(struct shvm_protector *p, const char *name)
{
	AUTO(pkey_ptr) key = kps_key_file(name);
	struct wrapping *w = &p->items[1];

	put_cert(&w->encryption, &w->encryption_der,
		 kps_make_cert(
			 &(struct kps_cert){ .subject = "weak", .key = key }));
	sign_again(&w->encryption_sig, fabric->signing_key, &w->encryption_der);
}

static void rsa_1024(struct shvm_protector *p)
{
	use_key(p, "test-only-rsa1024.pem");
}

static void elliptic_curve(struct shvm_protector *p)
{
	use_key(p, "test-only-p256.pem");
}

static void unknown_signature(struct shvm_protector *p)
{
	set_uri(&p->items[1].encryption_sig.uri, "urn:example:signature");
}

static void sha1_signature(struct shvm_protector *p)
{
	set_uri(&p->items[1].signing_sig.uri,
		"http://www.w3.org/2000/09/xmldsig#rsa-sha1");
}

/* Puts a certificate of this key and usage into wrapping 2. */
static void use_signing(struct shvm_protector *p, EVP_PKEY *key, uint32_t usage)
{
	struct wrapping *w = &p->items[1];

	put_cert(&w->signing, &w->signing_der,
		 kps_make_cert(&(struct kps_cert){
			 .subject = "signs", .key_usage = usage, .key = key }));
	sign_again(&w->signing_sig, owner->signing_key, &w->signing_der);
	sign_again(&w->encryption_sig, key, &w->encryption_der);
}

static void signing_key_is_for_encryption(struct shvm_protector *p)
{
	use_signing(p, fabric->signing_key, KU_KEY_ENCIPHERMENT);
}

/* Without any usage, which allows all of them: then the key itself tells. */
static void signs_with_its_own_encryption_key(struct shvm_protector *p)
{
	use_signing(p, fabric->encryption_key, 0);
}

static void signs_with_the_encryption_key_of_another(struct shvm_protector *p)
{
	use_signing(p, other->encryption_key, 0);
}

static void encryption_key_is_for_signing(struct shvm_protector *p)
{
	struct wrapping *w = &p->items[1];

	put_cert(&w->encryption, &w->encryption_der,
		 kps_make_cert(
			 &(struct kps_cert){ .subject = "encrypts",
					     .key_usage = KU_DIGITAL_SIGNATURE,
					     .key = fabric->encryption_key }));
	sign_again(&w->encryption_sig, fabric->signing_key, &w->encryption_der);
}

static void short_cipher_text(struct shvm_protector *p)
{
	p->items[2].transport.value.len--;
}

struct bad {
	void (*damage)(struct shvm_protector *p);
	const char *step;
	uint32_t wrapping;
	const char *says;
};

static bool is_about(const struct shvm_check *step, uint32_t wrapping)
{
	char object[32];

	(void)snprintf(object, sizeof(object), "wrapping %u", wrapping);
	return wrapping == UINT32_MAX ? !step->object
				      : strcmp(step->object, object) == 0;
}

static bool has_step(const struct checks *s, const struct bad *b)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].outcome == SHVM_CHECK_FAILED &&
		    strcmp(s->items[i].id, b->step) == 0 &&
		    is_about(&s->items[i], b->wrapping) &&
		    strstr(s->items[i].text, b->says))
			return true;
	return false;
}

static void names_the_step_that_failed(void **state)
{
	static const struct bad cases[] = {
		{ same_id_twice, "wrapping-ids", UINT32_MAX, "Id 2 stands" },
		{ two_owners, "owner", UINT32_MAX, "wrappings 1 and 2" },
		{ no_owner, "owner", UINT32_MAX, "its own parent" },
		{ signer_is_missing, "guardian-signature", 9,
		  "names no wrapping" },
		{ signer_is_another, "guardian-signature", 2,
		  "does not verify" },
		{ parent_is_missing, "parent", 3, "77 names no wrapping" },
		{ parents_in_a_circle, "parent", 2, "never reaches" },
		{ parents_in_a_circle, "parent", 3, "never reaches" },
		{ vouched_by_another, "signing-certificate-signature", 2,
		  "does not verify" },
		{ signing_certificates_swapped, "signing-certificate-signature",
		  2, "does not verify" },
		{ encryption_vouched_by_owner,
		  "encryption-certificate-signature", 2, "does not verify" },
		{ encryption_certificates_swapped,
		  "encryption-certificate-signature", 3, "does not verify" },
		{ rsa_1024, "certificates", 2, "1024 bits" },
		{ elliptic_curve, "certificates", 2, "is EC, not RSA" },
		{ unknown_signature, "encryption-certificate-signature", 2,
		  "unknown algorithm \"urn:example:signature\"" },
		{ sha1_signature, "signing-certificate-signature", 2,
		  "is refused: SHA-1" },
		{ signing_key_is_for_encryption, "certificates", 2,
		  "digitalSignature" },
		{ encryption_key_is_for_signing, "certificates", 2,
		  "keyEncipherment" },
		{ signs_with_its_own_encryption_key, "key-roles", 2,
		  "the encryption key of wrapping 2" },
		{ signs_with_the_encryption_key_of_another, "key-roles", 2,
		  "the encryption key of wrapping 3" },
		{ short_cipher_text, "transport-key", 3,
		  "255 bytes for a key of 256" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(protector_ptr) p = NULL;
		AUTO(protector_ptr) again = NULL;
		AUTO_DONE(checks) steps = { 0 };
		AUTO_DONE(buf) data = { 0 };
		struct shvm_err err = { 0 };

		decode(&raw, &p);
		cases[i].damage(p);
		reseal(p);
		assert_int_equal(protector_encode(p, &data, NULL), 0);
		decode(&data, &again);

		if (protector_check(again, transport_key, &steps, &err) !=
			    SHVM_E_VERIFY ||
		    !has_step(&steps, &cases[i]))
			fail_msg("case %zu: \"%s\"", i, err.msg);
		assert_string_equal(err.reason, "bad-protector");
		/* Without a list it ends at the first failure, all the same. */
		assert_int_equal(protector_check(again, transport_key, NULL,
						 &err),
				 SHVM_E_VERIFY);
	}
}

/* Text that can be changed without touching what signatures cover. */
static void names_what_is_outside_the_signatures(void **state)
{
	static const struct {
		const char *old, *new, *step, *says;
	} cases[] = {
		{ "\n<Protector", "\n\n<Protector", "exact-form", "byte 39" },
		{ "<Wrappings>", "<Wrappings >", "exact-form", "byte" },
		{ "</Wrappings>", "</Wrappings> ", "exact-form", "byte" },
		{ "encoding=\"UTF-8\"", "encoding='UTF-8'", "exact-form",
		  "byte" },
		{ "#hkdf", "#hkdg", "transport-key-signature",
		  "unknown algorithm" },
		{ "#hkdf\"/>", "#hkdf\"><Parameters/></KeyDerivationMethod>",
		  "transport-key-signature", "parameters are not understood" },
		{ "hmac-sha256", "hmac-sha512", "transport-key-signature",
		  "not that of this transport key" },
		{ "hmac-sha256", "hmac-sha255", "transport-key-signature",
		  "unknown algorithm" },
		{ "</Wrapping></Wrappings>", "</Wrapping> </Wrappings>",
		  "guardian-signature", "does not verify" },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(protector_ptr) p = NULL;
		AUTO_DONE(checks) steps = { 0 };
		AUTO_DONE(buf) xml = { 0 };
		struct shvm_err err = { 0 };
		bool found = false;

		buf_add(&xml, raw.data + 4, raw.len - 4);
		kps_replace(&xml, cases[i].old, cases[i].new);
		decode(&xml, &p);
		assert_int_equal(protector_check(p, transport_key, &steps,
						 &err),
				 SHVM_E_VERIFY);
		for (size_t k = 0; k < steps.count; k++)
			found |=
				strcmp(steps.items[k].id, cases[i].step) == 0 &&
				strstr(steps.items[k].text, cases[i].says);
		if (!found)
			fail_msg("case %zu: \"%s\"", i, err.msg);
	}
}

static void another_transport_key_does_not_fit(void **state)
{
	AUTO(protector_ptr) p = NULL;
	AUTO(secret_ptr) key = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	decode(&raw, &p);
	assert_int_equal(secret_copy(transport_key->data, transport_key->size,
				     &key, NULL),
			 0);
	key->data[31] ^= 1;
	assert_int_equal(protector_check(p, key, NULL, &err), SHVM_E_VERIFY);
	assert_non_null(strstr(err.msg, "transport-key-signature"));
}

/* A rolled protector is signed by a guardian that is not the owner: as the
 * key protection service does it, and as it is allowed. */
static void a_guardian_may_sign(void **state)
{
	AUTO(protector_ptr) p = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	decode(&raw, &p);
	p->mac.value.len = p->guardian.value.len = 0;
	p->canon.len = p->xml.len = 0;
	assert_int_equal(protector_seal(p, 2, fabric->signing_key,
					transport_key, &err),
			 0);
	if (protector_check(p, transport_key, NULL, &err) < 0)
		fail_msg("%s", err.msg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_step_that_failed),
		cmocka_unit_test(names_what_is_outside_the_signatures),
		cmocka_unit_test(another_transport_key_does_not_fit),
		cmocka_unit_test(a_guardian_may_sign),
	};

	return cmocka_run_group_tests_name("protector_check", tests, set_up,
					   tear_down);
}
