/* SPDX-License-Identifier: MIT */
/* Growable output buffer and a bounds-checked input cursor. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/auto.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bytes that grow at the end. Start as { 0 }, release with buf_done(). An
 * append that fails sets failed and later ones do nothing, so an encoder
 * checks once, with buf_check(), before the bytes are used. The data come
 * from malloc(): STEAL(b.data) may go to a caller of the public interface.
 */
struct buf {
	uint8_t *data;
	size_t len, cap;
	bool failed;
	bool wipe; /* cleanse on growth and release: contains a secret */
};

void buf_done(struct buf *b);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_add_text(struct buf *b, const char *text); /* without the NUL */
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_add_le32(struct buf *b, uint32_t v);
void buf_add_le64(struct buf *b, uint64_t v);
void buf_add_zeros(struct buf *b, size_t len);

/*
 * Room for len bytes at the end, already counted in the length; NULL on
 * failure.
 */
uint8_t *buf_grow(struct buf *b, size_t len);

/* 0, or SHVM_E_NOMEM if an append failed; what is the name of the content. */
int buf_check(const struct buf *b, const char *what, struct shvm_err *err);

/* Bytes from outside, read from the front. Nothing is owned. */
struct cursor {
	const uint8_t *at;
	size_t left;
};

static inline struct cursor cursor_init(const void *data, size_t len)
{
	return (struct cursor){ .at = data, .left = len };
}

/* Each returns false, and moves nothing, when fewer bytes are left. */
bool cursor_take(struct cursor *c, size_t len, const uint8_t **ret);
bool cursor_le32(struct cursor *c, uint32_t *ret);
bool cursor_be32(struct cursor *c, uint32_t *ret);

#endif
