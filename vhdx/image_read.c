/* SPDX-License-Identifier: MIT */
/* Serves reads and extents from an image whose layout is checked. */
#include "vhdx/image_parts.h"

#include <string.h>

/* Where a run of the virtual disk comes from. */
struct piece {
	enum {
		PIECE_FILE,
		PIECE_ZERO,
		PIECE_HOLE,
		PIECE_UNDEFINED, /* a hole; other readers may show stored
				    bytes */
		PIECE_PARENT
	} from;
	uint64_t len;	  /* bytes */
	uint64_t file_at; /* PIECE_FILE: bytes of the view */
};

enum {
	BITMAP_STEP = 512
}; /* bytes examined at once: 4096 sectors */

static bool bit_is_set(const uint8_t *bits, uint64_t i)
{
	return bits[i / 8] >> i % 8 & 1;
}

/*
 * The sectors from skip on in a partially present block: how many of them have
 * the same bit, and whether they are in this file. The bits are read when
 * needed; the page cache keeps them.
 */
static int look_at_bitmap(const struct image *im, uint64_t block, uint64_t skip,
			  uint64_t max, uint64_t *ret_len, bool *ret_here,
			  struct shvm_err *err)
{
	const struct bat_shape *s = &im->layout.bat.shape;
	const uint64_t in_block = s->block_size / s->sector_size;
	const uint64_t sector = skip / s->sector_size;
	const uint64_t inside = skip % s->sector_size;
	const uint64_t first = block % s->ratio * in_block + sector;
	uint64_t count = in_block - sector;
	uint8_t bits[BITMAP_STEP + 1];
	uint64_t n = 1, at;

	if (count > (inside + max + s->sector_size - 1) / s->sector_size)
		count = (inside + max + s->sector_size - 1) / s->sector_size;
	if (count > BITMAP_STEP * 8)
		count = BITMAP_STEP * 8;
	at = im->layout.bat.bitmaps[block / s->ratio] * VHDX_MIB + first / 8;
	TRY(view_read(&im->layout.view, at, bits,
		      (size_t)((first % 8 + count + 7) / 8), err));

	*ret_here = bit_is_set(bits, first % 8);
	while (n < count && bit_is_set(bits, first % 8 + n) == *ret_here)
		n++;
	*ret_len = n * s->sector_size - inside;
	return SHVM_OK;
}

/* The run at @at, at most max bytes, that comes from one place. */
static int find_piece(const struct image *im, uint64_t at, uint64_t max,
		      struct piece *ret, struct shvm_err *err)
{
	const struct bat *bat = &im->layout.bat;
	const uint64_t size = bat->shape.block_size;
	const uint64_t block = at / size, skip = at % size;
	const uint64_t blocks = (skip + max + size - 1) / size;
	struct bat_run b;
	uint64_t len;
	bool here = true;

	TRY(bat_find(bat, &im->layout.view, block, blocks, &b, err));
	len = b.count * size - skip;
	if (b.state == VHDX_PARTIALLY_PRESENT)
		TRY(look_at_bitmap(im, block, skip, max, &len, &here, err));
	*ret = (struct piece){ .len = len < max ? len : max };
	switch (b.state) {
	case VHDX_FULLY_PRESENT:
	case VHDX_PARTIALLY_PRESENT:
		ret->from = here ? PIECE_FILE : PIECE_PARENT;
		ret->file_at = b.at + skip;
		break;
	case VHDX_NOT_PRESENT:
		ret->from = im->parent ? PIECE_PARENT : PIECE_HOLE;
		break;
	case VHDX_ZERO:
		ret->from = PIECE_ZERO;
		break;
	case VHDX_UNDEFINED:
	case VHDX_UNMAPPED:
		/*
		 * Undefined by 2.5.1.1; every reader that we know returns
		 * zeros.
		 */
		ret->from = b.state == VHDX_UNDEFINED && b.at ? PIECE_UNDEFINED
							      : PIECE_HOLE;
		break;
	}
	return SHVM_OK;
}

/* The part of [at, at + len) that the parent has; it may be shorter. */
static uint64_t parent_len(const struct image *im, uint64_t at, uint64_t len)
{
	const uint64_t size = im->parent->size;

	if (at >= size)
		return 0;
	return len < size - at ? len : size - at;
}

static int read_parent(const struct image *im, uint64_t at, uint8_t *buf,
		       size_t len, struct shvm_err *err)
{
	const size_t n = (size_t)parent_len(im, at, len);

	memset(buf + n, 0, len - n);
	return n ? source_read(im->parent, at, buf, n, err) : SHVM_OK;
}

int image_read_at(struct source *s, uint64_t at, void *buf, size_t len,
		  struct shvm_err *err)
{
	const struct image *im = image_of(s);
	uint8_t *out = buf;

	while (len > 0) {
		struct piece p;

		TRY(find_piece(im, at, len, &p, err));
		switch (p.from) {
		case PIECE_FILE:
			TRY(view_read(&im->layout.view, p.file_at, out,
				      (size_t)p.len, err));
			break;
		case PIECE_PARENT:
			TRY(read_parent(im, at, out, (size_t)p.len, err));
			break;
		case PIECE_ZERO:
		case PIECE_HOLE:
		case PIECE_UNDEFINED:
			memset(out, 0, (size_t)p.len);
			break;
		}
		out += p.len;
		at += p.len;
		len -= (size_t)p.len;
	}
	return SHVM_OK;
}

/*
 * Within one contiguous piece of the file: patches of the log, and the file's
 * holes.
 */
static int refine(struct image *im, uint64_t file_at, struct extent *e,
		  struct shvm_err *err)
{
	const struct view *v = &im->layout.view;
	const struct view_patch *p = view_patch_from(v, file_at);
	uint64_t end = file_at + e->len;
	struct extent stored;

	if (p && p->at <= file_at) {
		if (end > p->at + p->len)
			e->len = p->at + p->len - file_at;
		e->state = p->data_at ? SHVM_EXTENT_DATA : SHVM_EXTENT_ZERO;
		return SHVM_OK;
	}
	if (p && p->at < end)
		end = p->at;
	/*
	 * After the end of the stored file there are zeros: the log extended
	 * it.
	 */
	if (file_at >= v->stored_size) {
		e->len = end - file_at;
		e->state = SHVM_EXTENT_HOLE;
		return SHVM_OK;
	}
	TRY(source_extent(im->file, file_at, end - file_at, &stored, err));
	e->len = stored.len;
	e->state = stored.state;
	e->fd = stored.fd;
	e->fd_at = stored.fd_at;
	return SHVM_OK;
}

int image_extent_at(struct source *s, uint64_t at, uint64_t max,
		    struct extent *ret, struct shvm_err *err)
{
	struct image *im = image_of(s);
	struct extent e = { .at = at, .state = SHVM_EXTENT_HOLE, .fd = -1 };
	struct piece p;
	uint64_t len;

	TRY(find_piece(im, at, max, &p, err));
	e.len = p.len;
	switch (p.from) {
	case PIECE_FILE:
		TRY(refine(im, p.file_at, &e, err));
		break;
	case PIECE_PARENT:
		len = parent_len(im, at, p.len);
		if (len > 0)
			return source_extent(im->parent, at, len, ret, err);
		break;
	case PIECE_ZERO:
		e.state = SHVM_EXTENT_ZERO;
		break;
	case PIECE_HOLE:
	case PIECE_UNDEFINED:
		break;
	}

	*ret = e;
	return SHVM_OK;
}

/* Has this image or a parent such blocks at all? */
static bool may_be_undefined(const struct image *im)
{
	for (; im; im = image_of(im->parent))
		if (im->layout.bat.undefined > 0)
			return true;
	return false;
}

int image_undefined(const struct source *s, uint64_t at, uint64_t len,
		    uint64_t *ret_at, uint64_t *ret_bytes, struct shvm_err *err)
{
	const struct image *im = image_of(s);
	uint64_t inner_at = 0, inner;
	struct piece p;

	*ret_bytes = 0;
	if (!may_be_undefined(im))
		return SHVM_OK;
	for (; len > 0; at += p.len, len -= p.len) {
		TRY(find_piece(im, at, len, &p, err));
		inner = p.from == PIECE_UNDEFINED ? p.len : 0;
		if (inner > 0)
			inner_at = at;
		if (p.from == PIECE_PARENT && parent_len(im, at, p.len) > 0)
			TRY(image_undefined(im->parent, at,
					    parent_len(im, at, p.len),
					    &inner_at, &inner, err));
		if (inner > 0 && *ret_bytes == 0)
			*ret_at = inner_at;
		*ret_bytes += inner;
	}
	return SHVM_OK;
}
