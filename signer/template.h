/* SPDX-License-Identifier: MIT */
/* What the files behind <shvm/template.h> share. */
#ifndef SIGNER_TEMPLATE_H
#define SIGNER_TEMPLATE_H

#include "base/file.h"
#include "disk/disk.h"
#include "hash/digest.h"
#include "signer/catalog.h"
#include "signer/cms.h"
#include "signer/parts.h"

#include <shvm/template.h>

/* A catalog with the strings that its info points to. */
struct shvm_catalog {
	struct shvm_catalog_info info;
	struct catalog_lists lists; /* of info */
	struct buf der;
	struct cms_message message; /* with a good signature */
};
AUTO_DEFINE(catalog_ptr, struct shvm_catalog *, shvm_catalog_free);
AUTO_DEFINE(disk_ptr, struct shvm_disk *, shvm_disk_close);

/* The DER in a disk; SHVM_E_FORMAT "no-catalog" without one. */
int template_disk_item(struct shvm_disk *disk, struct buf *ret,
		       struct shvm_err *err);

/* Does a failure answer the question whether a catalog is to be trusted? Each
 * SHVM_E_VERIFY does, and so do a missing and a bad catalog. */
bool template_says_no(const struct shvm_err *why);

/* Who signs, with every check that needs no disk. */
struct template_signer {
	X509 *cert;
	EVP_PKEY *key;
	STACK_OF(X509) * chain; /* may be NULL */
};
int template_signer_load(const struct shvm_sign_params *params,
			 struct template_signer *ret, struct shvm_err *err);
void template_signer_done(struct template_signer *s);

/*
 * The tree files of the volumes. They appear before the catalog does, which is
 * of no use to who wants the tree and has none, and are taken back by
 * template_trees_done() unless they are kept: all that was asked for is there,
 * or nothing of it.
 */
struct template_trees {
	struct file_pending items[2];
	size_t count;
};
int template_trees_publish(struct template_trees *t, struct shvm_err *err);
void template_trees_keep(struct template_trees *t);
void template_trees_done(struct template_trees *t);

/*
 * Hash the volumes of an open disk and sign the result. trees starts as { 0 };
 * it is the caller's to release, also after a failure.
 */
int template_sign_disk(struct shvm_disk *disk,
		       const struct shvm_sign_params *params,
		       const struct template_signer *signer,
		       struct shvm_catalog **ret, struct template_trees *trees,
		       struct shvm_err *err);

/*
 * Progress over several parts: the caller sees the counts of those before
 * added. The params that are returned are for the next part, of this size.
 */
struct template_progress {
	const struct shvm_digest_params *params; /* the caller's */
	uint64_t before, size, total;		 /* bytes */
};
struct shvm_digest_params template_next_part(struct template_progress *progress,
					     uint64_t size);

/* The tree file of a volume: a suffix tells the volumes of Linux apart. */
int template_tree_name(const char *tree_file, enum shvm_role role, char **ret,
		       struct shvm_err *err);

/* SHVM_E_IO "changed" when somebody wrote to the disk since it was opened. */
int template_check_unchanged(struct shvm_disk *disk, struct shvm_err *err);

/*
 * Is it a disk of its own (SHVM_E_VERIFY "differencing", unless allowed), with
 * the volumes in place, and with one content for every reader
 * ("undefined-blocks")?
 */
int template_check_form(struct shvm_disk *disk,
			const struct shvm_catalog_info *catalog,
			bool allow_differencing, struct shvm_err *err);

/* Does it cover what is required? SHVM_E_VERIFY "coverage". */
int template_check_coverage(enum shvm_coverage covered,
			    enum shvm_coverage require, struct shvm_err *err);

/* The volumes by GPT GUID, where they were; SHVM_E_VERIFY "layout-changed". */
int template_check_layout(const struct shvm_disk *disk,
			  const struct shvm_catalog_info *catalog,
			  struct shvm_err *err);

/*
 * The digest of each part, up to the first that differs: SHVM_E_VERIFY
 * "digest-mismatch". With a tree file it is compared with that, or only a
 * sample of blocks. Of the parts that were reached actual, checked, match and
 * changes are set, whatever the result is.
 * SHVM_E_IO "changed" when the disk was written to meanwhile.
 */
int template_check_digests(struct shvm_disk *disk,
			   const struct shvm_verify_params *params,
			   struct parts *parts, struct shvm_err *err);

#endif
