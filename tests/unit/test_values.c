/* SPDX-License-Identifier: MIT */
/* GUIDs, UTF-16, versions, numbers and CRC-32C. */
#include "base/buf.h"
#include "base/crc32c.h"
#include "base/guid.h"
#include "base/utf16.h"
#include "base/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void guid_text_is_mixed_endian(void **state)
{
	static const struct shvm_guid esp =
		GUID_INIT(0xc12a7328u, 0xf81f, 0x11d2, 0xba, 0x4b, 0x00, 0xa0,
			  0xc9, 0x3e, 0xc9, 0x3b);
	static const uint8_t disk[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8,
					  0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0,
					  0xc9, 0x3e, 0xc9, 0x3b };
	struct shvm_guid g = guid_load(disk);
	char text[SHVM_GUID_TEXT];

	(void)state;
	assert_true(guid_equal(&g, &esp));
	assert_string_equal(shvm_guid_format(&g, text),
			    "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
	assert_true(guid_parse("{C12A7328-F81F-11D2-BA4B-00A0C93EC93B}", &g));
	assert_true(guid_equal(&g, &esp));
	assert_false(guid_is_zero(&g));
}

static void refuses_malformed_guids(void **state)
{
	static const char *const bad[] = {
		"",
		"{",
		"c12a7328f81f11d2ba4b00a0c93ec93b",
		"c12a7328-f81f-11d2-ba4b-00a0c93ec93",
		"c12a7328-f81f-11d2-ba4b-00a0c93ec93bb",
		"{c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
		"{c12a7328-f81f-11d2-ba4b-00a0c93ec93b)",
		"c12a7328-f81f-11d2-ba4b-00a0c93ec9xx",
		"c12a7328_f81f-11d2-ba4b-00a0c93ec93b",
		"c12a7328-f81f-11d2-ba4b000a0c93ec93b-",
	};
	struct shvm_guid g;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (guid_parse(bad[i], &g))
			fail_msg("took \"%s\"", bad[i]);
}

static void random_guids_are_version_4_and_differ(void **state)
{
	struct shvm_guid a, b;

	(void)state;
	assert_int_equal(guid_random(&a, NULL), SHVM_OK);
	assert_int_equal(guid_random(&b, NULL), SHVM_OK);
	assert_false(guid_equal(&a, &b));
	assert_int_equal(a.bytes[7] >> 4, 4);
	assert_int_equal(a.bytes[8] >> 6, 2);
}

static void utf16_round_trips(void **state)
{
	static const char text[] = "aä€\xf0\x9f\x98\x80";
	AUTO_DONE(buf) wide = { 0 };
	AUTO_DONE(buf) back = { 0 };

	(void)state;
	assert_true(utf16_from_utf8(text, strlen(text), &wide));
	assert_int_equal(wide.len, 10);
	assert_memory_equal(wide.data, "a\0\xe4\0\xac\x20\x3d\xd8\0\xde", 10);
	assert_true(utf16_to_utf8(wide.data, wide.len, &back));
	assert_int_equal(back.len, strlen(text));
	assert_memory_equal(back.data, text, back.len);
}

static void a_byte_order_mark_is_removed_and_says_the_order(void **state)
{
	static const struct {
		const char *data, *text;
		size_t len;
		bool is_wide;
	} cases[] = {
		{ "\xff\xfe"
		  "a\0\xac\x20",
		  "a€", 6, true },
		{ "\xfe\xff"
		  "\0a\x20\xac",
		  "a€", 6, true },
		{ "\xef\xbb\xbf"
		  "a\xe4",
		  "a\xe4", 5, false },
		{ "a\xe4", "a\xe4", 2, false },
		{ "\xff\xfe", "", 2, true },
		{ "\xff", "\xff", 1, false },
		{ "", "", 0, false },
		{ "\xff\xfe"
		  "a",
		  NULL, 3, true },
		{ "\xfe\xff"
		  "\0a\0",
		  NULL, 5, true },
		{ "\xfe\xff"
		  "\0a\0\0",
		  NULL, 6, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_DONE(buf) out = { 0 };
		bool wide;

		if (utf16_marked_to_utf8((const uint8_t *)cases[i].data,
					 cases[i].len, &out,
					 &wide) != !!cases[i].text)
			fail_msg("case %zu", i);
		assert_int_equal(wide, cases[i].is_wide);
		if (!cases[i].text)
			continue;
		assert_int_equal(out.len, strlen(cases[i].text));
		if (out.len > 0)
			assert_memory_equal(out.data, cases[i].text, out.len);
	}
}

static void refuses_broken_utf16_and_appends_nothing(void **state)
{
	static const struct {
		const char *data;
		size_t len;
	} bad[] = {
		{ "a\0b", 3 },
		{ "a\0\0\0", 4 },
		{ "a\0\x3d\xd8", 4 },
		{ "a\0\x00\xde", 4 },
		{ "a\0\x3d\xd8"
		  "a\0",
		  6 },
		{ "a\0\x3d\xd8\x3d\xd8", 6 },
	};
	AUTO_DONE(buf) b = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (utf16_to_utf8((const uint8_t *)bad[i].data, bad[i].len, &b))
			fail_msg("case %zu", i);
		assert_int_equal(b.len, 0);
	}
	assert_false(utf16_from_utf8("\xff", 1, &b));
	assert_int_equal(b.len, 0);
}

static void shows_broken_utf16_without_control_characters(void **state)
{
	AUTO_DONE(buf) b = { 0 };

	(void)state;
	utf16_to_display((const uint8_t *)"a\0\x1b\0\x3d\xd8z\0\0\0x\0", 12,
			 &b);
	assert_int_equal(b.len, 6);
	assert_memory_equal(b.data, "a \xef\xbf\xbdz", 6);
}

static void reads_versions_of_four_parts(void **state)
{
	struct shvm_version v;
	char text[SHVM_VERSION_TEXT];

	(void)state;
	assert_int_equal(shvm_version_parse("1.0.65535.20", &v, NULL), SHVM_OK);
	assert_string_equal(shvm_version_format(&v, text), "1.0.65535.20");
}

static void refuses_other_versions(void **state)
{
	static const char *const bad[] = {
		"",	     "1",
		"1.2.3",     "1.2.3.",
		"1.2.3.4.5", "1.2.3.65536",
		"1.2.3.-1",  "1.2.3.4 ",
		" 1.2.3.4",  "01.2.3.4",
		"1..3.4",    "a.b.c.d",
		"1.2.3.+4",  "1.2.3.99999999999999999999"
	};
	struct shvm_version v;
	struct shvm_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (shvm_version_parse(bad[i], &v, &err) != SHVM_E_ARG ||
		    !strstr(err.msg, "version"))
			fail_msg("took \"%s\"", bad[i]);
}

static void compares_versions_part_by_part(void **state)
{
	static const char *const rising[] = {
		"0.0.0.0",  "0.0.0.1", "0.0.1.0", "0.0.9.0",
		"0.0.10.0", "0.1.0.0", "1.0.0.0", "65535.65535.65535.65535"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rising); i++)
		for (size_t j = 0; j < ARRAY_SIZE(rising); j++) {
			struct shvm_version a, b;
			int c;

			assert_int_equal(shvm_version_parse(rising[i], &a,
							    NULL),
					 0);
			assert_int_equal(shvm_version_parse(rising[j], &b,
							    NULL),
					 0);
			c = shvm_version_compare(&a, &b);
			assert_true((i < j) == (c < 0) && (i == j) == (c == 0));
		}
}

static void numbers_have_limits(void **state)
{
	static const char *const bad[] = { "",	  "4",	"11",
					   "-5",  "+5", "5 ",
					   "0x5", "5x", "18446744073709551616",
					   "05" };
	uint64_t v;

	(void)state;
	assert_int_equal(number_parse("5", 5, 10, &v, NULL), SHVM_OK);
	assert_int_equal(v, 5);
	assert_int_equal(number_parse("18446744073709551615", 0, UINT64_MAX, &v,
				      NULL),
			 SHVM_OK);
	assert_true(v == UINT64_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (number_parse(bad[i], 5, 10, &v, NULL) != SHVM_E_ARG)
			fail_msg("took \"%s\"", bad[i]);
}

/* RFC 3720, appendix B.4, as numbers. */
static void crc32c_knows_the_published_values(void **state)
{
	uint8_t data[32];

	(void)state;
	memset(data, 0, sizeof(data));
	assert_int_equal(crc32c(0, data, 32), 0x8a9136aa);
	memset(data, 0xff, sizeof(data));
	assert_int_equal(crc32c(0, data, 32), 0x62a8ab43);
	for (unsigned int i = 0; i < 32; i++)
		data[i] = (uint8_t)i;
	assert_int_equal(crc32c(0, data, 32), 0x46dd794e);
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(crc32c(crc32c(0, data, 13), data + 13, 19),
			 0x46dd794e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guid_text_is_mixed_endian),
		cmocka_unit_test(refuses_malformed_guids),
		cmocka_unit_test(random_guids_are_version_4_and_differ),
		cmocka_unit_test(utf16_round_trips),
		cmocka_unit_test(
			a_byte_order_mark_is_removed_and_says_the_order),
		cmocka_unit_test(refuses_broken_utf16_and_appends_nothing),
		cmocka_unit_test(shows_broken_utf16_without_control_characters),
		cmocka_unit_test(reads_versions_of_four_parts),
		cmocka_unit_test(refuses_other_versions),
		cmocka_unit_test(compares_versions_part_by_part),
		cmocka_unit_test(numbers_have_limits),
		cmocka_unit_test(crc32c_knows_the_published_values),
	};

	return cmocka_run_group_tests_name("values", tests, NULL, NULL);
}
