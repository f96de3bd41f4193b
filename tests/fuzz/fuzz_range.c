/* SPDX-License-Identifier: MIT */
/*
 * Part files: the JSON, then a merge of the part alone and with itself. The
 * merge is also called below the checksum, which few inputs would get right.
 */
#include "cli/digest_part.h"
#include "hash/ranges.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct shvm_digest_part *list[2];
	struct shvm_digest_part *part = NULL;
	struct shvm_digest digest;

	if (size > 1 << 20 ||
	    digest_part_decode((const char *)data, size, "input", &part,
			       NULL) != SHVM_OK)
		return 0;
	list[0] = list[1] = part;
	if (shvm_digest_merge(list, 1, &digest, NULL) == SHVM_OK)
		assert(digest.size == part->size);
	(void)parts_merge(list, 1, &digest, NULL); /* without the checksum */
	(void)parts_merge(list, 2, &digest, NULL);
	digest_part_free(part);
	return 0;
}
