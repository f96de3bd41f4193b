/* SPDX-License-Identifier: MIT */
/* What the files behind <shvm/template.h> share. */
#ifndef SIGNER_TEMPLATE_H
#define SIGNER_TEMPLATE_H

#include "base/file.h"
#include "disk/disk.h"
#include "hash/digest.h"
#include "signer/catalog.h"
#include "signer/cms.h"

#include <shvm/template.h>

/* A catalog with the strings that its info points to. */
struct shvm_catalog {
	struct shvm_catalog_info info;
	struct catalog content;
	struct buf der;
};
AUTO_DEFINE(catalog_ptr, struct shvm_catalog *, shvm_catalog_free);
AUTO_DEFINE(disk_ptr, struct shvm_disk *, shvm_disk_close);

/*
 * Read a catalog; der is copied. Its signature is checked with the certificate
 * inside before its content is parsed: SHVM_E_VERIFY "bad-signature". Whether
 * that signer is trusted is not. SHVM_E_FORMAT "bad-catalog" whatever else is
 * wrong with it. message (may be NULL) receives the decoded CMS.
 */
int template_catalog_decode(const uint8_t *der, size_t len,
			    struct shvm_catalog **ret,
			    struct cms_message *message, struct shvm_err *err);

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
 * Progress over several volumes: the digest of one of them, with the counts
 * of those before it added.
 */
struct template_progress {
	uint64_t done, total; /* bytes */
};
int template_digest(struct shvm_disk *disk, uint64_t offset, uint64_t size,
		    const struct digest_params *params,
		    struct template_progress *progress, struct digest *ret,
		    struct shvm_err *err);

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
int template_check_form(struct shvm_disk *disk, const struct catalog *catalog,
			bool allow_differencing, struct shvm_err *err);

/* The volumes by GPT GUID, where they were; SHVM_E_VERIFY "layout-changed". */
int template_check_layout(const struct shvm_disk *disk,
			  const struct catalog *catalog, struct shvm_err *err);

/*
 * The digest of each volume, up to the first that differs: SHVM_E_VERIFY
 * "digest-mismatch". With the params' tree file it is compared with that, or
 * only a sample of that many blocks. results has an entry for each volume; of
 * those reached, actual, checked, match and changes are set, whatever the
 * result is. SHVM_E_IO "changed" when somebody wrote to the disk meanwhile.
 */
int template_check_digests(struct shvm_disk *disk,
			   const struct catalog *catalog,
			   const struct shvm_digest_params *params,
			   uint32_t sample, struct shvm_volume_result *results,
			   struct shvm_err *err);

#endif
