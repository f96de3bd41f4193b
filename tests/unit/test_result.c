/* SPDX-License-Identifier: MIT */
/* cli/result.c: objects of results, and the text of rows over them. */
#include "tests/unit/support.h"

#include "base/auto.h"
#include "cli/result.h"

#include <stdio.h>
#include <string.h>

static const struct shvm_guid guid = { { 0x12, 0x34 } };
static const struct shvm_version version = { { 1, 2, 3, 4 } };

static void each_type_becomes_its_json(void **state)
{
	char *text;
	json_t *object =
		OBJECT(M("text", "a"), M("none", (const char *)NULL),
		       M("flag", (bool)true), M("small", 7U),
		       M("large", UINT64_MAX / 2), M("guid", &guid),
		       M("version", &version),
		       M("hex", result_hex((const uint8_t *)"\x01\xff", 2)),
		       M("time", result_time(1795429230)),
		       M("inner", OBJECT(M("bad", "\xff"))));

	(void)state;
	text = json_dumps(object, JSON_COMPACT);
	assert_non_null(text);
	assert_string_equal(
		text, "{\"text\":\"a\",\"none\":null,\"flag\":true,\"small\":7,"
		      "\"large\":9223372036854775807,"
		      "\"guid\":\"00003412-0000-0000-0000-000000000000\","
		      "\"version\":\"1.2.3.4\",\"hex\":\"01ff\","
		      "\"time\":\"2026-11-23T10:20:30Z\","
		      "\"inner\":{\"bad\":\"\xef\xbf\xbd\"}}");
	free(text);
	json_decref(object);
}

static void without_memory_no_result_is_one(void **state)
{
	struct shvm_err err = { 0 };

	(void)state;
	for (int json = 0; json < 2; json++) {
		struct out out = { .common = { .json = json } };

		assert_failed(out_json(&out, NULL, &err), err, SHVM_E_NOMEM,
			      "json result");
	}
}

/* What is printed of the rows, for the caller to free. */
static char *printed(const struct row *rows, json_t *object, bool verbose,
		     bool json)
{
	struct shvm_err err = { 0 };
	struct out out = { .common = { .verbose = verbose, .json = json } };
	char *text = NULL;
	size_t size;

	out.result = open_memstream(&text, &size);
	assert_non_null(out.result);
	assert_int_equal(result_put(&out, rows, object, &err), SHVM_OK);
	assert_int_equal(fclose(out.result), 0);
	assert_non_null(text);
	return text;
}

static json_t *disk(void)
{
	json_t *sizes = json_pack("[{s:i, s:s}, {s:i, s:s}]", "size", 2048,
				  "name", "x", "size", 0, "name", "");

	return OBJECT(M("name", "d"), M("empty", ""),
		      M("parent", (const char *)NULL), M("log", "clean"),
		      M("good", (bool)true), M("bad", (bool)false),
		      M("old", result_time(-30610224001)),
		      M("far", result_time(253402300799)),
		      M("in", OBJECT(M("a", OBJECT(M("b", 5U))))),
		      M("parts", sizes),
		      M("words", json_pack("[s, s]", "u", "v")),
		      M("nothing", json_array()));
}

static void a_line_appears_when_all_of_it_is_known(void **state)
{
	static const struct {
		const char *text, *line; /* NULL: there is none */
	} cases[] = {
		{ "plain", "plain" },
		{ "{name}", "d" },
		{ "<{name}, {in.a.b}>", "<d, 5>" },
		{ "{empty}", "" },
		{ "{parent}", NULL },
		{ "{parent.of.it}", NULL },
		{ "{name} of {parent}", NULL },
		{ "{name}[ of {parent}]", "d" },
		{ "{name}[ of {parent}] and [{name}]", "d and d" },
		{ "{name}[, \"{empty}\"]", "d" },
		{ "{name}[, \"{log}\"]!", "d, \"clean\"!" },
		{ "{name}[ [{parent}]{log}]", "d clean" },
		{ "{good}yes", "yes" },
		{ "{bad}yes", NULL },
		{ "{log=clean}it is", "it is" },
		{ "{log=cleaner}it is", NULL },
		{ "{log=}it is", NULL },
		{ "{parent=x}it is", NULL },
		{ "{bad=false}it is", "it is" },
		{ "{good=false}it is", NULL },
		{ "{old}[{old:past} (past)][{old:future} (future)]",
		  "0999-12-31T23:59:59Z (past)" },
		{ "{far}[{far:past} (past)][{far:future} (future)]",
		  "9999-12-31T23:59:59Z (future)" },
		{ "{parent:past}never", NULL },
		{ "{parent:size}", NULL },
		{ "{nmae?}", NULL },
		{ "{nmae.of.it?:size}", NULL },
		{ "{name?}[ and {nmae?}]", "d" },
		{ "{words}some", "some" },
		{ "{nothing}some", NULL },
		{ "{nothing:count} and {words:count}", "0 and 2" },
		{ "{in.a.b:size}", "5 B" },
		/* Mistakes are seen. */
		{ "{nmae} x", "{nmae} x" },
		{ "{in.c.b:size}", "{in.c.b:size}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct row rows[] = { LINE(cases[i].text), { 0 } };
		AUTOFREE char *text = printed(rows, disk(), false, false);
		char want[64] = "";

		if (cases[i].line)
			(void)snprintf(want, sizeof(want), "%s\n",
				       cases[i].line);
		assert_string_equal(text, want);
	}
}

static const struct row part_rows[] = {
	LINE("  of {size} bytes", .verbose = true),
	{ 0 },
};

static const struct row rows[] = {
	FIELD("name", "{name}"),
	FIELD("{log}", "{parts:count} parts"),
	LINE("part[ {name}], {size:size}", .each = "parts", .rows = part_rows),
	FIELD("word", "{}", .each = "words"),
	FIELD("never", "{}", .each = "nothing"),
	FIELD("parent", "{name}", .each = "parent"),
	LINE("a title of nothing:", .each = "parent"),
	FIELD("inner", "{b}", .each = "in.a"),
	FIELD("mistake", "{x}", .each = "prats"),
	FIELD("not here", "{x}", .each = "prats?"),
	{ 0 },
};

static void lists_have_a_line_for_each_item(void **state)
{
	AUTOFREE char *text = printed(rows, disk(), false, false);
	AUTOFREE char *more = printed(rows, disk(), true, false);

	(void)state;
	assert_string_equal(text, "name:               d\n"
				  "clean:              2 parts\n"
				  "part x, 2.0 KiB\n"
				  "part, 0 B\n"
				  "word:               u\n"
				  "word:               v\n"
				  "inner:              5\n"
				  "mistake:            {x}\n");
	assert_non_null(
		strstr(more, "part x, 2.0 KiB\n  of 2048 bytes\npart,"));
}

static void json_has_the_object_and_no_text(void **state)
{
	AUTOFREE char *text = printed(rows, disk(), true, true);
	json_t *got = json_loads(text, 0, NULL);

	(void)state;
	assert_non_null(got);
	assert_string_equal(json_string_value(json_object_get(got, "name")),
			    "d");
	assert_int_equal(json_integer_value(json_object_get(got, "schema")),
			 OUT_SCHEMA);
	json_decref(got);
}

/* A text with a part missing would be a lie, so would be one without a part. */
static void no_memory_is_an_error_in_text_too(void **state)
{
	struct out out = { .result = stdout };
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(result_put(&out, rows,
				    OBJECT(M("name", (json_t *)NULL),
					   M("log", "clean")),
				    &err),
			 SHVM_E_NOMEM);
	out.common.json = true;
	assert_int_equal(result_put(&out, rows, NULL, &err), SHVM_E_NOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_type_becomes_its_json),
		cmocka_unit_test(without_memory_no_result_is_one),
		cmocka_unit_test(a_line_appears_when_all_of_it_is_known),
		cmocka_unit_test(lists_have_a_line_for_each_item),
		cmocka_unit_test(json_has_the_object_and_no_text),
		cmocka_unit_test(no_memory_is_an_error_in_text_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
