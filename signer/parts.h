/* SPDX-License-Identifier: MIT */
/* The parts of a disk, or of its signed area, according to its catalog. */
#ifndef SIGNER_PARTS_H
#define SIGNER_PARTS_H

#include "base/auto.h"
#include "base/err.h"
#include "disk/gpt_encode.h"

#include <shvm/template.h>

/* Sorted by offset; not checked yet. */
struct parts {
	struct shvm_part_result *items;
	size_t count;
};
void parts_done(struct parts *parts);

/* The table of a completely covered disk; entries has room for each volume, or is
 * NULL to leave them out. */
struct gpt_values parts_table(const struct shvm_catalog_info *catalog,
			      struct gpt_entry *entries);

/*
 * The gaps of a completely covered disk: all bytes outside LBA 0, the table and
 * the volumes. ret has room for one more than there are volumes; returns their
 * number.
 */
size_t parts_gaps(const struct shvm_catalog_info *catalog,
		  struct shvm_span *ret);

/*
 * The parts to compare with a catalog, whose rules were all checked before. With
 * coverage disk the parts are the whole disk: each starts at the end of the
 * previous one. A gap without a region is expected to be zeros; its digest is left
 * out.
 */
int parts_plan(const struct shvm_catalog_info *catalog, struct parts *ret,
	       struct shvm_err *err);

/*
 * Computes the digests of such gaps. A hostile catalog could make this take
 * seconds, so it is done after the signer and the form of the disk were checked.
 */
int parts_expect_zeros(const struct shvm_catalog_info *catalog,
		       struct parts *parts, struct shvm_err *err);

/* The bytes that are hashed, and the bytes that match the catalog. */
uint64_t parts_to_hash(const struct parts *parts);
uint64_t parts_equal(const struct parts *parts);

/* The final check: each part was checked and matches, and with coverage disk the
 * parts contain each byte of a disk of this size. */
bool parts_as_signed(const struct parts *parts,
		     const struct shvm_catalog_info *catalog,
		     uint64_t disk_size);

/* Stores the actual digest and compares it; no match without an expected one. */
void part_take(struct shvm_part_result *part, const uint8_t *digest);

/* "partition 3 (ESP)", "LBA 0", "gap of 512 bytes at 1024", ...: ret. */
enum {
	PART_NAME_MAX = 80
};
const char *part_name(const struct shvm_part_result *part,
		      char ret[PART_NAME_MAX]);

#endif
