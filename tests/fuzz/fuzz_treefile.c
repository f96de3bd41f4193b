/* SPDX-License-Identifier: MIT */
/* Superblocks of tree files. */
#include "hash/treefile.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t root[SHVM_HASH_SIZE_MAX] = { 0 }, again[TREEFILE_SUPERBLOCK];
	struct treefile_layout layout;
	struct tree tree, same;

	if (treefile_decode(data, size, &tree, NULL) != SHVM_OK)
		return 0;
	(void)treefile_layout(&tree, &layout, NULL);
	treefile_superblock(&tree, root, again);
	assert(treefile_decode(again, sizeof(again), &same, NULL) == SHVM_OK);
	assert(memcmp(&tree, &same, sizeof(tree)) == 0);
	return 0;
}
