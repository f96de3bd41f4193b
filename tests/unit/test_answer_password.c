/* SPDX-License-Identifier: MIT */
/* Another password in an answer file that is there. */
#include "pdk/answer.h"
#include "tests/unit/support_answer.h"
#include "tests/unit/support_pdk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* base64 of UTF-16LE of "x" and the element's name, as sysprep hides it. */
#define HIDDEN_ADMIN                                                           \
	"eABBAGQAbQBpAG4AaQBzAHQAcgBhAHQAbwByAFAAYQBzAHMAdwBvAHIAZAA="
#define HIDDEN_LOCAL "eABQAGEAcwBzAHcAbwByAGQA"

#define UNATTEND(inside)                                                       \
	"<unattend xmlns=\"u\"><settings pass=\"oobeSystem\"><component>"      \
	"<UserAccounts>" inside "</UserAccounts></component></settings>"       \
	"</unattend>"
#define ADMIN(inside)                                                          \
	"<AdministratorPassword>" inside "</AdministratorPassword>"
#define LOCAL(inside)                                                          \
	"<LocalAccounts><LocalAccount><Password>" inside                       \
	"</Password></LocalAccount></LocalAccounts>"
#define VALUE(text) "<Value>" text "</Value>"
#define PLAIN(text) "<PlainText>" text "</PlainText>"
#define LINUX(inside)                                                              \
	"<LinuxOSSpecialization xmlns=\"l\"><OSConfiguration><Users><User>" inside \
	"</User></Users></OSConfiguration></LinuxOSSpecialization>"

static int set(const char *xml, size_t len, bool windows, struct buf *ret,
	       struct shvm_err *err)
{
	struct buf in = test_bytes(xml, len);
	AUTO(secret_ptr) password = NULL;
	int r;

	assert_int_equal(secret_copy((const uint8_t *)"x", 1, &password, NULL),
			 0);
	r = answer_set_password(&in, windows, password, ret, err);
	buf_done(&in);
	return r;
}

static void replaces_the_one_password_and_nothing_else(void **state)
{
	static const struct {
		bool windows;
		const char *xml, *result;
	} cases[] = {
		{ true, UNATTEND(ADMIN(VALUE("old") PLAIN("true"))),
		  UNATTEND(ADMIN(VALUE(HIDDEN_ADMIN) PLAIN("false"))) },
		{ true, UNATTEND(ADMIN(PLAIN(" true ") " " VALUE(""))),
		  UNATTEND(ADMIN(PLAIN("false") " " VALUE(HIDDEN_ADMIN))) },
		{ true, UNATTEND(LOCAL(VALUE("a&lt;b") PLAIN("false"))),
		  UNATTEND(LOCAL(VALUE(HIDDEN_LOCAL) PLAIN("false"))) },
		/* Remarks, other values, prefixes, and tags within values. */
		{ true,
		  "<?xml version=\"1.0\"?><!-- <Value>1</Value> --><x:unattend a='>' "
		  "b=\"'/\"><x:settings><x:component/><x:component ><x:UserAccounts>"
		  "<x:AdministratorPassword ><x:Value\n>old</x:Value >"
		  "<!-- - --><x:PlainText>true</x:PlainText></x:AdministratorPassword>"
		  "</x:UserAccounts><z><Value>2</Value></z></x:component>"
		  "</x:settings><![CDATA[<]]></x:unattend>\n",
		  "<?xml version=\"1.0\"?><!-- <Value>1</Value> --><x:unattend a='>' "
		  "b=\"'/\"><x:settings><x:component/><x:component ><x:UserAccounts>"
		  "<x:AdministratorPassword ><x:Value\n>" HIDDEN_ADMIN
		  "</x:Value >"
		  "<!-- - --><x:PlainText>false</x:PlainText></x:AdministratorPassword>"
		  "</x:UserAccounts><z><Value>2</Value></z></x:component>"
		  "</x:settings><![CDATA[<]]></x:unattend>\n" },
		{ false, LINUX("<Password>b2xk</Password>"),
		  LINUX("<Password>eA==</Password>") },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_DONE(buf) out = { 0 };
		struct shvm_err err = { 0 };

		if (set(cases[i].xml, strlen(cases[i].xml), cases[i].windows,
			&out, &err) < 0)
			fail_msg("case %zu: %s", i, err.msg);
		if (out.len != strlen(cases[i].result) ||
		    memcmp(out.data, cases[i].result, out.len) != 0)
			fail_msg("case %zu: %.*s", i, (int)out.len,
				 (const char *)out.data);
		assert_true(out.wipe);
	}
}

static const struct {
	const char *xml, *says;
	bool linux_file;
} not_one_password[] = {
	{ "", "has 0 passwords of an account", false },
	{ "text", "has 0 passwords", false },
	{ UNATTEND(""), "has 0 passwords", false },
	{ UNATTEND(ADMIN(VALUE("a"))), "and not one", false },
	{ UNATTEND(ADMIN(PLAIN("true"))), "has 0 passwords", false },
	{ UNATTEND(ADMIN("<Value/>" PLAIN("true"))), "has 0 passwords", false },
	{ UNATTEND(ADMIN(VALUE("a") VALUE("b") PLAIN("true"))),
	  "has 2 passwords", false },
	{ UNATTEND(ADMIN(VALUE("a") PLAIN("true"))
			   LOCAL(VALUE("a") PLAIN("true"))),
	  "has 2 passwords", false },
	{ UNATTEND(ADMIN(VALUE("a") PLAIN("true") PLAIN("true"))),
	  "and not one", false },
	{ UNATTEND(ADMIN(VALUE("a<b/>") PLAIN("true"))), "more than text",
	  false },
	{ UNATTEND(ADMIN(VALUE("<!-- a -->") PLAIN("true"))), "more than text",
	  false },
	{ UNATTEND(ADMIN(VALUE("<b>c</b>") PLAIN("true"))), "more than text",
	  false },
	{ LINUX("<Password>b2xk</Password>"), "has 0 passwords", false },
	{ LINUX("<SSHKey>k</SSHKey>"), "has 0 passwords of root", true },
	{ LINUX("<Password>a</Password><Password>b</Password>"),
	  "has 2 passwords of root", true },
	{ UNATTEND(ADMIN(VALUE("a") PLAIN("true"))), "has 0 passwords of root",
	  true },
	/* No XML, or XML that says more than it seems. */
	{ "<a", "not plain XML at byte 0", false },
	{ "<", "not plain XML at byte 0", false },
	{ "<a b='>", "not plain XML at byte 0", false },
	{ "<a><b></a>", "not plain XML at byte 6", false },
	{ "<a></a></a>", "not plain XML at byte 7", false },
	{ "</a>", "not plain XML", false },
	{ "<a></ab>", "not plain XML", false },
	{ "<>", "not plain XML", false },
	{ "<:></:>", "not plain XML", false },
	{ "<a></>", "not plain XML", false },
	{ "<a></a", "not plain XML", false },
	{ "<!-- a", "not plain XML", false },
	{ "<![CDATA[ a", "not plain XML", false },
	{ "<?xml", "not plain XML", false },
	{ "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "not plain XML", false },
	{ "<a>", "is cut off", false },
	{ "\xff\xfe<\0a", "not UTF-8", false },
	{ "<a>\x80</a>", "not UTF-8", false },
};

static void refuses_what_has_no_one_password(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(not_one_password); i++) {
		AUTO_DONE(buf) out = { 0 };
		struct shvm_err err = { 0 };
		int r = set(not_one_password[i].xml,
			    strlen(not_one_password[i].xml),
			    !not_one_password[i].linux_file, &out, &err);

		if (r != SHVM_E_ARG ||
		    !strstr(err.msg, not_one_password[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		assert_int_equal(out.len, 0);
	}
}

static void refuses_more_levels_than_a_path_has_room_for(void **state)
{
	AUTO_DONE(buf) xml = { 0 };
	AUTO_DONE(buf) out = { 0 };
	struct shvm_err err = { 0 };

	(void)state;
	for (int i = 0; i < 100000; i++)
		buf_add_text(&xml, "<a>");
	assert_int_equal(set((const char *)xml.data, xml.len, true, &out, &err),
			 SHVM_E_ARG);
	assert_non_null(strstr(err.msg, "not plain XML at byte"));
}

/* What our own makers write can be changed, and is then as if made so. */
static void own_files_are_as_if_made_with_the_new_one(void **state)
{
	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		struct shvm_answer a[2] = { { 0 } };
		AUTO_DONE(buf) out = { 0 };
		struct shvm_err err = { 0 };

		for (int i = 0; i < 2; i++) {
			void *word = (void *)(uintptr_t)(i ? "x" : "old one");
			const struct shvm_answer_windows_params w = {
				.admin_password = answer_ask,
				.admin_password_ctx = word,
				.admin_name = kind == 1 ? "tenant" : NULL,
			};
			const struct shvm_answer_linux_params l = {
				.root_password = answer_ask,
				.root_password_ctx = word,
			};
			const int r =
				kind == 2
					? shvm_answer_linux(&l, &a[i], &err)
					: shvm_answer_windows(&w, &a[i], &err);

			assert_int_equal(r, 0);
		}
		if (set((const char *)a[0].xml, a[0].xml_size, kind != 2, &out,
			&err) < 0)
			fail_msg("%s", err.msg);
		assert_int_equal(out.len, a[1].xml_size);
		assert_memory_equal(out.data, a[1].xml, out.len);
		shvm_answer_done(&a[0]);
		shvm_answer_done(&a[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaces_the_one_password_and_nothing_else),
		cmocka_unit_test(refuses_what_has_no_one_password),
		cmocka_unit_test(refuses_more_levels_than_a_path_has_room_for),
		cmocka_unit_test(own_files_are_as_if_made_with_the_new_one),
	};

	return cmocka_run_group_tests_name("answer_password", tests, NULL,
					   NULL);
}
