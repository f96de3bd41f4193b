/* SPDX-License-Identifier: MIT */
/* The first bytes of files and of partitions: what do they say they are? */
#include "disk/partition.h"
#include "source/foreign.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t head[FOREIGN_HEAD] = { 0 }, tail[FOREIGN_TAIL] = { 0 };
	enum shvm_content content = SHVM_CONTENT_UNKNOWN;
	AUTO(source_ptr) s = NULL;
	const struct foreign *is;

	if (size == 0)
		return 0;
	memcpy(head, data, least(size, sizeof(head)));
	if (size >= sizeof(tail))
		memcpy(tail, data + size - sizeof(tail), sizeof(tail));
	is = foreign_decode(head, tail);
	assert(!is || (is->name && is->advice));

	if (source_memory(data, size, 512, &s, NULL) == SHVM_OK)
		assert(partition_content(s, 0, size, &content, NULL) ==
		       SHVM_OK);
	assert(shvm_content_name(content));
	return 0;
}
