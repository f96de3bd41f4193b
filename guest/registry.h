/* SPDX-License-Identifier: MIT */
/*
 * Which facts the registry of a Windows tells. Both engines read the same keys,
 * each with its own library.
 */
#ifndef GUEST_REGISTRY_H
#define GUEST_REGISTRY_H

#include "guest/facts.h"

/* How keys and values of the open hive h are found and read. A handle of 0 is
 * not there; a negative one: what leads there is damaged. */
struct registry_ops {
	int64_t (*root)(void *h);
	int64_t (*child)(void *h, int64_t key, const char *name);
	int64_t (*value)(void *h, int64_t key, const char *name);
	/* 0: *ret is a text to free, or NULL of another kind; negative: damaged */
	int (*text)(void *h, int64_t value, char **ret);
	/* False: of another kind. */
	bool (*number)(void *h, int64_t value, uint32_t *ret);
};

/* From the open hives SOFTWARE and SYSTEM. Their own facts say whether what was
 * looked at could be read; trouble says so, too. */
void registry_software(const struct registry_ops *ops, void *h,
		       struct shvm_guest_facts *f);
void registry_system(const struct registry_ops *ops, void *h,
		     struct shvm_guest_facts *f);

#endif
