/* SPDX-License-Identifier: MIT */
/* UTF-8 to UTF-16LE and back, strict. */
#include "base/utf16.h"

#include "base/le.h"
#include "base/utf8.h"

#include <string.h>

static void add_unit(struct buf *b, uint32_t unit)
{
	uint8_t *p = buf_grow(b, 2);

	if (p)
		le16_put(p, (uint16_t)unit);
}

/* One code point of text that is known to be valid UTF-8. */
static uint32_t next_code_point(const uint8_t **p)
{
	const uint8_t *s = *p;
	uint32_t c;
	int tail;

	if (s[0] < 0x80) {
		c = s[0];
		tail = 0;
	} else if (s[0] < 0xe0) {
		c = s[0] & 0x1f;
		tail = 1;
	} else if (s[0] < 0xf0) {
		c = s[0] & 0x0f;
		tail = 2;
	} else {
		c = s[0] & 0x07;
		tail = 3;
	}
	for (int i = 1; i <= tail; i++)
		c = c << 6 | (s[i] & 0x3f);
	*p = s + 1 + tail;
	return c;
}

bool utf16_from_utf8(const char *text, size_t len, struct buf *ret)
{
	const uint8_t *p = (const uint8_t *)text, *end = p + len;

	if (!utf8_is_valid(text, len))
		return false;
	while (p < end) {
		uint32_t c = next_code_point(&p);

		if (c >= 0x10000) {
			add_unit(ret, 0xd800 + ((c - 0x10000) >> 10));
			add_unit(ret, 0xdc00 + ((c - 0x10000) & 0x3ff));
		} else {
			add_unit(ret, c);
		}
	}
	return true;
}

static void add_code_point(struct buf *b, uint32_t c)
{
	uint8_t s[4];
	size_t n;

	if (c < 0x80) {
		s[0] = (uint8_t)c;
		n = 1;
	} else if (c < 0x800) {
		s[0] = (uint8_t)(0xc0 | c >> 6);
		n = 2;
	} else if (c < 0x10000) {
		s[0] = (uint8_t)(0xe0 | c >> 12);
		n = 3;
	} else {
		s[0] = (uint8_t)(0xf0 | c >> 18);
		n = 4;
	}
	for (size_t i = 1; i < n; i++)
		s[i] = (uint8_t)(0x80 | (c >> 6 * (n - 1 - i) & 0x3f));
	buf_add(b, s, n);
}

/* The code point at *at, which moves on; 0 for a lone surrogate. */
static uint32_t decode_at(const uint8_t *data, size_t len, size_t *at)
{
	uint32_t high = le16_get(data + *at), low;

	*at += 2;
	if (high < 0xd800 || high > 0xdfff)
		return high;
	if (high > 0xdbff || *at + 2 > len)
		return 0;
	low = le16_get(data + *at);
	if (low < 0xdc00 || low > 0xdfff)
		return 0;
	*at += 2;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

bool utf16_to_utf8(const uint8_t *data, size_t len, struct buf *ret)
{
	const size_t old = ret->len;

	if (len % 2 != 0)
		return false;
	for (size_t at = 0; at < len;) {
		uint32_t c = decode_at(data, len, &at);

		if (c == 0) { /* a NUL unit or a lone surrogate */
			ret->len = old;
			return false;
		}
		add_code_point(ret, c);
	}
	return true;
}

void utf16_to_display(const uint8_t *data, size_t len, struct buf *ret)
{
	for (size_t at = 0; len - at >= 2;) {
		uint32_t c;

		if (le16_get(data + at) == 0)
			return;
		c = decode_at(data, len, &at);
		if (c == 0)
			c = 0xfffd;
		else if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			c = ' ';
		add_code_point(ret, c);
	}
}

bool utf16_marked_to_utf8(const uint8_t *data, size_t len, struct buf *ret,
			  bool *ret_wide)
{
	const bool little = len >= 2 && data[0] == 0xff && data[1] == 0xfe;
	const bool big = len >= 2 && data[0] == 0xfe && data[1] == 0xff;
	const bool mark = len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0;
	AUTO_DONE(buf) turned = { .wipe = true };

	if (ret_wide)
		*ret_wide = little || big;
	if (little)
		return utf16_to_utf8(data + 2, len - 2, ret);
	if (!big) {
		buf_add(ret, data + (mark ? 3 : 0), len - (mark ? 3 : 0));
		return true;
	}
	buf_add(&turned, data + 2, len - 2);
	if (turned.failed) {
		ret->failed = true;
		return true;
	}
	for (size_t i = 0; i + 1 < turned.len; i += 2) {
		const uint8_t high = turned.data[i];

		turned.data[i] = turned.data[i + 1];
		turned.data[i + 1] = high;
	}
	return utf16_to_utf8(turned.data, turned.len, ret);
}
