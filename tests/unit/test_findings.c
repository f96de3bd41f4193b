/* SPDX-License-Identifier: MIT */
/* Findings keep their texts, in one line each, and never grow without end. */
#include "base/findings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void keeps_what_was_found(void **state)
{
	AUTO_DONE(findings) f = { 0 };
	char name[] = "evil\nname";

	(void)state;
	assert_int_equal(findings_worst(&f), SHVM_LEVEL_OK);
	assert_int_equal(findings_add(&f, "RULE", SHVM_LEVEL_WARNING, 4096,
				      "mend it", NULL, "found %s", name),
			 SHVM_OK);
	memset(name, 'x', strlen(name));
	assert_int_equal(f.count, 1);
	assert_string_equal(f.items[0].rule, "RULE");
	assert_string_equal(f.items[0].text, "found evil?name");
	assert_string_equal(f.items[0].hint, "mend it");
	assert_int_equal(f.items[0].offset, 4096);
	assert_int_equal(findings_worst(&f), SHVM_LEVEL_WARNING);
	assert_int_equal(findings_add(&f, "WORSE", SHVM_LEVEL_ERROR, UINT64_MAX,
				      NULL, NULL, "bad"),
			 SHVM_OK);
	assert_int_equal(findings_add(&f, "FINE", SHVM_LEVEL_OK, UINT64_MAX,
				      NULL, NULL, "good"),
			 SHVM_OK);
	assert_int_equal(findings_worst(&f), SHVM_LEVEL_ERROR);
}

static void a_flood_ends_in_one_line_that_says_so(void **state)
{
	AUTO_DONE(findings) f = { 0 };

	(void)state;
	for (int i = 0; i < 3 * FINDINGS_MAX; i++)
		assert_int_equal(findings_add(&f, "R", SHVM_LEVEL_WARNING,
					      UINT64_MAX, NULL, NULL, "%d", i),
				 SHVM_OK);
	assert_int_equal(f.count, FINDINGS_MAX + 1);
	assert_string_equal(f.items[FINDINGS_MAX - 1].text, "999");
	assert_string_equal(f.items[FINDINGS_MAX].rule, "FINDINGS_MAX");
	assert_true(findings_are_full(&f));
	assert_int_equal(findings_worst(&f), SHVM_LEVEL_WARNING);
	assert_int_equal(findings_add(&f, "WORSE", SHVM_LEVEL_ERROR, UINT64_MAX,
				      NULL, NULL, "bad"),
			 SHVM_OK);
	assert_int_equal(f.count, FINDINGS_MAX + 1);
	assert_int_equal(findings_worst(&f), SHVM_LEVEL_ERROR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_was_found),
		cmocka_unit_test(a_flood_ends_in_one_line_that_says_so),
	};

	return cmocka_run_group_tests_name("findings", tests, NULL, NULL);
}
