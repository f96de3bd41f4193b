/* SPDX-License-Identifier: MIT */
/* Libraries that are loaded late: there, missing, too old, from two threads. */
#include "base/dynlib.h"

#include "base/pool.h"
#include "guest/dynlib_guestfs.h"
#include "signer/dynlib_curl.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* libm is everywhere, and nothing that is linked here needs it for these. */
struct math_calls {
	__typeof__(cbrt) *cbrt;
	__typeof__(ldexp) *ldexp;
};

static const char *const good_names[] = { "cbrt", "ldexp" };
static const char *const bad_names[] = { "cbrt", "no_such_function" };

static void calls_are_in_the_order_of_the_names(void **state)
{
	struct math_calls math = { 0 };
	struct dynlib l = DYNLIB("libm.so.6", "libc6", good_names, math);
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(dynlib_load(&l, &err), SHVM_OK);
	assert_true(math.cbrt(27.0) > 2.999 && math.cbrt(27.0) < 3.001);
	assert_true(math.ldexp(1.0, 10) > 1023.9);
	assert_int_equal(err.code, 0);

	/* Once is enough: what was found is left alone. */
	math.cbrt = NULL;
	assert_int_equal(dynlib_load(&l, &err), SHVM_OK);
	assert_null(math.cbrt);
}

static void what_is_missing_is_named_with_its_package(void **state)
{
	static const struct {
		const char *soname, *const *names, *words;
	} cases[] = {
		{ "libshvm-absent.so.9", good_names, "; install libabsent9" },
		{ "libm.so.6", bad_names,
		  "libm.so.6 has no function no_such_function; install a "
		  "newer libabsent9" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct math_calls math = { 0 };
		struct dynlib l =
			DYNLIB(cases[i].soname, "libabsent9", good_names, math);
		struct shvm_err err = { 0 };

		l.names = cases[i].names;
		for (int again = 0; again < 2; again++) {
			memset(&err, 0, sizeof(err));
			assert_int_equal(dynlib_load(&l, &err),
					 SHVM_E_UNSUPPORTED);
			assert_string_equal(err.reason, "missing-library");
			assert_non_null(strstr(err.msg, cases[i].words));
			assert_false(l.is_loaded);
		}
	}
}

static void a_missing_library_can_come_later(void **state)
{
	struct math_calls math = { 0 };
	struct dynlib l =
		DYNLIB("libshvm-absent.so.9", "libc6", good_names, math);
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(dynlib_load(&l, &err), SHVM_E_UNSUPPORTED);
	l.soname = "libm.so.6";
	assert_int_equal(dynlib_load(&l, &err), SHVM_OK);
	assert_non_null(math.ldexp);
}

struct race {
	struct dynlib library;
	struct math_calls math;
};

static int race_load(void *ctx, uint64_t job, unsigned int worker,
		     struct shvm_err *err)
{
	struct race *r = ctx;
	const int code = dynlib_load(&r->library, err);

	(void)job;
	(void)worker;
	if (code < 0)
		return code;
	return r->math.cbrt && r->math.ldexp
		       ? SHVM_OK
		       : err_set(err, SHVM_E_IO, "half a table");
}

static void threads_find_a_whole_table(void **state)
{
	(void)state;
	for (int round = 0; round < 50; round++) {
		struct race r = { 0 };
		struct shvm_err err = { 0 };

		r.library = (struct dynlib)DYNLIB("libm.so.6", "libc6",
						  good_names, r.math);
		assert_int_equal(pool_run(4, 16, race_load, &r, &err), SHVM_OK);
	}
}

/* Where they are built against they are also there at run time. */
static void every_name_in_our_lists_exists(void **state)
{
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(guestfs_load(&err), SHVM_OK);
	assert_int_equal(curl_load(&err), SHVM_OK);
	assert_string_equal(curl.easy_strerror(CURLE_OK), "No error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_in_the_order_of_the_names),
		cmocka_unit_test(what_is_missing_is_named_with_its_package),
		cmocka_unit_test(a_missing_library_can_come_later),
		cmocka_unit_test(threads_find_a_whole_table),
		cmocka_unit_test(every_name_in_our_lists_exists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
