/* SPDX-License-Identifier: MIT */
/*
 * The editor's headers and log ([MS-VHDX] 2.2.2 and 2.3). The order of writes
 * and syncs here is what makes a change safe against a crash:
 *
 *   both headers with a new FileWriteGuid, one after the other
 *   (the caller's data, to unused places; synced) the log entry; synced: no
 *   header names its GUID yet, so it does not count both headers with its GUID:
 *   from the first one on the change is made the pages in their places; synced
 *   both headers with the zero GUID: the log is empty again
 *
 * Each header write is one sector, synced before the next, and always goes to
 * the copy that is not current: a torn write leaves the other one intact.
 */
#include "base/array.h"
#include "vhdx/edit_internal.h"

#include "base/crc32c.h"
#include "base/file.h"
#include "base/le.h"
#include "source/file_holes.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum {
	ZERO_PIECE = 1 << 20,
	PAGES_MAX = 126, /* our limit: descriptors in the first sector of a
			    log entry */
};

static void seal(uint8_t *structure, size_t len)
{
	le32_put(structure + 4, 0);
	le32_put(structure + 4, crc32c(0, structure, len));
}

void edit_pages_done(struct edit_pages *p)
{
	free(p->items);
	*p = (struct edit_pages){ 0 };
}

int edit_pages_add(struct edit_pages *p, uint64_t at, const uint8_t *old,
		   const uint8_t *new, size_t len, struct shvm_err *err)
{
	for (size_t i = 0; i < len; i += EDIT_PAGE) {
		struct edit_page *page;

		if (memcmp(old + i, new + i, EDIT_PAGE) == 0)
			continue;
		assert(p->count < PAGES_MAX); /* three tables of 16 pages */
		TRY(err_null(err, ARRAY_GROW(p->items, p->count), "log entry"));
		page = &p->items[p->count++];
		page->at = at + i;
		memcpy(page->old, old + i, EDIT_PAGE);
		memcpy(page->new, new + i, EDIT_PAGE);
	}
	return SHVM_OK;
}

/* Write e->header to both places, the one that is not current first. */
static int headers_update(struct edit *e, struct shvm_err *err)
{
	static const uint64_t place[2] = { VHDX_HEADER1_AT, VHDX_HEADER2_AT };
	struct vhdx_header_disk *d = (void *)e->header;

	for (int i = 0; i < 2; i++) {
		const unsigned int other = !e->header_index;

		le64_put(d->sequence, le64_get(d->sequence) + 1);
		seal(e->header, sizeof(e->header));
		TRY(edit_write(e, e->header, sizeof(e->header), place[other],
			       err));
		TRY(edit_sync(e, err));
		e->header_index = other;
	}
	return SHVM_OK;
}

/* Are the headers still those that were loaded and checked? */
static int check_headers(struct edit *e, struct shvm_err *err)
{
	static const uint64_t place[2] = { VHDX_HEADER1_AT, VHDX_HEADER2_AT };
	uint8_t now[VHDX_HEADER_SIZE];

	for (int i = 0; i < 2; i++) {
		TRY(file_pread(e->fd, e->path, now, sizeof(now), place[i],
			       err));
		if (memcmp(now, e->layout.stored[i], sizeof(now)) != 0)
			return err_reason(err, SHVM_E_IO, "in-use",
					  "%s: header at %#" PRIx64
					  " changed since the image was opened",
					  e->path, place[i]);
	}
	return SHVM_OK;
}

int edit_begin(struct edit *e, struct shvm_err *err)
{
	struct vhdx_header_disk *d = (void *)e->header;
	struct shvm_guid guid;

	/* A change needs six numbers; 2^64 - 1 is the last one. */
	if (le64_get(d->sequence) > UINT64_MAX - 16)
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "%s: the header's sequence number %" PRIu64
			       " leaves no room for a change",
			       e->path, le64_get(d->sequence));
	TRY(check_headers(e, err));
	TRY(edit_file_writable(e, err));
	TRY(guid_random(&guid, err));

	memcpy(d->file_write, guid.bytes, sizeof(d->file_write));
	return headers_update(e, err);
}

int edit_reserve(struct edit *e, const struct edit_pages *p,
		 struct shvm_err *err)
{
	for (size_t i = 0; i < p->count; i++)
		TRY(edit_write(e, p->items[i].old, EDIT_PAGE, p->items[i].at,
			       err));
	return SHVM_OK;
}

/* The whole entry in buf: a header sector, then one data sector per page. */
static void entry_encode(const struct edit *e, const struct edit_pages *p,
			 const struct shvm_guid *guid, uint8_t *buf)
{
	const size_t len = (p->count + 1) * EDIT_PAGE;
	const uint64_t size = e->file_size & ~(VHDX_MIB - 1);
	const uint64_t sequence = 1; /* the first of a log with a new GUID */
	struct vhdx_log_entry_disk *h = (void *)buf;
	struct vhdx_log_descriptor_disk *desc =
		(void *)(buf + sizeof(struct vhdx_log_entry_disk));

	memcpy(h->signature, "loge", 4);
	le32_put(h->length, (uint32_t)len);
	le64_put(h->sequence, sequence);
	le32_put(h->descriptors, (uint32_t)p->count);
	memcpy(h->log_guid, guid->bytes, sizeof(h->log_guid));
	le64_put(h->flushed_size, size);
	le64_put(h->last_size, size);
	for (size_t i = 0; i < p->count; i++) {
		const uint8_t *page = p->items[i].new;
		struct vhdx_log_data_disk *data =
			(void *)(buf + (i + 1) * EDIT_PAGE);

		memcpy(desc[i].signature, "desc", 4);
		memcpy(desc[i].trailing, page + EDIT_PAGE - 4, 4);
		memcpy(desc[i].leading, page, 8);
		le64_put(desc[i].offset, p->items[i].at);
		le64_put(desc[i].sequence, sequence);
		memcpy(data->signature, "data", 4);
		le32_put(data->sequence_high, (uint32_t)(sequence >> 32));
		memcpy(data->bytes, page + 8, sizeof(data->bytes));
		le32_put(data->sequence_low, (uint32_t)sequence);
	}
	seal(buf, len);
}

static int entry_write(struct edit *e, const struct edit_pages *p,
		       const struct shvm_guid *guid, struct shvm_err *err)
{
	const size_t len = (p->count + 1) * EDIT_PAGE;
	AUTOFREE uint8_t *buf = calloc(1, len);

	TRY(err_null(err, buf, "log entry"));
	entry_encode(e, p, guid, buf);
	TRY(edit_write(e, buf, len, e->layout.headers.current.log_offset, err));
	return edit_sync(e, err);
}

/* All writes of the log are in their places: mark the log as empty. */
static int log_end(struct edit *e, struct shvm_err *err)
{
	struct vhdx_header_disk *d = (void *)e->header;

	TRY(edit_sync(e, err));
	memset(d->log_guid, 0, sizeof(d->log_guid));
	return headers_update(e, err);
}

int edit_commit(struct edit *e, const struct edit_pages *p, bool *committed,
		struct shvm_err *err)
{
	struct vhdx_header_disk *d = (void *)e->header;
	struct shvm_guid guid;

	TRY(guid_random(&guid, err));
	TRY(entry_write(e, p, &guid, err));

	*committed = true;
	memcpy(d->log_guid, guid.bytes, sizeof(d->log_guid));
	TRY(headers_update(e, err));

	for (size_t i = 0; i < p->count; i++)
		TRY(edit_write(e, p->items[i].new, EDIT_PAGE, p->items[i].at,
			       err));
	return log_end(e, err);
}

/*
 * Zeros over the stored bytes of a range. Its holes are zeros already, and so
 * is the part by which the log extended the file.
 */
static int write_zeros(struct edit *e, uint64_t at, uint64_t end,
		       struct shvm_err *err)
{
	AUTOFREE uint8_t *zeros = calloc(1, ZERO_PIECE);
	struct file_holes holes;

	TRY(err_null(err, zeros, "zeros"));
	file_holes_start(&holes, e->fd);
	if (end > e->layout.view.stored_size)
		end = e->layout.view.stored_size;
	while (at < end) {
		uint64_t stop;

		if (!file_holes_at(&holes, e->fd, at, end, &stop))
			at = stop;
		while (at < stop) {
			const size_t len = stop - at < ZERO_PIECE
						   ? (size_t)(stop - at)
						   : ZERO_PIECE;

			TRY(edit_write(e, zeros, len, at, err));
			at += len;
		}
	}
	return SHVM_OK;
}

static int patch_apply(struct edit *e, const struct view_patch *p,
		       struct shvm_err *err)
{
	uint8_t page[EDIT_PAGE];

	if (!p->data_at)
		return write_zeros(e, p->at, p->at + p->len, err);
	TRY(view_read(&e->layout.view, p->at, page, sizeof(page), err));
	return edit_write(e, page, sizeof(page), p->at, err);
}

int edit_log_apply(struct edit *e, struct shvm_err *err)
{
	const struct view *view = &e->layout.view;

	if (view->size > e->file_size)
		TRY(edit_resize(e, view->size, err));
	for (size_t i = 0; i < view->patch_count; i++)
		TRY(patch_apply(e, &view->patches[i], err));
	return log_end(e, err);
}
