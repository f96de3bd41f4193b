/* SPDX-License-Identifier: MIT */
/* Which user-data of cloud-init can be an answer file, and what is said of the
 * rest: line and column, and no value. */
#include "pdk/user_data.h"

#include "pdk/answer_file.h"
#include "tests/unit/support.h"

#include <string.h>

#define HEAD "#cloud-config\n"

static int check(const char *text, size_t len, struct shvm_err *err)
{
	struct buf b = { 0 };
	int r;

	buf_add(&b, text, len);
	r = user_data_check(&b, err);
	buf_done(&b);
	return r;
}

static void accepts_what_people_write(void **state)
{
	static const char *const good[] = {
		HEAD "{}\n",
		HEAD "hostname: web1",
		"#cloud-config \t\r\nhostname: web1\r\n",
		HEAD "---\nusers:\n  - name: a\n    groups: [x, y]\n...\n",
		HEAD "write_files:\n- content: |\n    a\tb\n  path: /a\n",
		HEAD "runcmd:\n- [sh, -c, \"a & b * c ! d\"]\n- 'echo <<'\n",
		HEAD "a: \"\\u00e4\\t\\n\"\nb: äöü\n",
		HEAD "a: {power_state: 1, vendor_data: 2}\n",
		HEAD "\"a\": 1\n'b': 2\n? c\n: 3\n",
		HEAD "a: power_state\nb: power_state\n",
		HEAD "a: [[{b: c}, {b: c}], d]\ne: {f: g, f: h}\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct shvm_err err = { 0 };

		assert_ok(check(good[i], strlen(good[i]), &err), err);
	}
}

#define CASE(text, says)                                                       \
	{                                                                      \
		text, sizeof(text) - 1, says                                   \
	}
#define SECRET "hunter2"

static void refuses_with_line_and_column(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *says;
	} bad[] = {
		CASE("", "line 1: neither XML nor"),
		CASE("hostname: " SECRET "\n", "line 1: neither XML nor"),
		CASE("#cloud-config-archive\n- a\n", "line 1: neither"),
		CASE("#cloud-configuration\n", "line 1: neither"),
		CASE("#cloud-config x\na: b\n", "line 1: neither"),
		CASE(" #cloud-config\na: b\n", "line 1: neither"),
		CASE("#!/bin/sh\n" SECRET "\n", "line 1: neither"),
		CASE("## template: jinja\n" HEAD, "line 1: is a Jinja"),
		CASE(HEAD, "has nothing but comments"),
		CASE(HEAD "# " SECRET "\n", "has nothing but comments"),
		CASE(HEAD "- a\n- " SECRET "\n",
		     "line 2, column 1: not a mapping"),
		CASE(HEAD SECRET "\n", "line 2, column 1: not a mapping"),
		CASE(HEAD "a: &" SECRET " b\n", "line 2, column 4: an anchor"),
		CASE(HEAD "a: &x [b]\n", "line 2, column 4: an anchor"),
		CASE(HEAD "a: &x {b: c}\n", "line 2, column 4: an anchor"),
		CASE(HEAD "&x a: b\n", "line 2, column 1: an anchor"),
		CASE(HEAD "&x\na: b\n", "line 2, column 1: an anchor"),
		CASE(HEAD "a: *" SECRET "\n", "line 2, column 4: an alias"),
		CASE(HEAD "*x : a\n", "line 2, column 1: an alias"),
		CASE(HEAD "a: !" SECRET " b\n", "line 2, column 4: a tag"),
		CASE(HEAD "a: !!python/object/apply:os.system [x]\n",
		     "line 2, column 4: a tag"),
		CASE(HEAD "a: !!map {b: c}\n", "line 2, column 4: a tag"),
		CASE(HEAD "a: ! b\n", "line 2, column 4: a tag"),
		CASE(HEAD "%YAML 1.1\n---\na: b\n",
		     "line 2, column 1: a directive"),
		CASE(HEAD "%TAG ! tag:x,2000:\n---\na: b\n",
		     "line 2, column 1: a directive"),
		CASE(HEAD "a: b\n---\nc: " SECRET "\n",
		     "line 3, column 1: a second document"),
		CASE(HEAD "a: b\n...\n---\nc: d\n",
		     "line 4, column 1: a second document"),
		CASE(HEAD "a: " SECRET "\nb: c\na: d\n",
		     "line 4, column 1: a key of the top level that is there"),
		CASE(HEAD "a: b\n\"\\x61\": c\n",
		     "line 3, column 1: a key of the top level that is there"),
		CASE(HEAD "a: b\n<<: {c: d}\n",
		     "line 3, column 1: a merge key"),
		CASE(HEAD "a: {<<: {c: d}}\n", "line 2, column 5: a merge key"),
		CASE(HEAD "[a]: b\n", "line 2, column 1: a key that is not"),
		CASE(HEAD "a:\n  ? {b: c}\n  : d\n",
		     "line 3, column 5: a key that is not"),
		CASE(HEAD "a: \"" SECRET "\\0\"\n",
		     "line 2, column 4: a text with a control character"),
		CASE(HEAD "\"\\e\": a\n",
		     "line 2, column 1: a text with a control character"),
		CASE(HEAD "ä: " SECRET "\x1b\n",
		     "line 2, column 11: a control character"),
		CASE(HEAD "a: b\0c\n", "line 2, column 5: a control"),
		CASE(HEAD "a: \xff\n", "line 2, column 4: a control"),
		CASE(HEAD "a: \xc2\x85\n", "line 2, column 4: a control"),
		CASE(HEAD "a: \xed\xa0\x80\n", "line 2, column 4: a control"),
		CASE(HEAD "a: \xef\xbb\xbf"
			  "b\n",
		     "line 2, column 4: a control"),
		CASE(HEAD "a: b: " SECRET "\n",
		     "line 2, column 5: mapping values are not allowed"),
		CASE(HEAD "a: [" SECRET "\n", "line 3, column 1: "),
		CASE(HEAD "\ta: " SECRET "\n", "line 2, column 1: "),
		CASE(HEAD "power_state: {mode: reboot}\n",
		     "line 2, column 1: power_state is set by shvm"),
		CASE(HEAD "a: b\n'vendor_data': {enabled: false}\n",
		     "line 3, column 1: vendor_data would turn off"),
		CASE(HEAD "manual_cache_clean: false\n",
		     "line 2, column 1: manual_cache_clean is set by shvm"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct shvm_err err = { 0 };
		const int r = check(bad[i].text, bad[i].len, &err);

		if (r != SHVM_E_FORMAT || !strstr(err.msg, bad[i].says))
			fail_msg("case %zu: %d %s, not %s", i, r, err.msg,
				 bad[i].says);
		assert_null(strstr(err.msg, SECRET));
		assert_null(strchr(err.msg, '\n'));
	}
}

static void fill(struct buf *b, const char *text, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_add_text(b, text);
}

/* Each at its bound, and one further. */
static void bounds_are_exact(void **state)
{
	static const size_t depths[] = { 31, 32, 1000, 300000 };
	struct shvm_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(depths); i++) {
		struct buf flow = { 0 }, block = { 0 };
		const bool good = depths[i] < USER_DATA_DEPTH;

		buf_add_text(&flow, HEAD "a: ");
		fill(&flow, "[", depths[i]);
		fill(&flow, "]", depths[i]);
		buf_add_text(&block, HEAD "a: \n  ");
		fill(&block, "- ", depths[i]);
		buf_add_text(&block, "b\n");
		assert_int_equal(user_data_check(&flow, &err),
				 good ? 0 : SHVM_E_FORMAT);
		if (!good)
			assert_non_null(strstr(err.msg, "more than 32 coll"));
		assert_int_equal(user_data_check(&block, &err),
				 good ? 0 : SHVM_E_FORMAT);
		buf_done(&flow);
		buf_done(&block);
	}
	for (size_t more = 0; more < 2; more++) {
		struct buf size = { 0 }, keys = { 0 };

		buf_add_text(&size, HEAD "a: ");
		fill(&size, "x", USER_DATA_MAX + more - size.len);
		assert_int_equal(user_data_check(&size, &err),
				 more ? SHVM_E_FORMAT : 0);
		if (more)
			assert_non_null(strstr(err.msg, "of 1048577 bytes, the "
							"limit is 1048576"));
		buf_add_text(&keys, HEAD);
		for (size_t i = 0; i < USER_DATA_KEYS + more; i++)
			buf_printf(&keys, "k%zu: v\n", i);
		assert_int_equal(user_data_check(&keys, &err),
				 more ? SHVM_E_FORMAT : 0);
		if (more)
			assert_non_null(strstr(err.msg, "line 1002, column 1: "
							"too many keys"));
		buf_done(&size);
		buf_done(&keys);
	}
}

/* By content, in UTF-8 and in UTF-16 with a mark, and byte for byte. */
static void is_told_from_xml(void **state)
{
	static const char text[] = HEAD "a: \"@ComputerName@\"\r\n# ä\n";
	static const uint8_t bom[] = { 0xef, 0xbb, 0xbf };
	static const uint8_t wide[] = { 0xff, 0xfe, '#', 0,   'c', 0,	'l',
					0,    'o',  0,	 'u', 0,   'd', 0,
					'-',  0,    'c', 0,   'o', 0,	'n',
					0,    'f',  0,	 'i', 0,   'g', 0,
					10,   0,    '{', 0,   '}', 0 };
	struct buf marked = { 0 }, ret = { 0 };
	enum answer_system system = ANSWER_WINDOWS;
	struct shvm_err err = { 0 };

	(void)state;
	assert_ok(answer_file_read(text, sizeof(text) - 1, &ret, &system, &err),
		  err);
	assert_int_equal(system, ANSWER_CLOUD_INIT);
	assert_int_equal(ret.len, sizeof(text) - 1);
	assert_memory_equal(ret.data, text, ret.len);
	assert_int_equal(answer_form(&ret), PLACEHOLDER_YAML);
	buf_done(&ret);
	ret = (struct buf){ 0 };

	buf_add(&marked, bom, sizeof(bom));
	buf_add_text(&marked, text);
	assert_ok(answer_file_read(marked.data, marked.len, &ret, &system,
				   &err),
		  err);
	assert_int_equal(ret.len, sizeof(text) - 1);
	buf_done(&marked);
	buf_done(&ret);
	ret = (struct buf){ 0 };

	assert_ok(answer_file_read(wide, sizeof(wide), &ret, &system, &err),
		  err);
	assert_int_equal(ret.len, strlen(HEAD "{}"));
	assert_memory_equal(ret.data, HEAD "{}", ret.len);
	buf_done(&ret);
	ret = (struct buf){ 0 };

	assert_failed(answer_file_read(wide + 2, sizeof(wide) - 2, &ret,
				       &system, &err),
		      err, SHVM_E_FORMAT, "UTF-16 without a byte order mark");
	assert_failed(answer_file_read("a: b\n", 5, &ret, &system, &err), err,
		      SHVM_E_FORMAT, "answer file: line 1: neither XML nor");
	assert_string_equal(err.reason, "answer-file-invalid");
	assert_failed(answer_file_read("\n<a/>", 5, &ret, &system, &err), err,
		      SHVM_E_FORMAT, "the root is <a>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_what_people_write),
		cmocka_unit_test(refuses_with_line_and_column),
		cmocka_unit_test(bounds_are_exact),
		cmocka_unit_test(is_told_from_xml),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
