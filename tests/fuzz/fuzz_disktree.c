/* SPDX-License-Identifier: MIT */
/*
 * Tree files of disks: the whole file, whose roots are taken for signed ones,
 * and its records as those of any node.
 */
#include "hash/disktree.h"
#include "hash/disktree_form.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	PARTS = 3,
	LOOKS = 2000 /* runs of a part that are asked for */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is needed to hash nodes of one tree. */
struct looker {
	struct tree tree;
	struct tree_zeros zeros;
	struct hasher hasher;
	struct disktree_scratch scratch;
};

static void looker_done(struct looker *l)
{
	hasher_done(&l->hasher);
	for (uint32_t level = 0; level < TREE_LEVELS_MAX; level++)
		free(l->scratch.block[level]);
}

static int looker_init(struct looker *l)
{
	TRY(hasher_init(&l->hasher, kernel_openssl(l->tree.algorithm), NULL));
	TRY(tree_zeros_init(&l->zeros, &l->tree, &l->hasher, NULL));
	for (uint32_t level = 1; level < l->tree.levels; level++) {
		l->scratch.block[level] = malloc(l->tree.block_size);
		assert(l->scratch.block[level]);
	}
	return SHVM_OK;
}

/* A record that is taken comes out as it went in. False: it was refused. */
static bool look_at_record(struct looker *l, const uint8_t *data, size_t size,
			   uint32_t level, uint8_t *ret_hash)
{
	struct disktree_node node = { .level = level };
	AUTO_DONE(buf) again = { 0 };

	if (disktree_record_decode(&l->tree, data, size, &node, NULL) < 0)
		return false;
	assert(node.count > 0 &&
	       node.count <= disktree_items_max(&l->tree, level));
	disktree_record_encode(&l->tree, &node, &again);
	assert(again.len <= size &&
	       again.len <= disktree_record_max(&l->tree, level));
	assert(memcmp(again.data, data, again.len) == 0);
	assert(disktree_node_hash(&l->tree, &l->zeros, &l->hasher, &l->scratch,
				  &node, ret_hash, NULL) == SHVM_OK);
	free(node.items);
	return true;
}

/* Sign what the entry says; false where there is nothing to sign. */
static bool sign(const uint8_t *data, size_t size,
		 const struct disktree_entry *e, const struct tree *tree,
		 struct disktree_part *ret)
{
	AUTO_DONE(looker) l = { .tree = *tree };
	uint8_t root[SHVM_HASH_SIZE_MAX];
	bool is_root = false; /* the last one that was looked at */

	assert(looker_init(&l) == SHVM_OK);
	*ret = (struct disktree_part){ .offset = e->offset,
				       .size = e->size,
				       .algorithm = e->algorithm,
				       .block_size = e->block_size };
	memcpy(root, l.zeros.last[tree->levels - 1], sizeof(root));
	for (uint32_t level = 1; level < tree->levels; level++)
		is_root = e->root_at > 0 && e->root_at < size &&
			  look_at_record(&l, data + e->root_at,
					 size - e->root_at, level, root);
	if (e->root_at && !is_root)
		return false;
	return tree_digest(tree, root, ret->digest, NULL) == SHVM_OK;
}

static void look_at_part(struct disktree *t, size_t part)
{
	const uint64_t end = disktree_part_tree(t, part)->hashes[0];
	struct disktree_run run;
	uint64_t leaf = 0;

	for (int i = 0; i < LOOKS && leaf < end; i++, leaf += run.count) {
		uint8_t hash[SHVM_HASH_SIZE_MAX] = { 0 };
		size_t same;

		if (disktree_run(t, part, leaf, end, &run, NULL) < 0)
			return;
		assert(run.count > 0 && run.count <= end - leaf);
		if (disktree_match(t, part, leaf, 1, hash, &same, NULL) < 0)
			return;
	}
}

static void look_at_file(const uint8_t *data, size_t size,
			 const struct disktree_part *parts, size_t n)
{
	AUTO(disktree_ptr) t = NULL;
	AUTOCLOSE int fd = memfd_create("tree", MFD_CLOEXEC);
	char path[40];

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (disktree_open(path, parts, n, &t, NULL) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		look_at_part(t, i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct disktree_part parts[PARTS];
	struct disktree_header h;

	if (disktree_header_decode(data, size, &h, NULL) < 0 ||
	    h.part_count > PARTS || h.table_at > size ||
	    size - h.table_at < h.part_count * (size_t)DISKTREE_ENTRY)
		return 0;
	for (uint32_t i = 0; i < h.part_count; i++) {
		struct disktree_entry e;
		struct tree tree;

		if (disktree_entry_decode(data + h.table_at +
						  (size_t)i * DISKTREE_ENTRY,
					  &e, &tree, NULL) < 0 ||
		    !sign(data, size, &e, &tree, &parts[i]))
			return 0;
	}
	look_at_file(data, size, parts, h.part_count);
	return 0;
}
