/* SPDX-License-Identifier: MIT */
/* The bytes of an image file after the replay of its log. */
#include "vhdx/view.h"

#include "vhdx/format.h"

#include <string.h>

void view_done(struct view *v)
{
	free(v->patches);
	*v = (struct view){ 0 };
}

const struct view_patch *view_patch_from(const struct view *v, uint64_t at)
{
	size_t low = 0, high = v->patch_count;

	while (low < high) {
		const size_t mid = low + (high - low) / 2;
		const struct view_patch *p = &v->patches[mid];

		if (at - p->at < p->len || at < p->at)
			high = mid;
		else
			low = mid + 1;
	}
	return low < v->patch_count ? &v->patches[low] : NULL;
}

/*
 * Part of a patch's page: the descriptor contains its ends, the log the middle.
 */
static int read_patch(const struct view *v, const struct view_patch *p,
		      uint64_t skip, uint8_t *buf, size_t len,
		      struct shvm_err *err)
{
	uint8_t page[VHDX_LOG_SECTOR];

	if (p->data_at == 0) {
		memset(buf, 0, len);
		return SHVM_OK;
	}
	assert(p->len == sizeof(page));

	TRY(source_read(v->file, p->data_at, page, sizeof(page), err));

	memcpy(page, p->leading, sizeof(p->leading));
	memcpy(page + sizeof(page) - sizeof(p->trailing), p->trailing,
	       sizeof(p->trailing));
	memcpy(buf, page + skip, len);
	return SHVM_OK;
}

/*
 * What is stored; after the end of the file there are zeros, where the log
 * extended it.
 */
static int read_stored(const struct view *v, uint64_t at, uint8_t *buf,
		       size_t len, struct shvm_err *err)
{
	size_t stored = 0;

	if (at < v->stored_size)
		stored = len < v->stored_size - at
				 ? len
				 : (size_t)(v->stored_size - at);
	if (stored > 0)
		TRY(source_read(v->file, at, buf, stored, err));
	memset(buf + stored, 0, len - stored);
	return SHVM_OK;
}

int view_read(const struct view *v, uint64_t at, void *buf, size_t len,
	      struct shvm_err *err)
{
	uint8_t *out = buf;

	if (at > v->size || len > v->size - at)
		return err_set(err, SHVM_E_FORMAT,
			       "%zu bytes at %#jx are beyond the end of the "
			       "file at %#jx",
			       len, (uintmax_t)at, (uintmax_t)v->size);
	while (len > 0) {
		const struct view_patch *p = view_patch_from(v, at);
		size_t n = len;
		int r;

		if (p && p->at <= at) {
			const uint64_t skip = at - p->at;

			if (n > p->len - skip)
				n = (size_t)(p->len - skip);
			r = read_patch(v, p, skip, out, n, err);
		} else {
			if (p && n > p->at - at)
				n = (size_t)(p->at - at);
			r = read_stored(v, at, out, n, err);
		}
		if (r < 0)
			return r;
		out += n;
		at += n;
		len -= n;
	}
	return SHVM_OK;
}

uint64_t view_next_data(const struct view *v, uint64_t at, uint64_t end)
{
	while (at < end) {
		const struct view_patch *p = view_patch_from(v, at);
		uint64_t stop = end, stored;

		if (p && p->at <= at) {
			if (p->data_at)
				return at;
			at = p->at + p->len; /* zeros, maybe of many TiB */
			continue;
		}
		if (p && p->at < end)
			stop = p->at;
		stored = stop < v->stored_size ? stop : v->stored_size;
		if (at < stored) {
			at = source_next_data(v->file, at, stored);
			if (at < stored)
				return at;
		}
		at = stop;
	}
	return end;
}
