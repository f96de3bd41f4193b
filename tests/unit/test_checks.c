/* SPDX-License-Identifier: MIT */
/* Checks keep their texts, in one line each; what was found has an end. */
#include "base/checks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void keeps_what_was_found(void **state)
{
	AUTO_DONE(checks) f = { 0 };
	char name[] = "evil\nname";

	(void)state;
	assert_int_equal(checks_worst(&f), SHVM_LEVEL_NOTE);
	assert_int_equal(checks_add(&f, "RULE", SHVM_LEVEL_WARNING, 4096,
				    "do this", NULL, "found %s", name),
			 SHVM_OK);
	memset(name, 'x', strlen(name));
	assert_int_equal(f.count, 1);
	assert_string_equal(f.items[0].id, "RULE");
	assert_string_equal(f.items[0].text, "found evil?name");
	assert_string_equal(f.items[0].fix, "do this");
	assert_int_equal(f.items[0].offset, 4096);
	assert_int_equal(checks_worst(&f), SHVM_LEVEL_WARNING);
	assert_int_equal(checks_add(&f, "WORSE", SHVM_LEVEL_ERROR, UINT64_MAX,
				    NULL, NULL, "bad"),
			 SHVM_OK);
	assert_int_equal(checks_add(&f, "FINE", SHVM_LEVEL_NOTE, UINT64_MAX,
				    NULL, NULL, "good"),
			 SHVM_OK);
	assert_int_equal(checks_worst(&f), SHVM_LEVEL_ERROR);
}

static void a_flood_ends_in_one_line_that_says_so(void **state)
{
	AUTO_DONE(checks) f = { 0 };

	(void)state;
	for (int i = 0; i < 3 * CHECKS_MAX; i++)
		assert_int_equal(checks_add(&f, "R", SHVM_LEVEL_WARNING,
					    UINT64_MAX, NULL, NULL, "%d", i),
				 SHVM_OK);
	assert_int_equal(f.count, CHECKS_MAX + 1);
	assert_string_equal(f.items[CHECKS_MAX - 1].text, "999");
	assert_string_equal(f.items[CHECKS_MAX].id, "CHECKS_MAX");
	assert_true(checks_are_full(&f));
	assert_int_equal(checks_worst(&f), SHVM_LEVEL_WARNING);
	assert_int_equal(checks_add(&f, "WORSE", SHVM_LEVEL_ERROR, UINT64_MAX,
				    NULL, NULL, "bad"),
			 SHVM_OK);
	assert_int_equal(f.count, CHECKS_MAX + 1);
	assert_int_equal(checks_worst(&f), SHVM_LEVEL_ERROR);
}

/* A copy has strings of its own; what is unknown or ignored is no failure. */
static void keeps_copies_and_hands_them_over(void **state)
{
	AUTO_DONE(checks) c = { 0 };
	struct shvm_verdict verdict = { .yes = true };
	char object[] = "wrapping\n1", expected[] = "12ab";
	struct shvm_check check = { .id = "step",
				    .outcome = SHVM_CHECK_UNKNOWN,
				    .level = SHVM_LEVEL_ERROR,
				    .object = object,
				    .offset = UINT64_MAX,
				    .expected = expected };

	(void)state;
	assert_int_equal(checks_put(&c, &check, NULL, "%s", ""), SHVM_OK);
	check.outcome = SHVM_CHECK_IGNORED;
	check.object = check.expected = NULL;
	assert_int_equal(checks_put(&c, &check, NULL, "a\tb"), SHVM_OK);
	memset(object, 'x', strlen(object));
	memset(expected, 'x', strlen(expected));
	assert_int_equal(checks_worst(&c), SHVM_LEVEL_NOTE);
	checks_give(&c, &verdict);
	assert_int_equal(c.count, 0);
	assert_null(c.items);
	assert_int_equal(verdict.count, 2);
	assert_string_equal(verdict.checks[0].object, "wrapping?1");
	assert_string_equal(verdict.checks[0].expected, "12ab");
	assert_string_equal(verdict.checks[0].text, "");
	assert_string_equal(verdict.checks[1].text, "a?b");
	assert_null(verdict.checks[1].object);
	assert_string_equal(shvm_outcome_name(verdict.checks[1].outcome),
			    "ignored");
	assert_string_equal(shvm_level_name(verdict.checks[1].level), "error");
	shvm_verdict_done(&verdict);
	assert_false(verdict.yes);
	assert_null(verdict.checks);
	shvm_verdict_done(&verdict); /* harmless */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_was_found),
		cmocka_unit_test(keeps_copies_and_hands_them_over),
		cmocka_unit_test(a_flood_ends_in_one_line_that_says_so),
	};

	return cmocka_run_group_tests_name("checks", tests, NULL, NULL);
}
