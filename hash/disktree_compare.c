/* SPDX-License-Identifier: MIT */
/* Compares a part with the signed tree: all of it, or a sample. */
#include "base/array.h"
#include "hash/disktree.h"

#include <inttypes.h>
#include <openssl/rand.h>
#include <string.h>

enum {
	NOTED_MAX = 1000, /* ranges of a sample that are reported */
	SAMPLE_MAX = 1 << 20
};

void shvm_changes_done(struct shvm_changes *changes)
{
	free(changes->items);
	*changes = (struct shvm_changes){ 0 };
}

/* A comparison; the hashes of the disk come by place. */
struct compare {
	struct disktree *tree;
	size_t part;
	uint64_t next; /* the first leaf that was not compared */
	size_t limit;
	struct shvm_changes changes;
};

static void compare_done(struct compare *c)
{
	shvm_changes_done(&c->changes);
}

static int note(struct compare *c, uint64_t first, uint64_t count,
		struct shvm_err *err)
{
	const struct tree *tree = disktree_part_tree(c->tree, c->part);
	const uint64_t offset = disktree_part(c->tree, c->part)->offset;
	struct shvm_change change = {
		.offset = offset + first * tree->block_size,
		.size = tree_bytes(tree, first, first + count)
	};
	struct shvm_changes *list = &c->changes;
	struct shvm_change *last =
		list->count ? &list->items[list->count - 1] : NULL;

	list->blocks_changed += count;
	if (last && last->offset + last->size == change.offset) {
		last->size += change.size;
		return SHVM_OK;
	}
	if (list->count == c->limit)
		return SHVM_OK; /* the first ones are kept */
	TRY(err_null(err, ARRAY_GROW(list->items, list->count),
		     "list of changes"));
	list->items[list->count++] = change;
	return SHVM_OK;
}

/* The disk has zeros up to this leaf: which signed leaves are not zeros? */
static int compare_zeros(struct compare *c, uint64_t end, struct shvm_err *err)
{
	struct disktree_run run;

	for (; c->next < end; c->next += run.count) {
		TRY(disktree_run(c->tree, c->part, c->next, end, &run, err));
		if (!run.is_zero)
			TRY(note(c, c->next, run.count, err));
	}
	return SHVM_OK;
}

/* tree_store_fn: the leaves that are not in holes, in order. */
static int compare_store(void *ctx, uint32_t level, uint64_t index,
			 const uint8_t *hashes, size_t n, struct shvm_err *err)
{
	struct compare *c = ctx;
	const uint32_t size = disktree_part_tree(c->tree, c->part)->hash_size;
	size_t same;

	if (level != 0)
		return SHVM_OK;
	TRY(compare_zeros(c, index, err));
	while (n) {
		TRY(disktree_match(c->tree, c->part, c->next, n, hashes, &same,
				   err));
		if (same < n) {
			TRY(note(c, c->next + same, 1, err));
			same++;
		}
		c->next += same;
		hashes += same * size;
		n -= same;
	}
	return SHVM_OK;
}

static int check_size(const struct tree *tree, const struct source *s,
		      const char *what, struct shvm_err *err)
{
	if (s->size == tree->data_size)
		return SHVM_OK;
	return err_set(err, SHVM_E_ARG, "%s: %ju bytes, but %ju were signed",
		       what, (uintmax_t)s->size, (uintmax_t)tree->data_size);
}

int disktree_compare(struct disktree *t, size_t part, struct source *s,
		     const struct shvm_digest_params *params, size_t limit,
		     struct shvm_changes *ret, struct shvm_err *err)
{
	const struct tree *tree = disktree_part_tree(t, part);
	struct shvm_digest_params run = *params;
	AUTO_DONE(compare) c = { .tree = t, .part = part, .limit = limit };
	const struct digest_hooks hooks = { .store = compare_store,
					    .store_ctx = &c };
	struct shvm_digest found;

	TRY(check_size(tree, s, "compare", err));
	run.algorithm = tree->algorithm;
	run.block_size = tree->block_size;
	/* Check this before the hashing, which may take hours. */
	TRY(disktree_check_part(t, part, err));
	TRY(digest_run(s, &run, &hooks, &found, err));
	TRY(compare_zeros(&c, tree->hashes[0], err));
	c.changes.blocks_checked = tree->hashes[0];
	memcpy(c.changes.digest, found.digest, tree->hash_size);
	*ret = MOVE(c.changes);
	return SHVM_OK;
}

/* Draws blocks of a part and has the tree prove them. */
struct sampler {
	struct source *source;
	const struct tree *tree;
	struct hasher hasher;
	uint8_t *block; /* room for one */
	uint64_t *bad;	/* leaves that differ */
	size_t bad_count;
};

static void sampler_done(struct sampler *s)
{
	hasher_done(&s->hasher);
	free(s->block);
	free(s->bad);
}

/* One block, from the disk and from the tree. */
static int sample_one(struct sampler *s, struct compare *c, uint64_t leaf,
		      struct shvm_err *err)
{
	const struct tree *tree = s->tree;
	const size_t len = (size_t)tree_bytes(tree, leaf, leaf + 1);
	uint8_t hash[SHVM_HASH_SIZE_MAX];
	size_t same;

	memset(s->block + len, 0, tree->block_size - len);
	TRY(source_read(s->source, leaf * tree->block_size, s->block, len,
			err));
	TRY(hasher_one(&s->hasher, s->block, tree->block_size, hash, err));
	TRY(disktree_match(c->tree, c->part, leaf, 1, hash, &same, err));
	if (same)
		return SHVM_OK;
	TRY(err_null(err, ARRAY_GROW(s->bad, s->bad_count), "list of changes"));
	s->bad[s->bad_count++] = leaf;
	return SHVM_OK;
}

static int sample(struct sampler *s, struct compare *c, uint32_t n,
		  struct shvm_err *err)
{
	uint64_t leaf;

	s->block = malloc(s->tree->block_size);
	TRY(err_null(err, s->block, "block"));
	TRY(hasher_init(&s->hasher, kernel_openssl(s->tree->algorithm), err));
	for (uint32_t i = 0; i < n; i++) {
		if (RAND_bytes((unsigned char *)&leaf, sizeof(leaf)) != 1)
			return err_set_ossl(err, "sample: random number");
		/* Of 2^64: the bias is below one in a million. */
		TRY(sample_one(s, c, leaf % s->tree->hashes[0], err));
	}
	return SHVM_OK;
}

static int by_place(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int disktree_sample(struct disktree *t, size_t part, struct source *s,
		    uint32_t n, struct shvm_changes *ret, struct shvm_err *err)
{
	AUTO_DONE(compare) c = { .tree = t, .part = part, .limit = NOTED_MAX };
	AUTO_DONE(sampler)
	sampler = { .source = s, .tree = disktree_part_tree(t, part) };

	if (n == 0 || n > SAMPLE_MAX)
		return err_set(err, SHVM_E_ARG,
			       "sample: %" PRIu32 " blocks, not 1 to %d", n,
			       SAMPLE_MAX);
	TRY(check_size(sampler.tree, s, "sample", err));
	TRY(sample(&sampler, &c, n, err));
	if (sampler.bad_count)
		qsort(sampler.bad, sampler.bad_count, sizeof(*sampler.bad),
		      by_place);
	for (size_t i = 0; i < sampler.bad_count; i++)
		if (i == 0 || sampler.bad[i] != sampler.bad[i - 1])
			TRY(note(&c, sampler.bad[i], 1, err));
	c.changes.blocks_checked = n;
	*ret = MOVE(c.changes);
	return SHVM_OK;
}
