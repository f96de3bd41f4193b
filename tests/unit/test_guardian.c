/* SPDX-License-Identifier: MIT */
/* Guardian metadata: written, read again, and refused when it is wrong. */
#include "tests/unit/support_kps.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
/* after the headers that it needs */
#include <cmocka.h>

static const struct shvm_guardian_trust any_root = {
	.allow_untrusted_root = true,
};

static struct guardian *owner;

static int set_up(void **state)
{
	(void)state;
	owner = kps_guardian(0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	guardian_free(owner);
	return 0;
}

static void a_new_guardian_is_read_back(void **state)
{
	AUTO(guardian_ptr) g = NULL;
	AUTO_DONE(buf) again = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	if (guardian_decode(owner->xml.data, owner->xml.len, "g.xml", &any_root,
			    &g, &err) < 0)
		fail_msg("%s", err.msg);
	assert_true(key_cert_equal(g->signing_cert, owner->signing_cert));
	assert_true(key_cert_equal(g->encryption_cert, owner->encryption_cert));
	assert_true(key_cert_equal(g->document_cert, owner->signing_cert));
	assert_string_equal(g->name, "g.xml");
	assert_int_equal(g->version, 1);

	/* The same content and key give the same bytes. */
	g->signing_key = owner->signing_key;
	assert_int_equal(guardian_encode(g, &again, &err), 0);
	g->signing_key = NULL;
	assert_int_equal(again.len, owner->xml.len);
	assert_memory_equal(again.data, owner->xml.data, again.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_guardian_is_read_back),
	};

	return cmocka_run_group_tests_name("guardian", tests, set_up,
					   tear_down);
}
