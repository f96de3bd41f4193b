/* SPDX-License-Identifier: MIT */
/* Fabric data: the file, the tokens, and their substitution. */
#include "pdk/fabric.h"

#include "tests/unit/support_pdk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void fsk_reads_back_the_same(void **state)
{
	AUTO(fabric_ptr) f = NULL;
	AUTO(fabric_ptr) again = NULL;
	AUTO_DONE(buf) xml = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(shvm_fabric_new(&f, NULL), 0);
	assert_int_equal(shvm_fabric_add(f, "@Value@", "vm<1>&\"' @a@", NULL),
			 0);
	assert_int_equal(shvm_fabric_add(f, "plain", "\xc3\xa4", NULL), 0);
	assert_int_equal(fabric_encode(f, &xml, NULL), 0);
	if (fabric_decode(xml.data, xml.len, &again, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(shvm_fabric_count(again), 2);
	assert_string_equal(shvm_fabric_key(again, 0), "@Value@");
	assert_string_equal(shvm_fabric_value(again, 0), "vm<1>&\"' @a@");
	assert_string_equal(fabric_value(again, "plain"), "\xc3\xa4");
	assert_null(fabric_value(again, "@computername@"));
	assert_true(shvm_fabric_key_is_token("@a@"));
	assert_false(shvm_fabric_key_is_token("@@"));
	assert_false(shvm_fabric_key_is_token("plain"));
	assert_false(shvm_fabric_key_is_token("@a b@"));
	assert_false(shvm_fabric_key_is_token("@a@b@"));
	assert_false(shvm_fabric_key_is_token("@@a@@"));
	assert_false(shvm_fabric_key_is_token("@a<b@"));
	assert_false(shvm_fabric_key_is_token(""));
}

#define FSK(inside) "<FabricData xmlns=\"" FSK_NS "\">" inside "</FabricData>"

static void rejects_each_fault_in_an_fsk(void **state)
{
	static const struct {
		const char *xml, *says;
	} cases[] = {
		{ FSK(""), NULL },
		{ FSK("<Pair Key=\"@a@\" Value=\"b\"/>"), NULL },
		{ "<FabricData/>", "the root is" },
		{ FSK("text"), "text between" },
		{ FSK("<Other/>"), "Other" },
		{ FSK("<Pair Key=\"@a@\"/>"), "needs Key and Value" },
		{ FSK("<Pair Value=\"b\"/>"), "needs Key and Value" },
		{ FSK("<Pair Key=\"@a@\" Value=\"\"/>"), "is empty" },
		{ FSK("<Pair Key=\"\" Value=\"b\"/>"), "empty key" },
		{ FSK("<Pair Key=\"@a@\" Value=\"b\" X=\"\"/>"),
		  "unknown attribute" },
		{ FSK("<Pair Key=\"@a@\" Value=\"b\">x</Pair>"),
		  "text between" },
		{ FSK("<Pair Key=\"@a@\" Value=\"b\"><x/></Pair>"),
		  "element in it" },
		{ FSK("<Pair Key=\"@a@\" Value=\"b\"/>"
		      "<Pair Key=\"@a@\" Value=\"c\"/>"),
		  "is there twice" },
		{ "<FabricData xmlns=\"" FSK_NS "\" X=\"\"/>",
		  "unknown attribute" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(fabric_ptr) f = NULL;
		struct shvm_err err = { 0 };
		int r = fabric_decode((const uint8_t *)cases[i].xml,
				      strlen(cases[i].xml), &f, &err);

		if (!cases[i].says
			    ? r != 0
			    : r != SHVM_E_FORMAT || err.code != SHVM_E_FORMAT ||
				      !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
	}
}

static void limits_pairs_keys_and_values(void **state)
{
	AUTO(fabric_ptr) f = NULL;
	AUTOFREE char *text = malloc(FABRIC_VALUE_MAX + 2);
	struct shvm_err err = { 0 };
	char key[32];

	(void)state;
	assert_non_null(text);
	assert_int_equal(shvm_fabric_new(&f, NULL), 0);
	memset(text, 'x', FABRIC_VALUE_MAX + 1);
	text[FABRIC_VALUE_MAX + 1] = '\0';
	assert_int_equal(shvm_fabric_add(f, "k", text, &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "4097 bytes"));
	assert_int_equal(shvm_fabric_add(f, text, "v", &err), SHVM_E_ARG);
	assert_int_equal(shvm_fabric_add(f, "k\x01", "v", &err), SHVM_E_ARG);
	assert_int_equal(shvm_fabric_add(f, "k", "\xff", &err), SHVM_E_ARG);
	text[FABRIC_VALUE_MAX] = '\0';
	assert_int_equal(shvm_fabric_add(f, "k", text, NULL), 0);
	for (int i = 1; i < FABRIC_PAIRS_MAX; i++) {
		(void)snprintf(key, sizeof(key), "@k%d@", i);
		assert_int_equal(shvm_fabric_add(f, key, "v", NULL), 0);
	}
	assert_int_equal(shvm_fabric_add(f, "@more@", "v", &err), SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "more than 1000 pairs"));
}

static void finds_the_tokens_and_nothing_else(void **state)
{
	static const struct {
		const char *text, *tokens; /* joined by blanks */
		enum placeholder_form form;
	} cases[] = {
		{ "", "", PLACEHOLDER_SCRIPT },
		{ "@", "", PLACEHOLDER_SCRIPT },
		{ "@@", "", PLACEHOLDER_SCRIPT },
		{ "@a@", "@a@", PLACEHOLDER_SCRIPT },
		{ "@@a@@", "@a@", PLACEHOLDER_SCRIPT },
		{ "@a@b@", "@a@", PLACEHOLDER_SCRIPT },
		{ "x@a@y@b@z", "@a@ @b@", PLACEHOLDER_XML },
		{ "@a@ @a@ @A@", "@a@ @A@", PLACEHOLDER_XML },
		{ "@IP4Addr-1@/@Prefix-1-1@", "@IP4Addr-1@ @Prefix-1-1@",
		  PLACEHOLDER_XML },
		{ "<Group>@FirewallAPI.dll,-28752</Group>", "",
		  PLACEHOLDER_XML },
		{ "@FirewallAPI.dll,-28752</Group><N>@a@", "@a@",
		  PLACEHOLDER_XML },
		{ "me@example.org, you@example.org", "", PLACEHOLDER_SCRIPT },
		{ "@a b@", "", PLACEHOLDER_SCRIPT },
		{ "@a\nb@", "", PLACEHOLDER_SCRIPT },
		{ "@a<b/>c@", "", PLACEHOLDER_XML },
		{ "@a", "", PLACEHOLDER_SCRIPT },
		{ "a@", "", PLACEHOLDER_SCRIPT },
		/* Where values go in XML, and where they do not. */
		{ "<a>@b@<!-- @c@ --><?p @d@?><![CDATA[@e@]]></a>", "@b@ @e@",
		  PLACEHOLDER_XML },
		{ "<a b='@c@' d=\"@e@>\"/>", "@c@ @e@", PLACEHOLDER_XML },
		{ "<!-- @a@ --><b>@<!-- -->c@</b>", "", PLACEHOLDER_XML },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_DONE(tokens) t = { 0 };
		AUTO_DONE(buf) joined = { 0 };

		assert_int_equal(fabric_scan(cases[i].form, cases[i].text,
					     strlen(cases[i].text), &t, NULL),
				 0);
		for (size_t k = 0; k < t.count; k++)
			buf_printf(&joined, "%s%s", k > 0 ? " " : "",
				   t.items[k]);
		buf_add_zeros(&joined, 1);
		if (strcmp((const char *)joined.data, cases[i].tokens) != 0)
			fail_msg("case %zu: %s", i, (char *)joined.data);
	}
}

static void puts_values_in_once_and_escaped(void **state)
{
	static const struct {
		const char *text;
		enum placeholder_form form;
		const char *result; /* NULL: refused with these words */
		const char *says;
	} cases[] = {
		{ "", PLACEHOLDER_XML, "", NULL },
		{ "plain", PLACEHOLDER_SCRIPT, "plain", NULL },
		{ "<n>@Name@</n>", PLACEHOLDER_XML, "<n>a&lt;b&amp;@Name@</n>",
		  NULL },
		{ "<n a='@Quotes@'/>", PLACEHOLDER_XML, "<n a='&apos;&quot;'/>",
		  NULL },
		{ "<n><![CDATA[x@End@>]]></n>", PLACEHOLDER_XML,
		  "<n><![CDATA[x]]>]]&gt;<![CDATA[>]]></n>", NULL },
		{ "<n><![CDATA[@Key@]]></n>", PLACEHOLDER_XML,
		  "<n><![CDATA[short]]></n>", NULL },
		{ "<!--@Key@--><n>@Key@</n>", PLACEHOLDER_XML,
		  "<!--@Key@--><n>short</n>", NULL },
		{ "a\n@Name@", PLACEHOLDER_SCRIPT, NULL,
		  "line 2: the value of @Name@: has other characters" },
		{ "\"@Name@\"", PLACEHOLDER_YAML, NULL,
		  "the value of @Name@: has other characters" },
		{ "@Blank@", PLACEHOLDER_SCRIPT, NULL, "has other characters" },
		{ "\"@Blank@\"", PLACEHOLDER_YAML, "\"a b\"", NULL },
		{ "@Option@", PLACEHOLDER_SCRIPT, NULL, "or begins with -" },
		{ "@Path@", PLACEHOLDER_SCRIPT, "a.b_c:d/e+f-g", NULL },
		{ "@Nam@", PLACEHOLDER_SCRIPT, NULL, "no value for @Nam@" },
		{ "@name@", PLACEHOLDER_SCRIPT, NULL, "no value for @name@" },
		{ "@FirewallAPI.dll,-28752", PLACEHOLDER_SCRIPT,
		  "@FirewallAPI.dll,-28752", NULL },
		{ "@@Key@@", PLACEHOLDER_SCRIPT, "@short@", NULL },
		{ "plain=@Key@", PLACEHOLDER_SCRIPT, "plain=short", NULL },
	};
	static const char *const pairs[][2] = {
		/* A value that looks like a key is not looked at again. */
		{ "@Name@", "a<b&@Name@" }, { "@Quotes@", "'\"" },
		{ "@End@", "]]>" },	    { "@Key@", "short" },
		{ "@@Key@@", "long" },	    { "@Blank@", "a b" },
		{ "@Option@", "-a" },	    { "@Path@", "a.b_c:d/e+f-g" },
		{ "plain", "no" },
	};
	AUTO(fabric_ptr) f = NULL;

	(void)state;
	assert_int_equal(shvm_fabric_new(&f, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		assert_int_equal(shvm_fabric_add(f, pairs[i][0], pairs[i][1],
						 NULL),
				 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buf in =
			test_bytes(cases[i].text, strlen(cases[i].text));
		AUTO_DONE(buf) out = { 0 };
		struct shvm_err err = { 0 };
		size_t count = 0;
		int r = fabric_substitute(f, cases[i].form, &in, &out, &count,
					  &err);

		buf_add_zeros(&out, 1);
		if (cases[i].result ? r != 0 || strcmp((const char *)out.data,
						       cases[i].result) != 0
				    : r != SHVM_E_VERIFY || !err.reason ||
					      !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d %s %s", i, r, err.msg,
				 (char *)out.data);
		buf_done(&in);
	}
}

static void values_have_no_control_character(void **state)
{
	static const char *const values[] = { "a\tb",  "a\nb",	   "a\rb",
					      "a\x7f", "\xc2\x85", "\xc2\x9f" };
	AUTO(fabric_ptr) f = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(shvm_fabric_new(&f, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		assert_int_equal(shvm_fabric_add(f, "@k@", values[i], &err),
				 SHVM_E_ARG);
		assert_non_null(strstr(err.msg, "control character"));
		assert_int_equal(shvm_fabric_add(f, values[i], "v", &err),
				 SHVM_E_ARG);
	}
	assert_int_equal(shvm_fabric_add(f, "@k@", "\xc2\xa0\xc3\x85", NULL),
			 0);
}

/* What one system refuses is not for the fabric's file to know. */
static void refuses_only_what_no_system_accepts(void **state)
{
	static const struct {
		const char *key, *value;
		bool good;
	} cases[] = {
		{ "@ComputerName@",
		  "a-name-with-more-than-15-bytes.example.org", true },
		{ "@ComputerName@", "12345", true },
		{ "@ComputerName@", "two words", false },
		{ "@ComputerName@", "a/b", false },
		{ "@ComputerName@", "a..b", false },
		{ "@TimeZone@", "Europe/Berlin", true },
		{ "@ProductKey@", "anything", true },
		{ "@IP4Addr-1@", "192.0.2.1/24", true },
		{ "@IP4Addr-1@", "192.0.2.1", true },
		{ "@IP4Addr-1@", "192.0.2.1/33", false },
		{ "@IP4Addr-1@", "192.0.2", false },
		{ "@IP6Addr-2@", "2001:db8::1/64", true },
		{ "@IP6Addr-2@", "2001:db8::1/129", false },
		{ "@NextHop-1-1@", "fe80::1", true },
		{ "@NextHop-1-1@", "gateway", false },
		{ "@DnsAddr-1-1@", "192.0.2.53", true },
		{ "@DnsAddr-1-1@", "", false },
		{ "@MACAddr-1@", "Ethernet", true },
		{ "@Other@", "a/b c", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO(fabric_ptr) f = NULL;
		struct shvm_err err = { 0 };
		int r;

		assert_int_equal(shvm_fabric_new(&f, NULL), 0);
		r = shvm_fabric_add(f, cases[i].key, cases[i].value, &err);
		if (r != (cases[i].good ? 0 : SHVM_E_ARG))
			fail_msg("case %zu: %d %s", i, r, err.msg);
	}
}

static void names_the_keys_without_a_value(void **state)
{
	AUTO(fabric_ptr) f = NULL;
	AUTO_DONE(tokens) t = { 0 };
	struct shvm_err err = { 0 };
	static const char text[] = "@a@ @b@ @c@ @a@";

	(void)state;
	assert_int_equal(shvm_fabric_new(&f, NULL), 0);
	assert_int_equal(shvm_fabric_add(f, "@b@", "v", NULL), 0);
	assert_int_equal(fabric_scan(PLACEHOLDER_XML, text, strlen(text), &t,
				     NULL),
			 0);
	assert_int_equal(fabric_check_complete(f, &t, &err), SHVM_E_VERIFY);
	assert_string_equal(err.reason, "answer-file-incomplete");
	assert_non_null(strstr(err.msg, "no value for @a@, @c@"));
	assert_null(strstr(err.msg, "@b@"));
	assert_int_equal(fabric_check_complete(NULL, &t, &err), SHVM_E_VERIFY);
	assert_int_equal(shvm_fabric_add(f, "@a@", "v", NULL), 0);
	assert_int_equal(shvm_fabric_add(f, "@c@", "v", NULL), 0);
	assert_int_equal(fabric_check_complete(f, &t, &err), 0);
}

/* What is found as a key can also be given a value: both limits are one. */
static void keys_have_one_limit(void **state)
{
	(void)state;
	for (size_t len = FABRIC_KEY_MAX - 1; len <= FABRIC_KEY_MAX + 1;
	     len++) {
		char key[FABRIC_KEY_MAX + 2];
		struct tokens t = { 0 };
		struct shvm_fabric *f = NULL;
		bool fits;

		memset(key, 'p', len);
		key[0] = '@';
		key[len - 1] = '@';
		key[len] = '\0';
		assert_int_equal(shvm_fabric_new(&f, NULL), 0);
		fits = shvm_fabric_add(f, key, "v", NULL) == 0;
		assert_int_equal(fits, len <= FABRIC_KEY_MAX);
		assert_int_equal(fabric_scan(PLACEHOLDER_SCRIPT, key, len, &t,
					     NULL),
				 0);
		assert_int_equal(t.count, fits ? 1 : 0);
		tokens_done(&t);
		shvm_fabric_free(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fsk_reads_back_the_same),
		cmocka_unit_test(rejects_each_fault_in_an_fsk),
		cmocka_unit_test(limits_pairs_keys_and_values),
		cmocka_unit_test(finds_the_tokens_and_nothing_else),
		cmocka_unit_test(keys_have_one_limit),
		cmocka_unit_test(puts_values_in_once_and_escaped),
		cmocka_unit_test(values_have_no_control_character),
		cmocka_unit_test(refuses_only_what_no_system_accepts),
		cmocka_unit_test(names_the_keys_without_a_value),
	};

	return cmocka_run_group_tests_name("fabric", tests, NULL, NULL);
}
