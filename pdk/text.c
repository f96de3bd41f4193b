/* SPDX-License-Identifier: MIT */
/* Writes text as XML, without a library, so that secrets stay in wiped buffers. */
#include "pdk/text.h"

#include "base/utf8.h"

#include <string.h>

bool text_is_xml(const char *text, size_t len)
{
	if (!utf8_is_valid(text, len))
		return false;
	for (size_t i = 0; i < len; i++) {
		const unsigned char c = (unsigned char)text[i];

		if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
			return false;
		/* U+FFFE and U+FFFF are well-formed UTF-8, but not XML. */
		if (c == 0xef && len - i >= 3 &&
		    (unsigned char)text[i + 1] == 0xbf &&
		    (unsigned char)text[i + 2] >= 0xbe)
			return false;
	}
	return true;
}

static const char *escape_of(char c, unsigned int flags)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	case '\t':
		return "&#9;";
	case '\n':
		return "&#10;";
	case '\r':
		return "&#13;";
	case '@':
		return flags & TEXT_ESCAPE_AT ? "&#64;" : NULL;
	default:
		return NULL;
	}
}

void text_add_xml(struct buf *b, const char *text, size_t len,
		  unsigned int flags)
{
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		const char *escaped = escape_of(text[i], flags);

		if (!escaped)
			continue;
		buf_add(b, text + from, i - from);
		buf_add_text(b, escaped);
		from = i + 1;
	}
	buf_add(b, text + from, len - from);
}

char *text_copy(const void *data, size_t len)
{
	return strndup(data ? data : "", len);
}
