/* SPDX-License-Identifier: MIT */
/* A line of text for people: valid UTF-8 that cannot drive a terminal. */
#include "base/line.h"

#include "base/auto.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Unicode 15.1: General_Category Cc, Zl and Zp; Bidi_Control;
 * Default_Ignorable_Code_Point; the marks of interlinear annotations and of
 * hieroglyphs; noncharacters. In ascending order.
 */
static const struct {
	uint32_t first, last;
} hidden[] = {
	{ 0x0000, 0x001f },   { 0x007f, 0x009f },   { 0x00ad, 0x00ad },
	{ 0x034f, 0x034f },   { 0x061c, 0x061c },   { 0x115f, 0x1160 },
	{ 0x17b4, 0x17b5 },   { 0x180b, 0x180f },   { 0x200b, 0x200f },
	{ 0x2028, 0x202e },   { 0x2060, 0x206f },   { 0x3164, 0x3164 },
	{ 0xfdd0, 0xfdef },   { 0xfe00, 0xfe0f },   { 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb },   { 0x13430, 0x1343f },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};

bool line_hides(uint32_t c)
{
	if ((c & 0xfffe) == 0xfffe) /* the last two of each plane */
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(hidden) && hidden[i].first <= c; i++)
		if (c <= hidden[i].last)
			return true;
	return false;
}

/* The bytes of one character that is malformed: its first, and what follows up
 * to the next that can be first. */
static size_t malformed(const char *s, size_t left)
{
	size_t n = 1;

	if ((unsigned char)s[0] >= 0xc2)
		while (n < 3 && n < left &&
		       ((unsigned char)s[n] & 0xc0) == 0x80)
			n++;
	return n;
}

void line_clean(char *s)
{
	size_t left = strlen(s);
	char *to = s;

	while (left > 0) {
		uint32_t c = 0;
		size_t n = utf8_next(s, left, &c);

		if (n == 0 || line_hides(c)) {
			n = n ? n : malformed(s, left);
			*to++ = '?'; /* perhaps where s is */
		} else {
			memmove(to, s, n);
			to += n;
		}
		s += n;
		left -= n;
	}
	*to = '\0';
}

/* Where the last character of a text that was cut begins, when it is cut. */
static size_t whole_characters(const char *s, size_t len)
{
	uint32_t c;

	for (size_t back = 1; back <= 3 && back <= len; back++) {
		const unsigned char first = (unsigned char)s[len - back];

		if ((first & 0xc0) == 0x80)
			continue;
		if (first >= 0xc0 && utf8_next(s + len - back, back, &c) == 0)
			return len - back;
		return len;
	}
	return len;
}

int line_fit(const char *text, size_t max)
{
	const size_t len = strnlen(text, max);

	return (int)(text[len] ? whole_characters(text, len) : len);
}

void line_vput(char *buf, size_t size, const char *fmt, va_list ap)
{
	const int n = vsnprintf(buf, size, fmt, ap);

	if (n < 0)
		buf[0] = '\0';
	else if ((size_t)n >= size)
		buf[whole_characters(buf, size - 1)] = '\0';
	line_clean(buf);
}

void line_put(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	line_vput(buf, size, fmt, ap);
	va_end(ap);
}

void line_list(char *list, size_t size, const char *name)
{
	const size_t len = strlen(list);

	line_put(list + len, size - len, "%s%s", len ? ", " : "", name);
}

char *line_new(const char *fmt, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		return NULL;
	line_clean(text);
	return text;
}
