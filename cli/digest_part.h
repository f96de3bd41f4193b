/* SPDX-License-Identifier: MIT */
/* Parts of a digest as JSON files: docs/FORMAT-DIGEST.md, "Parts". */
#ifndef CLI_DIGEST_PART_H
#define CLI_DIGEST_PART_H

#include "base/auto.h"
#include "base/err.h"

#include <jansson.h>
#include <shvm/digest.h>

enum {
	DIGEST_PART_FILE_MAX = 16 << 20
}; /* bytes; our limit: two levels of blocks of 1 MiB need 8 MiB */

/* The JSON object of a part, or NULL when memory runs out. */
json_t *digest_part_encode(const struct shvm_digest_part *part);

/* A part that owns what it points to; messages name it by what. */
int digest_part_decode(const char *json, size_t len, const char *what,
		       struct shvm_digest_part **ret, struct shvm_err *err);
void digest_part_free(
	struct shvm_digest_part *part); /* one of digest_part_decode() */

/* Read part files and merge them. */
int digest_parts_merge_files(char *const *paths, struct shvm_digest *ret,
			     struct shvm_err *err);

#endif
