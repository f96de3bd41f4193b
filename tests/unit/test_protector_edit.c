/* SPDX-License-Identifier: MIT */
/* Grant and revoke, alone and in long sequences. */
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

enum {
	MANY = 50
};

static void fingerprint(X509 *cert, char text[65])
{
	struct cert_text t = { 0 };

	assert_int_equal(cert_text_init(&t, cert, NULL), 0);
	memcpy(text, t.sha256, 65);
	cert_text_done(&t);
}

static void opens(const struct protector *p, const struct guardian *g,
		  const struct secret *want)
{
	AUTO(secret_ptr) key = NULL;
	struct shvm_err err = { 0 };

	if (protector_open(p, g->encryption_key, NULL, &key, &err) < 0)
		fail_msg("%s", err.msg);
	assert_memory_equal(key->data, want->data, want->size);
	if (protector_check(p, key, NULL, &err) < 0)
		fail_msg("%s", err.msg);
}

static void does_not_open(const struct protector *p, const struct guardian *g)
{
	struct secret *key = NULL;
	struct shvm_err err = { 0 };

	assert_int_equal(protector_open(p, g->encryption_key, NULL, &key, &err),
			 SHVM_E_VERIFY);
	assert_string_equal(err.reason, "no-guardian-key");
	assert_null(key);
}

static void grant_keeps_the_transport_key(void **state)
{
	AUTO(protector_ptr) old = NULL;
	AUTO(protector_ptr) new = NULL;
	AUTO(secret_ptr) key = NULL;
	const struct guardian *more[] = { kps_other };
	struct shvm_err err = { 0 };

	(void)state;
	kps_protector(&old, &key);
	does_not_open(old, kps_other);
	if (protector_grant(old, kps_owner, more, 1, &new, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(protector_count(new), 3);
	assert_int_equal(protector_wrapping_id(new, 2), 3);
	opens(new, kps_owner, key);
	opens(new, kps_fabric, key);
	opens(new, kps_other, key);
}

static void revoke_makes_a_new_transport_key(void **state)
{
	AUTO(protector_ptr) old = NULL;
	AUTO(protector_ptr) new = NULL;
	AUTO(secret_ptr) key = NULL;
	AUTO(secret_ptr) new_key = NULL;
	char text[65];
	const char *const gone[] = { text };
	struct shvm_err err = { 0 };

	(void)state;
	kps_protector(&old, &key);
	fingerprint(kps_fabric->encryption_cert, text);
	if (protector_revoke(old, kps_owner, gone, 1, &new, &new_key, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(protector_count(new), 1);
	assert_memory_not_equal(key->data, new_key->data, key->size);
	opens(new, kps_owner, new_key);
	does_not_open(new, kps_fabric);
}

/* A guardian that another guardian vouched for stays when that one goes. */
static void revoke_adopts_the_children(void **state)
{
	AUTO(protector_ptr) p = NULL;
	AUTO(protector_ptr) new = NULL;
	AUTO(secret_ptr) key = NULL;
	AUTO(secret_ptr) new_key = NULL;
	const struct guardian *both[] = { kps_fabric, kps_other };
	char text[65];
	const char *const gone[] = { text };
	struct signature *sig;
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(protector_new(kps_owner, both, 2, &p, &key, NULL), 0);
	p->items[2].parent = 2;
	sig = &p->items[2].signing_sig;
	sig->value.len = 0;
	assert_int_equal(
		algorithm_sign(algorithm_find(ALGORITHM_SIGNATURE, sig->uri),
			       kps_fabric->signing_key,
			       p->items[2].signing_der.data,
			       p->items[2].signing_der.len, &sig->value, NULL),
		0);
	p->mac.value.len = p->guardian.value.len = 0;
	p->canon.len = p->xml.len = 0;
	assert_int_equal(protector_seal(p, 1, kps_owner->signing_key, key,
					NULL),
			 0);
	assert_int_equal(protector_check(p, key, NULL, NULL), 0);

	fingerprint(kps_fabric->signing_cert, text);
	if (protector_revoke(p, kps_owner, gone, 1, &new, &new_key, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(new->items[1].id, 3);
	assert_int_equal(new->items[1].parent, 1);
	opens(new, kps_other, new_key);
	does_not_open(new, kps_fabric);
}

static struct guardian *only_signing(void)
{
	struct guardian *half = kps_guardian(0);

	EVP_PKEY_free(half->encryption_key);
	half->encryption_key = NULL;
	return half;
}

static void names_why_it_cannot_be_edited(void **state)
{
	AUTO(protector_ptr) p = NULL;
	AUTO(protector_ptr) new = NULL;
	AUTO(secret_ptr) key = NULL;
	AUTO(guardian_ptr) half = only_signing();
	const struct guardian *again[] = { kps_fabric };
	const struct guardian *twice[] = { kps_other, kps_other };
	const struct guardian *self[] = { kps_owner };
	char own[65], stranger[65];
	const char *const owner_print[] = { own };
	const char *const stranger_print[] = { stranger };
	EVP_PKEY *right;
	struct shvm_err err = { 0 };

	(void)state;
	kps_protector(&p, &key);
	fingerprint(kps_owner->encryption_cert, own);
	fingerprint(kps_other->signing_cert, stranger);

#define FAILS(call, code, says)                                                \
	do {                                                                   \
		assert_int_equal(call, code);                                  \
		if (!strstr(err.msg, says))                                    \
			fail_msg("want \"%s\": \"%s\"", says, err.msg);        \
		assert_null(new);                                              \
	} while (0)
	FAILS(protector_grant(p, half, twice, 1, &new, &err), SHVM_E_CRYPTO,
	      "both private keys");
	right = kps_owner->encryption_key;
	kps_owner->encryption_key = kps_fabric->encryption_key;
	FAILS(protector_grant(p, kps_owner, twice, 1, &new, &err),
	      SHVM_E_VERIFY, "is that of wrapping 2, not the owner's");
	kps_owner->encryption_key = right;
	FAILS(protector_grant(p, kps_fabric, twice, 1, &new, &err),
	      SHVM_E_VERIFY, "is not the owner");
	FAILS(protector_grant(p, kps_owner, again, 1, &new, &err), SHVM_E_ARG,
	      "already, wrapping 2");
	FAILS(protector_grant(p, kps_owner, self, 1, &new, &err), SHVM_E_ARG,
	      "already, wrapping 1");
	FAILS(protector_grant(p, kps_owner, twice, 2, &new, &err), SHVM_E_ARG,
	      "given twice");
	FAILS(protector_grant(p, kps_owner, twice, 0, &new, &err), SHVM_E_ARG,
	      "0 guardians");
	FAILS(protector_revoke(p, kps_owner, owner_print, 1, &new, NULL, &err),
	      SHVM_E_ARG, "owner cannot be revoked");
	FAILS(protector_revoke(p, kps_owner, stranger_print, 1, &new, NULL,
			       &err),
	      SHVM_E_ARG, "no wrapping has the fingerprint");
	FAILS(protector_revoke(p, kps_owner, owner_print, 0, &new, NULL, &err),
	      SHVM_E_ARG, "nobody");
	free(p->kdf_uri);
	p->kdf_uri = strdup("urn:theirs");
	FAILS(protector_grant(p, kps_owner, twice, 1, &new, &err),
	      SHVM_E_UNSUPPORTED, "unknown algorithm \"urn:theirs\"");
	p->guardian.value.data[0] ^= 1;
	FAILS(protector_grant(p, kps_owner, twice, 1, &new, &err),
	      SHVM_E_VERIFY, "the old protector: guardian-signature");
	FAILS(protector_revoke(p, kps_owner, owner_print, 1, &new, NULL, &err),
	      SHVM_E_VERIFY, "the old protector: guardian-signature");
#undef FAILS
}

static void names_why_it_cannot_be_made(void **state)
{
	const struct guardian *twice[] = { kps_fabric, kps_fabric };
	const struct guardian *self[] = { kps_owner };
	AUTO(guardian_ptr) keyless = kps_guardian(0);
	struct protector *p = NULL;
	struct secret *key = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	EVP_PKEY_free(keyless->signing_key);
	keyless->signing_key = NULL;
	assert_int_equal(protector_new(kps_owner, twice, 2, &p, &key, &err),
			 SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "given twice"));
	assert_int_equal(protector_new(kps_owner, self, 1, &p, &key, &err),
			 SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "is the owner"));
	assert_int_equal(protector_new(keyless, twice, 1, &p, &key, &err),
			 SHVM_E_CRYPTO);
	assert_string_equal(err.reason, "no-owner-key");
	assert_null(p);
	assert_null(key);
}

/* Guardian n of many: certificates of its own, the fabric's keys. */
static struct guardian *one_of_many(void)
{
	AUTO(x509_ptr)
	signing = kps_make_cert(
		&(struct kps_cert){ .subject = "one of many",
				    .key_usage = KU_DIGITAL_SIGNATURE,
				    .key = kps_fabric->signing_key });
	struct guardian *g = NULL;

	assert_int_equal(guardian_assemble("one", signing,
					   kps_fabric->signing_key,
					   kps_fabric->encryption_cert,
					   kps_fabric->encryption_key, &g,
					   NULL),
			 0);
	return g;
}

static void fifty_guardians_come_and_go(void **state)
{
	struct guardian *all[MANY];
	const struct guardian *list[MANY];
	AUTO(protector_ptr) p = NULL;
	AUTO(secret_ptr) key = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(protector_new(kps_owner, NULL, 0, &p, &key, NULL), 0);
	/* One by one in groups of 1, 2, 3, ... */
	for (size_t i = 0, n = 1; i < MANY; n++) {
		struct protector *next = NULL;
		size_t count = n < MANY - i ? n : MANY - i;

		for (size_t k = 0; k < count; k++)
			list[k] = all[i + k] = one_of_many();
		if (protector_grant(p, kps_owner, list, count, &next, &err) < 0)
			fail_msg("%s", err.msg);
		protector_free(p);
		p = next;
		i += count;
		assert_int_equal(protector_count(p), i + 1);
	}
	opens(p, kps_owner, key);
	opens(p, kps_fabric, key);

	for (size_t i = 0; i < MANY; i++) {
		struct protector *next = NULL;
		char text[65];
		const char *const gone[] = { text };

		fingerprint(all[i]->signing_cert, text);
		secret_free(key);
		key = NULL;
		if (protector_revoke(p, kps_owner, gone, 1, &next, &key, &err) <
		    0)
			fail_msg("%s", err.msg);
		protector_free(p);
		p = next;
		assert_int_equal(protector_count(p), MANY - i);
		guardian_free(all[i]);
	}
	opens(p, kps_owner, key);
	does_not_open(p, kps_fabric);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grant_keeps_the_transport_key),
		cmocka_unit_test(revoke_makes_a_new_transport_key),
		cmocka_unit_test(revoke_adopts_the_children),
		cmocka_unit_test(names_why_it_cannot_be_edited),
		cmocka_unit_test(names_why_it_cannot_be_made),
		cmocka_unit_test(fifty_guardians_come_and_go),
	};

	return cmocka_run_group_tests_name("protector_edit", tests, kps_set_up,
					   kps_tear_down);
}
