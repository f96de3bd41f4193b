/* SPDX-License-Identifier: MIT */
/* Between the files of the editor, see vhdx/edit.h. */
#ifndef VHDX_EDIT_INTERNAL_H
#define VHDX_EDIT_INTERNAL_H

#include "vhdx/edit.h"
#include "vhdx/layout.h"

enum {
	EDIT_PAGE = VHDX_LOG_SECTOR
};

struct edit {
	int fd;	      /* for reading; holds the locks */
	int write_fd; /* -1 until the first change */
	bool fd_owned;
	bool broken;	     /* a write failed half-way: the file must be
				opened again */
	struct source *file; /* state of fd when it was loaded */
	char *path;
	struct edit_io io;
	struct checks checks;
	struct layout layout;		  /* of the file as it is now */
	uint8_t header[VHDX_HEADER_SIZE]; /* the current one, as it grows */
	unsigned int header_index;	  /* which copy that is */
	uint64_t file_size;		  /* bytes, as stored */
};

/* Pages of the file that change together or not at all. */
struct edit_page {
	uint64_t at;
	uint8_t old[EDIT_PAGE], new[EDIT_PAGE];
};

struct edit_pages {
	struct edit_page *items;
	size_t count;
};

/* edit_io.c: the file itself. */
int edit_file_open(const char *path, int *ret_fd, struct shvm_err *err);
struct edit_io edit_file_io(struct edit *e);
/* Open the file for writing also; does nothing for an editor with other io. */
int edit_file_writable(struct edit *e, struct shvm_err *err);
int edit_write(struct edit *e, const void *buf, size_t len, uint64_t at,
	       struct shvm_err *err);
int edit_sync(struct edit *e, struct shvm_err *err);
int edit_resize(struct edit *e, uint64_t size, struct shvm_err *err);

/* edit_log.c: headers and the log. */
void edit_pages_done(struct edit_pages *p);
/* Add the pages of [at, at + len) in which old and new differ. */
int edit_pages_add(struct edit_pages *p, uint64_t at, const uint8_t *old,
		   const uint8_t *new, size_t len, struct shvm_err *err);
/*
 * The first write of every change: a new FileWriteGuid in both headers.
 * Refuses when the headers are not those that were loaded.
 */
int edit_begin(struct edit *e, struct shvm_err *err);
/*
 * Write the same bytes where new ones will go, so that a full disk fails now.
 */
int edit_reserve(struct edit *e, const struct edit_pages *p,
		 struct shvm_err *err);
/*
 * Change the pages through the log. *committed is set as soon as a crash
 * would leave the new bytes, also when the call then fails.
 */
int edit_commit(struct edit *e, const struct edit_pages *p, bool *committed,
		struct shvm_err *err);
/* Write the patches of the dirty log to their places and empty the log. */
int edit_log_apply(struct edit *e, struct shvm_err *err);

/* edit_table.c: the metadata region. */
struct edit_item {
	struct shvm_guid id;
	const void *data; /* NULL: remove it */
	size_t len;
};

/*
 * Find out what must change so that the item is in the table (or gone) and
 * write its data to an unused place, moving the region to the end of the file
 * where it has no room. Nothing that is in use changes: that is for
 * edit_commit().
 */
int edit_table_plan(struct edit *e, const struct edit_item *item,
		    struct edit_pages *ret, struct shvm_err *err);
/* Only its checks: limits of the table. Writes nothing. */
int edit_table_check(const struct edit *e, const struct edit_item *item,
		     struct shvm_err *err);

#endif
