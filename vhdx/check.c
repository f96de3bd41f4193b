/* SPDX-License-Identifier: MIT */
/* Checks one image against every rule and notes each broken one. */
#include "vhdx/check.h"

#include "vhdx/layout.h"
#include "vhdx/locator.h"

#include <inttypes.h>
#include <string.h>

/*
 * A failure caused by the image's content becomes a finding, and the result is
 * 0; a failure of the system stays a failure.
 */
static int take_failure(int r, const struct rules *rules, struct shvm_err *why,
			struct shvm_err *err)
{
	if ((r == SHVM_E_FORMAT || r == SHVM_E_UNSUPPORTED) && why->reason &&
	    strcmp(why->reason, "NOT_VHDX") != 0)
		return checks_add(rules->checks, why->reason, SHVM_LEVEL_ERROR,
				  rules->fatal_at, NULL, err, "%s", why->msg);
	return err_take(err, why);
}

/* Does any byte of [at, end) differ from zero? */
static int has_data(const struct view *v, uint64_t at, uint64_t end, bool *ret,
		    struct shvm_err *err)
{
	AUTOFREE uint8_t *buf = malloc(VHDX_MIB);

	*ret = false;
	TRY(err_null(err, buf, "check"));
	for (;;) {
		size_t len;

		at = view_next_data(v, at, end);
		if (at >= end || *ret)
			return SHVM_OK;
		len = end - at < VHDX_MIB ? (size_t)(end - at) : VHDX_MIB;
		TRY(view_read(v, at, buf, len, err));
		*ret = buf[0] != 0 || memcmp(buf, buf + 1, len - 1) != 0;
		at += len;
	}
}

/*
 * Whole MiB of the file that belong to no structure and no block. Free space is
 * allowed, and qemu leaves some; data in it were lost by a writer. There may be
 * 2^27 pieces: only those with data are examined.
 */
static int find_leaks(const struct layout *l, struct rules *rules,
		      uint64_t *ret_leaked, struct shvm_err *err)
{
	const uint64_t end = l->view.size / VHDX_MIB * VHDX_MIB;
	const uint64_t first = allocation_next_free(&l->allocation, 0, end);
	const uint64_t free = allocation_count_free(&l->allocation, end);
	uint64_t at = first, leaked = 0;

	while (at < end) {
		const uint64_t data = view_next_data(&l->view, at, end);
		uint64_t start =
			allocation_next_free(&l->allocation,
					     data / VHDX_MIB * VHDX_MIB, end);
		bool lost = false;

		if (data >= end)
			break;
		if (start > data) { /* data of a structure or block */
			at = start;
			continue;
		}
		start = allocation_first_free(&l->allocation, start);
		at = allocation_next_taken(&l->allocation, start, end);
		TRY(has_data(&l->view, start, at, &lost, err));
		if (!lost)
			continue;
		leaked += at - start;
		TRY(rules_warn(rules, "LEAKED", start, err,
			       "%" PRIu64 " bytes at %#" PRIx64 " contain "
			       "data but belong to no structure or block",
			       at - start, start));
	}
	*ret_leaked = leaked;
	if (free == leaked)
		return SHVM_OK;
	return rules_note(rules, "FREE_SPACE", first, err,
			  "%" PRIu64
			  " bytes are free; the first free MiB is at %#" PRIx64,
			  free - leaked, first);
}

static int check_locator(const struct layout *l, struct rules *rules,
			 struct shvm_err *err)
{
	AUTO_DONE(locator) locator = { 0 };

	return l->params.has_parent ? layout_locator(l, rules, &locator, err)
				    : SHVM_OK;
}

static int note_log(const struct layout *l, struct rules *rules,
		    struct shvm_err *err)
{
	if (!l->log.dirty)
		return SHVM_OK;
	return rules_warn(rules, "LOG_DIRTY", l->headers.current.log_offset,
			  err,
			  "the log is dirty: its entries %" PRIu64
			  " to %" PRIu64 " are not in the file yet",
			  l->log.first, l->log.last);
}

/*
 * The image alone: layout, parent locator and unused space. *has_parent is set
 * when it is known.
 */
static int check_file(struct source *file, struct checks *found,
		      struct shvm_disk_check *ret, bool *has_parent,
		      struct shvm_err *err)
{
	struct rules rules = { .checks = found, .collect = true };
	struct shvm_err why = { 0 };
	AUTO_DONE(layout) l = { 0 };
	int r;

	rules.fatal_at = RULES_NOWHERE;
	r = layout_load(file, &rules, &l, &why);
	if (r == SHVM_OK) {
		TRY(note_log(&l, &rules, err));
		TRY(find_leaks(&l, &rules, &ret->leaked, err));
		ret->blocks = l.bat.shape.blocks;
		ret->blocks_present = l.bat.present;
		*has_parent = l.params.has_parent;
		r = check_locator(&l, &rules, &why);
	}
	ret->complete = r == SHVM_OK;
	return take_failure(r, &rules, &why, err);
}

/* For a valid file, whose ownership it takes: do its parents open? */
static int check_parents(struct source *file, const char *path,
			 const struct image_params *params,
			 struct checks *found, struct shvm_err *err)
{
	struct image_params how = *params;
	const struct rules rules = {
		.checks = found,
		.fatal_at = RULES_NOWHERE,
	};
	AUTO(source_ptr) s = NULL;
	struct shvm_err why = { 0 };
	const struct checks *own;
	int r;

	how.no_replay = false; /* a dirty log has its own finding */
	r = image_open_on(file, path, &how, &s, &why);

	if (r < 0 && why.reason && strncmp(why.reason, "PARENT_", 7) == 0)
		return checks_add(found, why.reason, SHVM_LEVEL_ERROR,
				  RULES_NOWHERE, NULL, err, "%s", why.msg);
	if (r < 0)
		return take_failure(r, &rules, &why, err);

	own = image_checks(s);
	for (size_t i = 0; i < own->count; i++) {
		const struct shvm_check *f = &own->items[i];

		if (strncmp(f->text, "parent ", 7) != 0)
			continue; /* noted before */
		TRY(checks_add(found, f->id, f->level, f->offset, f->fix, err,
			       "%s", f->text));
	}
	return source_check_unchanged(s, err);
}

int image_check(struct source *file, const char *path,
		const struct image_params *params, struct checks *found,
		struct shvm_disk_check *ret, struct shvm_err *err)
{
	AUTO(source_ptr) own = file;
	bool has_parent = false;

	TRY(check_file(file, found, ret, &has_parent, err));
	TRY(source_check_unchanged(file, err));
	/* Without errors the information is complete. */
	if (!has_parent || checks_worst(found) == SHVM_LEVEL_ERROR)
		return SHVM_OK;
	return check_parents(STEAL(own), path, params, found, err);
}
