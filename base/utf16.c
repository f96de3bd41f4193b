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

bool utf16_from_utf8(const char *text, size_t len, struct buf *ret)
{
	if (!utf8_is_valid(text, len))
		return false;
	for (size_t n; len > 0; text += n, len -= n) {
		uint32_t c = 0;

		n = utf8_next(text, len, &c);
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
	char s[UTF8_MAX];

	buf_add(b, s, utf8_put(c, s));
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
