/* SPDX-License-Identifier: MIT */
/* The owner of a shielding data file is the wrapping that is its own parent. */
#include "pdk/protector_internal.h"
#include "tests/unit/support.h"
#include "tests/unit/support_kps.h"
#include "tests/unit/support_pdk.h"

#include <stdlib.h>
#include <string.h>

enum {
	WRAPPINGS = 3
};

static void swap(struct shvm_protector *p, size_t a, size_t b)
{
	const struct wrapping w = p->items[a];

	p->items[a] = p->items[b];
	p->items[b] = w;
}

/* A file of guardian 0, whose wrapping is at this place. */
static void make(size_t place, struct buf *ret)
{
	const struct shvm_guardian *both[] = { kps_fabric, kps_other };
	AUTO(protector_ptr) p = NULL;
	AUTO(secret_ptr) key = NULL;
	struct body body;
	struct shvm_err err = { 0 };

	assert_ok(protector_new(kps_owner, both, 2, &p, &key, &err), err);
	swap(p, 0, place);
	p->mac.value.len = p->guardian.value.len = 0;
	p->canon.len = p->xml.len = 0;
	assert_ok(protector_seal(p, 1, kps_owner->signing_key, key, &err), err);
	assert_ok(protector_check(p, key, NULL, &err), err);
	test_body(&body);
	assert_ok(pdk_seal(kps_owner, p, key, &body, true, ret, &err), err);
	body_done(&body);
}

static void check(struct shvm_pdk *pdk, bool good)
{
	const struct shvm_err none = { .code = SHVM_E_FORMAT,
				       .reason = "bad-catalog" };
	const struct shvm_pdk_check_params params = { .no_catalog = &none };
	struct shvm_pdk_verdict verdict = { 0 };
	struct shvm_err err = { 0 };
	const char *reason = good ? "bad-catalog" : "bad-protector";

	assert_ok(shvm_pdk_check(pdk, &params, &verdict, &err), err);
	assert_string_equal(verdict.verdict.reason, reason);
	shvm_verdict_done(&verdict.verdict);
}

static void the_owner_is_shown_at_every_place_and_accepted_at_the_first(
	void **state)
{
	struct shvm_cert_info owner = { 0 };
	char *path = test_own_path("t.pdk");

	(void)state;
	assert_int_equal(cert_info_init(&owner, kps_owner->signing_cert, NULL),
			 0);
	for (size_t place = 0; place < WRAPPINGS; place++) {
		AUTO_DONE(buf) file = { 0 };
		AUTO(pdk_ptr) pdk = NULL;
		const struct shvm_pdk_info *i;
		struct shvm_err err = { 0 };

		make(place, &file);
		test_file_write(path, file.data, file.len);
		assert_ok(shvm_pdk_load(path, &pdk, &err), err);
		i = shvm_pdk_info(pdk);
		assert_int_equal(i->protector->wrapping_count, WRAPPINGS);
		for (size_t k = 0; k < WRAPPINGS; k++)
			assert_int_equal(i->protector->wrappings[k].is_owner,
					 k == place);
		assert_ptr_equal(i->owner, &i->protector->wrappings[place]);
		assert_ptr_equal(i->protector_signer, i->owner);
		assert_string_equal(i->owner->signing.sha256, owner.sha256);
		assert_int_equal(i->signature_good, place == 0);
		assert_true(place == 0 || strstr(i->signature_text,
						 "the owner is wrapping 1"));
		check(pdk, place == 0);
		assert_int_equal(test_unlock(file.data, file.len,
					     kps_fabric->encryption_key, &err),
				 place == 0 ? SHVM_OK : SHVM_E_VERIFY);
	}
	cert_info_done(&owner);
	free(path);
}

static void what_could_not_be_loaded_needs_a_failure(void **state)
{
	const struct shvm_err well = { 0 };
	const struct shvm_err bad = { .code = SHVM_E_FORMAT };
	const struct shvm_pdk_check_params wrong[] = {
		{ .no_catalog = &bad },
		{ .no_catalog = &bad, .no_pdk = &well },
		{ .no_catalog = &well, .no_pdk = &bad },
	};
	struct shvm_pdk_verdict verdict = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(shvm_pdk_check(NULL, &wrong[i], &verdict,
						NULL),
				 SHVM_E_ARG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_owner_is_shown_at_every_place_and_accepted_at_the_first),
		cmocka_unit_test(what_could_not_be_loaded_needs_a_failure),
	};

	return cmocka_run_group_tests_name("pdk_owner", tests, kps_set_up,
					   kps_tear_down);
}
