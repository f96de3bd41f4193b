/* SPDX-License-Identifier: MIT */
/* Public API of <shvm/digest.h>: what changed, by a tree file. */
#include "base/reserved.h"
#include "disk/disk.h"
#include "hash/treefile.h"

#include <inttypes.h>
#include <openssl/rand.h>
#include <string.h>

enum {
	SAMPLE_MAX = 1 << 20
};

/* A volume and the file of its tree, whose root is what was signed. */
struct proven {
	struct source *window;
	struct treefile *file;
	struct tree tree;
};

static void proven_done(struct proven *p)
{
	treefile_free(p->file);
	source_free(p->window);
}

/* p is released by the caller, also after a failure. */
static int proven_open(struct shvm_disk *disk, struct shvm_span volume,
		       const struct shvm_signed_tree *is, struct proven *p,
		       struct shvm_err *err)
{
	TRY(reserved_check(is->reserved, "struct shvm_signed_tree", err));
	TRY(source_window(disk_source(disk), volume.offset, volume.size,
			  &p->window, err));
	TRY(tree_plan(volume.size, is->block_size, is->algorithm, &p->tree,
		      err));
	return treefile_open(is->file, &p->tree, is->digest, &p->file, err);
}

static int changes_public(const struct tree *tree,
			  const struct treefile_changes *c, uint64_t checked,
			  struct shvm_changes *ret, struct shvm_err *err)
{
	struct shvm_change *items = NULL;

	if (c->count) {
		items = calloc(c->count, sizeof(*items));
		TRY(err_null(err, items, "list of changes"));
	}
	for (size_t i = 0; i < c->count; i++) {
		const struct treefile_change *t = &c->items[i];

		items[i].offset = t->first * tree->block_size;
		items[i].size = tree_bytes(tree, t->first, t->first + t->count);
	}
	*ret = (struct shvm_changes){ .items = items,
				      .count = c->count,
				      .blocks_checked = checked,
				      .blocks_changed = c->leaves };
	return SHVM_OK;
}

int shvm_disk_compare(struct shvm_disk *disk, struct shvm_span volume,
		      const struct shvm_digest_params *params,
		      const struct shvm_signed_tree *tree, size_t limit,
		      struct shvm_changes *ret, struct shvm_err *err)
{
	AUTO_DONE(treefile_changes) changes = { 0 };
	AUTO_DONE(proven) p = { 0 };
	struct shvm_digest found;

	TRY(digest_params_check(&params, err));
	TRY(proven_open(disk, volume, tree, &p, err));
	TRY(treefile_check(p.file, err));
	TRY(treefile_compare(p.file, p.window, params, limit, &changes, &found,
			     err));
	TRY(changes_public(&p.tree, &changes, p.tree.hashes[0], ret, err));
	memcpy(ret->digest, found.digest, p.tree.hash_size);
	return SHVM_OK;
}

/* Draws blocks of a volume and has the tree prove them. */
struct sampler {
	const struct proven *of;
	struct hasher hasher;
	uint8_t *block; /* room for one */
};

static void sampler_done(struct sampler *s)
{
	hasher_done(&s->hasher);
	free(s->block);
}

/* One block, from the volume and from the tree. */
static int sample_one(struct sampler *s, uint64_t leaf, bool *ret_changed,
		      struct shvm_err *err)
{
	const struct tree *tree = &s->of->tree;
	const size_t len = (size_t)tree_bytes(tree, leaf, leaf + 1);
	uint8_t expected[SHVM_HASH_SIZE_MAX], found[SHVM_HASH_SIZE_MAX];

	TRY(treefile_leaf(s->of->file, leaf, expected, err));
	memset(s->block + len, 0, tree->block_size - len);
	TRY(source_read(s->of->window, leaf * tree->block_size, s->block, len,
			err));
	TRY(hasher_one(&s->hasher, s->block, tree->block_size, found, err));
	*ret_changed = memcmp(found, expected, tree->hash_size) != 0;
	return SHVM_OK;
}

static int sample(const struct proven *of, uint32_t n,
		  struct treefile_changes *ret, struct shvm_err *err)
{
	AUTO_DONE(sampler)
	s = { .of = of, .block = malloc(of->tree.block_size) };
	uint64_t leaf;
	bool changed;

	TRY(err_null(err, s.block, "block"));
	TRY(hasher_init(&s.hasher, kernel_openssl(of->tree.algorithm), err));
	for (uint32_t i = 0; i < n; i++) {
		if (RAND_bytes((unsigned char *)&leaf, sizeof(leaf)) != 1)
			return err_set_ossl(err, "sample: random number");
		/* Of 2^64: the bias is below one in a million. */
		leaf %= of->tree.hashes[0];
		TRY(sample_one(&s, leaf, &changed, err));
		if (!changed)
			continue;
		TRY(treefile_note_change(ret, leaf, err));
	}
	return SHVM_OK;
}

int shvm_disk_sample(struct shvm_disk *disk, struct shvm_span volume,
		     const struct shvm_signed_tree *tree, uint32_t n,
		     struct shvm_changes *ret, struct shvm_err *err)
{
	AUTO_DONE(treefile_changes) changes = { 0 };
	AUTO_DONE(proven) p = { 0 };

	if (n == 0 || n > SAMPLE_MAX)
		return err_set(err, SHVM_E_ARG,
			       "sample: %" PRIu32 " blocks, not 1 to %d", n,
			       SAMPLE_MAX);
	TRY(proven_open(disk, volume, tree, &p, err));
	TRY(sample(&p, n, &changes, err));
	return changes_public(&p.tree, &changes, n, ret, err);
}
