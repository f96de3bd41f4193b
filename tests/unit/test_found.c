/* SPDX-License-Identifier: MIT */
#include "base/found.h"

#include "tests/unit/support.h"

#include <string.h>

static void puts_the_values_in_their_places(void **state)
{
	char other[] = "b";

	(void)state;
	assert_string_equal(FOUND_TEXT("no place"), "no place");
	assert_string_equal(FOUND_TEXT("{a}{b} and {c}.", FOUND(UINT64_MAX),
				       FOUND(""), FOUND(other)),
			    "18446744073709551615 and b.");
	/* What was found is not read as a text with places or as a format. */
	assert_string_equal(FOUND_TEXT("{a} {b}", FOUND("{b} %s"), FOUND(1)),
			    "{b} %s 1");
}

/* Nothing that was found drives a terminal, or is cut within a character. */
static void keeps_a_line_a_line(void **state)
{
	char longest[2 * SHVM_MSG_SIZE];
	const char *text;

	(void)state;
	assert_string_equal(FOUND_TEXT("<{a}>", FOUND("\033[2J\n")), "<?[2J?>");
	for (size_t i = 0; i + 2 < sizeof(longest); i += 2)
		memcpy(longest + i, "\303\244", 3);
	text = FOUND_TEXT("{a} and {b}", FOUND(longest), FOUND(longest));
	assert_int_equal(strlen(text), SHVM_MSG_SIZE - 1);
	assert_memory_equal(text, longest, SHVM_MSG_SIZE - 2);
	assert_int_equal(text[SHVM_MSG_SIZE - 2], ' ');
	text = FOUND_TEXT("-{a}", FOUND(longest));
	assert_int_equal(strlen(text), SHVM_MSG_SIZE - 1);
	assert_memory_equal(text + 1, longest, SHVM_MSG_SIZE - 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_the_values_in_their_places),
		cmocka_unit_test(keeps_a_line_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
