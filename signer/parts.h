/* SPDX-License-Identifier: MIT */
/* The parts that a disk, or what of it is signed, consists of by its catalog. */
#ifndef SIGNER_PARTS_H
#define SIGNER_PARTS_H

#include "base/auto.h"
#include "base/err.h"
#include "disk/gpt_encode.h"

#include <shvm/template.h>

/* By offset; nothing of them is checked yet. */
struct parts {
	struct shvm_part_result *items;
	size_t count;
};
void parts_done(struct parts *parts);

/* The table of a disk that is covered; entries has room for each volume, or is
 * NULL, which leaves them out. */
struct gpt_values parts_table(const struct shvm_catalog_info *catalog,
			      struct gpt_entry *entries);

/*
 * The gaps of a disk that is covered: what is outside LBA 0, the table and the
 * volumes. ret has room for one more than there are volumes; how many.
 */
size_t parts_gaps(const struct shvm_catalog_info *catalog,
		  struct shvm_span *ret);

/*
 * What is to be compared with a catalog whose every rule was checked. Of
 * coverage disk the parts are the disk: each begins where the one before ends.
 * A gap of which no region says what it holds is expected to be zeros; their
 * digest is left out.
 */
int parts_plan(const struct shvm_catalog_info *catalog, struct parts *ret,
	       struct shvm_err *err);

/*
 * The digest of such gaps' zeros. That is seconds of work for a catalog made to
 * be slow, so it waits for the signer, and for a disk of the right form.
 */
int parts_expect_zeros(const struct shvm_catalog_info *catalog,
		       struct parts *parts, struct shvm_err *err);

/* Bytes of those that are hashed, and of those that are as they were signed. */
uint64_t parts_to_hash(const struct parts *parts);
uint64_t parts_equal(const struct parts *parts);

/* The last word: each part was looked at and is what was signed, and where that
 * is the disk, of this size, each byte of it is in one of them. */
bool parts_as_signed(const struct parts *parts,
		     const struct shvm_catalog_info *catalog,
		     uint64_t disk_size);

/* Take what was read: is it what was signed? Not without an expected digest. */
void part_take(struct shvm_part_result *part, const uint8_t *digest);

/* "partition 3 (ESP)", "LBA 0", "gap of 512 bytes at 1024", ...: ret. */
enum {
	PART_NAME_MAX = 80
};
const char *part_name(const struct shvm_part_result *part,
		      char ret[PART_NAME_MAX]);

#endif
