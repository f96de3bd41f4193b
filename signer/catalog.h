/* SPDX-License-Identifier: MIT */
/* Builds, writes and reads the volume signature catalog's XML. */
#ifndef SIGNER_CATALOG_H
#define SIGNER_CATALOG_H

#include "base/buf.h"
#include "hash/tree.h"

#include <shvm/disk.h>

enum {
	CATALOG_VOLUMES_MAX = 2,
	CATALOG_NAME_MAX = 255
};
#define CATALOG_NS "urn:shvm:volume-signature-catalog:1"

/* [MS-VHDX] 2.6.2: the largest virtual disk, 64 TiB. */
#define CATALOG_DISK_MAX (UINT64_C(64) << 40)

/* The user metadata item that holds a catalog in a VHDX (formats, section 2). */
extern const struct shvm_guid catalog_item_id;

struct catalog_volume {
	enum shvm_role role;
	struct shvm_guid guid, type_guid;
	uint64_t offset, size; /* bytes */
	enum hash_algorithm algorithm;
	uint32_t block_size;
	uint8_t digest[HASH_SIZE_MAX];
};

struct catalog {
	char name[CATALOG_NAME_MAX + 1]; /* UTF-8, not empty */
	struct shvm_version version;
	enum shvm_disk_type disk_type;
	struct shvm_guid disk_guid;
	uint64_t disk_size;
	uint32_t sector_size;
	struct catalog_volume volumes[CATALOG_VOLUMES_MAX];
	size_t volume_count;
};

/* Both check every rule of the format; a catalog that cannot be read back is
 * not written. SHVM_E_ARG from encoding, SHVM_E_FORMAT from decoding. */
int catalog_encode(const struct catalog *catalog, struct buf *ret,
		   struct shvm_err *err);
int catalog_decode(const uint8_t *xml, size_t len, struct catalog *ret,
		   struct shvm_err *err);

/* A template's name: UTF-8, 1 to 255 bytes, no control character and nothing
 * that XML cannot hold. code is what a violation returns. */
int catalog_check_name(const char *name, int code, struct shvm_err *err);

#endif
