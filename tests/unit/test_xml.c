/* SPDX-License-Identifier: MIT */
/* XML is parsed strictly, read in order, and written canonically. */
#include "base/xml.h"

#include "base/xml_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NS "urn:test:1"

static struct xml_doc *parse(const char *text)
{
	struct shvm_err err = { 0 };
	struct xml_doc *doc = NULL;

	if (xml_parse(text, strlen(text), 0, "doc", &doc, &err) < 0)
		fail_msg("%s", err.msg);
	return doc;
}

static void reads_names_attributes_and_texts(void **state)
{
	AUTO(xml_ptr)
	doc = parse("\xef\xbb\xbf<?xml version=\"1.0\"?>\n"
		    "<a xmlns='" NS "' n='1 &lt; 2' e=''>"
		    "<b>x &amp; <![CDATA[<y>]]>&#x20ac;</b>"
		    "<c/></a>\n");
	struct xml_node *a = xml_root(doc), *b = xml_first(a);
	const char *text;

	(void)state;
	assert_true(xml_is(a, NS, "a"));
	assert_string_equal(xml_attr(a, "n"), "1 < 2");
	assert_string_equal(xml_attr(a, "e"), "");
	assert_null(xml_attr(a, "none"));
	assert_int_equal(xml_text(b, &text, NULL), SHVM_OK);
	assert_string_equal(text, "x & <y>\xe2\x82\xac");
	assert_true(xml_is(xml_next(b), NS, "c"));
	assert_int_equal(xml_text(xml_next(b), &text, NULL), SHVM_OK);
	assert_string_equal(text, "");
	assert_null(xml_next(xml_next(b)));
}

static void refuses_what_our_formats_never_hold(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "empty" },
		{ "<a>", "line 1" },
		{ "<a/><b/>", "line 1" },
		{ "<a/>junk", "line 1" },
		{ "\n<a>\n<b></a>", "line 3" },
		{ "<a>\xff</a>", "not UTF-8" },
		{ "<!DOCTYPE a><a/>", "not allowed" },
		{ "<a><![CDATA[<!ENTITY x 'y'>]]></a>", "not allowed" },
		{ "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "not allowed" },
		{ "<a>&x;</a>", "Entity" },
		{ "<a><!-- no --></a>", "comment" },
		{ "<a><?php ?></a>", "processing instruction" },
		{ "<p:a/>", "prefix p" },
		{ "<a x='1' x='2'/>", "redefined" },
		{ "<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>", "redefined" },
		{ "<?xml version='1.0' encoding='UTF-16'?><a/>",
		  "encoding \"UTF-16\" is declared, only UTF-8 is accepted" },
		{ "\xef\xbb\xbf<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
		  "only UTF-8" },
		{ "<?xml version='1.0'\nencoding = \"us-ascii\" ?><a/>",
		  "only UTF-8" },
		{ "<?xml version='1.1'?><a/>", "version is not 1.0" },
		{ "<?xml version='1.0' coding='UTF-16'?><a/>", "unknown item" },
		{ "<?xml version='1.0'><a/>", "declaration is malformed" },
		{ "<a b/>", "without a value" },
		{ "<a b=c/>", "without quotes" },
		{ "<a b='c/>", "without its end" },
		{ "<a b='<'/>", "in an attribute value" },
		{ "<a b='1'c='2'/>", "a malformed tag" },
		{ "<a><b></b c='1'></a>", "a malformed end tag" },
		{ "<a/></a>", "without its element" },
		{ "<a><![CDATA[></a>", "without its end" },
		{ "<a><!x></a>", "not allowed" },
		{ "<a>< b/></a>", "a name is missing" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct shvm_err err = { 0 };
		struct xml_doc *doc = NULL;
		int r = xml_parse(cases[i].text, strlen(cases[i].text), 0,
				  "doc", &doc, &err);

		if (r != SHVM_E_FORMAT || !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
		assert_null(doc);
	}
}

static void limits_size_and_depth(void **state)
{
	AUTO_DONE(buf) b = { 0 };
	struct xml_doc *doc = NULL;
	struct shvm_err err = { 0 };

	(void)state;
	assert_int_equal(xml_parse("<a/>", 4, 3, "doc", &doc, &err),
			 SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "the limit is 3"));
	for (int i = 0; i < XML_DEPTH_MAX; i++)
		buf_add_text(&b, "<a>");
	for (int i = 0; i < XML_DEPTH_MAX; i++)
		buf_add_text(&b, "</a>");
	assert_int_equal(xml_parse(b.data, b.len, 0, "doc", &doc, &err),
			 SHVM_OK);
	xml_free(doc);
	doc = NULL;
	b.len = 0;
	for (int i = 0; i <= XML_DEPTH_MAX; i++)
		buf_add_text(&b, "<a>");
	for (int i = 0; i <= XML_DEPTH_MAX; i++)
		buf_add_text(&b, "</a>");
	assert_int_equal(xml_parse(b.data, b.len, 0, "doc", &doc, &err),
			 SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "levels"));
}

/* prefix, then count times text with its # numbered, then suffix */
static void repeat(struct buf *b, const char *prefix, const char *text,
		   size_t count, const char *suffix)
{
	b->len = 0;
	buf_add_text(b, prefix);
	for (size_t i = 0; i < count; i++)
		for (const char *p = text; *p; p++)
			if (*p == '#')
				buf_printf(b, "%zu", i);
			else
				buf_add(b, p, 1);
	buf_add_text(b, suffix);
	assert_int_equal(buf_check(b, "test", NULL), 0);
}

static void limits_what_costs_the_square_of_its_number(void **state)
{
	static const struct {
		const char *prefix, *text;
		size_t limit;
		const char *suffix, *says;
	} cases[] = {
		{ "<a", " b#='1'", XML_ATTRS_MAX, "/>",
		  "line 1: more than 24 attributes in an element" },
		{ "<a xmlns:p='u'", " p:b#='1'", XML_ATTRS_MAX - 1, "/>",
		  "24 attributes" },
		{ "<a", "\n xmlns:n# = \"u\"", XML_ATTRS_MAX, "/>",
		  "line 26: more than 24 attributes" },
		{ "<a>", "<b xmlns:n#='u'>", XML_DEPTH_MAX - 1, NULL,
		  "more than 64 levels" },
		{ "<a xmlns:x='u' xmlns:y='u' xmlns='u'><a>",
		  "<b xmlns:n#='u'>", XML_DEPTH_MAX - 3, NULL,
		  "more than 64 namespace declarations in scope" },
		{ "<a>", "<b n='#'/>", XML_ELEMENTS_MAX - 1, "</a>",
		  "more than 65536 elements" },
		{ "<a><", "b", XML_NAME_MAX, "/></a>",
		  "more than 128 bytes in a name" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		AUTO_DONE(buf) b = { 0 };
		AUTO(xml_ptr) doc = NULL;
		struct shvm_err err = { 0 };
		int r;

		if (cases[i].suffix) { /* at the limit it is fine */
			repeat(&b, cases[i].prefix, cases[i].text,
			       cases[i].limit, cases[i].suffix);
			if (xml_parse(b.data, b.len, 4 << 20, "doc", &doc,
				      &err) < 0)
				fail_msg("case %zu: \"%s\"", i, err.msg);
			xml_free(STEAL(doc));
		}
		repeat(&b, cases[i].prefix, cases[i].text, cases[i].limit + 1,
		       cases[i].suffix ? cases[i].suffix : "");
		r = xml_parse(b.data, b.len, 4 << 20, "doc", &doc, &err);
		if (r != SHVM_E_FORMAT || !strstr(err.msg, cases[i].says))
			fail_msg("case %zu: %d \"%s\"", i, r, err.msg);
	}
}

/* What is closed does not count any more. */
static void counts_only_namespaces_in_scope(void **state)
{
	AUTO_DONE(buf) b = { 0 };
	AUTO(xml_ptr) doc = NULL;

	(void)state;
	repeat(&b, "<a>", "<b xmlns:n#='u'><c xmlns='v'/></b>", 1000, "</a>");
	assert_int_equal(xml_parse(b.data, b.len, 0, "doc", &doc, NULL), 0);
}

static void a_sequence_is_read_in_order(void **state)
{
	AUTO(xml_ptr) doc = parse("<a xmlns='" NS "'> <b/>\n<d/> <e/></a>");
	struct xml_seq seq = xml_seq_begin(xml_root(doc));
	struct shvm_err err = { 0 };
	struct xml_node *n;

	(void)state;
	assert_int_equal(xml_seq_need(&seq, NS, "b", &n, &err), SHVM_OK);
	assert_true(xml_is(n, NS, "b"));
	assert_null(xml_seq_maybe(&seq, NS, "c"));
	assert_null(xml_seq_maybe(&seq, "urn:other", "d"));
	assert_int_equal(xml_seq_need(&seq, NS, "c", &n, &err), SHVM_E_FORMAT);
	assert_string_equal(err.msg, "doc: line 2: a contains d where c is "
				     "expected");
	assert_non_null(xml_seq_maybe(&seq, NS, "d"));
	assert_int_equal(xml_seq_end(&seq, &err), SHVM_E_FORMAT);
	assert_string_equal(err.msg, "doc: line 2: a contains an unexpected e");
	assert_int_equal(xml_seq_need(&seq, NS, "e", &n, &err), SHVM_OK);
	assert_int_equal(xml_seq_end(&seq, &err), SHVM_OK);
	assert_int_equal(xml_seq_need(&seq, NS, "f", &n, &err), SHVM_E_FORMAT);
	assert_string_equal(err.msg, "doc: line 1: a: f is missing");
}

static void names_what_does_not_belong(void **state)
{
	static const char *const allowed[] = { "x", NULL };
	AUTO(xml_ptr)
	doc = parse("<a xmlns:p='u' x='1'>t<b y='1'/><c p:x='1'/></a>");
	struct xml_node *a = xml_root(doc), *b = xml_first(a);
	struct shvm_err err = { 0 };
	const char *text;
	struct xml_seq seq;

	(void)state;
	assert_int_equal(xml_check_attrs(a, allowed, &err), SHVM_OK);
	assert_int_equal(xml_check_attrs(b, allowed, &err), SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "b has an unknown attribute \"y\""));
	assert_int_equal(xml_check_attrs(xml_next(b), allowed, &err),
			 SHVM_E_FORMAT);
	assert_int_equal(xml_check_no_text(a, &err), SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "text between"));
	assert_int_equal(xml_text(a, &text, &err), SHVM_E_FORMAT);
	assert_non_null(strstr(err.msg, "more than text"));
	seq = xml_seq_begin(a);
	seq.next = NULL;
	assert_int_equal(xml_seq_end(&seq, &err), SHVM_E_FORMAT);
}

static void writes_what_it_reads_back(void **state)
{
	AUTO(xml_ptr) doc = NULL;
	AUTO(xml_ptr) back = NULL;
	AUTO_DONE(buf) b = { 0 };
	struct xml_node *n;
	const char *text;

	(void)state;
	assert_int_equal(xml_new(NS, NULL, "r", &doc, NULL), SHVM_OK);
	n = xml_add(doc, xml_root(doc), "t");
	xml_set_attr(doc, n, "q", "a\"<&'");
	xml_set_text(doc, n, "<x> & \xe2\x82\xac");
	n = xml_add_ns(doc, xml_root(doc), "urn:o", "o", "k");
	xml_set_base64(doc, n, "foob", 4);
	assert_int_equal(xml_write(doc, false, &b, NULL), SHVM_OK);
	buf_add(&b, "", 1);
	assert_string_equal((char *)b.data,
			    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			    "<r xmlns=\"" NS "\">"
			    "<t q=\"a&quot;&lt;&amp;'\">"
			    "&lt;x&gt; &amp; \xe2\x82\xac</t>"
			    "<o:k xmlns:o=\"urn:o\">Zm9vYg==</o:k></r>\n");
	back = parse((char *)b.data);
	n = xml_first(xml_root(back));
	assert_int_equal(xml_text(n, &text, NULL), SHVM_OK);
	assert_string_equal(text, "<x> & \xe2\x82\xac");
	assert_true(xml_is(xml_next(n), "urn:o", "k"));
}

static void a_failed_addition_shows_when_written(void **state)
{
	AUTO(xml_ptr) doc = NULL;
	AUTO_DONE(buf) b = { 0 };

	(void)state;
	assert_int_equal(xml_new(NS, NULL, "r", &doc, NULL), SHVM_OK);
	xml_set_text(doc, xml_add(doc, NULL, "lost"), "x");
	assert_int_equal(xml_write(doc, false, &b, NULL), SHVM_E_NOMEM);
	assert_int_equal(b.len, 0);
}

static void refuses_to_write_text_that_is_not_utf8(void **state)
{
	AUTO(xml_ptr) doc = NULL;
	AUTO_DONE(buf) b = { 0 };

	(void)state;
	assert_int_equal(xml_new(NS, NULL, "r", &doc, NULL), SHVM_OK);
	xml_set_text(doc, xml_root(doc), "\xff");
	assert_int_equal(xml_write(doc, false, &b, NULL), SHVM_E_NOMEM);
}

/* Exclusive C14N 1.0, section 2: only namespaces in visible use are kept. */
static void canonical_form_is_exclusive(void **state)
{
	AUTO(xml_ptr)
	doc = parse("<?xml version='1.0'?><r xmlns='" NS "' xmlns:u='urn:u'>"
		    "<w  b='2'   a='1'><x/>\n<u:y/></w><z/></r>");
	AUTO_DONE(buf) b = { 0 };

	(void)state;
	assert_int_equal(xml_c14n(doc, xml_first(xml_root(doc)), &b, NULL),
			 SHVM_OK);
	buf_add(&b, "", 1);
	assert_string_equal((char *)b.data,
			    "<w xmlns=\"" NS "\" a=\"1\" b=\"2\"><x></x>\n"
			    "<u:y xmlns:u=\"urn:u\"></u:y></w>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_names_attributes_and_texts),
		cmocka_unit_test(refuses_what_our_formats_never_hold),
		cmocka_unit_test(limits_size_and_depth),
		cmocka_unit_test(limits_what_costs_the_square_of_its_number),
		cmocka_unit_test(counts_only_namespaces_in_scope),
		cmocka_unit_test(a_sequence_is_read_in_order),
		cmocka_unit_test(names_what_does_not_belong),
		cmocka_unit_test(writes_what_it_reads_back),
		cmocka_unit_test(a_failed_addition_shows_when_written),
		cmocka_unit_test(refuses_to_write_text_that_is_not_utf8),
		cmocka_unit_test(canonical_form_is_exclusive),
	};

	return cmocka_run_group_tests_name("xml", tests, NULL, NULL);
}
