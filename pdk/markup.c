/* SPDX-License-Identifier: MIT */
/* XML as a sequence of pieces with their positions in the text. */
#include "pdk/markup.h"

#include "base/match.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static bool starts_with(const struct markup_reader *r, const char *words)
{
	return text_begins(r->text + r->at, r->len - r->at, words);
}

/* A piece between two delimiters. */
static int delimited(struct markup_reader *r, enum markup_kind kind,
		     const char *begin, const char *end, struct markup *ret)
{
	const size_t from = r->at + strlen(begin);
	const char *p = memmem(r->text + from, r->len - from, end, strlen(end));

	if (!p)
		return -1;
	*ret = (struct markup){ .kind = kind, .from = r->at };
	ret->inner_from = from;
	ret->inner_to = (size_t)(p - r->text);
	ret->to = ret->inner_to + strlen(end);
	r->at = ret->to;
	return 1;
}

/* Finds the ">" of a tag; values of attributes may contain one. */
static bool tag_end(const struct markup_reader *r, size_t at, size_t *ret)
{
	char quote = '\0';

	for (; at < r->len; at++) {
		const char c = r->text[at];

		if (quote) {
			quote = c == quote ? '\0' : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '>') {
			*ret = at;
			return true;
		} else if (c == '<') {
			return false;
		}
	}
	return false;
}

static int tag(struct markup_reader *r, struct markup *ret)
{
	const bool end = starts_with(r, "</");
	size_t at = r->at + (end ? 2 : 1), close, name_end;
	const char *colon;

	*ret = (struct markup){ .kind = end ? MARKUP_END : MARKUP_START,
				.from = r->at,
				.qualified = at };
	while (at < r->len && !text_is_blank(r->text[at]) &&
	       r->text[at] != '/' && r->text[at] != '>')
		at++;
	name_end = at;
	colon = memchr(r->text + ret->qualified, ':',
		       name_end - ret->qualified);
	ret->name = colon ? (size_t)(colon - r->text) + 1 : ret->qualified;
	ret->prefix_len = ret->name - ret->qualified;
	ret->name_len = name_end - ret->name;
	if (ret->name_len == 0 || !tag_end(r, at, &close))
		return -1;
	if (!end && r->text[close - 1] == '/' && close > name_end)
		ret->kind = MARKUP_EMPTY;
	ret->to = close + 1;
	r->at = ret->to;
	return 1;
}

int markup_next(struct markup_reader *r, struct markup *ret)
{
	const char *p;

	if (r->at >= r->len)
		return 0;
	if (r->text[r->at] != '<') {
		p = memchr(r->text + r->at, '<', r->len - r->at);
		*ret = (struct markup){ .kind = MARKUP_TEXT, .from = r->at };
		ret->to = p ? (size_t)(p - r->text) : r->len;
		ret->inner_from = ret->from;
		ret->inner_to = ret->to;
		r->at = ret->to;
		return 1;
	}
	if (starts_with(r, "<!--"))
		return delimited(r, MARKUP_COMMENT, "<!--", "-->", ret);
	if (starts_with(r, "<![CDATA["))
		return delimited(r, MARKUP_CDATA, "<![CDATA[", "]]>", ret);
	if (starts_with(r, "<?"))
		return delimited(r, MARKUP_INSTRUCTION, "<?", "?>", ret);
	if (starts_with(r, "<!"))
		return -1; /* a document type */
	return tag(r, ret);
}

unsigned int markup_line(const char *text, size_t at)
{
	unsigned int line = 1;

	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

/* A character reference at the front; its length, 0 for none. */
static size_t reference(const char *text, size_t len, struct buf *ret)
{
	static const struct {
		const char *name;
		char c;
	} names[] = { { "&amp;", '&' },
		      { "&lt;", '<' },
		      { "&gt;", '>' },
		      { "&quot;", '"' },
		      { "&apos;", '\'' } };
	char digits[12], utf8[UTF8_MAX];
	const char *end = memchr(text, ';', len);
	unsigned long c;
	char *rest;
	bool hex;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!text_begins(text, len, names[i].name))
			continue;
		buf_add(ret, &names[i].c, 1);
		return strlen(names[i].name);
	}
	if (!end || end - text < 3 || end - text > 10 || text[1] != '#')
		return 0;
	hex = text[2] == 'x';
	memcpy(digits, text + 2 + hex, (size_t)(end - text) - 2 - hex);
	digits[(size_t)(end - text) - 2 - hex] = '\0';
	c = strtoul(digits, &rest, hex ? 16 : 10);
	if (*rest || c == 0 || c > 0x10ffff)
		return 0;
	buf_add(ret, utf8, utf8_put((uint32_t)c, utf8));
	return (size_t)(end - text) + 1;
}

void markup_decode_text(const char *text, size_t from, size_t to,
			struct buf *ret)
{
	while (from < to) {
		const char *p = memchr(text + from, '&', to - from);
		const size_t end = p ? (size_t)(p - text) : to;
		size_t n;

		buf_add(ret, text + from, end - from);
		from = end;
		if (from == to)
			return;
		n = reference(text + from, to - from, ret);
		if (n == 0)
			buf_add(ret, text + from, n = 1);
		from += n;
	}
}

bool markup_decode(const char *text, size_t from, size_t to, struct buf *ret)
{
	struct markup_reader reader = { text, to, from };
	struct markup m;
	int more;

	while ((more = markup_next(&reader, &m)) > 0) {
		if (m.kind == MARKUP_TEXT)
			markup_decode_text(text, m.inner_from, m.inner_to, ret);
		else if (m.kind == MARKUP_CDATA)
			buf_add(ret, text + m.inner_from,
				m.inner_to - m.inner_from);
		else if (m.kind != MARKUP_COMMENT &&
			 m.kind != MARKUP_INSTRUCTION)
			return false;
	}
	return more == 0;
}
