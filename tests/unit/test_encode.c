/* SPDX-License-Identifier: MIT */
/* Base64, hexadecimal, UTF-8. */
#include "base/encode.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void encodes_base64_of_rfc_4648(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		AUTO_DONE(buf) text = { 0 };
		AUTO_DONE(buf) back = { 0 };

		base64_encode(&text, pairs[i][0], strlen(pairs[i][0]));
		assert_int_equal(text.len, strlen(pairs[i][1]));
		assert_memory_equal(text.data, pairs[i][1], text.len);
		assert_int_equal(base64_decode(pairs[i][1], text.len, "t",
					       &back, NULL),
				 SHVM_OK);
		assert_int_equal(back.len, strlen(pairs[i][0]));
		assert_memory_equal(back.data, pairs[i][0], back.len);
	}
}

static void decodes_base64_with_spaces_between(void **state)
{
	static const char text[] = " Zm9v\n\tYg = =\r\n";
	AUTO_DONE(buf) b = { 0 };

	(void)state;
	assert_int_equal(base64_decode(text, strlen(text), "t", &b, NULL),
			 SHVM_OK);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "foob", 4);
}

static void refuses_base64_that_is_not_canonical(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "Zm9", "truncated" },
		{ "Z", "truncated" },
		{ "Zm9v!", "character 4" },
		{ "Zh==", "non-zero unused bits" },
		{ "Zm9=", "non-zero unused bits" },
		{ "Zg==Zg==", "after its padding" },
		{ "Zg=", "truncated" },
		{ "Z===", "character 1" },
		{ "=", "character 0" },
		{ "Zg=g", "character 3" },
		{ "Zm8==", "after its padding" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_DONE(buf) b = { 0 };
		struct shvm_err err = { 0 };
		int r = base64_decode(cases[i].text, strlen(cases[i].text),
				      "value", &b, &err);

		if (r != SHVM_E_FORMAT || !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
	}
}

static void reads_and_writes_hexadecimal(void **state)
{
	uint8_t data[3] = { 0 };
	char text[7];

	(void)state;
	assert_true(hex_parse("00aFff", data, 3));
	hex_format(data, 3, text);
	assert_string_equal(text, "00afff");
	assert_false(hex_parse("00afg0", data, 3));
	assert_false(hex_parse("00af", data, 3));
	assert_false(hex_parse("00aff", data, 2));
}

static void tells_utf8_from_the_rest(void **state)
{
	static const char *const good[] = { "",
					    "a",
					    "\xc3\xa4",
					    "\xe2\x82\xac",
					    "\xf0\x9f\x98\x80",
					    "\xed\x9f\xbf",
					    "\xf4\x8f\xbf\xbf" };
	static const char *const bad[] = {
		"\x80",
		"\xc0\xaf",
		"\xc1\xbf",
		"\xe0\x9f\xbf",
		"\xed\xa0\x80",
		"\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xc3",
		"\xe2\x82",
		"\xc3\x28",
		"\xff",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		if (!utf8_is_valid(good[i], strlen(good[i])))
			fail_msg("good %zu", i);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (utf8_is_valid(bad[i], strlen(bad[i])))
			fail_msg("bad %zu", i);
	assert_false(utf8_is_valid("a\0b", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes_base64_of_rfc_4648),
		cmocka_unit_test(decodes_base64_with_spaces_between),
		cmocka_unit_test(refuses_base64_that_is_not_canonical),
		cmocka_unit_test(reads_and_writes_hexadecimal),
		cmocka_unit_test(tells_utf8_from_the_rest),
	};

	return cmocka_run_group_tests_name("encode", tests, NULL, NULL);
}
