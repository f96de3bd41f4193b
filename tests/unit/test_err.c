/* SPDX-License-Identifier: MIT */
/* Codes, reasons and one-line texts of struct shvm_err. */
#include "base/err.h"

#include "base/auto.h"
#include "base/utf8.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void sets_code_reason_and_text(void **state)
{
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(err_reason(&err, SHVM_E_FORMAT, "BAT_EOF", "block %d",
				    7),
			 SHVM_E_FORMAT);
	assert_int_equal(err.code, SHVM_E_FORMAT);
	assert_string_equal(err.reason, "BAT_EOF");
	assert_string_equal(err.msg, "block 7");
	assert_int_equal(err_set(&err, SHVM_E_ARG, "other"), SHVM_E_ARG);
	assert_null(err.reason);
	assert_int_equal(err_set(NULL, SHVM_E_IO, "no listener"), SHVM_E_IO);
}

static void keeps_one_line_whatever_is_quoted(void **state)
{
	struct shvm_err err = { 0 };

	(void)state;
	err_set(&err, SHVM_E_ARG, "name \"%s\"", "a\nb\x1b[2J\x7f");
	assert_string_equal(err.msg, "name \"a?b?[2J?\"");
}

/* Names of characters of 2, 3 and 4 bytes, of each length. */
static void texts_are_utf8_at_each_length(void **state)
{
	static const char *const characters[] = { "\u00e9", "\u20ac",
						  "\U0001f600" };
	struct shvm_err err = { 0 };
	char name[2 * SHVM_MSG_SIZE];

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		const size_t n = strlen(characters[k]);

		for (size_t len = 0; len + n < sizeof(name); len++) {
			const size_t start = len % n;

			memset(name, 'x', start);
			for (size_t at = start; at < len; at += n)
				memcpy(name + at, characters[k], n);
			name[len] = '\0';
			err_set(&err, SHVM_E_ARG, "%s: not found", name);
			assert_true(utf8_is_valid(err.msg, strlen(err.msg)));
			assert_true(strlen(err.msg) + 4 >= SHVM_MSG_SIZE ||
				    strstr(err.msg, ": not found"));
			err_set(&err, SHVM_E_ARG, "inner");
			err_prefix(&err, SHVM_E_ARG, "%s", name);
			assert_true(utf8_is_valid(err.msg, strlen(err.msg)));
			errno = ENOENT;
			err_set_errno(&err, "%s", name);
			assert_true(utf8_is_valid(err.msg, strlen(err.msg)));
		}
	}
}

static void no_text_hides_or_drives_anything(void **state)
{
	struct shvm_err err = { 0 };

	(void)state;
	err_set(&err, SHVM_E_ARG, "\"%s\"",
		"a\xc2\x9b"
		"b\u202ec\u200b"
		"d\xff");
	assert_string_equal(err.msg, "\"a?b?c?d?\"");
	err_prefix(&err, SHVM_E_ARG, "%s", "\u2066\x9b");
	assert_string_equal(err.msg, "??: \"a?b?c?d?\"");
}

static void prefixes_without_losing_the_reason(void **state)
{
	struct shvm_err err = { 0 };

	(void)state;
	err_reason(&err, SHVM_E_FORMAT, "X", "inner");
	assert_int_equal(err_prefix(&err, SHVM_E_FORMAT, "%s", "outer"),
			 SHVM_E_FORMAT);
	assert_string_equal(err.msg, "outer: inner");
	assert_string_equal(err.reason, "X");
}

/* So that a step can stand where its code is wanted. */
static void lets_a_step_without_a_failure_pass(void **state)
{
	struct shvm_err err = { .msg = "not set by this step" };

	(void)state;
	assert_int_equal(err_prefix(&err, SHVM_OK, "%s", "outer"), SHVM_OK);
	assert_int_equal(err_name(&err, SHVM_OK, "d"), SHVM_OK);
	assert_int_equal(err_as_reason(&err, SHVM_OK, SHVM_E_VERIFY, "X"),
			 SHVM_OK);
	assert_int_equal(err_as_reason(&err, 7, SHVM_E_VERIFY, "X"), 7);
	assert_string_equal(err.msg, "not set by this step");
	assert_null(err.reason);
	assert_int_equal(err.code, SHVM_OK);
}

static void names_what_is_not_named_yet(void **state)
{
	static const struct {
		const char *text, *wanted;
	} cases[] = {
		{ "inner", "d: inner" },
		{ "d: inner", "d: inner" },
		{ "d", "d: d" },
		{ "d:inner", "d: d:inner" },
		{ "dd: inner", "d: dd: inner" },
	};
	struct shvm_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		err_set(&err, SHVM_E_IO, "%s", cases[i].text);
		assert_int_equal(err_name(&err, SHVM_E_IO, "d"), SHVM_E_IO);
		assert_string_equal(err.msg, cases[i].wanted);
	}
	assert_int_equal(err_name(NULL, SHVM_E_IO, "d"), SHVM_E_IO);
}

static void tells_errno_and_memory_apart(void **state)
{
	struct shvm_err err = { 0 };

	(void)state;
	errno = ENOENT;
	assert_int_equal(err_set_errno(&err, "f"), SHVM_E_IO);
	assert_string_equal(err.msg, "f: No such file or directory");
	errno = ENOMEM;
	assert_int_equal(err_set_errno(&err, "f"), SHVM_E_NOMEM);
	assert_int_equal(err_nomem(&err, "f"), SHVM_E_NOMEM);
	assert_non_null(strstr(err.msg, "out of memory"));
}

static void openssl_out_of_memory_is_no_fault_of_the_key(void **state)
{
	struct shvm_err err = { 0 };

	(void)state;
	ERR_raise(ERR_LIB_EVP, ERR_R_MALLOC_FAILURE);
	assert_int_equal(err_set_ossl(&err, "key"), SHVM_E_NOMEM);
	assert_int_equal(err.code, SHVM_E_NOMEM);
}

static void drains_the_openssl_queue(void **state)
{
	struct shvm_err err = { 0 };

	(void)state;
	assert_null(EVP_MD_fetch(NULL, "no-such-digest", NULL));
	assert_int_equal(err_set_ossl(&err, "digest"), SHVM_E_CRYPTO);
	assert_non_null(strstr(err.msg, "digest: unsupported"));
	assert_int_equal(ERR_peek_error(), 0);
	assert_int_equal(err_set_ossl(&err, "nothing queued"), SHVM_E_CRYPTO);
	assert_string_equal(err.msg, "nothing queued");
}

static void names_every_code(void **state)
{
	(void)state;
	for (int code = SHVM_E_NETWORK; code <= SHVM_OK; code++)
		assert_string_not_equal(shvm_code_name(code), "unknown");
	assert_string_equal(shvm_code_name(1), "unknown");
	assert_string_equal(shvm_code_name(SHVM_E_NETWORK - 1), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_code_reason_and_text),
		cmocka_unit_test(keeps_one_line_whatever_is_quoted),
		cmocka_unit_test(texts_are_utf8_at_each_length),
		cmocka_unit_test(no_text_hides_or_drives_anything),
		cmocka_unit_test(prefixes_without_losing_the_reason),
		cmocka_unit_test(lets_a_step_without_a_failure_pass),
		cmocka_unit_test(names_what_is_not_named_yet),
		cmocka_unit_test(tells_errno_and_memory_apart),
		cmocka_unit_test(openssl_out_of_memory_is_no_fault_of_the_key),
		cmocka_unit_test(drains_the_openssl_queue),
		cmocka_unit_test(names_every_code),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
