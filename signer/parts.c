/* SPDX-License-Identifier: MIT */
/* The parts that a disk, or what of it is signed, consists of by its catalog. */
#include "signer/parts.h"

#include <stdio.h>
#include <stdlib.h>

void parts_done(struct parts *parts)
{
	for (size_t i = 0; i < parts->count; i++)
		shvm_changes_done(&parts->items[i].changes);
	free(parts->items);
	*parts = (struct parts){ 0 };
}

int parts_plan(const struct shvm_catalog_info *c, struct parts *ret,
	       struct shvm_err *err)
{
	AUTO_DONE(parts) parts = { 0 };

	parts.items = calloc(c->volume_count + 1, sizeof(*parts.items));
	TRY(err_null(err, parts.items, "catalog"));
	for (size_t i = 0; i < c->volume_count; i++) {
		const struct shvm_catalog_volume *v = &c->volumes[i];

		parts.items[parts.count++] = (struct shvm_part_result){
			.part = SHVM_PART_VOLUME,
			.role = v->role,
			.number = v->number,
			.offset = v->offset,
			.size = v->size,
			.expected = v->digest,
		};
	}
	*ret = MOVE(parts);
	return SHVM_OK;
}

uint64_t parts_size(const struct parts *parts)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < parts->count; i++)
		sum += parts->items[i].size;
	return sum;
}

const char *part_name(const struct shvm_part_result *part,
		      char ret[PART_NAME_MAX])
{
	switch (part->part) {
	case SHVM_PART_VOLUME:
		if (part->number == 0)
			(void)snprintf(ret, PART_NAME_MAX, "volume %s",
				       shvm_role_name(part->role));
		else
			(void)snprintf(ret, PART_NAME_MAX, "partition %u (%s)",
				       part->number,
				       shvm_role_name(part->role));
		break;
	case SHVM_PART_LBA0:
		(void)snprintf(ret, PART_NAME_MAX, "LBA 0");
		break;
	case SHVM_PART_TABLE:
		(void)snprintf(ret, PART_NAME_MAX, "GPT of %ju bytes at %ju",
			       (uintmax_t)part->size, (uintmax_t)part->offset);
		break;
	case SHVM_PART_GAP:
		(void)snprintf(ret, PART_NAME_MAX, "gap of %ju bytes at %ju",
			       (uintmax_t)part->size, (uintmax_t)part->offset);
		break;
	}
	return ret;
}
