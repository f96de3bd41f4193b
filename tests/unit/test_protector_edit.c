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
	MANY = 20
};

static void fingerprint(X509 *cert, char text[65])
{
	struct shvm_cert_info t = { 0 };

	assert_int_equal(cert_info_init(&t, cert, NULL), 0);
	memcpy(text, t.sha256, 65);
	cert_info_done(&t);
}

static void opens(const struct shvm_protector *p, const struct shvm_guardian *g,
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

static void does_not_open(const struct shvm_protector *p,
			  const struct shvm_guardian *g)
{
	struct secret *key = NULL;
	struct shvm_err err = { 0 };

	assert_int_equal(protector_open(p, g->encryption_key, NULL, &key, &err),
			 SHVM_E_VERIFY);
	assert_string_equal(err.reason, "no-guardian-key");
	assert_null(key);
}

/* Without the guardian that this certificate belongs to. */
static int revoke_one(const struct shvm_protector *p, const char *print,
		      struct shvm_protector **ret, struct secret **ret_key,
		      struct shvm_err *err)
{
	const struct shvm_revocation who = { .fingerprints = &print,
					     .fingerprint_count =
						     print != NULL };

	return protector_revoke(p, kps_owner, &who, ret, ret_key, err);
}

static void grant_keeps_the_transport_key(void **state)
{
	AUTO(protector_ptr) old = NULL;
	AUTO(protector_ptr) new = NULL;
	AUTO(secret_ptr) key = NULL;
	const struct shvm_guardian *more[] = { kps_other };
	struct shvm_err err = { 0 };

	(void)state;
	kps_protector(&old, &key);
	does_not_open(old, kps_other);
	if (shvm_protector_grant(old, kps_owner, more, 1, &new, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(shvm_protector_info(new)->wrapping_count, 3);
	assert_int_equal(shvm_protector_info(new)->wrappings[2].id, 3);
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
	struct shvm_err err = { 0 };

	(void)state;
	kps_protector(&old, &key);
	fingerprint(kps_fabric->encryption_cert, text);
	if (revoke_one(old, text, &new, &new_key, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(shvm_protector_info(new)->wrapping_count, 1);
	assert_memory_not_equal(key->data, new_key->data, key->size);
	opens(new, kps_owner, new_key);
	does_not_open(new, kps_fabric);
}

/* A guardian that another guardian issued stays when that one is removed. */
static void revoke_adopts_the_children(void **state)
{
	AUTO(protector_ptr) p = NULL;
	AUTO(protector_ptr) new = NULL;
	AUTO(secret_ptr) key = NULL;
	AUTO(secret_ptr) new_key = NULL;
	const struct shvm_guardian *both[] = { kps_fabric, kps_other };
	char text[65];
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
	if (revoke_one(p, text, &new, &new_key, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(new->items[1].id, 3);
	assert_int_equal(new->items[1].parent, 1);
	opens(new, kps_other, new_key);
	does_not_open(new, kps_fabric);
}

/*
 * A protector of owner, fabric and the fabric with renewed certificates, as it
 * could be made when certificates were compared and not keys.
 */
static void with_renewed(struct shvm_guardian *renewed,
			 struct shvm_protector **ret)
{
	const struct shvm_guardian *both[] = { kps_fabric, kps_other };
	AUTO(secret_ptr) key = NULL;
	AUTO(secret_ptr) blob = NULL;
	struct wrapping *w;

	assert_int_equal(protector_new(kps_owner, both, 2, ret, &key, NULL), 0);
	w = &(*ret)->items[2];
	X509_free(w->signing);
	X509_free(w->encryption);
	buf_done(&w->signing_der);
	buf_done(&w->encryption_der);
	signature_done(&w->signing_sig);
	signature_done(&w->encryption_sig);
	assert_int_equal(protector_blob_encode(key, &blob, NULL), 0);
	protector_name(w, renewed, 3, 1);
	assert_int_equal(protector_wrap(w, renewed, kps_owner->signing_key,
					blob, NULL),
			 0);
	(*ret)->mac.value.len = (*ret)->guardian.value.len = 0;
	(*ret)->canon.len = (*ret)->xml.len = 0;
	assert_int_equal(protector_seal(*ret, 1, kps_owner->signing_key, key,
					NULL),
			 0);
	assert_int_equal(protector_check(*ret, key, NULL, NULL), 0);
}

/* By the old certificate, by the new one, and by the document with either. */
static void revoke_removes_the_key_and_not_the_certificate(void **state)
{
	AUTO(guardian_ptr) renewed = kps_renewed(kps_fabric);
	const struct shvm_guardian *by[] = { kps_fabric, renewed };
	AUTO(protector_ptr) old = NULL;
	char text[65];
	const char *const print = text;

	(void)state;
	with_renewed(renewed, &old);
	for (size_t i = 0; i < 4; i++) {
		const struct shvm_guardian *const *g = &by[i % 2];
		const struct shvm_revocation who = {
			.fingerprints = &print,
			.fingerprint_count = i < 2,
			.guardians = g,
			.guardian_count = i >= 2,
		};
		AUTO(protector_ptr) new = NULL;
		AUTO(secret_ptr) key = NULL;
		struct shvm_err err = { 0 };

		fingerprint((*g)->signing_cert, text);
		if (protector_revoke(old, kps_owner, &who, &new, &key, &err) <
		    0)
			fail_msg("%s", err.msg);
		assert_int_equal(shvm_protector_info(new)->wrapping_count, 1);
		assert_int_equal(new->items[0].id, 1);
		opens(new, kps_owner, key);
		does_not_open(new, kps_fabric);
	}
}

/* Nor does a renewed certificate make another guardian. */
static void a_renewed_guardian_is_the_same(void **state)
{
	AUTO(guardian_ptr) renewed = kps_renewed(kps_fabric);
	AUTO(guardian_ptr) owner_again = kps_renewed(kps_owner);
	const struct shvm_guardian *both[] = { kps_fabric, renewed };
	const struct shvm_guardian *only[] = { renewed };
	const struct shvm_guardian *self[] = { owner_again };
	const struct shvm_guardian *more[] = { kps_other };
	AUTO(protector_ptr) p = NULL;
	AUTO(protector_ptr) new = NULL;
	AUTO(secret_ptr) key = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(protector_new(kps_owner, both, 2, &new, &key, &err),
			 SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "given twice"));
	assert_int_equal(protector_new(kps_owner, self, 1, &new, &key, &err),
			 SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "is the owner"));
	kps_protector(&p, &key);
	assert_int_equal(shvm_protector_grant(p, kps_owner, only, 1, &new,
					      &err),
			 SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "wrapping 2 has the same key"));
	/* The owner himself may have renewed his. */
	if (shvm_protector_grant(p, owner_again, more, 1, &new, &err) < 0)
		fail_msg("%s", err.msg);
	opens(new, kps_other, key);
}

/* The key that a guardian to remove has in common with the owner stays. */
static void the_owner_is_not_revoked_by_the_way(void **state)
{
	AUTO(guardian_ptr) twin = kps_renewed(kps_owner);
	AUTO(protector_ptr) p = NULL;
	struct shvm_protector *new = NULL;
	char text[65];
	struct shvm_err err = { 0 };

	(void)state;
	with_renewed(twin, &p);
	fingerprint(twin->signing_cert, text);
	assert_int_equal(revoke_one(p, text, &new, NULL, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "has the same key"));
	assert_null(new);
}

static struct shvm_guardian *only_signing(void)
{
	struct shvm_guardian *half = kps_guardian(0);

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
	const struct shvm_guardian *again[] = { kps_fabric };
	const struct shvm_guardian *twice[] = { kps_other, kps_other };
	const struct shvm_guardian *self[] = { kps_owner };
	char own[65], stranger[65];
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
	FAILS(shvm_protector_grant(p, half, twice, 1, &new, &err),
	      SHVM_E_CRYPTO, "both private keys");
	right = kps_owner->encryption_key;
	kps_owner->encryption_key = kps_fabric->encryption_key;
	FAILS(shvm_protector_grant(p, kps_owner, twice, 1, &new, &err),
	      SHVM_E_VERIFY, "is that of wrapping 2, not the owner's");
	kps_owner->encryption_key = right;
	FAILS(shvm_protector_grant(p, kps_fabric, twice, 1, &new, &err),
	      SHVM_E_VERIFY, "is not the owner");
	FAILS(shvm_protector_grant(p, kps_owner, again, 1, &new, &err),
	      SHVM_E_ARG, "already: wrapping 2");
	FAILS(shvm_protector_grant(p, kps_owner, self, 1, &new, &err),
	      SHVM_E_ARG, "already: wrapping 1");
	FAILS(shvm_protector_grant(p, kps_owner, twice, 2, &new, &err),
	      SHVM_E_ARG, "given twice");
	FAILS(shvm_protector_grant(p, kps_owner, twice, 0, &new, &err),
	      SHVM_E_ARG, "0 guardians");
	FAILS(revoke_one(p, own, &new, NULL, &err), SHVM_E_ARG,
	      "owner cannot be revoked");
	FAILS(revoke_one(p, stranger, &new, NULL, &err), SHVM_E_ARG,
	      "no wrapping has the fingerprint");
	FAILS(revoke_one(p, NULL, &new, NULL, &err), SHVM_E_ARG,
	      "no guardian to revoke");
	free(p->kdf_uri);
	p->kdf_uri = strdup("urn:theirs");
	FAILS(shvm_protector_grant(p, kps_owner, twice, 1, &new, &err),
	      SHVM_E_UNSUPPORTED, "unknown algorithm \"urn:theirs\"");
	p->guardian.value.data[0] ^= 1;
	FAILS(shvm_protector_grant(p, kps_owner, twice, 1, &new, &err),
	      SHVM_E_VERIFY, "the old protector: guardian-signature");
	FAILS(revoke_one(p, own, &new, NULL, &err), SHVM_E_VERIFY,
	      "the old protector: guardian-signature");
#undef FAILS
}

static void names_why_it_cannot_be_made(void **state)
{
	const struct shvm_guardian *twice[] = { kps_fabric, kps_fabric };
	const struct shvm_guardian *self[] = { kps_owner };
	AUTO(guardian_ptr) keyless = kps_guardian(0);
	struct shvm_protector *p = NULL;
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

/* Guardian n of many, with keys of its own. */
static struct shvm_guardian *one_of_many(unsigned int n)
{
	AUTO(pkey_ptr) signing_key = kps_mixed_key(2 * n);
	AUTO(pkey_ptr) encryption_key = kps_mixed_key(2 * n + 1);
	AUTO(x509_ptr)
	signing = kps_make_cert(
		&(struct kps_cert){ .subject = "one of many",
				    .key_usage = KU_DIGITAL_SIGNATURE,
				    .key = signing_key });
	AUTO(x509_ptr)
	encryption = kps_make_cert(
		&(struct kps_cert){ .subject = "one of many",
				    .key_usage = KU_KEY_ENCIPHERMENT,
				    .key = encryption_key });
	struct shvm_guardian *g = NULL;

	assert_int_equal(guardian_assemble("one", signing, signing_key,
					   encryption, encryption_key, &g,
					   NULL),
			 0);
	return g;
}

static void many_guardians_come_and_go(void **state)
{
	struct shvm_guardian *all[MANY];
	const struct shvm_guardian *list[MANY];
	AUTO(protector_ptr) p = NULL;
	AUTO(secret_ptr) key = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(protector_new(kps_owner, NULL, 0, &p, &key, NULL), 0);
	/* One by one in groups of 1, 2, 3, ... */
	for (size_t i = 0, n = 1; i < MANY; n++) {
		struct shvm_protector *next = NULL;
		size_t count = n < MANY - i ? n : MANY - i;

		for (size_t k = 0; k < count; k++)
			list[k] = all[i + k] =
				one_of_many((unsigned int)(i + k));
		if (shvm_protector_grant(p, kps_owner, list, count, &next,
					 &err) < 0)
			fail_msg("%s", err.msg);
		shvm_protector_free(p);
		p = next;
		i += count;
		assert_int_equal(shvm_protector_info(p)->wrapping_count, i + 1);
	}
	opens(p, kps_owner, key);
	opens(p, all[0], key);
	opens(p, all[MANY - 1], key);

	for (size_t i = 0; i < MANY; i++) {
		struct shvm_protector *next = NULL;
		char text[65];

		fingerprint(all[i]->signing_cert, text);
		secret_free(key);
		key = NULL;
		if (revoke_one(p, text, &next, &key, &err) < 0)
			fail_msg("%s", err.msg);
		shvm_protector_free(p);
		p = next;
		assert_int_equal(shvm_protector_info(p)->wrapping_count,
				 MANY - i);
		does_not_open(p, all[i]);
		shvm_guardian_free(all[i]);
	}
	opens(p, kps_owner, key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grant_keeps_the_transport_key),
		cmocka_unit_test(
			revoke_removes_the_key_and_not_the_certificate),
		cmocka_unit_test(a_renewed_guardian_is_the_same),
		cmocka_unit_test(the_owner_is_not_revoked_by_the_way),
		cmocka_unit_test(revoke_makes_a_new_transport_key),
		cmocka_unit_test(revoke_adopts_the_children),
		cmocka_unit_test(names_why_it_cannot_be_edited),
		cmocka_unit_test(names_why_it_cannot_be_made),
		cmocka_unit_test(many_guardians_come_and_go),
	};

	return cmocka_run_group_tests_name("protector_edit", tests, kps_set_up,
					   kps_tear_down);
}
