/* SPDX-License-Identifier: MIT */
/* The option tables of the program: what their kinds have to be. */
#include "tests/unit/support.h"

#include "cli/command.h"
#include "cli/parse.h"

#include <string.h>

static const struct cli_opt *own(const struct cli_cmd *c, struct opt_table *t)
{
	opt_table_init(t, c->opts);
	return t->rows;
}

static bool ends_in(const char *text, const char *end)
{
	const size_t len = strlen(text), n = strlen(end);

	return len >= n && strcmp(text + len - n, end) == 0;
}

/* By the name, by the placeholder of a folder, or by the help. */
static bool writes(const struct cli_opt *o)
{
	if (strcmp(o->name, "out") == 0 || ends_in(o->name, "-out"))
		return true;
	if (!o->meta)
		return false;
	return strstr(o->meta, "DIR") ||
	       (strstr(o->meta, "FILE") && strstr(o->help, "write "));
}

static void what_an_option_writes_spares_what_others_read(void **state)
{
	size_t results = 0;
	const struct cli_opt *o;
	struct opt_table t;

	(void)state;
	for (const struct cli_cmd *const *all = all_tables; *all; all++)
		for (const struct cli_cmd *c = *all; c->name; c++)
			for (o = own(c, &t); o->name; o++) {
				const bool is_out = opt_is_result(o);

				if (is_out != writes(o))
					fail_msg("%s --%s is of kind %d",
						 c->name, o->name,
						 (int)o->kind);
				results += is_out;
			}
	assert_true(results > 20);
}

/* cli/output_guard.c knows a result among the operands by this word. */
static void a_command_that_makes_something_says_where(void **state)
{
	const struct cli_opt *o;
	struct opt_table t;

	(void)state;
	for (const struct cli_cmd *const *all = all_tables; *all; all++) {
		for (const struct cli_cmd *c = *all; c->name; c++) {
			const char *spec = c->operands ? c->operands : "";
			bool has_out = strncmp(spec, "OUT", 3) == 0 ||
				       strncmp(spec, "[OUT", 4) == 0;

			for (o = own(c, &t); o->name; o++)
				has_out = has_out || opt_is_result(o);
			if (strncmp(c->summary, "make ", 5) == 0 ||
			    strncmp(c->summary, "write ", 6) == 0)
				assert_true(has_out);
		}
	}
}

static void secrets_come_from_sources_that_are_checked(void **state)
{
	size_t sources = 0;
	const struct cli_opt *o;
	struct opt_table t;

	(void)state;
	for (const struct cli_cmd *const *all = all_tables; *all; all++)
		for (const struct cli_cmd *c = *all; c->name; c++)
			for (o = own(c, &t); o->name; o++) {
				const bool is_secret =
					ends_in(o->name, "pass-file") ||
					ends_in(o->name, "password");

				if (is_secret != opt_is_secret(o))
					fail_msg("%s --%s", c->name, o->name);
				sources += is_secret;
			}
	assert_true(sources > 20);
}

/* The option of this name in the commands before this one, or NULL. */
static bool find_before(const struct cli_cmd *until, const char *name,
			struct cli_opt *ret, const char **ret_command)
{
	struct opt_table t;

	for (const struct cli_cmd *const *all = all_tables; *all; all++)
		for (const struct cli_cmd *c = *all; c->name; c++) {
			const struct cli_opt *o;

			if (c == until)
				return false;
			(void)own(c, &t);
			o = opt_find(&t, name, strlen(name));
			if (!o)
				continue;
			*ret = *o;
			*ret_command = c->name;
			return true;
		}
	return false;
}

/*
 * Who knows an option of one command knows it everywhere: a name is of one
 * kind and takes one kind of value. None is hidden by a common option either.
 */
static void a_name_means_one_thing_in_all_commands(void **state)
{
	size_t shared = 0;
	struct cli_opt other;
	struct opt_table t, common;
	const char *command;

	(void)state;
	opt_table_init(&common, common_opts);
	for (const struct cli_cmd *const *all = all_tables; *all; all++)
		for (const struct cli_cmd *c = *all; c->name; c++)
			for (const struct cli_opt *o = own(c, &t); o->name;
			     o++) {
				if (opt_find(&common, o->name, strlen(o->name)))
					fail_msg("%s --%s is a common one",
						 c->name, o->name);
				if (!find_before(c, o->name, &other, &command))
					continue;
				shared++;
				if (o->kind != other.kind)
					fail_msg("--%s: %s has kind %d, %s %d",
						 o->name, command,
						 (int)other.kind, c->name,
						 (int)o->kind);
				if (strcmp(o->meta ? o->meta : "",
					   other.meta ? other.meta : "") != 0)
					fail_msg("--%s: %s takes %s, %s %s",
						 o->name, command, other.meta,
						 c->name, o->meta);
			}
	assert_true(shared > 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_an_option_writes_spares_what_others_read),
		cmocka_unit_test(a_command_that_makes_something_says_where),
		cmocka_unit_test(secrets_come_from_sources_that_are_checked),
		cmocka_unit_test(a_name_means_one_thing_in_all_commands),
	};

	return cmocka_run_group_tests_name("tables", tests, NULL, NULL);
}
