/* SPDX-License-Identifier: MIT */
/* cli/report.c: formats are found because they are linked. */
#include "tests/unit/support.h"

#include "base/auto.h"
#include "cli/report.h"

#include <stdio.h>
#include <string.h>

/* A format that only this file knows: no list has it. */
static int put_count(struct out *out, const struct report *report, json_t *more,
		     struct shvm_err *err)
{
	(void)err;
	out_text(out, "%s: %zu checks, %zu members", report->word,
		 report->verdict->count, json_object_size(more));
	return SHVM_OK;
}

REPORT_FORMAT(count, .name = "count", .put = put_count);

static const struct shvm_check checks[] = {
	{ .id = "size",
	  .outcome = SHVM_CHECK_FAILED,
	  .level = SHVM_LEVEL_ERROR,
	  .offset = UINT64_MAX,
	  .text = "too small",
	  .fix = "make it larger" },
	{ .id = "place",
	  .outcome = SHVM_CHECK_PASSED,
	  .level = SHVM_LEVEL_ERROR,
	  .object = "part 2",
	  .offset = 512,
	  .text = "" },
};

static const struct shvm_verdict verdict = { .reason = "too-small",
					     .checks = checks,
					     .count = ARRAY_SIZE(checks) };

static const struct report report = { .verdict = &verdict,
				      .word = "bad",
				      .all = true };

static void what_is_linked_is_found_by_its_name(void **state)
{
	static const char *const names[] = { "text", "json", "count" };
	const struct report_format *const *all;
	size_t count;

	(void)state;
	all = report_formats(&count);
	assert_int_equal(count, ARRAY_SIZE(names));
	for (size_t i = 0; i < count; i++) {
		const struct report_format *f = report_format_find(names[i]);

		assert_non_null(f);
		assert_string_equal(f->name, names[i]);
		/* Each name once: else one of the two is never found. */
		assert_ptr_equal(report_format_find(all[i]->name), all[i]);
	}
	assert_ptr_equal(report_format_find("count"), &report_format_count);
	assert_null(report_format_find("coun"));
	assert_null(report_format_find("counts"));
	assert_null(report_format_find(""));
}

/* What a format prints, for the caller to free. */
static char *printed(const char *format, bool json)
{
	struct shvm_err err = { 0 };
	struct out out = { .common = { .json = json } };
	json_t *more = json_pack("{s:i}", "size", 7);
	char *text = NULL;
	size_t size;
	int r;

	out.result = open_memstream(&text, &size);
	assert_non_null(out.result);
	if (format) {
		r = report_format_find(format)->put(&out, &report, more, &err);
		json_decref(more);
	} else {
		r = report_put(&out, &report, more, &err);
	}
	assert_int_equal(r, format ? SHVM_OK : CLI_SAYS_NO); /* it is bad */
	assert_int_equal(fclose(out.result), 0);
	return text;
}

static void a_new_format_gets_what_the_others_get(void **state)
{
	AUTOFREE char *text = printed("count", false);

	(void)state;
	assert_string_equal(text, "bad: 2 checks, 1 members\n");
}

static void text_and_json_say_all_of_it(void **state)
{
	AUTOFREE char *text = printed(NULL, false);
	AUTOFREE char *json = printed(NULL, true);
	json_t *got = json_loads(json, 0, NULL);
	json_t *want =
		json_pack("{s:i, s:i, s:b, s:s, s:s, s:n, s:["
			  "{s:s, s:s, s:s, s:n, s:n, s:s, s:n, s:s, s:n},"
			  "{s:s, s:s, s:s, s:s, s:i, s:n, s:n, s:n, s:n}]}",
			  "schema", OUT_SCHEMA, "size", 7, "yes", 0, "verdict",
			  "bad", "reason", "too-small", "text", "checks", "id",
			  "size", "outcome", "failed", "level", "error",
			  "object", "offset", "text", "too small", "expected",
			  "fix", "make it larger", "source", "id", "place",
			  "outcome", "passed", "level", "error", "object",
			  "part 2", "offset", 512, "text", "expected", "fix",
			  "source");

	(void)state;
	assert_string_equal(text, "failed   size   too small\n"
				  "    fix:      make it larger\n"
				  "passed   place  part 2: at byte 512: \n"
				  "verdict:            bad, too-small\n");
	assert_non_null(want);
	assert_true(json_equal(got, want));
	json_decref(got);
	json_decref(want);
}

/* A command ran out of memory for what else it has to say. */
static void no_format_prints_a_part(void **state)
{
	struct shvm_err err = { 0 };
	struct out out = { .result = stdout };

	(void)state;
	assert_int_equal(report_put(&out, &report, NULL, &err), SHVM_E_NOMEM);
	out.common.json = true;
	assert_int_equal(report_put(&out, &report, NULL, &err), SHVM_E_NOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_linked_is_found_by_its_name),
		cmocka_unit_test(a_new_format_gets_what_the_others_get),
		cmocka_unit_test(text_and_json_say_all_of_it),
		cmocka_unit_test(no_format_prints_a_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
