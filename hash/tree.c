/* SPDX-License-Identifier: MIT */
/* Cuts a volume into leaves and levels; pure arithmetic, no I/O. */
#include "hash/tree.h"

#include "base/le.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

/* struct fsverity_descriptor, Linux uapi/linux/fsverity.h. */
struct descriptor_disk {
	uint8_t version[1];	    /* +0x00 1 */
	uint8_t hash_algorithm[1];  /* +0x01 1 SHA-256, 2 SHA-512 */
	uint8_t log_blocksize[1];   /* +0x02 */
	uint8_t salt_size[1];	    /* +0x03 0 */
	uint8_t reserved[4];	    /* +0x04 */
	uint8_t data_size[8];	    /* +0x08 bytes */
	uint8_t root_hash[64];	    /* +0x10 padded with zeros */
	uint8_t salt[32];	    /* +0x50 */
	uint8_t reserved_tail[144]; /* +0x70 */
};
static_assert(sizeof(struct descriptor_disk) == DESCRIPTOR_SIZE,
	      "fsverity_descriptor is 256 bytes");

uint32_t hash_size(enum shvm_hash algorithm)
{
	return algorithm == SHVM_HASH_SHA512 ? 64 : 32;
}

const char *shvm_hash_name(enum shvm_hash algorithm)
{
	return algorithm == SHVM_HASH_SHA512 ? "fs-verity-sha512"
					     : "fs-verity-sha256";
}

int tree_plan(uint64_t data_size, uint32_t block_size, enum shvm_hash algorithm,
	      struct tree *ret, struct shvm_err *err)
{
	struct tree t = { .algorithm = algorithm, .block_size = block_size };
	uint64_t n;

	if (algorithm != SHVM_HASH_SHA256 && algorithm != SHVM_HASH_SHA512)
		return err_set(err, SHVM_E_ARG,
			       "tree: unknown hash algorithm %d",
			       (int)algorithm);
	if (block_size < BLOCK_SIZE_MIN || block_size > BLOCK_SIZE_MAX ||
	    (block_size & (block_size - 1)))
		return err_set(err, SHVM_E_ARG,
			       "tree: block size %" PRIu32
			       " is not a power of two within %d to %d",
			       block_size, BLOCK_SIZE_MIN, BLOCK_SIZE_MAX);
	if (!data_size)
		return err_set(err, SHVM_E_ARG, "tree: no data to hash");

	t.data_size = data_size;
	t.hash_size = hash_size(algorithm);
	t.fanout = block_size / t.hash_size;
	n = data_size / block_size + (data_size % block_size != 0);
	for (uint64_t span = 1;; span *= t.fanout) {
		if (t.levels == TREE_LEVELS_MAX)
			return err_set(err, SHVM_E_UNSUPPORTED,
				       "tree: %" PRIu64
				       " bytes in blocks of %" PRIu32
				       " need more than %d levels",
				       data_size, block_size, TREE_LEVELS_MAX);
		t.span[t.levels] = span;
		t.hashes[t.levels++] = n;
		if (n == 1)
			break;
		n = n / t.fanout + (n % t.fanout != 0);
	}
	*ret = t;
	return SHVM_OK;
}

uint64_t tree_bytes(const struct tree *tree, uint64_t first, uint64_t end)
{
	uint64_t at = first * tree->block_size;

	if (end >= tree->hashes[0])
		return tree->data_size - at;
	return end * tree->block_size - at;
}

void tree_descriptor(const struct tree *tree, const uint8_t *root,
		     uint8_t ret[DESCRIPTOR_SIZE])
{
	struct descriptor_disk d = { 0 };

	d.version[0] = 1;
	d.hash_algorithm[0] = tree->algorithm == SHVM_HASH_SHA512 ? 2 : 1;
	while (1u << d.log_blocksize[0] < tree->block_size)
		d.log_blocksize[0]++;
	le64_put(d.data_size, tree->data_size);
	memcpy(d.root_hash, root, tree->hash_size);
	memcpy(ret, &d, sizeof(d));
}
