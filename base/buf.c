/* SPDX-License-Identifier: MIT */
/* Growable output buffer and a bounds-checked input cursor. */
#include "base/buf.h"

#include "base/be.h"
#include "base/le.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	GROW_MIN = 256
};

void buf_done(struct buf *b)
{
	if (b->wipe && b->data)
		OPENSSL_cleanse(b->data, b->cap);
	free(b->data);
	*b = (struct buf){ 0 };
}

/* realloc() would leave a copy of a secret behind, hence two ways. */
static uint8_t *resize(struct buf *b, size_t cap)
{
	uint8_t *p;

	if (!b->wipe)
		return realloc(b->data, cap);

	p = malloc(cap);
	if (!p)
		return NULL;
	if (b->data) {
		memcpy(p, b->data, b->len);
		OPENSSL_cleanse(b->data, b->cap);
		free(b->data);
	}
	return p;
}

uint8_t *buf_grow(struct buf *b, size_t len)
{
	uint8_t *p;
	size_t cap;

	if (b->failed || len > SIZE_MAX / 2 - b->len) {
		b->failed = true;
		return NULL;
	}
	if (!b->data || len > b->cap - b->len) {
		cap = b->len + len;
		if (cap < b->cap * 2)
			cap = b->cap * 2;
		if (cap < GROW_MIN)
			cap = GROW_MIN;
		p = resize(b, cap);
		if (!p) {
			b->failed = true;
			return NULL;
		}
		b->data = p;
		b->cap = cap;
	}
	p = b->data + b->len;
	b->len += len;
	return p;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	uint8_t *p = buf_grow(b, len);

	if (p && len > 0)
		memcpy(p, data, len);
}

void buf_add_text(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	uint8_t *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return;
	}

	p = buf_grow(b, (size_t)n + 1); /* vsnprintf() writes a NUL as well */
	if (!p)
		return;
	va_start(ap, fmt);
	(void)vsnprintf((char *)p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len--;
}

void buf_add_le32(struct buf *b, uint32_t v)
{
	uint8_t *p = buf_grow(b, 4);

	if (p)
		le32_put(p, v);
}

void buf_add_le64(struct buf *b, uint64_t v)
{
	uint8_t *p = buf_grow(b, 8);

	if (p)
		le64_put(p, v);
}

void buf_add_zeros(struct buf *b, size_t len)
{
	uint8_t *p = buf_grow(b, len);

	if (p)
		memset(p, 0, len);
}

int buf_check(const struct buf *b, const char *what, struct shvm_err *err)
{
	return b->failed ? err_nomem(err, what) : SHVM_OK;
}

bool cursor_take(struct cursor *c, size_t len, const uint8_t **ret)
{
	if (len > c->left)
		return false;
	*ret = c->at;
	c->at += len;
	c->left -= len;
	return true;
}

bool cursor_le32(struct cursor *c, uint32_t *ret)
{
	const uint8_t *p;

	if (!cursor_take(c, 4, &p))
		return false;
	*ret = le32_get(p);
	return true;
}

bool cursor_le64(struct cursor *c, uint64_t *ret)
{
	const uint8_t *p;

	if (!cursor_take(c, 8, &p))
		return false;
	*ret = le64_get(p);
	return true;
}

bool cursor_be32(struct cursor *c, uint32_t *ret)
{
	const uint8_t *p;

	if (!cursor_take(c, 4, &p))
		return false;
	*ret = be32_get(p);
	return true;
}

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void buf_add_base64(struct buf *b, const void *data, size_t len)
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

static bool is_xml_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int base64_decode(const char *text, size_t len, const char *what,
		  struct buf *ret, struct shvm_err *err)
{
	uint32_t group = 0;
	unsigned int digits = 0, pads = 0;

	for (size_t i = 0; i < len; i++) {
		int v = base64_value(text[i]);

		if (is_xml_space(text[i]))
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

		/* The bits that a pad hides must be zero: one text a value. */
		if (group & ((1u << 8 * pads) - 1))
			return err_set(err, SHVM_E_FORMAT,
				       "%s: base64 with stray pad bits", what);
		buf_add(ret,
			(uint8_t[]){ (uint8_t)(group >> 16),
				     (uint8_t)(group >> 8), (uint8_t)group },
			3 - pads);
		group = 0;
		digits = 0;
		if (pads > 0) { /* only white space may follow */
			while (++i < len)
				if (!is_xml_space(text[i]))
					return err_set(
						err, SHVM_E_FORMAT,
						"%s: base64 goes on behind its padding",
						what);
			return buf_check(ret, what, err);
		}
	}
	if (digits > 0)
		return err_set(err, SHVM_E_FORMAT, "%s: base64 is cut short",
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
