/* SPDX-License-Identifier: MIT */
/* Public API of <shvm/view.h>: a disk of which each byte is signed or zero. */
#include "base/reserved.h"
#include "disk/gpt_encode.h"
#include "hash/verified.h"
#include "signer/template.h"
#include "signer/tree_cache.h"
#include "signer/trust.h"

#include <fcntl.h>
#include <shvm/view.h>
#include <string.h>
#include <sys/stat.h>

struct shvm_view {
	char *path;	    /* of the disk */
	struct parts parts; /* the whole disk, by offset */
	struct disktree *tree;
	struct source *source; /* reads through tree */
	uint32_t block_size;   /* bytes, the largest */
};
AUTO_DEFINE(view_ptr, struct shvm_view *, shvm_view_close);

void shvm_view_close(struct shvm_view *view)
{
	if (!view)
		return;
	source_free(view->source);
	disktree_free(view->tree);
	parts_done(&view->parts);
	free(view->path);
	free(view);
}

/* What is not in the tree file: LBA 0 and both copies of the table. */
struct known_bytes {
	uint8_t sector[PART_SECTOR_MAX];
	uint8_t *copies[2];
	struct verified_known items[3];
};

static void known_bytes_done(struct known_bytes *k)
{
	free(k->copies[0]);
	free(k->copies[1]);
}

/* Read once; these bytes are compared, and these are what is read later. */
static int know_lba0(struct shvm_disk *disk, struct shvm_part_result *part,
		     struct known_bytes *k, struct shvm_err *err)
{
	TRY(template_check_lba0(disk, part, k->sector, err));
	k->items[0] = (struct verified_known){ .offset = part->offset,
					       .size = part->size,
					       .data = k->sector };
	return SHVM_OK;
}

static int know_table(const struct shvm_catalog_info *c, enum gpt_copy copy,
		      struct known_bytes *k, struct shvm_err *err)
{
	AUTOFREE struct gpt_entry *entries =
		calloc(c->volume_count + 1, sizeof(*entries));
	struct gpt_values v;

	TRY(err_null(err, entries, "partition table"));
	v = parts_table(c, entries);
	k->copies[copy] = calloc(1, gpt_copy_size(&v));
	TRY(err_null(err, k->copies[copy], "partition table"));
	TRY(gpt_encode(&v, copy, k->copies[copy], err));
	k->items[1 + copy] = (struct verified_known){
		.offset = gpt_copy_at(&v, copy),
		.size = gpt_copy_size(&v),
		.data = k->copies[copy],
	};
	return SHVM_OK;
}

static int open_source(struct shvm_view *view, struct shvm_disk *disk,
		       const struct shvm_catalog_info *c, struct shvm_err *err)
{
	AUTO_DONE(known_bytes) k = { 0 };

	TRY(know_lba0(disk, &view->parts.items[0], &k, err));
	TRY(know_table(c, GPT_PRIMARY, &k, err));
	TRY(know_table(c, GPT_BACKUP, &k, err));
	return verified_open(disk_source(disk), view->tree, k.items,
			     ARRAY_SIZE(k.items), &view->source, err);
}

static void find_block_size(struct shvm_view *view)
{
	for (size_t i = 0; i < view->parts.count; i++)
		if (view->parts.items[i].expected.block_size > view->block_size)
			view->block_size =
				view->parts.items[i].expected.block_size;
}

static int check_params(const struct shvm_view_params *p,
			const struct shvm_trust *trust, struct shvm_err *err)
{
	TRY(reserved_check(p->reserved, "struct shvm_view_params", err));
	if (!trust_has_anchor(trust))
		return err_set(err, SHVM_E_ARG,
			       "view: neither a signer nor a CA to trust");
	if (!p->tree_file && !p->cache)
		return err_set(
			err, SHVM_E_ARG,
			"view: neither a tree file nor a cache is given");
	return SHVM_OK;
}

/* The file that is given, or that of the cache, which is marked as used. */
static int open_tree(struct shvm_view *view,
		     const struct shvm_view_params *params,
		     const struct shvm_catalog_info *c, struct shvm_err *err)
{
	AUTOFREE char *cached = NULL;

	if (params->tree_file)
		return template_tree_open(params->tree_file, &view->parts,
					  &view->tree, err);
	TRY(tree_cache_path(params->cache, c, &cached, err));
	if (access(cached, F_OK) < 0)
		return err_reason(err, SHVM_E_IO, "no-tree",
				  "%s: no hash tree of this template in %s",
				  view->path, params->cache);
	TRY(template_tree_open(cached, &view->parts, &view->tree, err));
	/* For a cache that cannot be written to, the order is of no use. */
	(void)utimensat(AT_FDCWD, cached, NULL, AT_SYMLINK_NOFOLLOW);
	return SHVM_OK;
}

int shvm_view_open(struct shvm_disk *disk, const struct shvm_catalog *catalog,
		   const struct shvm_trust *trust,
		   const struct shvm_view_params *params,
		   struct shvm_view **ret, struct shvm_err *err)
{
	AUTO_DONE(template_checks)
	checks = {
		.disk = disk,
		.catalog = catalog,
		.trust = trust,
		.require = SHVM_COVERAGE_DISK,
		.allow_differencing = params->allow_differencing,
	};
	AUTO(view_ptr) view = calloc(1, sizeof(*view));

	TRY(err_null(err, view, "view"));
	TRY(check_params(params, trust, err));
	view->path = strdup(disk_path(disk));
	TRY(err_null(err, view->path, "view"));
	TRY(template_check_signed(&checks, err));
	view->parts = MOVE(checks.parts);
	find_block_size(view);
	TRY(open_tree(view, params, &checks.catalog->info, err));
	TRY(open_source(view, disk, &checks.catalog->info, err));
	*ret = STEAL(view);
	return SHVM_OK;
}

uint32_t shvm_view_block_size(const struct shvm_view *view)
{
	return view->block_size;
}

/* The part that a byte of the disk is in: together they are the disk. */
static const struct shvm_part_result *part_at(const struct shvm_view *view,
					      uint64_t at)
{
	size_t low = 0, high = view->parts.count;

	while (high - low > 1) { /* low begins at @at or before it */
		const size_t mid = low + (high - low) / 2;

		if (view->parts.items[mid].offset <= at)
			low = mid;
		else
			high = mid;
	}
	return &view->parts.items[low];
}

/* One part at a time: only so the text can say which one is bad. */
int shvm_view_read(struct shvm_view *view, uint64_t at, void *buf, size_t len,
		   struct shvm_err *err)
{
	const uint64_t size = view->source->size;
	uint8_t *to = buf;
	size_t n;

	if (at > size || len > size - at)
		return source_read(view->source, at, buf, len, err);
	for (; len; at += n, to += n, len -= n) {
		const struct shvm_part_result *part = part_at(view, at);
		const uint64_t left = part->offset + part->size - at;
		char name[PART_NAME_MAX];
		int r;

		n = left < len ? (size_t)left : len;
		r = source_read(view->source, at, to, n, err);
		if (r < 0)
			return err_prefix(err, r, "%s: %s", view->path,
					  part_name(part, name));
	}
	return SHVM_OK;
}

int shvm_view_extent(struct shvm_view *view, uint64_t at, uint64_t max,
		     struct shvm_extent *ret, struct shvm_err *err)
{
	const uint64_t size = view->source->size;
	struct extent e;

	if (at >= size)
		return err_set(err, SHVM_E_ARG,
			       "%s: no extent at %ju, the disk has %ju bytes",
			       view->path, (uintmax_t)at, (uintmax_t)size);
	TRY(err_prefix(err, source_extent(view->source, at, max, &e, err), "%s",
		       view->path));
	*ret = (struct shvm_extent){ .offset = at,
				     .size = e.len,
				     .state = e.state };
	return SHVM_OK;
}
