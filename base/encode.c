/* SPDX-License-Identifier: MIT */
/* Bytes as base64 and hexadecimal text. */
#include "base/encode.h"

#include "base/match.h"

#include <string.h>

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *b, const void *data, size_t len)
{
	const uint8_t *in = data;
	char *out = (char *)buf_grow(b, (len + 2) / 3 * 4);

	if (!out)
		return;
	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)in[i] << 16;

		if (i + 1 < len)
			v |= (uint32_t)in[i + 1] << 8;
		if (i + 2 < len)
			v |= in[i + 2];
		*out++ = base64_digits[v >> 18];
		*out++ = base64_digits[v >> 12 & 63];
		*out++ = i + 1 < len ? base64_digits[v >> 6 & 63] : '=';
		*out++ = i + 2 < len ? base64_digits[v & 63] : '=';
	}
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

int base64_decode(const char *text, size_t len, const char *what,
		  struct buf *ret, struct shvm_err *err)
{
	uint32_t group = 0;
	unsigned int digits = 0, pads = 0;

	for (size_t i = 0; i < len; i++) {
		int v = base64_value(text[i]);

		if (text_is_blank(text[i]))
			continue;
		if (text[i] == '=' && digits >= 2 && digits + pads < 4) {
			pads++;
			group <<= 6;
		} else if (v >= 0 && pads == 0) {
			digits++;
			group = group << 6 | (uint32_t)v;
		} else {
			return err_set(err, SHVM_E_FORMAT,
				       "%s: bad base64 at character %zu", what,
				       i);
		}
		if (digits + pads < 4)
			continue;

		/*
		 * Unused bits before the padding must be zero, so that each
		 * value has one text.
		 */
		if (group & ((1u << 8 * pads) - 1))
			return err_set(err, SHVM_E_FORMAT,
				       "%s: base64 with non-zero unused bits "
				       "at its end",
				       what);
		buf_add(ret,
			(uint8_t[]){ (uint8_t)(group >> 16),
				     (uint8_t)(group >> 8), (uint8_t)group },
			3 - pads);
		group = 0;
		digits = 0;
		if (pads > 0) { /* only white space may follow */
			while (++i < len)
				if (!text_is_blank(text[i]))
					return err_set(
						err, SHVM_E_FORMAT,
						"%s: base64 continues after "
						"its padding",
						what);
			return buf_check(ret, what, err);
		}
	}
	if (digits > 0)
		return err_set(err, SHVM_E_FORMAT, "%s: base64 is truncated",
			       what);
	return buf_check(ret, what, err);
}

void hex_format(const uint8_t *data, size_t len, char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*text++ = digits[data[i] >> 4];
		*text++ = digits[data[i] & 15];
	}
	*text = '\0';
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool hex_parse(const char *text, uint8_t *data, size_t len)
{
	if (strlen(text) != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		int high = hex_value(text[2 * i]);
		int low = hex_value(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		data[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}
