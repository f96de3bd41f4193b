/* SPDX-License-Identifier: MIT */
/*
 * Part files: the JSON, then a merge of the part alone and with itself. The
 * merge is also called below the checksum, which few inputs would get right.
 */
#include "cli/digest_part.h"
#include "hash/ranges.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Without the checksum. */
static void merge(const struct shvm_digest_part *p)
{
	struct part own = { .volume_at = p->offset,
			    .first = p->first,
			    .end = p->end,
			    .run_count = p->run_count,
			    .bytes_hashed = p->bytes_hashed };
	const struct part *list[2] = { &own, &own };
	struct digest digest;

	if (tree_plan(p->size, p->block_size, (enum hash_algorithm)p->algorithm,
		      &own.tree, NULL) != SHVM_OK)
		return;
	memcpy(&own.runs, &p->runs, sizeof(own.runs)); /* borrowed */
	memcpy(&own.hashes.data, &p->hashes, sizeof(own.hashes.data));
	own.hashes.len = p->hashes_size;
	(void)parts_merge(list, 1, &digest, NULL);
	(void)parts_merge(list, 2, &digest, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct shvm_digest_part *list[1];
	struct shvm_digest_part *part = NULL;
	struct shvm_digest digest;

	if (size > 1 << 20 ||
	    digest_part_decode((const char *)data, size, "input", &part,
			       NULL) != SHVM_OK)
		return 0;
	list[0] = part;
	if (shvm_digest_merge(list, 1, &digest, NULL) == SHVM_OK)
		assert(digest.size == part->size);
	merge(part);
	digest_part_free(part);
	return 0;
}
