/* SPDX-License-Identifier: MIT */
/*
 * Writes a tree file while the parts are hashed. The hashes come in order, so a
 * record is written as soon as its node is complete, and only one open node per
 * level is kept.
 */
#include "hash/disktree.h"

#include "hash/disktree_form.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum {
	FLUSH_SIZE = 1 << 20
};

/* The items that are not zeros in the open node of a level. */
struct open_node {
	struct disktree_item *items;
	size_t count, room;
};

struct disktree_writer {
	const char *path;
	disktree_fill_fn fill;
	void *fill_ctx;
	int fd;
	struct buf out;	  /* not written yet */
	uint64_t written; /* bytes of the file before out */
	struct buf table; /* entries of the parts, encoded */
	uint32_t part_count;
	/* State of the part that is hashed. */
	struct tree tree;
	uint8_t zero[SHVM_HASH_SIZE_MAX]; /* of a leaf of zeros */
	struct open_node open[TREE_LEVELS_MAX];
	uint64_t root_at;
};

static void part_done(struct disktree_writer *w)
{
	for (uint32_t level = 0; level < TREE_LEVELS_MAX; level++)
		free(w->open[level].items);
	memset(w->open, 0, sizeof(w->open));
}

static void disktree_writer_done(struct disktree_writer *w)
{
	part_done(w);
	buf_done(&w->out);
	buf_done(&w->table);
}

static int flush(struct disktree_writer *w, size_t from, struct shvm_err *err)
{
	TRY(buf_check(&w->out, w->path, err));
	if (w->out.len < from)
		return SHVM_OK;
	TRY(file_pwrite(w->fd, w->path, w->out.data, w->out.len, w->written,
			err));
	w->written += w->out.len;
	w->out.len = 0;
	return SHVM_OK;
}

static int part_begin(struct disktree_writer *w, struct shvm_err *err)
{
	AUTOFREE uint8_t *block = calloc(1, w->tree.block_size);
	AUTO_DONE(hasher) hasher = { 0 };

	TRY(err_null(err, block, "block"));
	TRY(hasher_init(&hasher, kernel_openssl(w->tree.algorithm), err));
	TRY(hasher_one(&hasher, block, w->tree.block_size, w->zero, err));

	for (uint32_t level = 1; level < w->tree.levels; level++) {
		struct open_node *open = &w->open[level];

		open->room = disktree_items_max(&w->tree, level);
		/*
		 * Leaves come one segment at a time, before the nodes above
		 * them.
		 */
		if (level == 1 &&
		    open->room < SEGMENT_SIZE / w->tree.block_size)
			open->room = SEGMENT_SIZE / w->tree.block_size;
		open->items = calloc(open->room, sizeof(*open->items));
		TRY(err_null(err, open->items, "open tree nodes"));
	}
	w->root_at = 0;
	return SHVM_OK;
}

static void add_item(struct disktree_writer *w, uint32_t level,
		     const struct disktree_item *item)
{
	struct open_node *open = &w->open[level];

	assert(open->count < open->room);
	open->items[open->count++] = *item;
}

/* Can the node above contain these items, so that this node needs no record? */
static bool is_passed_up(const struct disktree_writer *w,
			 const struct disktree_node *node)
{
	if (node->level == w->tree.levels - 1)
		return false; /* the root always has one */
	if (node->count == 1 && node->items[0].level > 0)
		return true;
	if (node->count > disktree_inline_max(&w->tree))
		return false;
	for (size_t i = 0; i < node->count; i++)
		if (node->items[i].level > 0)
			return false;
	return true;
}

static int put_node(struct disktree_writer *w, const struct disktree_node *node,
		    const uint8_t *hash, struct shvm_err *err)
{
	struct disktree_item item = { .level = node->level,
				      .index = node->index,
				      .at = w->written + w->out.len };

	if (is_passed_up(w, node)) {
		for (size_t i = 0; i < node->count; i++)
			add_item(w, node->level + 1, &node->items[i]);
		return SHVM_OK;
	}
	disktree_record_encode(&w->tree, node, &w->out);
	if (node->level == w->tree.levels - 1) {
		w->root_at = item.at;
	} else {
		memcpy(item.hash, hash, w->tree.hash_size);
		add_item(w, node->level + 1, &item);
	}
	return flush(w, FLUSH_SIZE, err);
}

/* Everything below hash (level, index) is complete. */
static int close_node(struct disktree_writer *w, uint32_t level, uint64_t index,
		      const uint8_t *hash, struct shvm_err *err)
{
	struct open_node *open = &w->open[level];
	struct disktree_node node = { .level = level,
				      .index = index,
				      .items = open->items };

	while (node.count < open->count &&
	       disktree_first(&w->tree, &open->items[node.count]) /
			       w->tree.span[level] ==
		       index)
		node.count++;
	if (!node.count)
		return SHVM_OK; /* zeros */
	TRY(put_node(w, &node, hash, err));
	open->count -= node.count;
	memmove(open->items, open->items + node.count,
		open->count * sizeof(*open->items));
	return SHVM_OK;
}

/* tree_store_fn */
static int store(void *ctx, uint32_t level, uint64_t index,
		 const uint8_t *hashes, size_t n, struct shvm_err *err)
{
	struct disktree_writer *w = ctx;
	const uint32_t size = w->tree.hash_size;
	struct disktree_item item = { 0 };

	if (w->tree.levels == 1)
		return SHVM_OK; /* the root alone: it is in the digest */
	for (size_t i = 0; i < n; i++, hashes += size) {
		if (level > 0) {
			TRY(close_node(w, level, index + i, hashes, err));
		} else if (memcmp(hashes, w->zero, size) != 0) {
			item.index = index + i;
			memcpy(item.hash, hashes, size);
			add_item(w, 1, &item);
		}
	}
	return SHVM_OK;
}

int disktree_add(struct disktree_writer *w, uint64_t offset, struct source *s,
		 const struct shvm_digest_params *params,
		 struct shvm_digest *ret, struct shvm_err *err)
{
	const struct digest_hooks hooks = { .store = store, .store_ctx = w };
	uint8_t entry[DISKTREE_ENTRY];
	struct shvm_digest d;
	int r;

	if (w->part_count == DISKTREE_PARTS_MAX)
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "%s: more than %d parts", w->path,
			       DISKTREE_PARTS_MAX);
	TRY(digest_tree(params, s->size, &w->tree, err));
	r = part_begin(w, err);
	if (r == SHVM_OK)
		r = digest_run(s, params, &hooks, &d, err);
	part_done(w);
	TRY(r);

	disktree_entry_encode(
		&(struct disktree_entry){ .offset = offset,
					  .size = s->size,
					  .algorithm = w->tree.algorithm,
					  .block_size = w->tree.block_size,
					  .root_at = w->root_at },
		entry);
	buf_add(&w->table, entry, sizeof(entry));
	w->part_count++;
	*ret = d;
	return SHVM_OK;
}

/* file_fill_fn */
static int fill_file(void *ctx, int fd, struct shvm_err *err)
{
	struct disktree_writer *w = ctx;
	uint8_t header[DISKTREE_HEADER];
	struct disktree_header h;

	w->fd = fd;
	w->written = DISKTREE_HEADER;
	TRY(w->fill(w->fill_ctx, w, err));
	h.part_count = w->part_count;
	h.table_at = w->written + w->out.len;
	disktree_header_encode(&h, header);
	TRY(buf_check(&w->table, w->path, err));
	buf_add(&w->out, w->table.data, w->table.len);
	TRY(flush(w, 0, err));
	return file_pwrite(fd, w->path, header, sizeof(header), 0, err);
}

int disktree_write(const struct shvm_tree_output *out, mode_t mode,
		   disktree_fill_fn fill, void *ctx,
		   struct file_pending *pending, struct shvm_err *err)
{
	AUTO_DONE(disktree_writer)
	w = { .path = out->path, .fill = fill, .fill_ctx = ctx };

	return file_fill_pending(w.path, fill_file, &w, mode, out->replace,
				 pending, err);
}
