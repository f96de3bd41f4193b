/* SPDX-License-Identifier: MIT */
/* XML: one linear pass over the bytes, with limits; see xml_scan.h. */
#include "base/xml_scan.h"

#include "base/match.h"

#include <stdbool.h>
#include <string.h>

struct scan {
	bool foreign; /* comments and instructions are allowed */
	const uint8_t *data, *at, *end;
	const char *what;
	struct shvm_err *err;
	size_t elements;
	size_t depth;			  /* open elements */
	size_t spaces;			  /* declarations in scope */
	size_t own_spaces[XML_DEPTH_MAX]; /* of them, by level */
};

/* The number of a line is needed only once, in an error text. */
static size_t line_of(const struct scan *s)
{
	size_t line = 1;

	for (const uint8_t *p = s->data; p < s->at; p++)
		line += *p == '\n';
	return line;
}

static int bad(const struct scan *s, const char *text)
{
	return err_set(s->err, SHVM_E_FORMAT, "%s: line %zu: %s", s->what,
		       line_of(s), text);
}

static int too_many(const struct scan *s, unsigned int limit, const char *what)
{
	return err_set(s->err, SHVM_E_FORMAT, "%s: line %zu: more than %u %s",
		       s->what, line_of(s), limit, what);
}

static bool starts(const struct scan *s, const char *text)
{
	return text_begins(s->at, (size_t)(s->end - s->at), text);
}

/* Move past the next occurrence of a text. */
static bool skip_past(struct scan *s, const char *text)
{
	const size_t n = strlen(text);
	const uint8_t *p = memmem(s->at, (size_t)(s->end - s->at), text, n);

	if (!p)
		return false;
	s->at = p + n;
	return true;
}

/* Returns whether there was any. */
static bool skip_space(struct scan *s)
{
	const uint8_t *start = s->at;

	while (s->at < s->end && text_is_blank((char)*s->at))
		s->at++;
	return s->at > start;
}

/* Everything up to a byte that cannot be in a name; libxml2 checks the rest. */
static int take_name(struct scan *s, const char **ret, size_t *ret_len)
{
	const uint8_t *start = s->at;

	while (s->at < s->end && !text_is_blank((char)*s->at) &&
	       !memchr("<>/=?!&'\"", *s->at, 9))
		s->at++;
	*ret = (const char *)start;
	*ret_len = (size_t)(s->at - start);
	if (*ret_len == 0)
		return bad(s, "a name is missing");
	if (*ret_len > XML_NAME_MAX)
		return too_many(s, XML_NAME_MAX, "bytes in a name");
	return SHVM_OK;
}

/* name = "value" */
static int take_attribute(struct scan *s, const char **ret, size_t *ret_len,
			  const char **ret_value, size_t *ret_value_len)
{
	const uint8_t *close;
	uint8_t quote;

	TRY(take_name(s, ret, ret_len));
	(void)skip_space(s);
	if (s->at == s->end || *s->at != '=')
		return bad(s, "an attribute without a value");
	s->at++;
	(void)skip_space(s);
	if (s->at == s->end || (*s->at != '"' && *s->at != '\''))
		return bad(s, "an attribute value without quotes");
	quote = *s->at++;
	close = memchr(s->at, quote, (size_t)(s->end - s->at));
	if (!close)
		return bad(s, "an attribute value without its end");
	*ret_value = (const char *)s->at;
	*ret_value_len = (size_t)(close - s->at);
	if (memchr(s->at, '<', *ret_value_len))
		return bad(s, "\"<\" in an attribute value");
	s->at = close + 1;
	return SHVM_OK;
}

static int check_declared(const struct scan *s, const char *name, size_t len,
			  const char *value, size_t value_len)
{
	if (text_is(name, len, "version"))
		return text_is(value, value_len, "1.0")
			       ? SHVM_OK
			       : bad(s, "its XML version is not 1.0");
	if (text_is(name, len, "standalone"))
		return SHVM_OK;
	if (!text_is(name, len, "encoding"))
		return bad(s, "an unknown item in the XML declaration");
	if (text_is(value, value_len, "UTF-8") ||
	    text_is(value, value_len, "utf-8"))
		return SHVM_OK;
	return err_set(
		s->err, SHVM_E_FORMAT,
		"%s: line 1: encoding \"%.*s\" is declared, only UTF-8 is accepted",
		s->what, (int)(value_len > 40 ? 40 : value_len), value);
}

/* <?xml version="1.0" encoding="UTF-8"?> */
static int scan_declaration(struct scan *s)
{
	size_t len, value_len;
	const char *name, *value;

	if (!starts(s, "<?xml") || s->end - s->at < 6 ||
	    !text_is_blank((char)s->at[5]))
		return SHVM_OK;
	s->at += 5;
	while (skip_space(s) && !starts(s, "?>")) {
		TRY(take_attribute(s, &name, &len, &value, &value_len));
		TRY(check_declared(s, name, len, value, value_len));
	}
	if (!starts(s, "?>"))
		return bad(s, "the XML declaration is malformed");
	s->at += 2;
	return SHVM_OK;
}

/* xmlns or xmlns:prefix */
static bool is_namespace(const char *name, size_t len)
{
	return len >= 5 && memcmp(name, "xmlns", 5) == 0 &&
	       (len == 5 || name[5] == ':');
}

static int scan_attributes(struct scan *s, size_t *ret_spaces)
{
	size_t count = 0, len, value_len;
	const char *name, *value;

	while (skip_space(s) && s->at < s->end && *s->at != '>' &&
	       *s->at != '/') {
		TRY(take_attribute(s, &name, &len, &value, &value_len));
		if (++count > XML_ATTRS_MAX)
			return too_many(s, XML_ATTRS_MAX,
					"attributes in an element");
		*ret_spaces += is_namespace(name, len);
	}
	return SHVM_OK;
}

static int scan_start_tag(struct scan *s)
{
	size_t spaces = 0, len;
	const char *name;
	bool is_empty;

	s->at++;
	TRY(take_name(s, &name, &len));
	TRY(scan_attributes(s, &spaces));
	is_empty = starts(s, "/>");
	if (!is_empty && !starts(s, ">"))
		return bad(s, "a malformed tag");
	s->at += is_empty ? 2 : 1;
	if (++s->elements > XML_ELEMENTS_MAX)
		return too_many(s, XML_ELEMENTS_MAX, "elements");
	if (s->depth == XML_DEPTH_MAX)
		return too_many(s, XML_DEPTH_MAX, "levels");
	if (s->spaces + spaces > XML_NAMESPACES_MAX)
		return too_many(s, XML_NAMESPACES_MAX,
				"namespace declarations in scope");
	if (is_empty)
		return SHVM_OK;
	s->own_spaces[s->depth++] = spaces;
	s->spaces += spaces;
	return SHVM_OK;
}

static int scan_end_tag(struct scan *s)
{
	const char *name;
	size_t len;

	s->at += 2;
	TRY(take_name(s, &name, &len));
	(void)skip_space(s);
	if (!starts(s, ">"))
		return bad(s, "a malformed end tag");
	s->at++;
	if (s->depth == 0)
		return bad(s, "an end tag without its element");
	s->spaces -= s->own_spaces[--s->depth];
	return SHVM_OK;
}

/* At "<!" or "<?". */
static int scan_special(struct scan *s)
{
	const bool is_cdata = starts(s, "<![CDATA[");
	const bool is_comment = starts(s, "<!--");
	const char *end = is_cdata ? "]]>" : is_comment ? "-->" : "?>";

	if (!is_cdata && !s->foreign && s->depth > 0 &&
	    (is_comment || s->at[1] == '?'))
		return bad(s, "a comment or processing instruction is not "
			      "allowed here");
	if (!is_cdata && !is_comment && s->at[1] == '!')
		return bad(s, "a document type or entity declaration is not "
			      "allowed");
	s->at += is_cdata ? 9 : is_comment ? 4 : 2;
	return skip_past(s, end) ? SHVM_OK
				 : bad(s, "a section without its end");
}

int xml_scan(const uint8_t *data, size_t len, bool foreign, const char *what,
	     struct shvm_err *err)
{
	struct scan s = { .data = data,
			  .at = data,
			  .end = data + len,
			  .foreign = foreign,
			  .what = what,
			  .err = err };
	int r;

	if (starts(&s, "\xef\xbb\xbf"))
		s.at += 3;
	r = scan_declaration(&s);
	while (r == SHVM_OK && s.at < s.end) {
		const uint8_t *p = memchr(s.at, '<', (size_t)(s.end - s.at));

		if (!p || s.end - p < 2)
			return SHVM_OK; /* a text, for libxml2 to judge */
		s.at = p;
		if (p[1] == '!' || p[1] == '?')
			r = scan_special(&s);
		else
			r = p[1] == '/' ? scan_end_tag(&s) : scan_start_tag(&s);
	}
	return r;
}
