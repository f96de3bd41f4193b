/* SPDX-License-Identifier: MIT */
/* Builds, writes and reads the volume signature catalog's XML. */
#ifndef SIGNER_CATALOG_H
#define SIGNER_CATALOG_H

#include "base/buf.h"

#include <shvm/template.h>

#define CATALOG_NS "urn:shvm:volume-signature-catalog:2"

#define CATALOG_NS_1 "urn:shvm:volume-signature-catalog:1" /* former version */

/* [MS-VHDX] 2.6.2: the largest virtual disk, 64 TiB. */
#define CATALOG_DISK_MAX (UINT64_C(64) << 40)

/* The user metadata item that holds a catalog in a VHDX (formats, section 2). */
extern const struct shvm_guid catalog_item_id;

/* Arrays that the info of a catalog points to. */
struct catalog_lists {
	struct shvm_catalog_volume *volumes;
	struct shvm_catalog_region *regions;
};
void catalog_lists_done(struct catalog_lists *lists);

/* Both check every rule of the format, so every written catalog can be read.
 * SHVM_E_ARG from encoding, SHVM_E_FORMAT from decoding. Signer, times and the
 * SHA-256 of the content are not in the XML. */
int catalog_encode(const struct shvm_catalog_info *catalog, struct buf *ret,
		   struct shvm_err *err);
int catalog_decode(const uint8_t *xml, size_t len,
		   struct shvm_catalog_info *ret, struct catalog_lists *lists,
		   struct shvm_err *err);

/* Checks every rule about values; returns code for a violation. */
int catalog_check(const struct shvm_catalog_info *catalog, int code,
		  struct shvm_err *err);

/* A partition's name: UTF-8, at most 36 units as UTF-16, may be empty. */
enum {
	CATALOG_NAME_UNITS_MAX = 36
};
int catalog_check_partition_name(const char *name, uint32_t number, int code,
				 struct shvm_err *err);

/* Checks a template's name: UTF-8, 1 to 255 bytes, no control character and no
 * character that XML cannot represent. Returns code for a violation. */
int catalog_check_name(const char *name, int code, struct shvm_err *err);

#endif
