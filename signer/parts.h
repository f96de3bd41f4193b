/* SPDX-License-Identifier: MIT */
/* The parts that a disk, or what of it is signed, consists of by its catalog. */
#ifndef SIGNER_PARTS_H
#define SIGNER_PARTS_H

#include "base/auto.h"
#include "base/err.h"

#include <shvm/template.h>

/* By offset; nothing of them is checked yet. */
struct parts {
	struct shvm_part_result *items;
	size_t count;
};
void parts_done(struct parts *parts);

/* What is to be compared with a catalog whose every rule was checked. */
int parts_plan(const struct shvm_catalog_info *catalog, struct parts *ret,
	       struct shvm_err *err);

/* Bytes of all of them. */
uint64_t parts_size(const struct parts *parts);

/* "partition 3 (ESP)", "gap of 512 bytes at 1024", ...: returns ret. */
enum {
	PART_NAME_MAX = 80
};
const char *part_name(const struct shvm_part_result *part,
		      char ret[PART_NAME_MAX]);

#endif
