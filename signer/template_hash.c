/* SPDX-License-Identifier: MIT */
/* Hashes the parts of a template, with or without a tree file. */
#include "signer/template.h"

/* The parts of a disk, while they are hashed. */
struct hashing {
	struct shvm_disk *disk;
	const struct shvm_digest_params *digest;
	struct parts *parts;
};

static int hash_part(const struct hashing *h, struct shvm_part_result *part,
		     const struct shvm_digest_params *params,
		     struct disktree_writer *tree, struct shvm_err *err)
{
	uint8_t sector[PART_SECTOR_MAX];
	AUTO(source_ptr) s = NULL;
	struct shvm_digest d;

	TRY(template_part_source(h->disk, part, sector, &s, err));
	if (tree && part_has_tree(part))
		TRY(disktree_add(tree, part->offset, s, params, &d, err));
	else
		TRY(digest_run(s, params, NULL, &d, err));
	part_take(part, d.digest);
	return SHVM_OK;
}

/* disktree_fill_fn; tree may be NULL. */
static int hash_parts(void *ctx, struct disktree_writer *tree,
		      struct shvm_err *err)
{
	const struct hashing *h = ctx;
	struct template_progress progress = { .params = h->digest,
					      .total =
						      parts_to_hash(h->parts) };

	for (size_t i = 0; i < h->parts->count; i++) {
		struct shvm_part_result *part = &h->parts->items[i];
		struct shvm_digest_params p;
		int r;

		if (part->part == SHVM_PART_TABLE)
			continue; /* its bytes were compared */
		p = template_next_part(&progress, part);
		r = hash_part(h, part, &p, tree, err);
		if (r < 0)
			return err_name(err, r, disk_path(h->disk));
	}
	return SHVM_OK;
}

int template_hash(struct shvm_disk *disk,
		  const struct shvm_digest_params *digest,
		  const struct shvm_tree_output *out, mode_t mode,
		  struct parts *parts, struct file_pending *tree,
		  struct shvm_err *err)
{
	struct hashing h = { disk, digest, parts };

	if (out->path)
		TRY(disktree_write(out, mode, hash_parts, &h, tree, err));
	else
		TRY(hash_parts(&h, NULL, err));
	return template_check_unchanged(disk, err);
}
