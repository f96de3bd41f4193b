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

/* realloc() would leave a copy of a secret in freed memory, hence two ways. */
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

	p = buf_grow(b, (size_t)n + 1); /* vsnprintf() also writes a NUL */
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

bool cursor_be32(struct cursor *c, uint32_t *ret)
{
	const uint8_t *p;

	if (!cursor_take(c, 4, &p))
		return false;
	*ret = be32_get(p);
	return true;
}
