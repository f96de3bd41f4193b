/* SPDX-License-Identifier: MIT */
/* Reads nodes of a tree file, proves them and keeps them in memory. */
#include "hash/disktree_node.h"

#include <inttypes.h>
#include <string.h>

enum {
	LOWER_BYTES = 16 << 20, /* our limit: bytes kept in memory */
	UPPER_BYTES = 8 << 20,
	SLOTS_MIN = 8
};

static size_t slots_for(size_t bytes, size_t each)
{
	size_t n = SLOTS_MIN;

	while (2 * n * each <= bytes)
		n *= 2;
	return n;
}

int node_cache_init(struct disktree *t, struct shvm_err *err)
{
	size_t items = 1;

	for (size_t i = 0; i < t->part_count; i++) {
		const struct tree *tree = &t->parts[i].tree;

		if (tree->block_size > t->block_max)
			t->block_max = tree->block_size;
		if (tree->levels > t->levels_max)
			t->levels_max = tree->levels;
		for (uint32_t level = 1; level < tree->levels; level++) {
			const size_t max = disktree_record_max(tree, level);

			if (max > t->record_max)
				t->record_max = max;
			if (disktree_items_max(tree, level) > items)
				items = disktree_items_max(tree, level);
		}
	}
	t->lower.count = slots_for(LOWER_BYTES, t->block_max + 1);
	t->upper.count =
		slots_for(UPPER_BYTES, items * sizeof(struct disktree_item));
	t->lower.slots = calloc(t->lower.count, sizeof(*t->lower.slots));
	t->upper.slots = calloc(t->upper.count, sizeof(*t->upper.slots));
	if (!t->lower.slots || !t->upper.slots)
		return err_nomem(err, "tree nodes");
	if (pthread_mutex_init(&t->lock, NULL) != 0)
		return err_nomem(err, "mutex");
	for (; t->lock_count < NODE_LOCKS; t->lock_count++)
		if (pthread_mutex_init(&t->locks[t->lock_count], NULL) != 0)
			return err_nomem(err, "mutex");
	return SHVM_OK;
}

static void node_free(struct proven_node *n)
{
	if (!n)
		return;
	free(n->node.items);
	free(n->block);
	free(n);
}

AUTO_DEFINE(proven_node_ptr, struct proven_node *, node_free);

static void tools_free(struct disktree_tools *u)
{
	if (!u)
		return;
	hasher_done(&u->hashers[0]);
	hasher_done(&u->hashers[1]);
	for (uint32_t level = 0; level < TREE_LEVELS_MAX; level++)
		free(u->scratch.block[level]);
	free(u->record);
	free(u);
}

AUTO_DEFINE(disktree_tools_ptr, struct disktree_tools *, tools_free);

static void cache_free(struct node_cache *c)
{
	for (size_t i = 0; c->slots && i < c->count; i++)
		node_free(c->slots[i]);
	free(c->slots);
}

void node_cache_done(struct disktree *t)
{
	struct disktree_tools *next;

	cache_free(&t->lower);
	cache_free(&t->upper);
	for (struct disktree_tools *u = t->tools; u; u = next) {
		next = u->next;
		tools_free(u);
	}
	for (size_t i = 0; i < t->lock_count; i++)
		(void)pthread_mutex_destroy(&t->locks[i]);
	if (t->lock_count > 0)
		(void)pthread_mutex_destroy(&t->lock);
}

/* A plain mutex that is used correctly cannot fail. */
static void lock(pthread_mutex_t *m)
{
	(void)pthread_mutex_lock(m);
}

static void unlock(pthread_mutex_t *m)
{
	(void)pthread_mutex_unlock(m);
}

static int tools_new(const struct disktree *t, struct disktree_tools **ret,
		     struct shvm_err *err)
{
	AUTO(disktree_tools_ptr) u = calloc(1, sizeof(*u));

	TRY(err_null(err, u, "tree node"));
	u->record = malloc(t->record_max ? t->record_max : 1);
	TRY(err_null(err, u->record, "tree node"));
	for (uint32_t level = 1; level < t->levels_max; level++) {
		u->scratch.block[level] = malloc(t->block_max);
		TRY(err_null(err, u->scratch.block[level], "tree node"));
	}
	for (int a = 0; a < 2; a++)
		TRY(hasher_init(&u->hashers[a],
				kernel_openssl((enum shvm_hash)a), err));
	*ret = STEAL(u);
	return SHVM_OK;
}

/* There is one for each thread that proves at the same time. */
static int tools_get(struct disktree *t, struct disktree_tools **ret,
		     struct shvm_err *err)
{
	struct disktree_tools *u;

	lock(&t->lock);
	u = t->tools;
	if (u)
		t->tools = u->next;
	unlock(&t->lock);
	if (!u)
		return tools_new(t, ret, err);
	*ret = u;
	return SHVM_OK;
}

static void tools_put(struct disktree *t, struct disktree_tools *u)
{
	lock(&t->lock);
	u->next = t->tools;
	t->tools = u;
	unlock(&t->lock);
}

static struct proven_node **slot_of(struct disktree *t, size_t part,
				    uint32_t level, uint64_t index)
{
	struct node_cache *c = level == 1 ? &t->lower : &t->upper;
	/*
	 * Adjacent nodes have different slots; parts start at different slots.
	 */
	const uint64_t place = index + part * UINT64_C(0x9e3779b1) +
			       level * UINT64_C(0x85ebca6b);

	return &c->slots[place & (c->count - 1)];
}

static pthread_mutex_t *slot_lock(struct disktree *t,
				  struct proven_node *const *slot)
{
	return &t->locks[(uintptr_t)slot / sizeof(*slot) % NODE_LOCKS];
}

struct proven_node *node_peek(struct disktree *t, size_t part, uint32_t level,
			      uint64_t index)
{
	struct proven_node **slot = slot_of(t, part, level, index);
	pthread_mutex_t *m = slot_lock(t, slot);
	struct proven_node *n;

	lock(m);
	n = *slot;
	if (n && n->part == part && n->node.level == level &&
	    n->node.index == index)
		(void)atomic_fetch_add(&n->users, 1);
	else
		n = NULL;
	unlock(m);
	return n;
}

void node_put(struct proven_node *n)
{
	if (n && atomic_fetch_sub(&n->users, 1) == 1)
		node_free(n);
}

/* One user is the cache, the other is the caller. */
static void node_keep(struct disktree *t, struct proven_node *n)
{
	struct proven_node **slot =
		slot_of(t, n->part, n->node.level, n->node.index);
	pthread_mutex_t *m = slot_lock(t, slot);
	struct proven_node *old;

	n->users = 2;
	lock(m);
	old = *slot;
	*slot = n;
	unlock(m);
	node_put(old);
}

static int bad_node(const struct disktree *t, const struct node_place *place,
		    struct shvm_err *err)
{
	return err_reason(err, SHVM_E_VERIFY, "bad-tree",
			  "%s: node %" PRIu64 " of level %" PRIu32
			  " of part %zu at %" PRIu64
			  " does not match the signed digest",
			  t->path, place->index, place->level - 1, place->part,
			  place->at);
}

/* The items of the record as in the file: nothing is proven yet. */
static int read_record(const struct disktree *t, const struct node_place *place,
		       uint8_t *record, struct disktree_node *ret,
		       struct shvm_err *err)
{
	const struct tree *tree = &t->parts[place->part].tree;
	size_t len = disktree_record_max(tree, place->level);
	int r;

	if (place->at < DISKTREE_HEADER || place->at >= t->table_at)
		return err_reason(err, SHVM_E_VERIFY, "bad-tree",
				  "%s: a record at %" PRIu64 " is outside of "
				  "the range between header and table",
				  t->path, place->at);
	if (len > t->table_at - place->at)
		len = (size_t)(t->table_at - place->at);
	TRY(file_pread(t->fd, t->path, record, len, place->at, err));
	ret->level = place->level;
	ret->index = place->index;
	r = disktree_record_decode(tree, record, len, ret, err);
	if (r == SHVM_E_FORMAT) {
		r = err_prefix(err, r, "%s: record at %" PRIu64, t->path,
			       place->at);
		return err_as_reason(err, r, SHVM_E_VERIFY, "bad-tree");
	}
	return r;
}

static int prove(struct disktree *t, const struct node_place *place,
		 struct disktree_tools *u, struct proven_node **ret,
		 uint8_t *ret_hash, struct shvm_err *err)
{
	const struct disktree_known *k = &t->parts[place->part];
	AUTO(proven_node_ptr) n = calloc(1, sizeof(*n));

	TRY(err_null(err, n, "tree node"));
	n->part = place->part;
	TRY(read_record(t, place, u->record, &n->node, err));
	TRY(disktree_node_hash(&k->tree, &k->zeros,
			       &u->hashers[k->tree.algorithm], &u->scratch,
			       &n->node, ret_hash, err));
	if (place->expected &&
	    memcmp(ret_hash, place->expected, k->tree.hash_size) != 0)
		return bad_node(t, place, err);
	if (place->level == 1) {
		n->block = malloc(k->tree.block_size);
		TRY(err_null(err, n->block, "tree node"));
		memcpy(n->block, u->scratch.block[1], k->tree.block_size);
		free(STEAL(n->node.items));
	}
	*ret = STEAL(n);
	return SHVM_OK;
}

int node_get(struct disktree *t, const struct node_place *place,
	     struct proven_node **ret, uint8_t *ret_hash, struct shvm_err *err)
{
	uint8_t hash[SHVM_HASH_SIZE_MAX];
	struct proven_node *n = NULL;
	struct disktree_tools *u;
	int r;

	if (place->expected)
		n = node_peek(t, place->part, place->level, place->index);
	if (n) {
		*ret = n;
		return SHVM_OK;
	}
	TRY(tools_get(t, &u, err));
	r = prove(t, place, u, &n, ret_hash ? ret_hash : hash, err);
	tools_put(t, u);
	TRY(r);
	if (place->expected) {
		node_keep(t, n);
	} else {
		n->users = 1; /* a root is kept after it is proven */
	}
	*ret = n;
	return SHVM_OK;
}
