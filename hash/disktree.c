/* SPDX-License-Identifier: MIT */
/* Opens a tree file and finds the signed hash of each block in it. */
#include "hash/disktree.h"

#include "hash/disktree_node.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

void disktree_free(struct disktree *t)
{
	if (!t)
		return;
	if (t->fd >= 0)
		(void)close(t->fd); /* only read */
	node_cache_done(t);
	free(t->parts);
	free(t->path);
	free(t);
}

size_t disktree_part_count(const struct disktree *t)
{
	return t->part_count;
}

const struct disktree_part *disktree_part(const struct disktree *t, size_t part)
{
	return &t->parts[part].part;
}

const struct tree *disktree_part_tree(const struct disktree *t, size_t part)
{
	return &t->parts[part].tree;
}

/* Check that header and size agree and that there are n parts. */
static int read_header(struct disktree *t, size_t n, struct shvm_err *err)
{
	uint8_t data[DISKTREE_HEADER];
	struct disktree_header h;
	struct stat st;

	if (fstat(t->fd, &st) < 0)
		return err_set_errno(err, "%s", t->path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, SHVM_E_FORMAT, "%s: not a regular file",
			       t->path);
	if (st.st_size < DISKTREE_HEADER)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: %ju bytes are too few for a tree file",
			       t->path, (uintmax_t)st.st_size);
	TRY(file_pread(t->fd, t->path, data, sizeof(data), 0, err));
	TRY(err_prefix(err, disktree_header_decode(data, sizeof(data), &h, err),
		       "%s", t->path));
	if ((uint64_t)st.st_size !=
	    h.table_at + (uint64_t)h.part_count * DISKTREE_ENTRY)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: %ju bytes, but its table of %" PRIu32
			       " parts is at %" PRIu64,
			       t->path, (uintmax_t)st.st_size, h.part_count,
			       h.table_at);
	if (h.part_count != n)
		return err_reason(err, SHVM_E_VERIFY, "bad-tree",
				  "%s: a tree of %" PRIu32
				  " parts, but %zu were signed",
				  t->path, h.part_count, n);
	t->table_at = h.table_at;
	return SHVM_OK;
}

static int read_entry(struct disktree *t, size_t i, struct disktree_known *k,
		      struct shvm_err *err)
{
	const struct disktree_part *p = &k->part;
	uint8_t data[DISKTREE_ENTRY];
	struct disktree_entry e;

	TRY(file_pread(t->fd, t->path, data, sizeof(data),
		       t->table_at + i * DISKTREE_ENTRY, err));
	TRY(err_prefix(err, disktree_entry_decode(data, &e, &k->tree, err),
		       "%s: part %zu", t->path, i));
	if (e.offset != p->offset || e.size != p->size ||
	    e.algorithm != p->algorithm || e.block_size != p->block_size)
		return err_reason(err, SHVM_E_VERIFY, "bad-tree",
				  "%s: part %zu is %" PRIu64
				  " bytes at %" PRIu64 " in blocks of %" PRIu32
				  " by %s, but %" PRIu64 " at %" PRIu64
				  " in blocks of %" PRIu32 " by %s were signed",
				  t->path, i, e.size, e.offset, e.block_size,
				  shvm_hash_name(e.algorithm), p->size,
				  p->offset, p->block_size,
				  shvm_hash_name(p->algorithm));
	k->root_at = e.root_at;
	return SHVM_OK;
}

/* Does this root, or the hash of the only block, give the signed digest? */
static int judge_root(const struct disktree_known *k, const uint8_t *root,
		      bool *ret, struct shvm_err *err)
{
	uint8_t digest[SHVM_HASH_SIZE_MAX];

	TRY(tree_digest(&k->tree, root, digest, err));
	*ret = memcmp(digest, k->part.digest, k->tree.hash_size) == 0;
	return SHVM_OK;
}

/* Without a record the hash is that of zeros. */
static int prove_root(struct disktree *t, size_t i, struct shvm_err *err)
{
	struct disktree_known *k = &t->parts[i];
	const struct node_place place = { .part = i,
					  .level = k->tree.levels - 1,
					  .at = k->root_at };
	struct proven_node *n;
	bool is_root;

	if (k->root_at == 0) {
		memcpy(k->root, k->zeros.last[place.level], k->tree.hash_size);
	} else {
		TRY(node_get(t, &place, &n, k->root, err));
		node_put(n);
	}
	TRY(judge_root(k, k->root, &is_root, err));
	k->is_zero = is_root && k->root_at == 0;
	/* A part of one block is compared with its digest. */
	if (is_root || k->tree.levels == 1)
		return SHVM_OK;
	return err_reason(err, SHVM_E_VERIFY, "bad-tree",
			  "%s: part %zu, %" PRIu64 " bytes at %" PRIu64
			  ": its root does not match the signed digest",
			  t->path, i, k->part.size, k->part.offset);
}

static int init_zeros(struct disktree_known *k, struct shvm_err *err)
{
	AUTO_DONE(hasher) h = { 0 };

	TRY(hasher_init(&h, kernel_openssl(k->tree.algorithm), err));
	return tree_zeros_init(&k->zeros, &k->tree, &h, err);
}

int disktree_open(const char *path, const struct disktree_part *parts, size_t n,
		  struct disktree **ret, struct shvm_err *err)
{
	AUTO(disktree_ptr) t = calloc(1, sizeof(*t));

	TRY(err_null(err, t, path));
	t->fd = -1;
	t->path = strdup(path);
	t->parts = calloc(n ? n : 1, sizeof(*t->parts));
	if (!t->path || !t->parts)
		return err_nomem(err, path);
	t->part_count = n;
	TRY(file_open_input(path, &t->fd, err));
	TRY(read_header(t, n, err));
	for (size_t i = 0; i < n; i++) {
		t->parts[i].part = parts[i];
		TRY(read_entry(t, i, &t->parts[i], err));
		TRY(init_zeros(&t->parts[i], err));
	}
	TRY(node_cache_init(t, err));
	for (size_t i = 0; i < n; i++)
		TRY(prove_root(t, i, err));
	*ret = STEAL(t);
	return SHVM_OK;
}

/* The signed content of a leaf and of the following ones, up to end - 1. */
struct found_node {
	struct proven_node *node;	  /* over leaves; or else ... */
	bool is_zero;			  /* ... all of them, or else ... */
	uint8_t hash[SHVM_HASH_SIZE_MAX]; /* ... this one */
	uint64_t end;
};

/* The item above the leaf, or the zeros up to the next item. */
static const struct disktree_item *search(const struct tree *tree,
					  const struct disktree_node *node,
					  uint64_t leaf, uint64_t *ret_end)
{
	size_t low = 0, high = node->count;

	while (low < high) { /* low: items that begin at leaf or before it */
		const size_t mid = low + (high - low) / 2;

		if (disktree_first(tree, &node->items[mid]) <= leaf)
			low = mid + 1;
		else
			high = mid;
	}
	if (low > 0) {
		const struct disktree_item *item = &node->items[low - 1];

		if (leaf - disktree_first(tree, item) < tree->span[item->level])
			return item;
	}
	if (low < node->count)
		*ret_end = disktree_first(tree, &node->items[low]);
	else
		*ret_end = (node->index + 1) * tree->span[node->level];
	return NULL;
}

static void found_node(const struct tree *tree, struct proven_node *n,
		       struct found_node *ret)
{
	ret->node = n;
	ret->end = (n->node.index + 1) * tree->fanout;
}

/* From a proven node to the next one below it, until the leaf is found. */
static int descend(struct disktree *t, size_t part, uint64_t leaf,
		   struct found_node *ret, struct shvm_err *err)
{
	const struct disktree_known *k = &t->parts[part];
	const struct tree *tree = &k->tree;
	struct node_place at = { .part = part,
				 .level = tree->levels - 1,
				 .at = k->root_at,
				 .expected = ret->hash };
	const struct disktree_item *item;
	struct proven_node *n;

	memcpy(ret->hash, k->root, tree->hash_size);
	for (;;) { /* at.level decreases */
		TRY(node_get(t, &at, &n, NULL, err));
		if (at.level == 1) {
			found_node(tree, n, ret);
			return SHVM_OK;
		}
		item = search(tree, &n->node, leaf, &ret->end);
		if (!item) {
			ret->is_zero = true;
			node_put(n);
			return SHVM_OK;
		}
		memcpy(ret->hash, item->hash, tree->hash_size);
		at.level = item->level;
		at.index = item->index;
		at.at = item->at;
		node_put(n);
		if (at.level == 0) {
			ret->end = leaf + 1;
			return SHVM_OK;
		}
	}
}

static int find(struct disktree *t, size_t part, uint64_t leaf,
		struct found_node *ret, struct shvm_err *err)
{
	const struct disktree_known *k = &t->parts[part];
	struct proven_node *n;

	*ret = (struct found_node){ .end = k->tree.hashes[0] };
	if (k->is_zero) {
		ret->is_zero = true;
		return SHVM_OK;
	}
	n = node_peek(t, part, 1, leaf / k->tree.fanout);
	if (n)
		found_node(&k->tree, n, ret);
	else
		TRY(descend(t, part, leaf, ret, err));
	if (ret->end > k->tree.hashes[0])
		ret->end = k->tree.hashes[0];
	return SHVM_OK;
}

/*
 * How many of the n hashes, of the leaves from first on, are equal to those
 * found?
 */
static size_t match_found(const struct disktree_known *k,
			  const struct found_node *f, uint64_t first, size_t n,
			  const uint8_t *hashes)
{
	const struct tree *tree = &k->tree;
	const uint32_t size = tree->hash_size;
	const uint8_t *expected = f->is_zero ? k->zeros.full[0] : f->hash;
	size_t i = 0;

	if (f->node) {
		expected = f->node->block + first % tree->fanout * size;
		if (memcmp(hashes, expected, n * size) == 0)
			return n;
	}
	for (; i < n; i++)
		if (memcmp(hashes + i * size,
			   f->node ? expected + i * size : expected, size) != 0)
			break;
	return i;
}

int disktree_match(struct disktree *t, size_t part, uint64_t first, size_t n,
		   const uint8_t *hashes, size_t *ret, struct shvm_err *err)
{
	const struct disktree_known *k = &t->parts[part];
	size_t done = 0, good, len;
	bool is_good = false;
	struct found_node f;

	assert(first < k->tree.hashes[0] && n <= k->tree.hashes[0] - first);
	*ret = 0;
	if (k->tree.levels == 1) {
		if (n)
			TRY(judge_root(k, hashes, &is_good, err));
		*ret = is_good;
		return SHVM_OK;
	}
	for (; done < n; done += len) {
		TRY(find(t, part, first + done, &f, err));
		len = n - done < f.end - (first + done)
			      ? n - done
			      : (size_t)(f.end - (first + done));
		good = match_found(k, &f, first + done, len,
				   hashes + done * k->tree.hash_size);
		node_put(f.node);
		*ret += good;
		if (good < len)
			break;
	}
	return SHVM_OK;
}

int disktree_run(struct disktree *t, size_t part, uint64_t first, uint64_t end,
		 struct disktree_run *ret, struct shvm_err *err)
{
	const struct disktree_known *k = &t->parts[part];
	const uint32_t size = k->tree.hash_size;
	const uint8_t *hash;
	uint64_t stop;
	struct found_node f;

	assert(first < end && end <= k->tree.hashes[0]);
	if (k->tree.levels == 1) {
		*ret = (struct disktree_run){ 1, k->is_zero };
		return SHVM_OK;
	}
	TRY(find(t, part, first, &f, err));
	stop = f.end < end ? f.end : end;
	if (f.node) {
		uint64_t i = first;

		hash = f.node->block + first % k->tree.fanout * size;
		f.is_zero = memcmp(hash, k->zeros.full[0], size) == 0;
		while (++i < stop) {
			hash += size;
			if ((memcmp(hash, k->zeros.full[0], size) == 0) !=
			    f.is_zero)
				break;
		}
		stop = i;
	}
	*ret = (struct disktree_run){ stop - first, f.is_zero };
	node_put(f.node);
	return SHVM_OK;
}

int disktree_check_part(struct disktree *t, size_t part, struct shvm_err *err)
{
	const uint64_t end = t->parts[part].tree.hashes[0];
	struct found_node f;

	if (t->parts[part].tree.levels == 1)
		return SHVM_OK;
	for (uint64_t leaf = 0; leaf < end; leaf = f.end) {
		TRY(find(t, part, leaf, &f, err));
		node_put(f.node);
	}
	return SHVM_OK;
}
