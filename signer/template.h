/* SPDX-License-Identifier: MIT */
/* Shared by the files that implement <shvm/template.h>. */
#ifndef SIGNER_TEMPLATE_H
#define SIGNER_TEMPLATE_H

#include "base/checks.h"
#include "base/file.h"
#include "disk/disk.h"
#include "hash/digest.h"
#include "hash/disktree.h"
#include "signer/catalog.h"
#include "signer/cms.h"
#include "signer/parts.h"

#include <shvm/template.h>

/* A catalog with the memory that its info points to. */
struct shvm_catalog {
	struct shvm_catalog_info info;
	struct catalog_lists lists; /* of info */
	struct buf der;
	struct cms_message message; /* with a good signature */
};
AUTO_DEFINE(catalog_ptr, struct shvm_catalog *, shvm_catalog_free);
AUTO_DEFINE(disk_ptr, struct shvm_disk *, shvm_disk_close);

/* The DER in a disk; SHVM_E_FORMAT "no-catalog" if there is none. */
int template_disk_item(struct shvm_disk *disk, struct buf *ret,
		       struct shvm_err *err);

/* Is a failure a verdict about the catalog? Each SHVM_E_VERIFY is, and so are a
 * missing and a bad catalog. */
bool template_says_no(const struct shvm_err *why);

/* Loads the signer, with all checks that do not need a disk. */
struct template_signer {
	X509 *cert;
	EVP_PKEY *key;
	STACK_OF(X509) * chain; /* may be NULL */
};
int template_signer_load(const struct shvm_sign_params *params,
			 struct template_signer *ret, struct shvm_err *err);
void template_signer_done(struct template_signer *s);

/*
 * Hash the parts of an open disk and sign the result. tree starts as { 0 }; the
 * caller releases it, also after a failure. It is written before the catalog, so
 * that there is no catalog without its tree.
 */
int template_sign_disk(struct shvm_disk *disk,
		       const struct shvm_sign_params *params,
		       const struct template_signer *signer,
		       struct shvm_catalog **ret, struct file_pending *tree,
		       struct shvm_err *err);

/*
 * Progress over several parts: the caller sees the total over all parts. Returns
 * the params for the next part, with the algorithm and block size of its signed
 * digest.
 */
struct template_progress {
	const struct shvm_digest_params *params; /* the caller's */
	uint64_t before, size, total;		 /* bytes */
};
struct shvm_digest_params template_next_part(
	struct template_progress *progress,
	const struct shvm_part_result *part);

/* SHVM_E_IO "changed" if the disk was written to since it was opened. */
int template_check_unchanged(struct shvm_disk *disk, struct shvm_err *err);

/* What is checked, in this order; the first no ends it. */
enum template_stage {
	STAGE_CATALOG,
	STAGE_SIGNER,
	STAGE_COVERAGE,
	STAGE_LAYOUT,
	STAGE_DIGEST
};

/*
 * All checks of a disk against its catalog but those of the digests. The first
 * members are the caller's; a catalog that is NULL becomes own_catalog, the
 * disk's. template_says_no() says of a failure whether it is a verdict.
 */
struct template_checks {
	struct shvm_disk *disk;
	const struct shvm_catalog *catalog;
	const struct shvm_trust *trust;
	enum shvm_coverage require;
	bool allow_differencing;
	struct shvm_catalog *own_catalog;
	struct parts parts;
	struct checks differences; /* of the layout */
	enum template_stage stage; /* the one that ended it */
};
int template_check_signed(struct template_checks *c, struct shvm_err *err);
void template_checks_done(struct template_checks *c);

/* Is the required coverage met? SHVM_E_VERIFY "coverage". */
int template_check_coverage(enum shvm_coverage covered,
			    enum shvm_coverage require, struct shvm_err *err);

/*
 * Is it a disk without a parent (SHVM_E_VERIFY "differencing", unless allowed),
 * with the signed layout, and with the same content for every reader
 * ("undefined-blocks")?
 */
int template_check_form(struct shvm_disk *disk,
			const struct shvm_catalog_info *catalog,
			bool allow_differencing, struct parts *parts,
			struct checks *found, struct shvm_err *err);
/* The last of these checks, with this error code. */
int template_check_defined(struct shvm_disk *disk, const struct parts *parts,
			   int code, struct shvm_err *err);

/*
 * Compare size, table and partitions: SHVM_E_VERIFY "layout-changed" with the first
 * difference; found, which starts as { 0 }, receives a failed check "layout" for
 * each. With coverage disk each byte of both copies of the table is compared.
 */
int template_check_layout(struct shvm_disk *disk,
			  const struct shvm_catalog_info *catalog,
			  struct checks *found, struct shvm_err *err);
/* Compare each byte of both copies; found receives checks of this id. */
int template_compare_table(struct shvm_disk *disk,
			   const struct shvm_catalog_info *catalog,
			   const char *id, struct checks *found,
			   struct shvm_err *err);
/* An error with the first of them, and their number. */
int template_differences(int code, const char *reason,
			 const struct checks *found, struct shvm_err *err);

/*
 * The hashed bytes of a part: for LBA 0 its canonical form, for which sector must
 * outlive the source. The disk must outlive it, too.
 */
enum {
	PART_SECTOR_MAX = 4096
};
int template_part_source(struct shvm_disk *disk,
			 const struct shvm_part_result *part,
			 uint8_t sector[PART_SECTOR_MAX], struct source **ret,
			 struct shvm_err *err);
/* Is it one of the parts of the tree file? */
bool part_has_tree(const struct shvm_part_result *part);

/*
 * Hash all parts but the tables, of which parts receives the digests; where out
 * has a path, write their tree file, too. tree as in template_sign_disk().
 */
int template_hash(struct shvm_disk *disk,
		  const struct shvm_digest_params *digest,
		  const struct shvm_tree_output *out, mode_t mode,
		  struct parts *parts, struct file_pending *tree,
		  struct shvm_err *err);
/* The first part that was hashed and differs: SHVM_E_VERIFY. */
int template_check_match(const struct parts *parts, struct shvm_err *err);

/* Open the tree file of these parts. */
int template_tree_open(const char *path, const struct parts *parts,
		       struct disktree **ret, struct shvm_err *err);

/* Compare LBA 0; sector receives the bytes that were compared. */
int template_check_lba0(struct shvm_disk *disk, struct shvm_part_result *part,
			uint8_t sector[PART_SECTOR_MAX], struct shvm_err *err);

/*
 * Compare the digest of each part, up to the first that differs: SHVM_E_VERIFY
 * "digest-mismatch". With a tree file all blocks are compared with it, or only a
 * sample. actual, checked, match and changes of the parts that were reached are
 * set, regardless of the result.
 * SHVM_E_IO "changed" when the disk was written to meanwhile.
 */
int template_check_digests(struct shvm_disk *disk,
			   const struct shvm_verify_params *params,
			   struct parts *parts, struct shvm_err *err);

#endif
