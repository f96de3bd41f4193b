/* SPDX-License-Identifier: MIT */
/* Which placeholders of YAML are inside a quoted scalar. */
#include "pdk/placeholder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const quoted[] = {
	"a: '@X@'",
	"a: \"@X@\"",
	"- '@X@'",
	"- - \"@X@\"",
	"? '@X@'",
	"- a: '@X@'\n  b: \"@X@ and @X@\"",
	"\"a\": \"@X@\"",
	"a:\n  '@X@'",
	"-\n  \"@X@\"",
	"[ '@X@', \"@X@\" ]",
	"a: [ '@X@',\n  \"@X@\",\n]",
	"a: { b: '@X@', \"c\":\"@X@\" }",
	"a: { '@X@': 1 }",
	"--- '@X@'",
	"%YAML 1.2\n---\na: '@X@'",
	"a: !!str '@X@'",
	"a: &b \"@X@\"",
	"a: ' it''s @X@'",
	"a: \"a \\\" b @X@\"",
	"a: \"line\n  line @X@\n  \" # end",
	"a: '\n  # @X@'",
	"a: don't\nb: '@X@'",
	"a: 5\" and 6\"\nb: '@X@'",
	"a: |\n  it's\n  \"\nb: '@X@'",
	"a: >-\n  it's\n\n  \"\nb: '@X@'",
	"a:\n- |2 # \"\n  '\n- '@X@'",
	"- a: |\n    it's\n  b: '@X@'",
	"--- |\n it's\n'\n---\na: '@X@'",
	"a: 1 # it's\nb: '@X@'",
	"#'\nb: '@X@'",
	"a: b#'c\nb: '@X@'",
	"a: '@X@'\r\nb: 1\r\n",
	"a: http://b/ # c\nb: \"@X@\"",
	"a: [b, c: '@X@']",
	"a: x[0 'b\nc: '@X@'",
	"- a\n- '@X@'",
	"- a: b\n- '@X@'",
	"- - a\n  - '@X@'",
	"a: b\nc:\n- d\n- '@X@'\n- [ '@X@' ]",
	"a:\n  - b c\n  - { d: '@X@' }",
	"a: \"C:\\\\@X@ \\x41\"",
};

static const char
	*const
		none
			[] = {
				"",	  "a: b",	"a: user@host",
				"# @X@",  "a: b # @X@", "a: |\n  @ X @",
				"a: '\n", /* is not YAML, but has no placeholder either */
			};

static const struct {
	const char *text, *says;
} refused[] = {
	{ "@X@", "line 1: placeholder @X@ is not inside" },
	{ "a: @X@", "is not inside" },
	{ "a: b\nb: c @X@", "line 2: placeholder @X@ is not inside" },
	{ "@X@: a", "is not inside" },
	{ "a: say \"@X@\"", "is not inside" },
	{ "a: say\n  \"@X@\"", "is not inside" },
	{ "a: b - '@X@'", "is not inside" },
	{ "a: b, '@X@'", "is not inside" },
	{ "a: |\n  '@X@'", "is not inside" },
	{ "a: >\n  \"@X@\"", "is not inside" },
	{ "a: |2-\n  '@X@'", "is not inside" },
	{ "a: | # b\n  - '@X@'", "is not inside" },
	{ "a: !!str |\n  - '@X@'", "is not inside" },
	{ "a: &b >+\n\n\n  - '@X@'", "is not inside" },
	{ "- |\n  - '@X@'", "is not inside" },
	{ "- - |\n    - '@X@'", "is not inside" },
	{ "- a: |\n   - '@X@'", "is not inside" },
	{ "--- |\n- '@X@'", "is not inside" },
	{ "--- >\na: '@X@'", "is not inside" },
	{ "a: [ b, @X@ ]", "is not inside" },
	{ "a: { b: @X@ }", "is not inside" },
	{ "a: !@X@ b", "is not inside" },
	{ "a: *@X@", "is not inside" },
	{ "a: b#@X@", "is not inside" },
	{ "a: 'b' @X@", "is not inside" },
	{ "a: b\n'@X@': c", "is not inside" }, /* might end a plain scalar */
	/* Not lists and mappings, but more lines of a plain scalar. */
	{ "a b\n- '@X@'", "is not inside" },
	{ "a: b\n  - '@X@'", "is not inside" },
	{ "- a\n  - '@X@'", "is not inside" },
	{ "a: b\n\n  '@X@'", "is not inside" },
	{ "- a\n\n # b\n - - '@X@'", "is not inside" },
	{ "a: b\n  c\n  ? '@X@'", "is not inside" },
	{ "a b\n  - c\n - '@X@'", "is not inside" },
	{ "a b\n  - |\n'@X@'", "is not inside" },
	{ "a: b\n  ['@X@']", "a bracket after a plain scalar" },
	{ "a: b\n  - {'@X@': c}", "a bracket after a plain scalar" },
	/* Where a value would end an escape sequence. */
	{ "a: \"\\@X@\"", "after a backslash" },
	{ "a: \"\\x@X@\"", "after a backslash" },
	{ "a: \"\\u00@X@\"", "after a backslash" },
	{ "a: \"\\U000000@X@\"", "after a backslash" },
	{ "a:\n  |\n '@X@'", "a line of its own" },
	{ "a: 'b'c\nd: '@X@'", "text follows a quote" },
	{ "a: \"@X@", "a quote is not closed" },
	{ "a: b\n'c\nd: '@X@'", "a quote is not closed on its line" },
	{ "a: '@X@'\rb: 1", "a line break is neither" },
	{ "# a\xc2\x85"
	  "b: '@X@'",
	  "a line break is neither" },
	{ "# a\xe2\x80\xa8"
	  "b: '@X@'",
	  "a line break is neither" },
};

static void finds_those_in_quotes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(quoted); i++) {
		AUTO_DONE(placeholders) p = { 0 };
		struct shvm_err err = { 0 };
		size_t wanted = 0;

		if (placeholders_find(PLACEHOLDER_YAML, quoted[i],
				      strlen(quoted[i]), &p, &err) < 0)
			fail_msg("case %zu: %s", i, err.msg);
		for (const char *s = quoted[i]; (s = strstr(s, "@X@"));
		     s += 3, wanted++)
			if (wanted < p.count &&
			    p.items[wanted].at != (size_t)(s - quoted[i]))
				fail_msg("case %zu: at %zu", i,
					 p.items[wanted].at);
		if (p.count != wanted)
			fail_msg("case %zu: %zu and not %zu", i, p.count,
				 wanted);
		for (size_t k = 0; k < p.count; k++)
			assert_int_equal(p.items[k].context,
					 PLACEHOLDER_IN_QUOTES);
	}
}

static void those_in_comments_are_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		AUTO_DONE(placeholders) p = { 0 };
		struct shvm_err err = { 0 };

		if (placeholders_find(PLACEHOLDER_YAML, none[i],
				      strlen(none[i]), &p, &err) < 0 ||
		    p.count != 0)
			fail_msg("case %zu: %zu %s", i, p.count, err.msg);
	}
}

static void refuses_all_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		AUTO_DONE(placeholders) p = { 0 };
		struct shvm_err err = { 0 };
		int r = placeholders_find(PLACEHOLDER_YAML, refused[i].text,
					  strlen(refused[i].text), &p, &err);

		if (r != SHVM_E_FORMAT || !strstr(err.msg, refused[i].says))
			fail_msg("case %zu: %d %s", i, r, err.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_those_in_quotes),
		cmocka_unit_test(those_in_comments_are_none),
		cmocka_unit_test(refuses_all_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
