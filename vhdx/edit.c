/* SPDX-License-Identifier: MIT */
/*
 * The only writer of VHDX files: opens one, replays its log, puts and removes
 * user metadata items. The steps of a change are in edit_log.c.
 */
#include "vhdx/edit.h"

#include "source/source_file.h"
#include "vhdx/edit_internal.h"

#include <inttypes.h>
#include <string.h>

static int check_kind(const struct edit *e, struct shvm_err *err)
{
	if (e->layout.params.has_parent)
		return err_reason(err, SHVM_E_UNSUPPORTED, "differencing",
				  "%s is a differencing disk; merge it with "
				  "its parent first (Merge-VHD on Windows)",
				  e->path);
	if (e->layout.headers.current.log_length == 0)
		return err_reason(err, SHVM_E_UNSUPPORTED, "LOG_MISSING",
				  "%s has no log, so it cannot be changed "
				  "safely",
				  e->path);
	return SHVM_OK;
}

/* Read and check the whole file, as the reader does. */
static int load(struct edit *e, struct shvm_err *err)
{
	struct rules rules = { .checks = &e->checks };

	layout_done(&e->layout);
	source_free(STEAL(e->file));
	checks_done(&e->checks);
	e->layout = (struct layout){ 0 };
	e->checks = (struct checks){ 0 };
	TRY(source_file_borrow(e->fd, e->path, 512, &e->file, err));
	e->file_size = e->file->size;
	TRY(layout_load(e->file, &rules, &e->layout, err));
	e->header_index = e->layout.headers.index;
	memcpy(e->header, e->layout.stored[e->header_index], sizeof(e->header));
	return check_kind(e, err);
}

int edit_open(const char *path, struct edit **ret, struct shvm_err *err)
{
	AUTOCLOSE int fd = -1;

	TRY(edit_file_open(path, &fd, err));
	TRY(edit_open_io(fd, path, NULL, ret, err));
	fd = -1; /* the editor closes it */
	return SHVM_OK;
}

int edit_open_io(int fd, const char *path, const struct edit_io *io,
		 struct edit **ret, struct shvm_err *err)
{
	AUTO(edit_ptr) e = calloc(1, sizeof(*e));

	TRY(err_null(err, e, "editor"));
	e->fd = fd;
	e->write_fd = -1;
	e->io = io ? *io : edit_file_io(e);
	e->path = strdup(path);
	TRY(err_null(err, e->path, "editor"));
	TRY(load(e, err));
	e->fd_owned = !io;
	*ret = STEAL(e);
	return SHVM_OK;
}

void edit_close(struct edit *e)
{
	if (!e)
		return;
	if (e->write_fd >= 0)
		(void)close(e->write_fd); /* every change was synced */
	layout_done(&e->layout);
	source_free(e->file);
	if (e->fd_owned)
		(void)close(e->fd);
	checks_done(&e->checks);
	free(e->path);
	free(e);
}

static int check_ready(const struct edit *e, bool clean, struct shvm_err *err)
{
	if (e->broken)
		return err_set(err, SHVM_E_IO,
			       "%s: an earlier write failed; open the file "
			       "again",
			       e->path);
	if (clean && e->layout.log.dirty)
		return err_reason(err, SHVM_E_UNSUPPORTED, "log-dirty",
				  "%s: the log must be replayed before a "
				  "change",
				  e->path);
	return SHVM_OK;
}

int edit_replay(struct edit *e, bool *replayed, struct shvm_err *err)
{
	const bool dirty = e->layout.log.dirty;

	TRY(check_ready(e, false, err));
	if (dirty) {
		e->broken = true; /* until all is done */
		TRY(edit_begin(e, err));
		TRY(edit_log_apply(e, err));
		TRY(load(e, err));
		e->broken = false;
	}
	*replayed = dirty;
	return SHVM_OK;
}

/* The steps of a change; on failure the file is unchanged, unless committed. */
static int change(struct edit *e, const struct edit_item *item, bool *committed,
		  struct shvm_err *err)
{
	AUTO_DONE(edit_pages) pages = { 0 };

	TRY(edit_begin(e, err));
	TRY(edit_table_plan(e, item, &pages, err));
	TRY(edit_reserve(e, &pages, err));
	TRY(edit_sync(e, err));
	return edit_commit(e, &pages, committed, err);
}

static int edit_apply(struct edit *e, const struct edit_item *item,
		      struct shvm_err *err)
{
	const uint64_t size = e->file_size;
	bool committed = false;
	int r;

	e->broken = true; /* until all is done */
	r = change(e, item, &committed, err);
	if (r < 0) {
		/* The error is set already; a longer file is no damage. */
		if (!committed && e->file_size != size)
			(void)e->io.truncate(e->io.ctx, size, NULL);
		if (committed)
			return err_prefix(err, r,
					  "%s: the change is in the log but "
					  "not finished",
					  e->path);
		return r;
	}
	TRY(load(e, err));
	e->broken = false;
	return SHVM_OK;
}

int edit_put_item(struct edit *e, const struct shvm_guid *id, const void *data,
		  size_t len, struct shvm_err *err)
{
	const struct edit_item item = { .id = *id,
					.data = len ? data : "",
					.len = len };

	TRY(check_ready(e, true, err));
	if (guid_is_zero(id))
		return err_set(err, SHVM_E_ARG, "%s: item id is zero", e->path);
	TRY(edit_table_check(e, &item, err));
	return edit_apply(e, &item, err);
}

int edit_remove_item(struct edit *e, const struct shvm_guid *id, bool *removed,
		     struct shvm_err *err)
{
	const struct edit_item item = { .id = *id };

	TRY(check_ready(e, true, err));
	if (!meta_find(&e->layout.items, id, true)) {
		*removed = false;
		return SHVM_OK;
	}
	TRY(edit_apply(e, &item, err));

	*removed = true;
	return SHVM_OK;
}
