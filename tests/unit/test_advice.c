/* SPDX-License-Identifier: MIT */
/* A failure names options of the command that failed, and no others. */
#include "cli/advice.h"

#include "base/auto.h"
#include "cli/parse.h"
#include "tests/unit/support.h"

#include <stdio.h>
#include <string.h>

static const struct cli_cmd *command(const char *name)
{
	for (size_t i = 0; all_tables[i]; i++) {
		for (const struct cli_cmd *c = all_tables[i]; c->name; c++) {
			if (strcmp(c->name, name) == 0)
				return c;
		}
	}
	fail_msg("no command %s", name);
	return NULL;
}

/* Every option that the text names is one of the command or of all. */
static void check_names(const struct opt_table *opts, const char *text)
{
	struct opt_table common = { 0 };

	opt_table_init(&common, common_opts);
	for (const char *p = strstr(text, "--"); p; p = strstr(p, "--")) {
		const size_t len = strcspn(p += 2, " ,;");

		if (!opt_find(opts, p, len) && !opt_find(&common, p, len))
			fail_msg("no option --%.*s", (int)len, p);
	}
}

static void names_options_of_the_command(void **state)
{
	static const struct {
		const char *command, *reason, *text;
	} cases[] = {
		{ "pdk create", "exists", "x; use --force to replace it" },
		{ "pdk create", "certificate-expired",
		  "x; use --allow-expired to accept it" },
		{ "guardian import", "certificate-expired",
		  "x; use --allow-expired to accept it" },
		{ "template verify", "certificate-expired", "x" },
		{ "guardian import", "untrusted-guardian",
		  "x; use --guardian-fingerprint, --guardian-ca or "
		  "--allow-untrusted-root" },
		{ "template verify", "untrusted-guardian", "x" },
		{ "template protect", "has-catalog",
		  "x; use --force to replace it" },
		{ "template sign", "several-os-volumes",
		  "x; use --partition N to choose it" },
		{ "template show", "several-os-volumes", "x" },
		{ "template sign", "not-ntfs",
		  "x; use --partition N to choose another one" },
		{ "pdk edit", "several-accounts",
		  "x; use --account NAME to choose the account" },
		{ "pdk edit", "no-such-reason", "x" },
		{ "pdk edit", NULL, "x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct shvm_err err = { .code = SHVM_E_ARG,
					.reason = cases[i].reason,
					.msg = "x" };
		struct opt_table opts = { 0 };

		opt_table_init(&opts, command(cases[i].command)->opts);
		advice_add(&opts, &err);
		if (strcmp(err.msg, cases[i].text) != 0)
			fail_msg("case %zu: %s", i, err.msg);
		check_names(&opts, err.msg);
	}
}

/* The message is kept where both have no room. */
static void fits_in_a_message(void **state)
{
	struct shvm_err err = { .reason = "exists" };
	struct opt_table opts = { 0 };

	(void)state;
	opt_table_init(&opts, command("pdk create")->opts);
	memset(err.msg, 'x', sizeof(err.msg) - 1);
	advice_add(&opts, &err);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	assert_int_equal(err.msg[0], 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_options_of_the_command),
		cmocka_unit_test(fits_in_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
