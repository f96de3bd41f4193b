/* SPDX-License-Identifier: MIT */
/* Another password in an answer file that exists. */
#include "pdk/answer.h"
#include "pdk/answer_password.h"
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
	"<unattend xmlns=\"urn:schemas-microsoft-com:unattend\">"              \
	"<settings pass=\"oobeSystem\"><component>" inside                     \
	"</component></settings></unattend>"
#define ACCOUNTS(inside) "<UserAccounts>" inside "</UserAccounts>"
#define ADMIN(inside)                                                          \
	"<AdministratorPassword>" inside "</AdministratorPassword>"
#define LOCALS(inside) "<LocalAccounts>" inside "</LocalAccounts>"
#define LOCAL(name, inside)                                                    \
	"<LocalAccount><Password>" inside "</Password><Name>" name             \
	"</Name></LocalAccount>"
#define LOGON(name, domain, inside)                                            \
	"<AutoLogon><Username>" name "</Username>" domain "<Password>" inside  \
	"</Password></AutoLogon>"
#define DOMAIN(name) "<Domain>" name "</Domain>"
#define COMPUTER(name) "<ComputerName>" name "</ComputerName>"
#define VALUE(text) "<Value>" text "</Value>"
#define PLAIN(text) "<PlainText>" text "</PlainText>"
#define OLD VALUE("old-one") PLAIN("true")
#define NEW_ADMIN VALUE(HIDDEN_ADMIN) PLAIN("false")
#define NEW_LOCAL VALUE(HIDDEN_LOCAL) PLAIN("false")
#define OFFLINE(admin, locals)                                                 \
	"<OfflineUserAccounts><OfflineAdministratorPassword>" admin            \
	"</OfflineAdministratorPassword><OfflineLocalAccounts>" locals         \
	"</OfflineLocalAccounts></OfflineUserAccounts>"
#define NEW_OFFLINE                                                            \
	VALUE("eABPAGYAZgBsAGkAbgBlAEEAZABtAGkAbgBpAHMA"                       \
	      "dAByAGEAdABvAHIAUABhAHMAcwB3AG8AcgBkAA==")                      \
	PLAIN("false")
#define LINUX(inside)                                                          \
	"<LinuxOSSpecialization "                                              \
	"xmlns=\"http://www.microsoft.com/schema/linuxvmmst\">"                \
	"<OSConfiguration><Users>" inside                                      \
	"</Users></OSConfiguration></LinuxOSSpecialization>"
#define USER(name, inside)                                                     \
	"<User><UserName>" name "</UserName>" inside "</User>"

/* All notes, one a line; "!" in front of a warning. */
static void keep_note(void *ctx, bool warning, const char *text)
{
	buf_printf(ctx, "%s%s\n", warning ? "!" : "", text);
}

static int set(const char *xml, size_t len, bool windows, const char *account,
	       struct buf *ret, struct old_passwords *old, struct buf *notes,
	       struct shvm_err *err)
{
	const struct notes to = { keep_note, notes };
	struct buf in = test_bytes(xml, len);
	AUTO(secret_ptr) password = NULL;
	struct password_change change = { account, NULL, notes ? &to : NULL };
	int r;

	assert_int_equal(secret_copy((const uint8_t *)"x", 1, &password, NULL),
			 0);
	change.password = password;
	r = answer_set_password(&in, windows ? ANSWER_WINDOWS : ANSWER_LINUX,
				&change, ret, old, err);
	buf_done(&in);
	return r;
}

static const struct {
	const char *xml, *account, *result;
	bool linux_file;
} good[] = {
	{ UNATTEND(ACCOUNTS(ADMIN(OLD))), NULL,
	  UNATTEND(ACCOUNTS(ADMIN(NEW_ADMIN))), false },
	{ UNATTEND(ACCOUNTS(ADMIN(PLAIN(" true ") " " VALUE("")))), NULL,
	  UNATTEND(ACCOUNTS(ADMIN(PLAIN("false") " " VALUE(HIDDEN_ADMIN)))),
	  false },
	{ UNATTEND(ACCOUNTS(ADMIN("<Value/><PlainText />"))), NULL,
	  UNATTEND(ACCOUNTS(ADMIN("<Value>" HIDDEN_ADMIN
				  "</Value><PlainText >false</PlainText>"))),
	  false },
	{ UNATTEND(ACCOUNTS(ADMIN(VALUE("a")))), "administrator",
	  UNATTEND(ACCOUNTS(ADMIN(NEW_ADMIN))), false },
	{ UNATTEND(ACCOUNTS(LOCALS(LOCAL(
		  "ten&#97;nt", VALUE("a&lt;b<!-- c -->") PLAIN("false"))))),
	  "Tenant", UNATTEND(ACCOUNTS(LOCALS(LOCAL("ten&#97;nt", NEW_LOCAL)))),
	  false },
	/* Two accounts; copies for AutoLogon, of this machine alone. */
	{ UNATTEND(ACCOUNTS(
		  ADMIN(OLD) LOCALS(LOCAL("tenant", OLD) LOCAL("b", OLD)))
			   LOGON("tenant", "", OLD)
				   LOGON("Administrator", DOMAIN("."), OLD)),
	  "tenant",
	  UNATTEND(ACCOUNTS(
		  ADMIN(OLD) LOCALS(LOCAL("tenant", NEW_LOCAL) LOCAL("b", OLD)))
			   LOGON("tenant", "", NEW_LOCAL)
				   LOGON("Administrator", DOMAIN("."), OLD)),
	  false },
	{ UNATTEND(COMPUTER("web1") ACCOUNTS(ADMIN(
		  OLD)) LOGON(".\\Administrator", "",
			      OLD) LOGON("administrator", DOMAIN("WEB1"), OLD)
			   LOGON("Administrator", DOMAIN("corp"), OLD)
				   LOGON("corp\\Administrator", "", OLD)),
	  NULL,
	  UNATTEND(COMPUTER("web1") ACCOUNTS(ADMIN(NEW_ADMIN)) LOGON(
		  ".\\Administrator", "",
		  NEW_LOCAL) LOGON("administrator", DOMAIN("WEB1"), NEW_LOCAL)
			   LOGON("Administrator", DOMAIN("corp"), OLD)
				   LOGON("corp\\Administrator", "", OLD)),
	  false },
	/* The same account for each architecture. */
	{ UNATTEND(ACCOUNTS(ADMIN(OLD)) "</component><component>" ACCOUNTS(
		  ADMIN(OLD))),
	  NULL,
	  UNATTEND(
		  ACCOUNTS(ADMIN(NEW_ADMIN)) "</component><component>" ACCOUNTS(
			  ADMIN(NEW_ADMIN))),
	  false },
	/* The accounts of an image that is offline are the same ones. */
	{ UNATTEND(ACCOUNTS(ADMIN(OLD) LOCALS(LOCAL("b", OLD)))
			   OFFLINE(OLD, LOCAL("b", OLD))),
	  "Administrator",
	  UNATTEND(ACCOUNTS(ADMIN(NEW_ADMIN) LOCALS(LOCAL("b", OLD)))
			   OFFLINE(NEW_OFFLINE, LOCAL("b", OLD))),
	  false },
	{ UNATTEND(ACCOUNTS(ADMIN(OLD) LOCALS(LOCAL("b", OLD)))
			   OFFLINE(OLD, LOCAL("b", OLD))),
	  "b",
	  UNATTEND(ACCOUNTS(ADMIN(OLD) LOCALS(LOCAL("b", NEW_LOCAL)))
			   OFFLINE(OLD, LOCAL("b", NEW_LOCAL))),
	  false },
	/* Remarks, other values, prefixes, and tags within values. */
	{ "<?xml version=\"1.0\"?><!-- <Value>1</Value> --><x:unattend a='>' "
	  "b=\"'/\"><x:settings><x:component/><x:component ><x:UserAccounts>"
	  "<x:AdministratorPassword ><x:Value\n>old</x:Value >"
	  "<!-- - --></x:AdministratorPassword>"
	  "</x:UserAccounts><z><Value>2</Value></z></x:component>"
	  "</x:settings><![CDATA[<]]></x:unattend>\n",
	  NULL,
	  "<?xml version=\"1.0\"?><!-- <Value>1</Value> --><x:unattend a='>' "
	  "b=\"'/\"><x:settings><x:component/><x:component ><x:UserAccounts>"
	  "<x:AdministratorPassword ><x:Value\n>" HIDDEN_ADMIN
	  "</x:Value ><x:PlainText>false</x:PlainText>"
	  "<!-- - --></x:AdministratorPassword>"
	  "</x:UserAccounts><z><Value>2</Value></z></x:component>"
	  "</x:settings><![CDATA[<]]></x:unattend>\n",
	  false },
	{ LINUX(USER("root", "<Password>b2xk</Password>")
			USER("b", "<Password>b2xk</Password>")),
	  NULL,
	  LINUX(USER("root", "<Password>eA==</Password>")
			USER("b", "<Password>b2xk</Password>")),
	  true },
};

static void replaces_the_password_of_one_account(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		AUTO_DONE(buf) out = { 0 };
		AUTO_DONE(old_passwords) old = { 0 };
		struct shvm_err err = { 0 };

		if (set(good[i].xml, strlen(good[i].xml), !good[i].linux_file,
			good[i].account, &out, &old, NULL, &err) < 0)
			fail_msg("case %zu: %s", i, err.msg);
		if (out.len != strlen(good[i].result) ||
		    memcmp(out.data, good[i].result, out.len) != 0)
			fail_msg("case %zu: %.*s", i, (int)out.len,
				 (const char *)out.data);
		assert_true(out.wipe);
	}
}

static const struct {
	const char *xml, *account, *reason, *says;
	bool linux_file;
} refused[] = {
	{ UNATTEND(""), NULL, "no-account", "has no password of an account",
	  false },
	{ UNATTEND(ACCOUNTS(ADMIN(PLAIN("true")))), NULL, "no-account",
	  "has no password of an account", false },
	{ UNATTEND(
		  ACCOUNTS(ADMIN(OLD) LOCALS(LOCAL("b", OLD) LOCAL("B", OLD)))),
	  NULL, "several-accounts", "several accounts: Administrator, b",
	  false },
	{ UNATTEND(ACCOUNTS(ADMIN(OLD))), "b", "no-account",
	  "has no password of b, only of Administrator", false },
	/* Who logs on is not who has a password. */
	{ UNATTEND(LOGON("b", "", OLD)), "b", "no-account",
	  "has no password of an account", false },
	{ UNATTEND(ACCOUNTS(ADMIN(VALUE("a") VALUE("b")))), NULL, NULL,
	  "more than once", false },
	{ UNATTEND(ACCOUNTS(ADMIN(VALUE("<b/>")))), NULL, NULL,
	  "line 1: the password in AdministratorPassword is not text", false },
	{ UNATTEND(ACCOUNTS(LOCALS(LOCAL("<b/>", OLD)))), NULL, NULL,
	  "line 1: the name in LocalAccount is not text", false },
	{ LINUX(USER("b", "<Password>b2xk</Password>")), NULL, "no-account",
	  "has no password of root, only of b", true },
	{ LINUX(USER("root", "<SSHKey>k</SSHKey>")), NULL, "no-account",
	  "has no password of an account", true },
};

static void refuses_what_is_not_one_password(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		AUTO_DONE(buf) out = { 0 };
		AUTO_DONE(old_passwords) old = { 0 };
		struct shvm_err err = { 0 };
		int r = set(refused[i].xml, strlen(refused[i].xml),
			    !refused[i].linux_file, refused[i].account, &out,
			    &old, NULL, &err);

		if (r != (refused[i].reason ? SHVM_E_ARG : SHVM_E_FORMAT) ||
		    !strstr(err.msg, refused[i].says) ||
		    (refused[i].reason &&
		     strcmp(err.reason, refused[i].reason) != 0))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		assert_int_equal(out.len, 0);
	}
}

/* What was changed, and each place that has the old password still. */
static void tells_what_it_did_and_what_is_left(void **state)
{
	static const char xml[] = UNATTEND(
		ACCOUNTS(ADMIN(VALUE(
			/* old-one, hidden */
			"bwBsAGQALQBvAG4AZQBBAGQAbQBpAG4AaQBzAHQAcgBhAHQAbwByAFAAYQBzAHMAdwBvAHIAZAA=")
				       PLAIN("false"))
				 LOCALS(LOCAL("b", "\n" OLD)))
			LOGON("Administrator", "",
			      OLD) "\n<CommandLine>net user a old&#45;one"
				   "</CommandLine>\n<!-- old-one -->\n<a b='old-one'/>");
	static const struct {
		const char *name, *data;
		size_t size;
		bool found;
	} files[] = {
		{ "a.ps1", "$p = 'old-one'", 14, true },
		{ "b.ps1", "o\0l\0d\0-\0o\0n\0e\0", 14, true },
		{ "c.txt", "bwBsAGQALQBvAG4AZQA=", 20, true },
		{ "f.txt",
		  "bwBsAGQALQBvAG4AZQBPAGYAZgBsAGkAbgBlAEEAZABtAGkAbgBpAHMAdAByAGEAdABvAHIAUABhAHMAcwB3AG8AcgBkAA==",
		  96, true },
		{ "d.txt", "old one", 7, false },
		{ "e.txt", "", 0, false },
	};
	AUTO_DONE(payload) p = { 0 };
	AUTO_DONE(buf) out = { 0 };
	AUTO_DONE(buf) notes = { 0 };
	AUTO_DONE(old_passwords) old = { 0 };
	const struct notes to = { keep_note, &notes };
	struct shvm_err err = { 0 };
	struct shvm_file file = { "u.xml", NULL, 0 };

	(void)state;
	if (set(xml, strlen(xml), true, "Administrator", &out, &old, &notes,
		&err) < 0)
		fail_msg("%s", err.msg);
	buf_add_zeros(&notes, 1);
	assert_string_equal(
		(const char *)notes.data,
		"answer file: line 1: the password of Administrator was changed in AdministratorPassword\n"
		"answer file: line 2: the password of Administrator was changed in AutoLogon\n");
	file.data = out.data;
	file.size = out.len;
	assert_int_equal(payload_set_answer(&p, &file, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		file = (struct shvm_file){ files[i].name,
					   (const uint8_t *)files[i].data,
					   files[i].size };
		assert_int_equal(payload_add(&p, &file, NULL), 0);
	}
	notes.len = 0;
	assert_int_equal(old_passwords_warn(&old, &p, &to, NULL), 0);
	buf_add_zeros(&notes, 1);
	assert_string_equal((const char *)notes.data,
			    "!answer file: line 2: still has the old password\n"
			    "!answer file: line 3: still has the old password\n"
			    "!answer file: line 4: still has the old password\n"
			    "!answer file: line 5: still has the old password\n"
			    "!file \"a.ps1\": still has the old password\n"
			    "!file \"b.ps1\": still has the old password\n"
			    "!file \"c.txt\": still has the old password\n"
			    "!file \"f.txt\": still has the old password\n");
}

/* What our own makers write can be changed, and is then as if made so. */
static void own_files_are_as_if_made_with_the_new_one(void **state)
{
	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		struct shvm_answer a[2] = { { 0 } };
		AUTO_DONE(buf) out = { 0 };
		AUTO_DONE(old_passwords) old = { 0 };
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
		if (set((const char *)a[0].xml, a[0].xml_size, kind != 2, NULL,
			&out, &old, NULL, &err) < 0)
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
		cmocka_unit_test(replaces_the_password_of_one_account),
		cmocka_unit_test(refuses_what_is_not_one_password),
		cmocka_unit_test(tells_what_it_did_and_what_is_left),
		cmocka_unit_test(own_files_are_as_if_made_with_the_new_one),
	};

	return cmocka_run_group_tests_name("answer_password", tests, NULL,
					   NULL);
}
