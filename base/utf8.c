/* SPDX-License-Identifier: MIT */
/* UTF-8, strict: is text valid, and its characters one by one. */
#include "base/utf8.h"

/* How many bytes follow this first byte; -1 for one that cannot be first. */
static int tail_of(uint8_t first)
{
	if (first < 0x80)
		return 0;
	if (first >= 0xc2 && first <= 0xdf)
		return 1;
	if (first >= 0xe0 && first <= 0xef)
		return 2;
	return first >= 0xf0 && first <= 0xf4 ? 3 : -1;
}

size_t utf8_next(const void *text, size_t len, uint32_t *ret)
{
	const uint8_t *p = text;
	uint8_t low = 0x80, high = 0xbf;
	uint32_t c;
	int tail;

	if (len == 0)
		return 0;
	tail = tail_of(p[0]);
	if (tail < 0 || (size_t)tail >= len)
		return 0;
	/* Unicode 15, table 3-7: overlong forms, surrogates, the end. */
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	c = tail == 0 ? p[0] : p[0] & (0x3fu >> tail);
	for (int i = 1; i <= tail; i++) {
		if (p[i] < low || p[i] > high)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
		low = 0x80;
		high = 0xbf;
	}
	*ret = c;
	return (size_t)tail + 1;
}

bool utf8_is_valid(const void *text, size_t len)
{
	const uint8_t *p = text;
	uint32_t c;

	while (len > 0) {
		const size_t n = utf8_next(p, len, &c);

		if (n == 0 || c == 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

size_t utf8_put(uint32_t c, char ret[UTF8_MAX])
{
	const size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		ret[i] = (char)(0x80 | (c & 0x3f));
	ret[0] = (char)(n == 1 ? c : (0xf00u >> n & 0xff) | c);
	return n;
}

bool utf8_has_control(const void *text, size_t len)
{
	const uint8_t *p = text;
	const bool wide = utf8_is_valid(text, len);

	for (size_t i = 0; i < len; i++)
		if (p[i] < 0x20 || p[i] == 0x7f ||
		    (wide && p[i] == 0xc2 && p[i + 1] < 0xa0))
			return true;
	return false;
}
