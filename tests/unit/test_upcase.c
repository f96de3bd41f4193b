/* SPDX-License-Identifier: MIT */
/* Upper case outside of ASCII. */
#include "base/upcase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static void knows_every_script_with_case(void **state)
{
	static const uint32_t pairs[][2] = {
		{ 'a', 'A' },	    { 'z', 'Z' },	{ '{', '{' },
		{ 0xe4, 0xc4 },	    { 0xf7, 0xf7 },	{ 0xff, 0x178 },
		{ 0xb5, 0x39c },    { 0xdf, 0xdf },	{ 0x101, 0x100 },
		{ 0x100, 0x100 },   { 0x17e, 0x17d },	{ 0x1c6, 0x1c4 },
		{ 0x1c5, 0x1c4 },   { 0x3b1, 0x391 },	{ 0x3c2, 0x3a3 },
		{ 0x3c3, 0x3a3 },   { 0x430, 0x410 },	{ 0x451, 0x401 },
		{ 0x561, 0x531 },   { 0x10d0, 0x1c90 }, { 0xab70, 0x13a0 },
		{ 0x1e01, 0x1e00 }, { 0x1f80, 0x1f88 }, { 0x1fb3, 0x1fbc },
		{ 0x24d0, 0x24b6 }, { 0x2c61, 0x2c60 }, { 0x2d00, 0x10a0 },
		{ 0xa641, 0xa640 }, { 0xff41, 0xff21 }, { 0x10428, 0x10428 },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		if (upcase(pairs[i][0]) != pairs[i][1])
			fail_msg("%x is %x", pairs[i][0], upcase(pairs[i][0]));
}

/* Upper case of upper case is itself, and of how many characters it is not. */
static void every_row_is_reached(void **state)
{
	unsigned int changed = 0;
	(void)state;

	for (uint32_t c = 0; c < 0x110000; c++) {
		const uint32_t up = upcase(c);

		changed += up != c;
		if (upcase(up) != up || up > 0xffff + (c > 0xffff) * 0x100000)
			fail_msg("%x is %x is %x", c, up, upcase(up));
	}
	assert_int_equal(changed, 26 + 1164);
}

static void compares_names(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} cases[] = {
		{ "", "", true },
		{ "a", "", false },
		{ "ab", "a", false },
		{ "File.TXT", "fILE.txt", true },
		{ "\xc3\xa4.txt", "\xc3\x84.TXT", true },
		{ "\xc3\xa4.txt", "a.txt", false },
		/* One letter and two are not alike, whatever a reader thinks. */
		{ "stra\xc3\x9f", "STRASS", false },
		/* Two bytes and three. */
		{ "\xc9\xab", "\xe2\xb1\xa2", true },
		{ "\xf0\x90\x90\xa8", "\xf0\x90\x90\x80", false },
		{ "\xc3", "\xc3", true },
		{ "\xc3x", "\xc3X", false },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (upcase_equal(cases[i].a, cases[i].b) != cases[i].equal ||
		    upcase_equal(cases[i].b, cases[i].a) != cases[i].equal)
			fail_msg("case %zu", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_every_script_with_case),
		cmocka_unit_test(every_row_is_reached),
		cmocka_unit_test(compares_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
