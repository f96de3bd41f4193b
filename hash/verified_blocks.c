/* SPDX-License-Identifier: MIT */
/* Reads blocks of a disk, proves them, and keeps some in memory. */
#include "hash/verified_blocks.h"

#include <inttypes.h>
#include <string.h>

static void chunk_free(struct chunk *c)
{
	if (!c)
		return;
	free(c->data);
	free(c);
}

AUTO_DEFINE(chunk_ptr, struct chunk *, chunk_free);

static void tools_free(struct block_tools *u)
{
	if (!u)
		return;
	hasher_done(&u->hashers[0]);
	hasher_done(&u->hashers[1]);
	free(u->hashes);
	free(u->data);
	free(u);
}

AUTO_DEFINE(block_tools_ptr, struct block_tools *, tools_free);

/* A plain mutex that is used correctly cannot fail. */
static void lock(struct verified_blocks *b)
{
	(void)pthread_mutex_lock(&b->lock);
}

static void unlock(struct verified_blocks *b)
{
	(void)pthread_mutex_unlock(&b->lock);
}

static uint64_t chunk_size(const struct tree *tree)
{
	return tree->block_size > CHUNK_SIZE ? tree->block_size : CHUNK_SIZE;
}

int verified_blocks_init(struct verified_blocks *b, struct source *disk,
			 struct disktree *tree, struct shvm_err *err)
{
	b->disk = disk;
	b->tree = tree;
	b->blocks_max = 1;
	for (size_t i = 0; i < disktree_part_count(tree); i++) {
		const struct tree *t = disktree_part_tree(tree, i);
		const size_t blocks = chunk_size(t) / t->block_size;

		if (blocks > b->blocks_max)
			b->blocks_max = blocks;
		if (!b->kernels[t->algorithm])
			TRY(kernel_choose(t->algorithm, NULL,
					  &b->kernels[t->algorithm], err));
	}
	for (size_t i = 0; i < STREAMS; i++)
		b->ends[i] = UINT64_MAX;
	if (pthread_mutex_init(&b->lock, NULL) != 0)
		return err_nomem(err, "mutex");
	if (pthread_cond_init(&b->filled, NULL) != 0) {
		(void)pthread_mutex_destroy(&b->lock);
		return err_nomem(err, "condition variable");
	}
	b->is_ready = true;
	return SHVM_OK;
}

void verified_blocks_done(struct verified_blocks *b)
{
	for (size_t i = 0; i < CHUNK_SLOTS; i++)
		chunk_free(b->slots[i]);
	for (size_t i = 0; i < TOOLS_IDLE; i++)
		tools_free(b->tools[i]);
	if (b->is_ready) {
		(void)pthread_cond_destroy(&b->filled);
		(void)pthread_mutex_destroy(&b->lock);
	}
}

static int tools_new(const struct verified_blocks *b, struct block_tools **ret,
		     struct shvm_err *err)
{
	AUTO(block_tools_ptr) u = calloc(1, sizeof(*u));

	TRY(err_null(err, u, "hashes"));
	u->hashes = malloc(b->blocks_max * SHVM_HASH_SIZE_MAX);
	u->data = calloc(b->blocks_max, sizeof(*u->data));
	if (!u->hashes || !u->data)
		return err_nomem(err, "hashes");
	for (int a = 0; a < 2; a++)
		if (b->kernels[a])
			TRY(hasher_init(&u->hashers[a], b->kernels[a], err));
	*ret = STEAL(u);
	return SHVM_OK;
}

/* Where a thread looks first, so that threads do not meet: by its stack. */
static size_t own_place(const void *on_stack)
{
	return (uintptr_t)on_stack >> 16;
}

static int tools_get(struct verified_blocks *b, struct block_tools **ret,
		     struct shvm_err *err)
{
	const size_t first = own_place(&b);

	for (size_t i = 0; i < TOOLS_IDLE; i++) {
		_Atomic(struct block_tools *) *at =
			&b->tools[(first + i) % TOOLS_IDLE];

		/* Written to only where there is something to take. */
		if (atomic_load(at))
			*ret = atomic_exchange(at, NULL);
		else
			*ret = NULL;
		if (*ret)
			return SHVM_OK;
	}
	return tools_new(b, ret, err);
}

static void tools_put(struct verified_blocks *b, struct block_tools *u)
{
	const size_t first = own_place(&b);

	for (size_t i = 0; i < TOOLS_IDLE; i++) {
		struct block_tools *none = NULL;

		if (atomic_compare_exchange_strong(
			    &b->tools[(first + i) % TOOLS_IDLE], &none, u))
			return;
	}
	tools_free(u);
}

/* n leaves that are not all zeros, into data, which has room for all. */
static int prove_run(struct verified_blocks *b, struct block_tools *u,
		     size_t part, uint64_t first, size_t n, uint8_t *data,
		     struct shvm_err *err)
{
	const struct tree *tree = disktree_part_tree(b->tree, part);
	const uint64_t at =
		disktree_part(b->tree, part)->offset + first * tree->block_size;
	const size_t block = tree->block_size;
	const size_t len = (size_t)tree_bytes(tree, first, first + n);
	const struct hasher *h = &u->hashers[tree->algorithm];
	size_t same;

	TRY(source_read(b->disk, at, data, len, err));
	memset(data + len, 0, n * block - len);
	for (size_t i = 0; i < n; i++)
		u->data[i] = data + i * block;
	TRY(h->kernel->hash(h->ctx, u->data, n, block, u->hashes, err));
	TRY(disktree_match(b->tree, part, first, n, u->hashes, &same, err));
	if (same == n)
		return SHVM_OK;
	return err_reason(err, SHVM_E_VERIFY, "digest-mismatch",
			  "the %zu bytes at %" PRIu64
			  " of the disk are not what was signed",
			  (size_t)tree_bytes(tree, first + same,
					     first + same + 1),
			  at + same * block);
}

/*
 * As disktree_run(), but data may continue past the end of a node: one read is
 * better.
 */
static int run_of(struct verified_blocks *b, size_t part, uint64_t first,
		  uint64_t end, struct disktree_run *ret, struct shvm_err *err)
{
	struct disktree_run more = { 0 };

	TRY(disktree_run(b->tree, part, first, end, ret, err));
	while (!ret->is_zero && !more.is_zero && ret->count < end - first) {
		TRY(disktree_run(b->tree, part, first + ret->count, end, &more,
				 err));
		if (!more.is_zero)
			ret->count += more.count;
	}
	return SHVM_OK;
}

static int prove_all(struct verified_blocks *b, struct block_tools *u,
		     size_t part, uint64_t first, size_t n, uint8_t *data,
		     struct shvm_err *err)
{
	const size_t block = disktree_part_tree(b->tree, part)->block_size;
	struct disktree_run run;
	size_t i = 0, count;

	for (; i < n; i += count) {
		TRY(run_of(b, part, first + i, first + n, &run, err));
		count = (size_t)run.count;
		if (run.is_zero)
			memset(data + i * block, 0, count * block);
		else
			TRY(prove_run(b, u, part, first + i, count,
				      data + i * block, err));
	}
	return SHVM_OK;
}

/*
 * The leaves that contain these bytes of the part; at most one chunk of them.
 */
static int prove_blocks(struct verified_blocks *b, size_t part, uint64_t at,
			size_t len, struct chunk **ret, struct shvm_err *err)
{
	const struct tree *tree = disktree_part_tree(b->tree, part);
	const uint64_t first = at / tree->block_size;
	const uint64_t end = (at + len - 1) / tree->block_size + 1;
	const size_t n = (size_t)(end - first);
	AUTO(chunk_ptr) c = calloc(1, sizeof(*c));
	struct block_tools *u = NULL;
	int r;

	TRY(err_null(err, c, "blocks"));
	c->part = part;
	c->at = first * tree->block_size;
	c->len = (size_t)tree_bytes(tree, first, end);
	c->data = malloc(n * tree->block_size);
	TRY(err_null(err, c->data, "blocks"));
	TRY(tools_get(b, &u, err));
	r = prove_all(b, u, part, first, n, c->data, err);
	tools_put(b, u);
	TRY(r);
	*ret = STEAL(c);
	return SHVM_OK;
}

/* What tells a chunk from others, mostly; not 0. */
static uint64_t key_of(size_t part, uint64_t at)
{
	return at + part * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

/* Without the lock: may it be there? What just came is not seen. */
static bool may_be_there(struct verified_blocks *b, const struct chunk *place)
{
	const uint64_t key = key_of(place->part, place->at);

	for (size_t i = 0; i < CHUNK_SLOTS; i++)
		if (atomic_load_explicit(&b->keys[i], memory_order_relaxed) ==
		    key)
			return true;
	return false;
}

/* Under the lock: the chunk at this place, if it is in memory. */
static struct chunk *look_up(struct verified_blocks *b, size_t part,
			     uint64_t at)
{
	for (size_t i = 0; i < CHUNK_SLOTS; i++) {
		struct chunk *c = b->slots[i];

		if (c && c->part == part && c->at == at)
			return c;
	}
	return NULL;
}

/*
 * Under the lock: drop a user; the last one frees a chunk that is in no slot.
 */
static void chunk_put(struct verified_blocks *b, struct chunk *c)
{
	c->users--;
	if (c->users == 0 && look_up(b, c->part, c->at) != c)
		chunk_free(c);
}

/* Under the lock: replace the oldest one. */
static void chunk_keep(struct verified_blocks *b, struct chunk *c)
{
	const size_t i = b->next_slot++ % CHUNK_SLOTS;
	struct chunk *old = b->slots[i];

	b->slots[i] = c;
	b->keys[i] = key_of(c->part, c->at);
	if (old && old->users == 0)
		chunk_free(old);
}

/* Under the lock: it failed, so remove it. */
static void chunk_drop(struct verified_blocks *b, struct chunk *c)
{
	for (size_t i = 0; i < CHUNK_SLOTS; i++) {
		if (b->slots[i] != c)
			continue;
		b->slots[i] = NULL;
		b->keys[i] = 0;
	}
}

static bool fill_chunk(struct verified_blocks *b, struct chunk *c)
{
	struct chunk *proven = NULL;
	const bool is_good = prove_blocks(b, c->part, c->at, c->len, &proven,
					  NULL) == SHVM_OK;

	lock(b);
	if (is_good)
		c->data = STEAL(proven->data);
	else
		chunk_drop(b, c);
	c->has_failed = !is_good;
	c->is_filling = false;
	(void)pthread_cond_broadcast(&b->filled);
	unlock(b);
	chunk_free(proven);
	return is_good;
}

/*
 * The whole chunk at this place: from memory, from the thread that reads it
 * already, or read now if may_read. NULL: none of these, or a block of it is
 * bad or could not be read: then read only the requested blocks.
 */
static struct chunk *chunk_get(struct verified_blocks *b,
			       const struct chunk *place, bool may_read)
{
	struct chunk *c;
	bool is_good;

	if (!may_read && !may_be_there(b, place))
		return NULL;
	lock(b);
	c = look_up(b, place->part, place->at);
	if (c) {
		c->users++;
		while (c->is_filling)
			(void)pthread_cond_wait(&b->filled, &b->lock);
		is_good = !c->has_failed;
		if (!is_good)
			chunk_put(b, c);
		unlock(b);
		return is_good ? c : NULL;
	}
	c = may_read ? calloc(1, sizeof(*c)) : NULL;
	if (c) {
		*c = (struct chunk){ .part = place->part,
				     .at = place->at,
				     .len = place->len,
				     .is_filling = true,
				     .users = 1 };
		chunk_keep(b, c);
	}
	unlock(b);
	if (!c || fill_chunk(b, c))
		return c;
	lock(b);
	chunk_put(b, c);
	unlock(b);
	return NULL;
}

/* Whole blocks, proven where the reader wants them. */
static int read_blocks(struct verified_blocks *b, size_t part, uint64_t at,
		       uint8_t *buf, size_t len, struct shvm_err *err)
{
	const size_t block = disktree_part_tree(b->tree, part)->block_size;
	struct block_tools *u = NULL;
	int r;

	TRY(tools_get(b, &u, err));
	r = prove_all(b, u, part, at / block, len / block, buf, err);
	tools_put(b, u);
	if (r < 0)
		memset(buf, 0, len); /* what is not proven does not leave */
	return r;
}

/* Bytes within one chunk, whose place and length are these. */
static int read_piece(struct verified_blocks *b, const struct chunk *within,
		      uint64_t at, uint8_t *buf, size_t len, bool follows,
		      struct shvm_err *err)
{
	const size_t block =
		disktree_part_tree(b->tree, within->part)->block_size;
	const bool is_whole = len == within->len;
	AUTO(chunk_ptr) own = NULL;
	struct chunk *c;

	c = chunk_get(b, within, follows && !is_whole);
	if (c) {
		memcpy(buf, c->data + (at - c->at), len);
		lock(b);
		chunk_put(b, c);
		unlock(b);
		return SHVM_OK;
	}
	if (at % block == 0 && len % block == 0)
		return read_blocks(b, within->part, at, buf, len, err);
	TRY(prove_blocks(b, within->part, at, len, &own, err));
	memcpy(buf, own->data + (at - own->at), len);
	return SHVM_OK;
}

int verified_blocks_read(struct verified_blocks *b, size_t part, uint64_t at,
			 uint8_t *buf, size_t len, bool follows,
			 struct shvm_err *err)
{
	const struct tree *tree = disktree_part_tree(b->tree, part);
	const uint64_t size = chunk_size(tree);

	while (len) {
		struct chunk within = { .part = part, .at = at / size * size };
		const uint64_t left = tree->data_size - within.at;
		size_t n;

		within.len = (size_t)(left < size ? left : size);
		n = within.len - (size_t)(at - within.at);
		if (n > len)
			n = len;
		TRY(read_piece(b, &within, at, buf, n, follows, err));
		at += n;
		buf += n;
		len -= n;
	}
	return SHVM_OK;
}

bool verified_blocks_follow(struct verified_blocks *b, uint64_t at,
			    uint64_t len)
{
	size_t i = 0;
	bool follows;

	/* Requests that meet here may miss each other: then a stream is found
	 * one request later. */
	while (i < STREAMS &&
	       atomic_load_explicit(&b->ends[i], memory_order_relaxed) != at)
		i++;
	follows = i < STREAMS;
	if (!follows)
		i = atomic_fetch_add_explicit(&b->next_stream, 1,
					      memory_order_relaxed) %
		    STREAMS;
	atomic_store_explicit(&b->ends[i], at + len, memory_order_relaxed);
	return follows;
}
