/* SPDX-License-Identifier: MIT */
/* Builds, writes and reads the volume signature catalog's XML. */
#ifndef SIGNER_CATALOG_H
#define SIGNER_CATALOG_H

#include "base/buf.h"
#include "signer/tree.h"

#include <shvm/disk.h>

enum {
	CATALOG_VOLUMES_MAX = 2,
	CATALOG_NAME_MAX = 255
};

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

int catalog_encode(const struct catalog *catalog, struct buf *ret,
		   struct shvm_err *err);
int catalog_decode(const uint8_t *xml, size_t len, struct catalog *ret,
		   struct shvm_err *err);

#endif
