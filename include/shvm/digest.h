/* SPDX-License-Identifier: MIT */
/* The volume digest: fs-verity's construction over a volume. C99, C++ clean. */
#ifndef SHVM_DIGEST_H
#define SHVM_DIGEST_H

#include <shvm/disk.h>

#ifdef __cplusplus
extern "C" {
#endif

enum shvm_hash {
	SHVM_HASH_SHA256,
	SHVM_HASH_SHA512
};

enum {
	SHVM_HASH_SIZE_MAX = 64
};

/* Start as { 0 }. */
struct shvm_digest_params {
	enum shvm_hash algorithm;  /* default SHA-256 */
	uint32_t block_size;	   /* bytes, a power of two, 4 KiB to 1 MiB;
				     0: 4096 */
	uint32_t jobs;		   /* threads, up to 256; 0: one a CPU */
	const char *kernel;	   /* NULL: the fastest here */
	shvm_progress_fn progress; /* NULL: none; counts bytes */
	void *progress_ctx;
};

struct shvm_digest {
	enum shvm_hash algorithm;
	uint32_t block_size; /* bytes */
	uint32_t hash_size;  /* bytes of root and digest in use */
	uint64_t size;	     /* bytes of the volume */
	uint8_t root[SHVM_HASH_SIZE_MAX];
	uint8_t digest[SHVM_HASH_SIZE_MAX];   /* of the fs-verity descriptor */
	uint64_t bytes_hashed, bytes_skipped; /* skipped: known to be zeros */
	const char *kernel;		      /* a string constant */
	uint32_t jobs;
	double seconds;
};

/**
 * shvm_disk_digest() - the digest of a range of a disk
 * @disk: an open disk
 * @offset: bytes; the start of a volume, or 0
 * @size: bytes; of the volume, or of the whole disk; not 0
 * @params: NULL for the defaults
 * @ret: receives the digest; untouched on failure
 *
 * Source: Linux kernel documentation, fs-verity: "Merkle tree" and
 *         "fsverity_descriptor"; formats section 1.
 * Threads: the result does not depend on @params->jobs or ->kernel.
 * Errors: SHVM_E_IO, _ARG, _CANCELLED, _NOMEM, _CRYPTO.
 */
SHVM_API SHVM_MUST_CHECK int shvm_disk_digest(
	struct shvm_disk *disk, uint64_t offset, uint64_t size,
	const struct shvm_digest_params *params, struct shvm_digest *ret,
	struct shvm_err *err);

/* "fs-verity-sha256" or "fs-verity-sha512", as in catalogs. */
SHVM_API const char *shvm_hash_name(enum shvm_hash algorithm);

#ifdef __cplusplus
}
#endif

#endif
