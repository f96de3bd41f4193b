/* SPDX-License-Identifier: MIT */
/* cli/cli.c, cli/out.c, cli/help.c: a small program from end to end. */
#include "tests/unit/support.h"

#include "base/auto.h"
#include "cli/help.h"
#include "cli/out.h"
#include "cli/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct args {
	const char *name;
	uint32_t code;
};

#define ARGS struct args
static const struct cli_opt opts[] = {
	OPT(name, CLI_TEXT, .meta = "TEXT", .help = "a name"),
	OPT(code, CLI_UINT, .max = 9, .meta = "N", .help = "fail with this"),
	OPT_END,
};
#undef ARGS

/* Prints what it was given; fails with the code when there is one. */
static int echo_run(const void *args, char *const *operands, struct out *out,
		    struct shvm_err *err)
{
	const struct args *a = args;

	if (a->code != 0)
		return err_reason(err, -(int)a->code, "some-reason",
				  "disk: it went wrong at %u", 7);
	out_note(out, "a note");
	out_warn(out, "a warning");
	out_field(out, "name", "%s", a->name ? a->name : "none");
	out_text(out, "%s", operands[0]);
	if (!out_is_json(out))
		return SHVM_OK;
	return out_json(out,
			json_pack("{s:o, s:o}", "name",
				  out_string(a->name ? a->name : "none"),
				  "disk", out_string(operands[0])),
			err);
}

static int no_run(const void *args, char *const *operands, struct out *out,
		  struct shvm_err *err)
{
	(void)args;
	(void)operands;
	return out_json(out, json_pack("{s:s}", "verdict", "rejected"), err)
		       ? SHVM_E_NOMEM
		       : CLI_SAYS_NO;
}

static int stop_run(const void *args, char *const *operands, struct out *out,
		    struct shvm_err *err)
{
	(void)args;
	(void)operands;
	if (out_progress(out, 1, 2) != 0)
		return SHVM_E_ARG; /* not expected: nothing came in yet */
	(void)raise(SIGINT);
	return out_progress(out, 2, 2)
		       ? err_set(err, SHVM_E_CANCELLED, "stopped")
		       : SHVM_OK;
}

static const struct cli_cmd disk_table[] = {
	{ "disk echo", "DISK", "print what was given", "Get-Echo", opts,
	  sizeof(struct args), echo_run },
	{ "disk no", NULL, "say no", NULL, NULL, 0, no_run },
	{ 0 },
};
static const struct cli_cmd other_table[] = {
	{ "stop", NULL, "be interrupted", NULL, NULL, 0, stop_run },
	{ 0 },
};
static const struct cli_cmd *const tables[] = { disk_table, other_table, NULL };

/* What the last run printed. */
static char out_text_[8192], err_text_[8192];

static int redirect(FILE *f, const char *path)
{
	int old = dup(fileno(f));
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(old >= 0 && fd >= 0);
	fflush(f);
	assert_true(dup2(fd, fileno(f)) >= 0);
	(void)close(fd);
	return old;
}

static void restore(FILE *f, int old, const char *path, char *text)
{
	uint8_t *data;
	size_t len;

	fflush(f);
	assert_true(dup2(old, fileno(f)) >= 0);
	(void)close(old);
	data = test_file_read(path, &len);
	assert_true(len < sizeof(out_text_));
	memcpy(text, data, len + 1);
	free(data);
}

enum {
	WORDS_MAX = 12
};

/* Run words that stand in one string, '~' between them. */
static int run(const char *words)
{
	AUTOFREE char *copy = strdup(words);
	AUTOFREE char *out_path = test_own_path("stdout");
	AUTOFREE char *err_path = test_own_path("stderr");
	char *argv[WORDS_MAX] = { (char[]){ "shvm" } };
	char *at = copy;
	int argc = 1, out_fd, err_fd, code;

	assert_non_null(copy);
	while (at && *words) {
		assert_true(argc < WORDS_MAX);
		argv[argc++] = strsep(&at, "~");
	}
	out_fd = redirect(stdout, out_path);
	err_fd = redirect(stderr, err_path);
	code = cli_run(tables, argc, argv);
	restore(stdout, out_fd, out_path, out_text_);
	restore(stderr, err_fd, err_path, err_text_);
	return code;
}

static void has(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("no \"%s\" in \"%s\"", words, text);
}

static void each_result_has_its_exit_code(void **state)
{
	static const struct {
		int result, exit;
	} cases[] = {
		{ SHVM_OK, 0 },
		{ CLI_SAYS_NO, 3 },
		{ SHVM_E_ARG, 2 },
		{ SHVM_E_IO, 1 },
		{ SHVM_E_NOMEM, 1 },
		{ SHVM_E_FORMAT, 1 },
		{ SHVM_E_UNSUPPORTED, 1 },
		{ SHVM_E_VERIFY, 3 },
		{ SHVM_E_CRYPTO, 1 },
		{ SHVM_E_CANCELLED, 130 },
		{ SHVM_E_NETWORK, 75 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(cli_exit_code(cases[i].result), cases[i].exit);
}

static void prints_text_and_keeps_remarks_apart(void **state)
{
	(void)state;
	assert_int_equal(run("disk~echo~d.vhdx~--name~N"), 0);
	assert_string_equal(out_text_, "name:               N\nd.vhdx\n");
	assert_string_equal(err_text_,
			    "shvm: a note\nshvm: warning: a warning\n");
}

static void quiet_leaves_warnings_and_results(void **state)
{
	(void)state;
	assert_int_equal(run("disk~echo~--quiet~d.vhdx"), 0);
	has(out_text_, "d.vhdx\n");
	assert_string_equal(err_text_, "shvm: warning: a warning\n");
}

static void no_control_character_reaches_a_terminal(void **state)
{
	(void)state;
	assert_int_equal(run("disk~echo~a\nb\x1b[31m\xc2\x9b"
			     "2J\x7f"
			     "c\xc3\xa9"),
			 0);
	has(out_text_, "\na?b?[31m?2J?c\xc3\xa9\n");
	assert_int_equal(run("disk~echo~\u202ea\u200b\u2066\U000e0041\xff"), 0);
	has(out_text_, "\n?a????\n");
	assert_int_equal(run("disk~\u202e\xc2\x9b"), 2);
	has(err_text_, "verb '?"
		       "?'");
}

/* In JSON they are the same characters, and none of them is on the terminal. */
static void json_escapes_what_drives_a_terminal(void **state)
{
	static const char name[] =
		"\u202e\xc2\x9b\x7f\u200b\u2028\ufeff\U000e0041\U0001f600";
	json_t *o;

	(void)state;
	assert_int_equal(run("disk~echo~--json~\u202e\xc2\x9b\x7f\u200b\u2028"
			     "\ufeff\U000e0041\U0001f600"),
			 0);
	has(out_text_, "\"\\u202e\\u009b\\u007f\\u200b\\u2028\\ufeff"
		       "\\udb40\\udc41\U0001f600\"");
	o = json_loads(out_text_, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	assert_string_equal(json_string_value(json_object_get(o, "disk")),
			    name);
	json_decref(o);
}

/* A list or an object that lost a part is no result, and that is an error. */
static void json_is_whole_or_not_there(void **state)
{
	struct out out = { .result = stdout, .common.json = true };
	struct shvm_err err = { 0 };
	json_t *list = json_array(), *object = json_object();

	(void)state;
	out_list_add(&list, out_string("a"));
	assert_int_equal(json_array_size(list), 1);
	out_list_add(&list, NULL);
	assert_null(list);
	out_list_add(&list, out_string("b"));
	out_list_extend(&list, json_array());
	assert_null(list);
	out_member(&object, "list", list);
	assert_null(object);
	out_members(&object, json_object());
	assert_null(object);
	assert_int_equal(out_json(&out, object, &err), SHVM_E_NOMEM);
	assert_false(out.printed);
}

static void json_is_one_object_whatever_the_strings(void **state)
{
	json_t *o;

	(void)state;
	assert_int_equal(
		run("disk~echo~--json~q\"\\\x01\n\xff\xc3\xa9\xe2\x82"), 0);
	o = json_loads(out_text_, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	assert_int_equal(json_integer_value(json_object_get(o, "schema")), 2);
	assert_string_equal(json_string_value(json_object_get(o, "disk")),
			    "q\"\\\x01\n\xef\xbf\xbd\xc3\xa9"
			    "\xef\xbf\xbd\xef\xbf\xbd");
	json_decref(o);
}

static void an_error_is_one_line_and_one_object(void **state)
{
	json_t *o, *e;

	(void)state;
	assert_int_equal(run("disk~echo~d~--json~--code=4"), 1);
	assert_string_equal(err_text_,
			    "shvm: disk: it went wrong at 7 [some-reason]\n");
	o = json_loads(out_text_, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	e = json_object_get(o, "error");
	assert_string_equal(json_string_value(json_object_get(e, "code")),
			    "format");
	assert_string_equal(json_string_value(json_object_get(e, "reason")),
			    "some-reason");
	assert_string_equal(json_string_value(json_object_get(e, "message")),
			    "disk: it went wrong at 7");
	json_decref(o);

	assert_int_equal(run("disk~echo~d~--verbose~--code=6"), 3);
	assert_string_equal(out_text_, "");
	has(err_text_, "at 7 [verify, some-reason]\n");
}

static void saying_no_prints_only_the_result(void **state)
{
	(void)state;
	assert_int_equal(run("disk~no~--json"), 3);
	has(out_text_, "\"verdict\": \"rejected\"");
	assert_string_equal(err_text_, "");
	assert_int_equal(run("disk~no"), 3);
	assert_string_equal(out_text_, "");
}

static void wrong_usage_names_the_word_and_the_help(void **state)
{
	static const struct {
		const char *words, *says;
	} cases[] = {
		{ "", "no command was given; see 'shvm --help'" },
		{ "disk", "disk: no verb was given; see 'shvm disk --help'" },
		{ "disk~--json", "disk: no verb was given" },
		{ "disk~ech",
		  "unknown verb 'ech'; did you mean echo?; see 'shvm disk --help'" },
		{ "disks~echo",
		  "unknown command 'disks'; did you mean disk?; see 'shvm --help'" },
		{ "dis", "unknown command 'dis'" },
		{ "--json~disk~echo", "--json is before the command" },
		{ "disk~echo~--bogus", "disk echo: unknown option --bogus; see "
				       "'shvm disk echo --help'" },
		{ "disk~echo", "disk echo: operand DISK is required" },
		{ "stop~now", "stop: unexpected operand 'now'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(run(cases[i].words), 2);
		has(err_text_, cases[i].says);
		assert_ptr_equal(strchr(err_text_, '\n') + 1,
				 err_text_ + strlen(err_text_));
		if (strstr(cases[i].words, "--json"))
			has(out_text_, "\"code\": \"arg\"");
		else
			assert_string_equal(out_text_, "");
	}
}

static void help_shows_all_that_the_tables_hold(void **state)
{
	(void)state;
	assert_int_equal(run("--help"), 0);
	has(out_text_, "disk echo DISK");
	has(out_text_, "be interrupted");
	assert_int_equal(run("disk~--help"), 0);
	has(out_text_, "disk no ");
	assert_null(strstr(out_text_, "stop"));
	assert_int_equal(run("disk~echo~--help"), 0);
	has(out_text_, "Usage: shvm disk echo [OPTION...] DISK\n");
	has(out_text_, "On Windows: Get-Echo\n");
	has(out_text_, "  --code N ");
	has(out_text_, "  --progress auto|none|FD ");
	assert_int_equal(run("--version"), 0);
	assert_int_equal(strncmp(out_text_, "shvm 0.", 7), 0);
	assert_int_equal(run("disk~no~--version"), 0);
	assert_int_equal(strncmp(out_text_, "shvm 0.", 7), 0);
}

static void an_interrupt_stops_the_work(void **state)
{
	struct sigaction old;

	(void)state;
	(void)sigaction(SIGINT, NULL, &old);
	assert_int_equal(run("stop"), 130);
	has(err_text_, "stopped");
	(void)sigaction(SIGINT, &old, NULL);
}

static void progress_lines_go_to_the_descriptor(void **state)
{
	AUTOFREE char *path = test_own_path("progress");
	AUTOFREE uint8_t *data = NULL;
	char words[64];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	(void)state;
	assert_true(fd >= 0);
	(void)snprintf(words, sizeof(words), "stop~--progress=%d", fd);
	assert_int_equal(run(words), 130);
	(void)close(fd);
	data = test_file_read(path, NULL);
	assert_string_equal((char *)data, "1 2\n2 2\n");
}

static void a_lost_result_is_noticed(void **state)
{
	FILE *full = fopen("/dev/full", "we");
	FILE *fine = fopen("/dev/null", "we");
	AUTOFREE char *path = test_own_path("close");
	int old, lost, kept;

	(void)state;
	assert_non_null(full);
	assert_non_null(fine);
	fputs("result", full);
	fputs("result", fine);
	old = redirect(stderr, path);
	lost = cli_close(full, "standard output");
	kept = cli_close(fine, "standard output");
	restore(stderr, old, path, err_text_);
	assert_int_equal(lost, 1);
	assert_int_equal(kept, 0);
	has(err_text_, "shvm: standard output: No space left on device\n");
}

static void result_files_need_force_to_be_replaced(void **state)
{
	AUTOFREE char *path = test_own_path("result");
	AUTOFREE uint8_t *data = NULL;
	struct out out = { .result = stdout };
	struct shvm_err err = { 0 };

	(void)state;
	assert_ok(out_file(&out, path, "one", 3, 0644, &err), err);
	assert_failed(out_file(&out, path, "two", 3, 0644, &err), err,
		      SHVM_E_ARG, path);
	out.common.force = true;
	assert_ok(out_file(&out, path, "three", 5, 0644, &err), err);
	data = test_file_read(path, NULL);
	assert_string_equal((char *)data, "three");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_result_has_its_exit_code),
		cmocka_unit_test(prints_text_and_keeps_remarks_apart),
		cmocka_unit_test(quiet_leaves_warnings_and_results),
		cmocka_unit_test(no_control_character_reaches_a_terminal),
		cmocka_unit_test(json_escapes_what_drives_a_terminal),
		cmocka_unit_test(json_is_whole_or_not_there),
		cmocka_unit_test(json_is_one_object_whatever_the_strings),
		cmocka_unit_test(an_error_is_one_line_and_one_object),
		cmocka_unit_test(saying_no_prints_only_the_result),
		cmocka_unit_test(wrong_usage_names_the_word_and_the_help),
		cmocka_unit_test(help_shows_all_that_the_tables_hold),
		cmocka_unit_test(an_interrupt_stops_the_work),
		cmocka_unit_test(progress_lines_go_to_the_descriptor),
		cmocka_unit_test(a_lost_result_is_noticed),
		cmocka_unit_test(result_files_need_force_to_be_replaced),
	};

	return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
