/* SPDX-License-Identifier: MIT */
/* Key protectors: made, written, read again, opened. */
#include "base/be.h"
#include "tests/unit/support_kps.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
/* after the headers that it needs */
#include <cmocka.h>

static void a_new_protector_is_read_back_and_checks(void **state)
{
	AUTO(protector_ptr) p = NULL;
	AUTO(protector_ptr) again = NULL;
	AUTO(secret_ptr) key = NULL;
	AUTO_DONE(buf) raw = { 0 };
	AUTO_DONE(buf) raw_again = { 0 };
	struct checks steps = { 0 };
	struct shvm_err err = { 0 };
	size_t skipped = 0;

	(void)state;
	kps_protector(&p, &key);
	assert_int_equal(key->size, PROTECTOR_KEY_SIZE);
	assert_int_equal(protector_encode(p, &raw, &err), 0);
	assert_int_equal(be32_get(raw.data), raw.len);

	if (shvm_protector_decode(raw.data, raw.len, "kp", &again, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(shvm_protector_info(again)->wrapping_count, 2);
	assert_int_equal(protector_owner(again), 0);
	assert_int_equal(shvm_protector_info(again)->wrappings[1].id, 2);
	assert_true(key_cert_equal(protector_signing_cert(again, 1),
				   kps_fabric->signing_cert));
	assert_int_equal(protector_encode(again, &raw_again, &err), 0);
	assert_int_equal(raw.len, raw_again.len);
	assert_memory_equal(raw.data, raw_again.data, raw.len);

	if (protector_check(again, key, &steps, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < steps.count; i++)
		assert_int_equal(steps.items[i].outcome, SHVM_CHECK_PASSED);
	assert_int_equal(steps.count, 5 + 2 * 6 + 1);
	checks_done(&steps);

	if (protector_check(again, NULL, &steps, &err) < 0)
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < steps.count; i++)
		skipped += steps.items[i].outcome == SHVM_CHECK_SKIPPED;
	assert_int_equal(skipped, 1);
	checks_done(&steps);
}

static void owner_and_guardian_open_it_and_nobody_else(void **state)
{
	AUTO(protector_ptr) p = NULL;
	AUTO(secret_ptr) key = NULL;
	const struct shvm_guardian *who[] = { kps_owner, kps_fabric };
	struct secret *none = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	kps_protector(&p, &key);
	for (size_t i = 0; i < 2; i++) {
		AUTO(secret_ptr) opened = NULL;
		size_t wrapping = 9;

		if (protector_open(p, who[i]->encryption_key, &wrapping,
				   &opened, &err) < 0)
			fail_msg("%s", err.msg);
		assert_int_equal(wrapping, i);
		assert_int_equal(opened->size, key->size);
		assert_memory_equal(opened->data, key->data, key->size);
	}
	assert_int_equal(protector_open(p, kps_other->encryption_key, NULL,
					&none, &err),
			 SHVM_E_VERIFY);
	assert_string_equal(err.reason, "no-guardian-key");
	assert_null(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_protector_is_read_back_and_checks),
		cmocka_unit_test(owner_and_guardian_open_it_and_nobody_else),
	};

	return cmocka_run_group_tests_name("protector", tests, kps_set_up,
					   kps_tear_down);
}
