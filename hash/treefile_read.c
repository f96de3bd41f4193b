/* SPDX-License-Identifier: MIT */
/* Proves a tree file against a root, and finds what changed by it. */
#include "base/array.h"
#include "hash/treefile.h"

#include "base/file.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

enum {
	NOTED_MAX = 1000
};

/* A node that was read once, proven, and is used from memory. */
struct node {
	uint64_t index; /* in its level; NO_NODE: none */
	uint8_t *data;	/* one block */
};

#define NO_NODE UINT64_MAX

struct treefile {
	char *path;
	int fd;
	struct tree tree;
	struct treefile_layout layout;
	uint8_t root
		[SHVM_HASH_SIZE_MAX]; /* what all nodes are proven against */
	struct hasher hasher;
	struct node nodes[TREE_LEVELS_MAX]; /* the last of each level */
};

void treefile_free(struct treefile *f)
{
	if (!f)
		return;
	if (f->fd >= 0)
		(void)close(f->fd); /* only read */
	hasher_done(&f->hasher);
	for (uint32_t level = 0; level < TREE_LEVELS_MAX; level++)
		free(f->nodes[level].data);
	free(f->path);
	free(f);
}

/* The file is for a volume of this tree, and as long as it must be. */
static int check_shape(struct treefile *f, struct shvm_err *err)
{
	uint8_t superblock[TREEFILE_SUPERBLOCK];
	struct tree found;
	struct stat st;
	int r;

	TRY(file_pread(f->fd, f->path, superblock, sizeof(superblock), 0, err));
	r = treefile_decode(superblock, sizeof(superblock), &found, err);
	if (r < 0)
		return err_prefix(err, r, "%s", f->path);
	if (found.algorithm != f->tree.algorithm ||
	    found.block_size != f->tree.block_size ||
	    found.hashes[0] != f->tree.hashes[0])
		return err_set(err, SHVM_E_FORMAT,
			       "%s: tree of %" PRIu64 " blocks of %" PRIu32
			       " bytes by %s, but the volume has %" PRIu64
			       " of %" PRIu32 " by %s",
			       f->path, found.hashes[0], found.block_size,
			       shvm_hash_name(found.algorithm),
			       f->tree.hashes[0], f->tree.block_size,
			       shvm_hash_name(f->tree.algorithm));
	if (fstat(f->fd, &st) < 0)
		return err_set_errno(err, "%s", f->path);
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size < f->layout.size &&
	    f->tree.levels > 1)
		return err_set(err, SHVM_E_FORMAT,
			       "%s: %ju bytes, but its tree needs %" PRIu64,
			       f->path, (uintmax_t)st.st_size, f->layout.size);
	return SHVM_OK;
}

/* Read a node of a level and hash it; until it is proven it is nobody's. */
static int read_node(struct treefile *f, uint32_t level, uint64_t index,
		     uint8_t hash[SHVM_HASH_SIZE_MAX], struct shvm_err *err)
{
	const uint32_t block = f->tree.block_size;
	struct node *n = &f->nodes[level];

	n->index = NO_NODE;
	if (!n->data)
		n->data = malloc(block);
	TRY(err_null(err, n->data, f->path));
	TRY(file_pread(f->fd, f->path, n->data, block,
		       f->layout.level_at[level] + index * block, err));
	return hasher_one(&f->hasher, n->data, block, hash, err);
}

/* The highest node: its hash must be the root of the signed digest. */
static int prove_root(struct treefile *f, const uint8_t *digest,
		      struct shvm_err *err)
{
	const uint32_t top = f->tree.levels - 2;
	uint8_t found[SHVM_HASH_SIZE_MAX];

	TRY(read_node(f, top, 0, f->root, err));
	TRY(tree_digest(&f->tree, f->root, found, err));
	if (memcmp(found, digest, f->tree.hash_size) != 0)
		return err_reason(err, SHVM_E_VERIFY, "bad-tree",
				  "%s: its root is not the one that was signed",
				  f->path);
	f->nodes[top].index = 0;
	return SHVM_OK;
}

int treefile_open(const char *path, const struct tree *tree,
		  const uint8_t *digest, struct treefile **ret,
		  struct shvm_err *err)
{
	AUTO(treefile_ptr) f = calloc(1, sizeof(*f));

	TRY(err_null(err, f, path));
	f->fd = -1;
	f->tree = *tree;
	f->path = strdup(path);
	TRY(err_null(err, f->path, path));
	for (uint32_t level = 0; level < TREE_LEVELS_MAX; level++)
		f->nodes[level].index = NO_NODE;
	TRY(treefile_layout(tree, &f->layout, err));
	TRY(hasher_init(&f->hasher, kernel_openssl(tree->algorithm), err));
	TRY(file_open_input(path, &f->fd, err));
	TRY(check_shape(f, err));
	if (tree->levels == 1)
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "%s: a volume of one block has no tree", path);
	TRY(prove_root(f, digest, err));

	*ret = STEAL(f);
	return SHVM_OK;
}

static int bad_node(const struct treefile *f, uint32_t level, uint64_t index,
		    struct shvm_err *err)
{
	return err_reason(err, SHVM_E_VERIFY, "bad-tree",
			  "%s: node %" PRIu64 " of level %" PRIu32
			  " at %" PRIu64 " is not the one that was signed",
			  f->path, index, level,
			  f->layout.level_at[level] +
				  index * f->tree.block_size);
}

/*
 * Have in memory the node of level 0 that holds the hash of a leaf. What was
 * proven is what is used: no byte of the file counts that is read again.
 */
static int prove_leaf(struct treefile *f, uint64_t leaf, struct shvm_err *err)
{
	const struct tree *tree = &f->tree;
	const uint8_t *expected = f->root;
	uint8_t hash[SHVM_HASH_SIZE_MAX];

	for (uint32_t level = tree->levels - 1; level-- > 0;) {
		const uint64_t child = leaf / tree->span[level];
		const uint64_t index = child / tree->fanout;
		struct node *n = &f->nodes[level];

		if (n->index != index) {
			TRY(read_node(f, level, index, hash, err));
			if (memcmp(hash, expected, tree->hash_size) != 0)
				return bad_node(f, level, index, err);
			n->index = index;
		}
		expected = n->data + child % tree->fanout * tree->hash_size;
	}
	return SHVM_OK;
}

int treefile_leaf(struct treefile *f, uint64_t leaf,
		  uint8_t ret[SHVM_HASH_SIZE_MAX], struct shvm_err *err)
{
	const struct tree *tree = &f->tree;

	TRY(prove_leaf(f, leaf, err));
	memcpy(ret, f->nodes[0].data + leaf % tree->fanout * tree->hash_size,
	       tree->hash_size);
	return SHVM_OK;
}

int treefile_check(struct treefile *f, struct shvm_err *err)
{
	for (uint64_t i = 0; i < f->tree.hashes[1]; i++)
		TRY(prove_leaf(f, i * f->tree.fanout, err));
	return SHVM_OK;
}

void treefile_changes_done(struct treefile_changes *c)
{
	free(c->items);
	*c = (struct treefile_changes){ 0 };
}

struct compare {
	struct treefile *file;
	pthread_mutex_t lock; /* of the file's nodes and of changes */
	struct treefile_changes *changes;
	size_t limit;
};

/* Put a run in order; threads come with segments in any order. */
static int note_change(struct treefile_changes *list, size_t limit,
		       uint64_t first, uint64_t count, struct shvm_err *err)
{
	size_t i = list->count;

	list->leaves += count;
	while (i && list->items[i - 1].first > first)
		i--;
	if (i && list->items[i - 1].first + list->items[i - 1].count == first) {
		list->items[i - 1].count += count;
		return SHVM_OK;
	}
	if (i < list->count && first + count == list->items[i].first) {
		list->items[i].first = first;
		list->items[i].count += count;
		return SHVM_OK;
	}
	if (!ARRAY_GROW(list->items, list->count))
		return err_nomem(err, "list of changes");
	memmove(list->items + i + 1, list->items + i,
		(list->count - i) * sizeof(*list->items));
	list->items[i] = (struct treefile_change){ first, count };
	list->count++;
	if (list->count > limit)
		list->count--; /* the first ones are kept */
	return SHVM_OK;
}

/* Hashes whose expected ones lie in one node, which is in memory. */
static int note_changes(struct compare *c, uint64_t index,
			const uint8_t *hashes, size_t n, struct shvm_err *err)
{
	const struct tree *tree = &c->file->tree;
	const uint32_t size = tree->hash_size;
	const uint8_t *expected =
		c->file->nodes[0].data + index % tree->fanout * size;
	int r = SHVM_OK;

	if (memcmp(hashes, expected, n * size) == 0)
		return SHVM_OK;
	for (size_t i = 0; i < n && r == SHVM_OK; i++) {
		size_t start = i;

		while (i < n && memcmp(hashes + i * size, expected + i * size,
				       size) != 0)
			i++;
		if (i > start)
			r = note_change(c->changes, c->limit, index + start,
					i - start, err);
	}
	return r;
}

static int compare_locked(struct compare *c, uint64_t index,
			  const uint8_t *hashes, size_t n, struct shvm_err *err)
{
	const struct tree *tree = &c->file->tree;
	int r = SHVM_OK;

	for (size_t len; n && r == SHVM_OK; n -= len) {
		const uint64_t rest = tree->fanout - index % tree->fanout;

		len = rest < n ? (size_t)rest : n;
		r = prove_leaf(c->file, index, err);
		if (r == SHVM_OK)
			r = note_changes(c, index, hashes, len, err);
		index += len;
		hashes += len * tree->hash_size;
	}
	return r;
}

/* Proving costs 1/128 of what hashing does: one thread at a time will do. */
static int compare_store(void *ctx, uint32_t level, uint64_t index,
			 const uint8_t *hashes, size_t n, struct shvm_err *err)
{
	struct compare *c = ctx;
	int r;

	if (level != 0)
		return SHVM_OK;
	(void)pthread_mutex_lock(&c->lock); /* cannot fail */
	r = compare_locked(c, index, hashes, n, err);
	(void)pthread_mutex_unlock(&c->lock);
	return r;
}

/* Neighbours that came from two segments, the later one first. */
static void join(struct treefile_changes *list)
{
	size_t kept = 0;

	for (size_t i = 1; i < list->count; i++) {
		struct treefile_change *last = &list->items[kept];

		if (last->first + last->count == list->items[i].first)
			last->count += list->items[i].count;
		else
			list->items[++kept] = list->items[i];
	}
	if (list->count)
		list->count = kept + 1;
}

int treefile_note_change(struct treefile_changes *c, uint64_t leaf,
			 struct shvm_err *err)
{
	int r;

	if (c->count >= NOTED_MAX) {
		c->leaves++; /* enough are named; do not search longer lists */
		return SHVM_OK;
	}
	for (size_t i = 0; i < c->count; i++)
		if (leaf >= c->items[i].first &&
		    leaf - c->items[i].first < c->items[i].count)
			return SHVM_OK;
	r = note_change(c, SIZE_MAX, leaf, 1, err);
	join(c);
	return r;
}

int treefile_compare(struct treefile *f, struct source *s,
		     const struct shvm_digest_params *params, size_t limit,
		     struct treefile_changes *ret,
		     struct shvm_digest *ret_digest, struct shvm_err *err)
{
	struct shvm_digest_params run = *params;
	struct compare c = { .file = f, .changes = ret, .limit = limit };
	const struct digest_hooks hooks = { .store = compare_store,
					    .store_ctx = &c,
					    .all = true };
	int r;

	if (pthread_mutex_init(&c.lock, NULL) != 0)
		return err_nomem(err, "mutex");
	run.algorithm = f->tree.algorithm;
	run.block_size = f->tree.block_size;
	r = digest_run(s, &run, &hooks, ret_digest, err);
	(void)pthread_mutex_destroy(&c.lock);
	if (r == SHVM_OK)
		join(ret);
	return r;
}
