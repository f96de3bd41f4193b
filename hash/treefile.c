/* SPDX-License-Identifier: MIT */
/* Writes hash trees in veritysetup's on-disk format. */
#include "hash/treefile.h"

#include "base/file.h"
#include "base/le.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum {
	TREEFILE_SUPERBLOCK = 512
};

/* The places of the levels; pure arithmetic. */
struct treefile_layout {
	uint64_t level_at[TREE_LEVELS_MAX]; /* bytes; of all but the root */
	uint64_t size;			    /* bytes of the whole file */
};

/* struct verity_sb of cryptsetup, lib/verity/verity.c. */
struct superblock_disk {
	uint8_t signature[8];	    /* +0x00 "verity\0\0" */
	uint8_t version[4];	    /* +0x08 1 */
	uint8_t hash_type[4];	    /* +0x0c 1, the normal one */
	uint8_t uuid[16];	    /* +0x10 */
	uint8_t algorithm[32];	    /* +0x20 "sha256", then zeros */
	uint8_t data_block_size[4]; /* +0x40 bytes */
	uint8_t hash_block_size[4]; /* +0x44 bytes */
	uint8_t data_blocks[8];	    /* +0x48 */
	uint8_t salt_size[2];	    /* +0x50 bytes */
	uint8_t pad1[6];	    /* +0x52 */
	uint8_t salt[256];	    /* +0x58 */
	uint8_t pad2[168];	    /* +0x158 */
};
static_assert(sizeof(struct superblock_disk) == TREEFILE_SUPERBLOCK,
	      "verity_sb is 512 bytes");

static const uint8_t signature[8] = "verity\0";
static const char *const names[] = {
	[SHVM_HASH_SHA256] = "sha256", [SHVM_HASH_SHA512] = "sha512"
};

static int treefile_layout(const struct tree *tree, struct treefile_layout *ret,
			   struct shvm_err *err)
{
	struct treefile_layout l = { .size = tree->block_size };

	for (uint32_t level = tree->levels - 1; level-- > 0;) {
		/* below 2^54 leaves of 64 bytes: no overflow */
		l.level_at[level] = l.size;
		l.size += tree->hashes[level + 1] * tree->block_size;
	}
	if (l.size > INT64_MAX)
		return err_set(err, SHVM_E_UNSUPPORTED,
			       "tree: %" PRIu64 " bytes are too large for a "
			       "file",
			       l.size);
	*ret = l;
	return SHVM_OK;
}

static void treefile_superblock(const struct tree *tree, const uint8_t *root,
				uint8_t ret[TREEFILE_SUPERBLOCK])
{
	struct superblock_disk d = { 0 };

	memcpy(d.signature, signature, sizeof(d.signature));
	le32_put(d.version, 1);
	le32_put(d.hash_type, 1);
	/*
	 * Derived from the root, so that equal trees are equal files; RFC 9562,
	 * 5.8.
	 */
	memcpy(d.uuid, root, sizeof(d.uuid));
	d.uuid[6] = (uint8_t)((d.uuid[6] & 0x0f) | 0x80);
	d.uuid[8] = (uint8_t)((d.uuid[8] & 0x3f) | 0x80);
	memcpy(d.algorithm, names[tree->algorithm],
	       strlen(names[tree->algorithm]));
	le32_put(d.data_block_size, tree->block_size);
	le32_put(d.hash_block_size, tree->block_size);
	le64_put(d.data_blocks, tree->hashes[0]);
	memcpy(ret, &d, sizeof(d));
}

/* State while a tree is written. */
struct writer {
	const char *path;
	struct source *source;
	const struct shvm_digest_params *params;
	int fd;
	struct tree tree;
	struct treefile_layout layout;
	struct shvm_digest *digest;
};

static int store(void *ctx, uint32_t level, uint64_t index,
		 const uint8_t *hashes, size_t n, struct shvm_err *err)
{
	struct writer *w = ctx;
	const uint32_t size = w->tree.hash_size;

	if (level == w->tree.levels - 1)
		return SHVM_OK; /* the root is not in the file */
	return file_pwrite(w->fd, w->path, hashes, n * size,
			   w->layout.level_at[level] + index * size, err);
}

static int fill(void *ctx, int fd, struct shvm_err *err)
{
	struct writer *w = ctx;
	const struct digest_hooks hooks = { .store = store,
					    .store_ctx = w,
					    .all = true };
	uint8_t superblock[TREEFILE_SUPERBLOCK];

	w->fd = fd;
	/* The padding of nodes is zeros, which need not be written. */
	if (ftruncate(fd, (off_t)w->layout.size) < 0)
		return err_set_errno(err, "%s: resizing to %" PRIu64 " bytes",
				     w->path, w->layout.size);
	TRY(digest_run(w->source, w->params, &hooks, w->digest, err));
	treefile_superblock(&w->tree, w->digest->root, superblock);
	return file_pwrite(fd, w->path, superblock, sizeof(superblock), 0, err);
}

int treefile_write(struct source *s, const struct shvm_digest_params *params,
		   const struct shvm_tree_output *out, mode_t mode,
		   struct shvm_digest *ret, struct shvm_err *err)
{
	struct shvm_digest digest;
	struct writer w = { .path = out->path,
			    .source = s,
			    .params = params,
			    .digest = &digest };

	TRY(digest_tree(params, s->size, &w.tree, err));
	TRY(treefile_layout(&w.tree, &w.layout, err));
	TRY(file_fill_atomic(w.path, fill, &w, mode, out->replace, err));
	*ret = digest;
	return SHVM_OK;
}
