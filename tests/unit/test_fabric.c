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
	assert_int_equal(shvm_fabric_add(f, "@ComputerName@", "vm<1>&\"'\t\n",
					 NULL),
			 0);
	assert_int_equal(shvm_fabric_add(f, "plain", "\xc3\xa4", NULL), 0);
	assert_int_equal(fabric_encode(f, &xml, NULL), 0);
	if (fabric_decode(xml.data, xml.len, &again, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(shvm_fabric_count(again), 2);
	assert_string_equal(shvm_fabric_key(again, 0), "@ComputerName@");
	assert_string_equal(shvm_fabric_value(again, 0), "vm<1>&\"'\t\n");
	assert_string_equal(fabric_value(again, "plain"), "\xc3\xa4");
	assert_null(fabric_value(again, "@computername@"));
	assert_true(shvm_fabric_key_is_token("@a@"));
	assert_false(shvm_fabric_key_is_token("@@"));
	assert_false(shvm_fabric_key_is_token("plain"));
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
	} cases[] = {
		{ "", "" },
		{ "@", "" },
		{ "@@", "" },
		{ "@a@", "@a@" },
		{ "@@a@@", "@a@" },
		{ "@a@b@", "@a@" },
		{ "x@a@y@b@z", "@a@ @b@" },
		{ "@a@ @a@ @A@", "@a@ @A@" },
		{ "@IP4Addr-1@/@Prefix-1-1@", "@IP4Addr-1@ @Prefix-1-1@" },
		{ "<Group>@FirewallAPI.dll,-28752</Group>", "" },
		{ "@FirewallAPI.dll,-28752</Group><N>@a@", "@a@" },
		{ "me@example.org, you@example.org", "" },
		{ "@a b@", "" },
		{ "@a", "" },
		{ "a@", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_DONE(tokens) t = { 0 };
		AUTO_DONE(buf) joined = { 0 };

		assert_int_equal(fabric_scan(cases[i].text,
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
		bool xml;
		const char *result;
		size_t count;
	} cases[] = {
		{ "", false, "", 0 },
		{ "plain", false, "plain", 0 },
		{ "<n>@Name@</n>", true, "<n>a&lt;b&amp;@Name@</n>", 1 },
		{ "<n>@Name@</n>", false, "<n>a<b&@Name@</n>", 1 },
		{ "@Name@@Name@", false, "a<b&@Name@a<b&@Name@", 2 },
		{ "@Nam@ @name@ @Unknown@", true, "@Nam@ @name@ @Unknown@", 0 },
		{ "@FirewallAPI.dll,-28752", true, "@FirewallAPI.dll,-28752",
		  0 },
		{ "@@Key@@", false, "long", 1 },
		{ "@Key@", false, "short", 1 },
		{ "plain=@plain@", false, "plain=@plain@", 0 },
	};
	AUTO(fabric_ptr) f = NULL;

	(void)state;
	assert_int_equal(shvm_fabric_new(&f, NULL), 0);
	/* A value that looks like a key is not looked at again. */
	assert_int_equal(shvm_fabric_add(f, "@Name@", "a<b&@Name@", NULL), 0);
	assert_int_equal(shvm_fabric_add(f, "@Key@", "short", NULL), 0);
	assert_int_equal(shvm_fabric_add(f, "@@Key@@", "long", NULL), 0);
	assert_int_equal(shvm_fabric_add(f, "plain", "no", NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct buf in =
			test_bytes(cases[i].text, strlen(cases[i].text));
		AUTO_DONE(buf) out = { 0 };
		size_t count = 0;

		assert_int_equal(fabric_substitute(f, &in, cases[i].xml, &out,
						   &count, NULL),
				 0);
		buf_add_zeros(&out, 1);
		if (strcmp((const char *)out.data, cases[i].result) != 0 ||
		    count != cases[i].count)
			fail_msg("case %zu: %zu %s", i, count,
				 (char *)out.data);
		buf_done(&in);
	}
}

static void names_the_keys_without_a_value(void **state)
{
	AUTO(fabric_ptr) f = NULL;
	struct shvm_err err = { 0 };
	static const char text[] = "@a@ @b@ @c@ @a@";

	(void)state;
	assert_int_equal(shvm_fabric_new(&f, NULL), 0);
	assert_int_equal(shvm_fabric_add(f, "@b@", "v", NULL), 0);
	assert_int_equal(fabric_check_complete(f, text, strlen(text), &err),
			 SHVM_E_VERIFY);
	assert_string_equal(err.reason, "answer-file-incomplete");
	assert_non_null(strstr(err.msg, "no value for @a@, @c@"));
	assert_null(strstr(err.msg, "@b@"));
	assert_int_equal(fabric_check_complete(NULL, "@b@", 3, &err),
			 SHVM_E_VERIFY);
	assert_int_equal(fabric_check_complete(f, "@b@", 3, &err), 0);
	assert_int_equal(fabric_check_complete(NULL, "none", 4, &err), 0);
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
		assert_int_equal(fabric_scan(key, len, &t, NULL), 0);
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
		cmocka_unit_test(names_the_keys_without_a_value),
	};

	return cmocka_run_group_tests_name("fabric", tests, NULL, NULL);
}
