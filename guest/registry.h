/* SPDX-License-Identifier: MIT */
/*
 * Facts from the registry of a Windows. Both engines read the same keys, each
 * with its own library.
 */
#ifndef GUEST_REGISTRY_H
#define GUEST_REGISTRY_H

#include "guest/facts.h"

/*
 * How keys and values of the open hive h are found and read. A handle of 0: it
 * does not exist; negative: the path to it is damaged.
 */
struct registry_ops {
	int64_t (*root)(void *h);
	int64_t (*child)(void *h, int64_t key, const char *name);
	int64_t (*value)(void *h, int64_t key, const char *name);
	/*
	 * 0: *ret is a text to free, or NULL for another type; negative:
	 * damaged
	 */
	int (*text)(void *h, int64_t value, char **ret);
	/* False: another type. */
	bool (*number)(void *h, int64_t value, uint32_t *ret);
};

/*
 * From the open hives SOFTWARE and SYSTEM. Their own facts say whether they
 * could be read; the reason is also in trouble.
 */
void registry_software(const struct registry_ops *ops, void *h,
		       struct shvm_guest_facts *f);
void registry_system(const struct registry_ops *ops, void *h,
		     struct shvm_guest_facts *f);

#endif
