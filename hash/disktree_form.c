/* SPDX-License-Identifier: MIT */
/* The structures of a tree file, and the hash of a node. */
#include "hash/disktree_form.h"

#include "base/bytes.h"
#include "base/le.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

struct header_disk {
	uint8_t signature[8];  /* +0x00 "shvmtree" */
	uint8_t version[4];    /* +0x08 1 */
	uint8_t part_count[4]; /* +0x0c */
	uint8_t table_at[8];   /* +0x10 the table of parts, to the end */
	uint8_t reserved[8];   /* +0x18 0 */
};
static_assert(sizeof(struct header_disk) == DISKTREE_HEADER, "header");

struct entry_disk {
	uint8_t offset[8];     /* +0x00 bytes of the disk */
	uint8_t size[8];       /* +0x08 bytes */
	uint8_t algorithm[4];  /* +0x10 1 SHA-256, 2 SHA-512 */
	uint8_t block_size[4]; /* +0x14 bytes */
	uint8_t root_at[8];    /* +0x18 0: all is zeros, or one block */
};
static_assert(sizeof(struct entry_disk) == DISKTREE_ENTRY, "entry");

/*
 * A record of level 1 begins with u16 slot[items], unless every child is an
 * item; then the hashes. A record of a higher level: u64 where[items], u64
 * at[nodes], then the hashes.
 */
struct record_disk {
	uint8_t items[4]; /* +0x00 */
	uint8_t nodes[4]; /* +0x04 how many of them are nodes */
};
static_assert(sizeof(struct record_disk) == DISKTREE_RECORD, "record");

enum {
	INLINE_BLOCK_MAX = 16384,
	INLINE_MAX = 3,
	WHERE_LEVEL = 7 /* the level, in the low bits of a place */
};
static_assert(TREE_LEVELS_MAX - 1 <= WHERE_LEVEL, "a level fits");
static_assert(BLOCK_SIZE_MAX / 32 <= UINT16_MAX, "a slot fits");

static const uint8_t signature[8] = { 's', 'h', 'v', 'm', 't', 'r', 'e', 'e' };

void disktree_header_encode(const struct disktree_header *h,
			    uint8_t ret[DISKTREE_HEADER])
{
	struct header_disk d = { 0 };

	memcpy(d.signature, signature, sizeof(d.signature));
	le32_put(d.version, 1);
	le32_put(d.part_count, h->part_count);
	le64_put(d.table_at, h->table_at);
	memcpy(ret, &d, sizeof(d));
}

int disktree_header_decode(const uint8_t *data, size_t len,
			   struct disktree_header *ret, struct shvm_err *err)
{
	const struct header_disk *d = (const void *)data;
	struct disktree_header h;

	if (len < sizeof(*d) ||
	    memcmp(d->signature, signature, sizeof(signature)) != 0)
		return err_set(err, SHVM_E_FORMAT,
			       "tree file: does not begin with \"shvmtree\"");
	if (le32_get(d->version) != 1)
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "tree file: version %" PRIu32 ", not 1",
			       le32_get(d->version));
	if (!bytes_are_zero(d->reserved, sizeof(d->reserved)))
		return err_set(err, SHVM_E_FORMAT,
			       "tree file: reserved bytes of its header are "
			       "not 0");
	h.part_count = le32_get(d->part_count);
	h.table_at = le64_get(d->table_at);
	if (h.part_count > DISKTREE_PARTS_MAX)
		return err_set(err, SHVM_E_FORMAT,
			       "tree file: %" PRIu32 " parts, more than %d",
			       h.part_count, DISKTREE_PARTS_MAX);
	if (h.table_at < DISKTREE_HEADER || h.table_at > INT64_MAX / 2)
		return err_set(err, SHVM_E_FORMAT,
			       "tree file: its table is at the impossible "
			       "offset %" PRIu64,
			       h.table_at);
	*ret = h;
	return SHVM_OK;
}

void disktree_entry_encode(const struct disktree_entry *e,
			   uint8_t ret[DISKTREE_ENTRY])
{
	struct entry_disk d = { 0 };

	le64_put(d.offset, e->offset);
	le64_put(d.size, e->size);
	le32_put(d.algorithm, e->algorithm == SHVM_HASH_SHA512 ? 2 : 1);
	le32_put(d.block_size, e->block_size);
	le64_put(d.root_at, e->root_at);
	memcpy(ret, &d, sizeof(d));
}

int disktree_entry_decode(const uint8_t data[DISKTREE_ENTRY],
			  struct disktree_entry *ret, struct tree *ret_tree,
			  struct shvm_err *err)
{
	const struct entry_disk *d = (const void *)data;
	const uint32_t algorithm = le32_get(d->algorithm);
	struct disktree_entry e = { .offset = le64_get(d->offset),
				    .size = le64_get(d->size),
				    .block_size = le32_get(d->block_size),
				    .root_at = le64_get(d->root_at) };
	int r;

	if (algorithm != 1 && algorithm != 2)
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "tree file: algorithm %" PRIu32
			       " is neither 1 (SHA-256) nor 2 (SHA-512)",
			       algorithm);
	e.algorithm = algorithm == 2 ? SHVM_HASH_SHA512 : SHVM_HASH_SHA256;
	if (e.size > UINT64_MAX - e.offset)
		return err_set(err, SHVM_E_FORMAT,
			       "tree file: a part of %" PRIu64
			       " bytes at %" PRIu64,
			       e.size, e.offset);
	r = tree_plan(e.size, e.block_size, e.algorithm, ret_tree, err);
	if (r < 0) {
		if (err)
			err->code = SHVM_E_FORMAT; /* no argument: a file's */
		return err_prefix(err, SHVM_E_FORMAT, "tree file");
	}
	if (ret_tree->levels == 1 && e.root_at != 0)
		return err_set(err, SHVM_E_FORMAT,
			       "tree file: a part of one block has a record "
			       "at %" PRIu64,
			       e.root_at);
	*ret = e;
	return SHVM_OK;
}

uint32_t disktree_inline_max(const struct tree *tree)
{
	return tree->block_size <= INLINE_BLOCK_MAX ? INLINE_MAX : 0;
}

/* Number of hashes in the node of hash (level, index). */
static uint32_t children_of(const struct tree *tree, uint32_t level,
			    uint64_t index)
{
	const uint64_t left = tree->hashes[level - 1] - index * tree->fanout;

	return left < tree->fanout ? (uint32_t)left : tree->fanout;
}

size_t disktree_items_max(const struct tree *tree, uint32_t level)
{
	const uint32_t inlined = disktree_inline_max(tree);

	if (level == 1)
		return tree->fanout;
	return (size_t)tree->fanout * (inlined ? inlined : 1);
}

size_t disktree_record_max(const struct tree *tree, uint32_t level)
{
	const size_t place = level == 1 ? 2 : 16;

	return DISKTREE_RECORD +
	       disktree_items_max(tree, level) * (place + tree->hash_size);
}

void disktree_record_encode(const struct tree *tree,
			    const struct disktree_node *node, struct buf *ret)
{
	const uint32_t children = children_of(tree, node->level, node->index);
	uint32_t nodes = 0;

	for (size_t i = 0; i < node->count; i++)
		nodes += node->items[i].level > 0;
	buf_add_le32(ret, (uint32_t)node->count);
	buf_add_le32(ret, nodes);
	for (size_t i = 0; i < node->count; i++) {
		const struct disktree_item *item = &node->items[i];
		uint8_t slot[2];

		if (node->level > 1) {
			buf_add_le64(ret, item->index << 3 | item->level);
		} else if (node->count < children) {
			le16_put(slot, (uint16_t)(item->index % tree->fanout));
			buf_add(ret, slot, sizeof(slot));
		}
	}
	for (size_t i = 0; i < node->count; i++)
		if (node->items[i].level > 0)
			buf_add_le64(ret, node->items[i].at);
	for (size_t i = 0; i < node->count; i++)
		buf_add(ret, node->items[i].hash, tree->hash_size);
}

/* Where the arrays of a record are. */
struct arrays {
	const uint8_t *places, *at, *hashes;
	size_t items, nodes;
};

static int find_arrays(const struct tree *tree, struct cursor c,
		       const struct disktree_node *node, struct arrays *ret,
		       struct shvm_err *err)
{
	const uint32_t children = children_of(tree, node->level, node->index);
	uint32_t items, nodes;
	size_t places;

	if (!cursor_le32(&c, &items) || !cursor_le32(&c, &nodes))
		return err_set(err, SHVM_E_FORMAT, "ends early");
	if (items == 0 || items > disktree_items_max(tree, node->level) ||
	    nodes > items || (node->level == 1 && items > children))
		return err_set(err, SHVM_E_FORMAT,
			       "%" PRIu32 " items, %" PRIu32
			       " of them nodes, for %" PRIu32 " children",
			       items, nodes, children);
	if (node->level > 1)
		places = (size_t)items * 8;
	else
		places = items < children ? (size_t)items * 2 : 0;
	if (!cursor_take(&c, places, &ret->places) ||
	    !cursor_take(&c, (size_t)nodes * 8, &ret->at) ||
	    !cursor_take(&c, (size_t)items * tree->hash_size, &ret->hashes))
		return err_set(err, SHVM_E_FORMAT,
			       "ends early, with %" PRIu32 " items", items);
	ret->items = items;
	ret->nodes = nodes;
	return SHVM_OK;
}

/* Item number i; its level and index are those in the bytes, not checked. */
static void take_item(const struct tree *tree, const struct disktree_node *node,
		      const struct arrays *a, size_t i,
		      struct disktree_item *ret)
{
	const uint64_t first = node->index * tree->fanout;

	memcpy(ret->hash, a->hashes + i * tree->hash_size, tree->hash_size);
	if (node->level > 1) {
		const uint64_t where = le64_get(a->places + i * 8);

		ret->level = where & WHERE_LEVEL;
		ret->index = where >> 3;
	} else {
		ret->index =
			first +
			(a->places == a->at ? i : le16_get(a->places + i * 2));
	}
}

/* Is the item below the node, and not before the end of the last one? */
static bool is_in_place(const struct tree *tree,
			const struct disktree_node *node,
			const struct disktree_item *item, uint64_t last_end)
{
	const uint64_t span = tree->span[node->level];
	const uint64_t first = node->index * span;
	uint64_t at;

	if (item->level >= node->level ||
	    item->index >= tree->hashes[item->level])
		return false;
	at = disktree_first(tree, item);
	return at >= first && at - first < span && at >= last_end;
}

/*
 * A child is one node or some leaves. This limits the hashing that a hostile
 * file can cause.
 */
static bool is_bounded(const struct tree *tree,
		       const struct disktree_node *node)
{
	const uint64_t child = tree->span[node->level - 1];
	const uint32_t most = disktree_inline_max(tree);
	size_t leaves = 0;

	for (size_t i = 0; i < node->count && node->level > 1; i++) {
		const struct disktree_item *item = &node->items[i];

		if (i == 0 || disktree_first(tree, item) / child !=
				      disktree_first(tree, item - 1) / child)
			leaves = 0;
		else if (item->level > 0 || leaves == 0)
			return false;
		if (item->level == 0 && ++leaves > most)
			return false;
	}
	return true;
}

int disktree_record_decode(const struct tree *tree, const uint8_t *data,
			   size_t len, struct disktree_node *ret,
			   struct shvm_err *err)
{
	struct disktree_node node = { .level = ret->level,
				      .index = ret->index };
	AUTOFREE struct disktree_item *items = NULL;
	uint64_t end = node.index * tree->span[node.level];
	struct arrays a;
	size_t nodes = 0;

	TRY(find_arrays(tree, cursor_init(data, len), &node, &a, err));
	items = calloc(a.items, sizeof(*items));
	TRY(err_null(err, items, "tree node"));
	for (size_t i = 0; i < a.items; i++) {
		struct disktree_item *item = &items[i];

		take_item(tree, &node, &a, i, item);
		if (!is_in_place(tree, &node, item, end))
			return err_set(err, SHVM_E_FORMAT,
				       "item %zu: hash %" PRIu64
				       " of level %" PRIu32 " is out of place",
				       i, item->index, item->level);
		end = disktree_first(tree, item) + tree->span[item->level];
		if (item->level == 0)
			continue;
		if (nodes == a.nodes)
			return err_set(err, SHVM_E_FORMAT,
				       "more nodes than the %zu in its header",
				       a.nodes);
		item->at = le64_get(a.at + nodes++ * 8);
	}
	node.items = items;
	node.count = a.items;
	if (nodes != a.nodes || !is_bounded(tree, &node))
		return err_set(err, SHVM_E_FORMAT,
			       "%zu nodes and leaves are an invalid "
			       "combination",
			       a.nodes);
	*ret = node;
	items = NULL;
	return SHVM_OK;
}

/* What is needed to hash a subtree. */
struct hash_job {
	const struct tree *tree;
	const struct tree_zeros *zeros;
	struct hasher *hasher;
	const struct disktree_scratch *scratch;
};

/* Fill a node with the hashes of zeros, and its padding. */
static void fill_zeros(const struct hash_job *job, uint32_t level,
		       uint64_t index)
{
	const struct tree *tree = job->tree;
	const uint32_t size = tree->hash_size;
	const uint32_t children = children_of(tree, level, index);
	uint8_t *block = job->scratch->block[level];

	for (uint32_t i = 0; i < children; i++)
		memcpy(block + (size_t)i * size,
		       tree_zero(job->zeros, tree, level - 1,
				 index * tree->fanout + i),
		       size);
	memset(block + (size_t)children * size, 0,
	       tree->block_size - (size_t)children * size);
}

/* Goes down one level per call, to the lowest item. */
static int hash_subtree(const struct hash_job *job,
			const struct disktree_node *node, uint8_t *ret,
			struct shvm_err *err)
{
	const struct tree *tree = job->tree;
	const uint64_t child = tree->span[node->level - 1];
	uint8_t *block = job->scratch->block[node->level];
	size_t next;

	fill_zeros(job, node->level, node->index);
	for (size_t i = 0; i < node->count; i = next) {
		struct disktree_item *item = &node->items[i];
		const uint64_t index = disktree_first(tree, item) / child;
		uint8_t *to = block + index % tree->fanout * tree->hash_size;

		next = i + 1;
		if (item->level == node->level - 1) {
			memcpy(to, item->hash, tree->hash_size);
			continue;
		}
		while (next < node->count &&
		       disktree_first(tree, &node->items[next]) / child ==
			       index)
			next++;
		TRY(hash_subtree(job,
				 &(struct disktree_node){ .level = node->level -
								   1,
							  .index = index,
							  .items = item,
							  .count = next - i },
				 to, err));
	}
	return hasher_one(job->hasher, block, tree->block_size, ret, err);
}

int disktree_node_hash(const struct tree *tree, const struct tree_zeros *zeros,
		       struct hasher *hasher,
		       const struct disktree_scratch *scratch,
		       const struct disktree_node *node, uint8_t *ret,
		       struct shvm_err *err)
{
	const struct hash_job job = { tree, zeros, hasher, scratch };

	return hash_subtree(&job, node, ret, err);
}
