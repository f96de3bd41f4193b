/* SPDX-License-Identifier: MIT */
/* Decodes the parent locator item (2.6.2.6). */
#ifndef VHDX_LOCATOR_H
#define VHDX_LOCATOR_H

#include "base/rules.h"
#include "vhdx/format.h"

enum {
	LOCATOR_PAIRS_MAX = 256
}; /* openvmm's limit; [MS-VHDX] has no limit */

struct locator_pair {
	char *key, *value; /* UTF-8 */
};

struct locator {
	struct locator_pair *pairs;
	size_t count;
	struct shvm_guid linkage[2]; /* zero: none, never matches */
	const char *relative, *volume, *absolute; /* values, or NULL */
};

/* at is the item's offset in the file, for findings. */
int locator_decode(const uint8_t *data, size_t len, uint64_t at,
		   struct rules *rules, struct locator *ret,
		   struct shvm_err *err);
void locator_done(struct locator *l);

/* Is one of the linkage GUIDs that of this parent (its DataWriteGuid)? */
bool locator_is_linked(const struct locator *l, const struct shvm_guid *parent);

#endif
