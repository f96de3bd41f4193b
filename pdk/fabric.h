/* SPDX-License-Identifier: MIT */
/* Fabric data (FSK): pairs of keys and values, and their substitution. */
#ifndef PDK_FABRIC_H
#define PDK_FABRIC_H

#include "pdk/placeholder.h"

#include <shvm/fabric.h>

#define FSK_NS "urn:shvm:fabric-data:1"

enum {
	FABRIC_PAIRS_MAX = 1000, /* our limits, all of these */
	FABRIC_KEY_MAX = 128,	 /* bytes */
	FABRIC_VALUE_MAX = 4096, /* bytes */
	FABRIC_FILE_MAX = 8 << 20,
	FABRIC_RESULT_MAX = 64 << 20, /* bytes of one file after substitution */
};

struct fabric_pair {
	char *key, *value;
};

struct shvm_fabric {
	struct fabric_pair *pairs;
	size_t count;
};
AUTO_DEFINE(fabric_ptr, struct shvm_fabric *, shvm_fabric_free);

int fabric_decode(const uint8_t *xml, size_t len, struct shvm_fabric **ret,
		  struct shvm_err *err);
int fabric_encode(const struct shvm_fabric *f, struct buf *ret,
		  struct shvm_err *err);

/* The value of a key, or NULL. */
const char *fabric_value(const struct shvm_fabric *f, const char *key);

/*
 * Append text with each placeholder replaced by its value: escaped in XML, limited
 * to few characters in YAML and scripts. Values are not scanned for placeholders.
 * *count is increased by the number of replacements.
 *
 * SHVM_E_VERIFY with reason "answer-file-incomplete" (no value) or
 * "value-refused"; as placeholders_find().
 */
int fabric_substitute(const struct shvm_fabric *f, enum placeholder_form form,
		      const struct buf *text, struct buf *ret, size_t *count,
		      struct shvm_err *err);

/* Strings from malloc(). Start as { 0 }. */
struct tokens {
	char **items;
	size_t count;
};
void tokens_done(struct tokens *t);

/* Add the placeholders of a text that are not yet in t, in order. */
int fabric_scan(enum placeholder_form form, const void *text, size_t len,
		struct tokens *t, struct shvm_err *err);

/* SHVM_E_VERIFY "answer-file-incomplete" names placeholders without a value; f may
 * be NULL for no values. */
int fabric_check_complete(const struct shvm_fabric *f, const struct tokens *t,
			  struct shvm_err *err);

#endif
