/* SPDX-License-Identifier: MIT */
/* The compressed form of a body. */
#include "pdk/deflate.h"

#include "pdk/body.h"

#include <openssl/crypto.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>

enum {
	INFLATE_STEP = 64 * 1024
};

/*
 * zlib keeps the last 32 KiB of the text in its window, which is wiped when it is
 * released. The size is stored before the bytes that zlib gets.
 */
static void *window_new(void *ctx, unsigned int items, unsigned int size)
{
	size_t len;
	max_align_t *p;

	(void)ctx;
	if (__builtin_mul_overflow((size_t)items, (size_t)size, &len) ||
	    __builtin_add_overflow(len, sizeof(*p), &len))
		return NULL;
	p = calloc(1, len);
	if (!p)
		return NULL;
	memcpy(p, &len, sizeof(len));
	return p + 1;
}

static void window_free(void *ctx, void *window)
{
	max_align_t *p = (max_align_t *)window - 1;
	size_t len;

	(void)ctx;
	memcpy(&len, p, sizeof(len));
	OPENSSL_cleanse(p, len);
	free(p);
}

int body_deflate(const struct buf *xml, struct buf *ret, struct shvm_err *err)
{
	z_stream z = { .zalloc = window_new, .zfree = window_free };
	uLong bound;
	uint8_t *p;
	int r;

	/* The stream is as secret as the text. */
	ret->wipe = true;
	if (deflateInit(&z, Z_BEST_COMPRESSION) != Z_OK)
		return err_nomem(err, "body");
	bound = deflateBound(&z, (uLong)xml->len);
	p = buf_grow(ret, bound);
	if (!p) {
		(void)deflateEnd(&z); /* out of memory */
		return err_nomem(err, "body");
	}
	z.next_in = xml->data;
	z.avail_in = (uInt)xml->len; /* below BODY_SIZE_MAX, as is its bound */
	z.next_out = p;
	z.avail_out = (uInt)bound;
	r = deflate(&z, Z_FINISH);
	ret->len -= z.avail_out;
	(void)deflateEnd(&z); /* fails only for an unfinished stream */
	return r == Z_STREAM_END ? SHVM_OK : err_nomem(err, "body");
}

static int inflate_all(z_stream *z, struct buf *ret, struct shvm_err *err)
{
	size_t total = 0;
	int r;

	do {
		/* Room for one byte more than the limit, to detect larger data. */
		size_t room = BODY_SIZE_MAX - total < INFLATE_STEP
				      ? BODY_SIZE_MAX - total + 1
				      : INFLATE_STEP;
		uint8_t *p = buf_grow(ret, room);

		TRY(err_null(err, p, "body"));
		z->next_out = p;
		z->avail_out = (uInt)room;
		r = inflate(z, Z_NO_FLUSH);
		ret->len -= z->avail_out;
		total += room - z->avail_out;
		if (r == Z_MEM_ERROR)
			return err_nomem(err, "body");
		if (r != Z_OK && r != Z_STREAM_END)
			return err_set(
				err, SHVM_E_FORMAT,
				"body: the zlib stream is damaged or cut off after %zu bytes",
				total);
		if (total > BODY_SIZE_MAX)
			return err_set(err, SHVM_E_FORMAT,
				       "body: inflates to more than %d bytes",
				       BODY_SIZE_MAX);
	} while (r != Z_STREAM_END);
	if (z->avail_in > 0)
		return err_set(err, SHVM_E_FORMAT,
			       "body: %u bytes after the zlib stream",
			       z->avail_in);
	return SHVM_OK;
}

int body_inflate(const uint8_t *data, size_t len, struct buf *ret,
		 struct shvm_err *err)
{
	z_stream z = { .zalloc = window_new, .zfree = window_free };
	AUTO_DONE(buf) out = { .wipe = true };
	int r;

	if (len > UINT32_MAX)
		return err_set(err, SHVM_E_FORMAT, "body: %zu bytes", len);
	if (inflateInit(&z) != Z_OK)
		return err_nomem(err, "body");
	z.next_in = data;
	z.avail_in = (uInt)len;
	r = inflate_all(&z, &out, err);
	(void)inflateEnd(&z); /* fails only for an uninitialized state */
	TRY(r);
	ret->wipe = true;
	buf_add(ret, out.data, out.len);
	return buf_check(ret, "body", err);
}
