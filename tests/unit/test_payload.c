/* SPDX-License-Identifier: MIT */
/* The files of a shielding data file: names, limits. */
#include "pdk/payload.h"

#include "tests/unit/support_pdk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct shvm_file file(const char *name, size_t size)
{
	static uint8_t zeros[PAYLOAD_SIZE_MAX + 1];

	return (struct shvm_file){ name, zeros, size };
}

static void refuses_names_that_are_no_plain_component(void **state)
{
	static const struct {
		const char *name, *says;
	} cases[] = {
		{ "", "not one plain" },
		{ ".", "not one plain" },
		{ "..", "not one plain" },
		{ "../x", "\"../x\" is not one plain" },
		{ "a/b", "not one plain" },
		{ "a\\b", "not one plain" },
		{ "a\nb", "\"(not printable)\" is not" },
		{ "\x80", "\"(not printable)\" is not" },
		{ "UNATTEND.xml", "the answer file's name" },
		{ "Some.bin", "is there twice" },
	};
	AUTO_DONE(payload) p = { 0 };
	struct shvm_file f = file("unattend.xml", 1);

	(void)state;
	assert_int_equal(payload_set_answer(&p, &f, NULL), 0);
	f.name = "some.BIN";
	assert_int_equal(payload_add(&p, &f, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct shvm_err err = { 0 };
		int r;

		f.name = cases[i].name;
		r = payload_add(&p, &f, &err);
		if (r != SHVM_E_ARG || !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		assert_int_equal(p.count, 1);
	}
}

static void counts_other_files_up_to_384_kib(void **state)
{
	AUTO_DONE(payload) p = { 0 };
	struct shvm_err err = { 0 };
	struct shvm_file f = file("unattend.xml", 500 * 1024);

	(void)state;
	assert_int_equal(payload_set_answer(&p, &f, NULL), 0);
	f = file("a", 384 * 1024 - 1);
	assert_int_equal(payload_add(&p, &f, NULL), 0);
	f = file("b", 1);
	assert_int_equal(payload_add(&p, &f, NULL), 0);
	assert_int_equal(payload_check_size(&p, NULL), 0);
	f = file("c", 1);
	assert_int_equal(payload_add(&p, &f, NULL), 0);
	assert_int_equal(payload_check_size(&p, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "393217 bytes together"));
	assert_string_equal(err.reason, "size-limit");
	assert_int_equal(payload_remove(&p, "a", NULL), 0);
	assert_int_equal(payload_remove(&p, "a", NULL), SHVM_E_ARG);
	assert_false(payload_has(&p, "a"));
	assert_true(payload_has(&p, "c"));
	assert_int_equal(payload_other_size(&p), 2);
}

static void refuses_more_than_fits_in_a_body(void **state)
{
	AUTO_DONE(payload) p = { 0 };
	struct shvm_err err = { 0 };
	struct shvm_file f = file("a", PAYLOAD_SIZE_MAX);

	(void)state;
	assert_int_equal(payload_add(&p, &f, NULL), 0);
	f = file("b", 1);
	assert_int_equal(payload_add(&p, &f, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "\"b\": more than"));
	assert_int_equal(payload_remove(&p, "a", NULL), 0);
	f = file("x", 0);
	for (int i = 0; i < PAYLOAD_FILES_MAX; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "f%d", i);
		f.name = name;
		assert_int_equal(payload_add(&p, &f, NULL), 0);
	}
	f.name = "one more";
	assert_int_equal(payload_add(&p, &f, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "more than 1000 files"));
}

static void keeps_the_old_answer_when_the_new_one_is_refused(void **state)
{
	AUTO_DONE(payload) p = { 0 };
	struct shvm_err err = { 0 };
	struct shvm_file f = file("unattend.xml", 7);

	(void)state;
	assert_int_equal(payload_set_answer(&p, &f, NULL), 0);
	f.size = 0;
	assert_int_equal(payload_set_answer(&p, &f, &err), SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "is empty"));
	f = file("../up", 7);
	assert_int_equal(payload_set_answer(&p, &f, &err), SHVM_E_ARG);
	assert_string_equal(p.answer.name, "unattend.xml");
	assert_int_equal(p.answer.data.len, 7);
	f = file("unattend.xml", 9);
	assert_int_equal(payload_set_answer(&p, &f, NULL), 0);
	assert_int_equal(p.answer.data.len, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_names_that_are_no_plain_component),
		cmocka_unit_test(counts_other_files_up_to_384_kib),
		cmocka_unit_test(refuses_more_than_fits_in_a_body),
		cmocka_unit_test(
			keeps_the_old_answer_when_the_new_one_is_refused),
	};

	return cmocka_run_group_tests_name("payload", tests, NULL, NULL);
}
