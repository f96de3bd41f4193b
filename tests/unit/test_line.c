/* SPDX-License-Identifier: MIT */
/* Lines of text are valid UTF-8 of characters that can be seen. */
#include "base/line.h"

#include "base/auto.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void check_clean(const char *from, const char *want)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%s", from);
	line_clean(text);
	assert_string_equal(text, want);
}

static void keeps_what_can_be_seen(void **state)
{
	(void)state;
	check_clean("", "");
	check_clean("a b~", "a b~");
	check_clean("\u00e9 \u20ac \u4e2d \U0001f600 \u0627\u05d0",
		    "\u00e9 \u20ac \u4e2d \U0001f600 \u0627\u05d0");
	check_clean("e\u0301", "e\u0301");	     /* combining */
	check_clean("\ue000\ufffd", "\ue000\ufffd"); /* private, replaced */
}

static void replaces_what_drives_a_terminal(void **state)
{
	(void)state;
	check_clean("a\nb\t\x1b[2J\x7f", "a?b??[2J?");
	check_clean("\xc2\x80\xc2\x85\xc2\x9b"
		    "0m\xc2\x9f",
		    "???0m?"); /* C1 */
	check_clean("\u202a\u202b\u202c\u202d\u202e", "?????");
	check_clean("\u2066\u2067\u2068\u2069\u200e\u200f\u061c", "???????");
	check_clean("\u200b\u200c\u200d\u2060\ufeff", "?????");
	check_clean("\u2028\u2029", "??");
	check_clean("\u00ad\u034f\u115f\u3164\uffa0\u180e", "??????");
	check_clean("\ufe0f\ufff9\ufffb\U000e0001\U000e0041\U000e01ef",
		    "??????");
	check_clean("\ufdd0\uffff\U0001fffe\U0010ffff", "????");
}

static void replaces_what_is_not_utf8(void **state)
{
	(void)state;
	check_clean("\x80", "?");
	check_clean("a\xff\xfe", "a??");
	check_clean("\xc3", "?");
	check_clean("\xc3(", "?(");
	check_clean("\xe2\x82\"", "?\""); /* a precision cut it */
	check_clean("\xf0\x9f\x98\"", "?\"");
	check_clean("\xc0\xaf", "??");	    /* overlong */
	check_clean("\xed\xa0\x80z", "?z"); /* a surrogate */
	check_clean("\xe2\x82\xe2\x82\xac", "?\u20ac");
	check_clean("\x9b\x9b", "??"); /* C1 in Latin-1 */
}

/* Each size of the buffer, each size of the character, each start. */
static void cuts_between_characters(void **state)
{
	static const char *const characters[] = { "\u00e9", "\u20ac",
						  "\U0001f600" };
	char from[80], text[64];

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(characters); k++) {
		const size_t n = strlen(characters[k]);

		for (size_t start = 0; start < n; start++)
			for (size_t size = 1; size <= sizeof(text); size++) {
				size_t len = start;

				memset(from, 'x', start);
				for (; len + n < sizeof(from); len += n)
					memcpy(from + len, characters[k], n);
				from[len] = '\0';
				line_put(text, size, "%s", from);
				len = strlen(text);
				assert_memory_equal(text, from, len);
				assert_true(utf8_is_valid(text, len));
				assert_true(len < size && len + n >= size);
				assert_int_equal(line_fit(from, size - 1), len);
			}
	}
}

static void a_text_that_fits_is_whole(void **state)
{
	char text[8];

	(void)state;
	line_put(text, sizeof(text), "abcd%s", "\u20ac");
	assert_string_equal(text, "abcd\u20ac");
	line_put(text, sizeof(text), "abcde%s", "\u20ac");
	assert_string_equal(text, "abcde");
	assert_int_equal(line_fit("\u20ac", 3), 3);
	assert_int_equal(line_fit("\u20ac", 2), 0);
	assert_int_equal(line_fit("ab", 5), 2);
	line_put(text, sizeof(text), "%.*s", LINE_FIT("a\u20ac", 3));
	assert_string_equal(text, "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_can_be_seen),
		cmocka_unit_test(replaces_what_drives_a_terminal),
		cmocka_unit_test(replaces_what_is_not_utf8),
		cmocka_unit_test(cuts_between_characters),
		cmocka_unit_test(a_text_that_fits_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
