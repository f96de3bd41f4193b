/* SPDX-License-Identifier: MIT */
/* Compares a disk with its catalog: first its form, then its digests. */
#include "base/encode.h"
#include "hash/disktree.h"
#include "signer/template.h"

#include <string.h>

int template_check_coverage(enum shvm_coverage covered,
			    enum shvm_coverage require, struct shvm_err *err)
{
	if (covered == SHVM_COVERAGE_DISK || require == SHVM_COVERAGE_OS)
		return SHVM_OK;
	return err_reason(
		err, SHVM_E_VERIFY, "coverage",
		"the catalog covers only the OS volumes (os), but coverage of the whole disk (disk) is required");
}

int template_check_form(struct shvm_disk *disk,
			const struct shvm_catalog_info *catalog,
			bool allow_differencing, struct parts *parts,
			struct checks *found, struct shvm_err *err)
{
	const struct shvm_disk_info *info = shvm_disk_info(disk);

	if (info->parent && !allow_differencing)
		return err_reason(
			err, SHVM_E_VERIFY, "differencing",
			"disk: a differencing disk whose content depends on its parent %s",
			info->parent);
	TRY(template_check_layout(disk, catalog, found, err));
	/* The copies of the table are parts only with coverage disk. */
	for (size_t i = 0; i < parts->count; i++)
		if (parts->items[i].part == SHVM_PART_TABLE)
			parts->items[i].checked = parts->items[i].match = true;
	TRY(template_check_defined(disk, parts, SHVM_E_VERIFY, err));
	return parts_expect_zeros(catalog, parts, err);
}

enum {
	CHANGES_MAX = 1000 /* our limit: ranges in a result */
};

/* A verification, up to the first part that differs. */
struct measuring {
	struct shvm_disk *disk;
	const struct shvm_verify_params *params;
	struct template_progress progress;
	struct disktree *tree; /* NULL: none */
	size_t tree_part;      /* the next part of the tree */
};

/* A tree file that does not match the catalog is bad input, not a verdict about
 * the disk. */
static int bad_tree(const char *path, int r, struct shvm_err *err)
{
	if (r != SHVM_E_VERIFY)
		return r;
	if (err)
		err->code = SHVM_E_FORMAT;
	return err_name(err, SHVM_E_FORMAT, path);
}

int template_tree_open(const char *path, const struct parts *parts,
		       struct disktree **ret, struct shvm_err *err)
{
	AUTOFREE struct disktree_part *of = calloc(parts->count, sizeof(*of));
	size_t n = 0;

	TRY(err_null(err, of, "tree"));
	for (size_t i = 0; i < parts->count; i++) {
		const struct shvm_part_result *p = &parts->items[i];

		if (!part_has_tree(p))
			continue;
		of[n].offset = p->offset;
		of[n].size = p->size;
		of[n].algorithm = p->expected.algorithm;
		of[n].block_size = p->expected.block_size;
		memcpy(of[n++].digest, p->expected.digest,
		       p->expected.hash_size);
	}
	return bad_tree(path, disktree_open(path, of, n, ret, err), err);
}

/* Checks a part with the tree file: all of it, or a sample. */
static int check_by_tree(struct measuring *m, struct source *s,
			 const struct shvm_digest_params *digest,
			 struct shvm_part_result *part, struct shvm_err *err)
{
	const size_t index = m->tree_part++;
	int r;

	if (m->params->sample) {
		r = disktree_sample(m->tree, index, s, m->params->sample,
				    &part->changes, err);
		TRY(bad_tree(m->params->tree_file, r, err));
		part->match = part->changes.blocks_changed == 0;
		return SHVM_OK;
	}
	r = disktree_compare(m->tree, index, s, digest, CHANGES_MAX,
			     &part->changes, err);
	TRY(bad_tree(m->params->tree_file, r, err));
	part_take(part, part->changes.digest);
	return SHVM_OK;
}

static int check_part(struct measuring *m, struct shvm_part_result *part,
		      struct shvm_err *err)
{
	const struct shvm_digest_params p =
		template_next_part(&m->progress, part);
	uint8_t sector[PART_SECTOR_MAX];
	AUTO(source_ptr) s = NULL;
	struct shvm_digest d;
	int r;

	TRY(template_part_source(m->disk, part, sector, &s, err));
	if (m->tree && part_has_tree(part))
		return check_by_tree(m, s, &p, part, err);
	r = digest_run(s, &p, NULL, &d, err);
	if (r < 0)
		return err_prefix(err, r, "%s", disk_path(m->disk));
	part_take(part, d.digest);
	return SHVM_OK;
}

static int mismatch(const struct shvm_part_result *part, struct shvm_err *err)
{
	const uint32_t size = part->expected.hash_size;
	char expected[2 * SHVM_HASH_SIZE_MAX + 1],
		actual[2 * SHVM_HASH_SIZE_MAX + 1];
	char name[PART_NAME_MAX];

	part_name(part, name);
	if (!part->checked)
		return err_reason(
			err, SHVM_E_VERIFY, "digest-mismatch",
			"%s: %ju blocks of the sample do not match their signed hashes",
			name, (uintmax_t)part->changes.blocks_changed);
	hex_format(part->expected.digest, size, expected);
	hex_format(part->actual, size, actual);
	return err_reason(err, SHVM_E_VERIFY, "digest-mismatch",
			  "%s: the digest is %s, the catalog has %s", name,
			  actual, expected);
}

int template_check_match(const struct parts *parts, struct shvm_err *err)
{
	for (size_t i = 0; i < parts->count; i++)
		if (parts->items[i].checked && !parts->items[i].match)
			return mismatch(&parts->items[i], err);
	return SHVM_OK;
}

int template_check_lba0(struct shvm_disk *disk, struct shvm_part_result *part,
			uint8_t sector[PART_SECTOR_MAX], struct shvm_err *err)
{
	const struct shvm_digest_params params = {
		.algorithm = part->expected.algorithm,
		.block_size = part->expected.block_size,
		.jobs = 1,
	};
	AUTO(source_ptr) s = NULL;
	struct shvm_digest d;

	TRY(template_part_source(disk, part, sector, &s, err));
	TRY(digest_run(s, &params, NULL, &d, err));
	part_take(part, d.digest);
	return part->match ? SHVM_OK : mismatch(part, err);
}

int template_check_digests(struct shvm_disk *disk,
			   const struct shvm_verify_params *params,
			   struct parts *parts, struct shvm_err *err)
{
	AUTO(disktree_ptr) tree = NULL;
	struct measuring m = { .disk = disk,
			       .params = params,
			       .progress = { .params = &params->digest,
					     .total = parts_to_hash(parts) } };
	const struct shvm_part_result *bad = NULL;

	if (params->tree_file) {
		TRY(template_tree_open(params->tree_file, parts, &tree, err));
		m.tree = tree;
	}
	for (size_t i = 0; !bad && i < parts->count; i++) {
		struct shvm_part_result *part = &parts->items[i];

		if (part->part != SHVM_PART_TABLE) /* checked with the layout */
			TRY(check_part(&m, part, err));
		if (!part->match)
			bad = part;
	}
	/* Check this first: bytes that change while they are read prove nothing. */
	TRY(template_check_unchanged(disk, err));
	return bad ? mismatch(bad, err) : SHVM_OK;
}
