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

/* How the bytes of a disk are read into memory. */
enum shvm_digest_io {
	SHVM_IO_AUTO,	/* READ for data in the page cache, else DIRECT */
	SHVM_IO_READ,	/* pread() through the page cache */
	SHVM_IO_DIRECT, /* O_DIRECT with several requests in flight */
	SHVM_IO_MMAP,	/* the file is mapped; see shvm_mapping_guard() */
};

/* Start as { 0 }. */
struct shvm_digest_params {
	enum shvm_hash algorithm;  /* default SHA-256 */
	uint32_t block_size;	   /* bytes, a power of two, 4 KiB to 1 MiB;
				     0: 4096 */
	uint32_t jobs;		   /* threads, up to 256; 0: one per CPU */
	const char *kernel;	   /* NULL: the fastest here */
	shvm_progress_fn progress; /* NULL: none; counts bytes */
	void *progress_ctx;
	enum shvm_digest_io io;
	uint64_t reserved[4]; /* zeros */
};

/* Where a hash tree is written, in the format of veritysetup. */
struct shvm_tree_output {
	const char *path;
	bool replace;	      /* an existing file is replaced */
	uint64_t reserved[4]; /* zeros */
};

/*
 * Bytes of a volume that were read, by method. They are the hashed bytes, and
 * zeros that are not known as holes.
 */
struct shvm_io_bytes {
	uint64_t read;	   /* pread() through the page cache */
	uint64_t direct;   /* O_DIRECT with pread(): io_uring was refused */
	uint64_t io_uring; /* O_DIRECT with io_uring */
	uint64_t mapped;
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
	struct shvm_io_bytes io; /* zeros from a merge, which reads none */
	uint64_t reserved[4];	 /* zeros */
};

/* A digest as in a catalog: what was signed. */
struct shvm_signed_digest {
	enum shvm_hash algorithm;
	uint32_t block_size, hash_size; /* bytes */
	uint8_t digest[SHVM_HASH_SIZE_MAX];
};

/*
 * The place of a volume on its disk, or of other bytes that are hashed as a
 * volume.
 */
struct shvm_span {
	uint64_t offset, size; /* bytes; size is not 0 */
};

/**
 * shvm_disk_digest() - the digest of a range of a disk
 * @disk: an open disk
 * @volume: its place; from 0 the whole disk
 * @params: NULL for the defaults
 * @tree: a file that receives the hash tree; NULL: none is written
 * @ret: receives the digest; untouched on failure
 *
 * Source: Linux kernel documentation, fs-verity: "Merkle tree" and
 *         "fsverity_descriptor"; docs/FORMAT-DIGEST.md.
 * Threads: the result does not depend on @params->jobs or ->kernel.
 * Errors: SHVM_E_IO, _ARG, _CANCELLED, _NOMEM, _CRYPTO.
 */
SHVM_API SHVM_MUST_CHECK int shvm_disk_digest(
	struct shvm_disk *disk, struct shvm_span volume,
	const struct shvm_digest_params *params,
	const struct shvm_tree_output *tree, struct shvm_digest *ret,
	struct shvm_err *err);

/**
 * shvm_mapping_guard() - allow SHVM_IO_MMAP in this process
 *
 * Sets a handler for SIGBUS that turns the loss of a mapped page (a file that
 * another process cuts short, a disk that fails) into SHVM_E_IO of the call
 * that reads it; any other SIGBUS is passed to the previous handler. May be
 * called again; fails if another handler was set since. Only a program should
 * call this, not a library. Mapping avoids a copy of the data, but bytes that
 * another process writes during the hashing may be seen in part: use it only
 * for disks that are not written to.
 */
SHVM_API SHVM_MUST_CHECK int shvm_mapping_guard(struct shvm_err *err);

enum {
	SHVM_RANGES_MAX = 65536,
	SHVM_IDENTITY_MAX = 160
};

/* One range of a plan. Ranges may be empty where there is little data. */
struct shvm_digest_range {
	uint64_t offset, size; /* bytes of the volume */
	uint64_t data;	       /* bytes that will be read, at most */
};

/**
 * shvm_disk_digest_plan() - cut a volume into ranges for several machines
 * @disk: an open disk
 * @volume: its place; from 0 the whole disk
 * @params: NULL for the defaults
 * @n: how many, 1 to SHVM_RANGES_MAX
 * @ret: receives n ranges, which have the same share of the allocated bytes
 * @ret_identity: receives a text that identifies the disk: the ids of a VHDX
 *                and of its data; the id, size and time of change of a VHD; size
 *                and time of change of a raw file
 *
 * Reads only the map of allocated data. Equal disks give equal plans.
 * Errors: SHVM_E_IO, _ARG, _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_disk_digest_plan(
	struct shvm_disk *disk, struct shvm_span volume,
	const struct shvm_digest_params *params, uint32_t n,
	struct shvm_digest_range *ret, char ret_identity[SHVM_IDENTITY_MAX],
	struct shvm_err *err);

/* count hashes of one level that follow each other, the first at index. */
struct shvm_digest_run {
	uint32_t level, count;
	uint64_t index;
};

/* The result of one machine: docs/FORMAT-DIGEST.md, "Parts". */
struct shvm_digest_part {
	const char *identity;  /* as in the plan */
	uint64_t offset, size; /* bytes; of the volume on the disk */
	enum shvm_hash algorithm;
	uint32_t block_size; /* bytes */
	uint64_t first, end; /* blocks of the volume: first to end - 1 */
	const struct shvm_digest_run *runs;
	size_t run_count;
	const uint8_t *hashes; /* of all runs, one after the other */
	size_t hashes_size;    /* bytes */
	uint64_t bytes_hashed;
	/* How it was computed: not part of the file, ignored by a merge. */
	const char *kernel; /* a string constant; NULL in a part from a file */
	uint32_t jobs;
	double seconds;
	struct shvm_io_bytes io;
	uint8_t checksum[32]; /* SHA-256 over what a merge uses */
};

/**
 * shvm_disk_digest_part() - hash one range of a plan
 * @disk: an open disk
 * @volume: its place; from 0 the whole disk
 * @params: as for the plan
 * @i: number of the range, from 0
 * @n: how many the plan has
 * @ret: receives the part; release it with shvm_digest_part_free()
 *
 * Errors: as shvm_disk_digest().
 */
SHVM_API SHVM_MUST_CHECK int shvm_disk_digest_part(
	struct shvm_disk *disk, struct shvm_span volume,
	const struct shvm_digest_params *params, uint32_t i, uint32_t n,
	struct shvm_digest_part **ret, struct shvm_err *err);

/**
 * shvm_digest_part_free() - release a part of shvm_disk_digest_part()
 * @part: the part; NULL is fine
 */
SHVM_API void shvm_digest_part_free(struct shvm_digest_part *part);

/**
 * shvm_digest_merge() - the digest of a volume from its parts, in any order
 * @parts: all parts of one plan
 * @count: how many
 * @ret: receives the digest
 *
 * The parts are trusted to be the results of the machines; the checksum only
 * detects damage. bytes_hashed of the result is their sum; jobs and seconds are
 * 0.
 * Errors: SHVM_E_ARG for parts of different disks, volumes or parameters, for
 *         gaps and overlaps; SHVM_E_FORMAT for an impossible part; _NOMEM.
 */
SHVM_API SHVM_MUST_CHECK int shvm_digest_merge(
	const struct shvm_digest_part *const *parts, size_t count,
	struct shvm_digest *ret, struct shvm_err *err);

/* Bytes of a disk that differ from the signed ones, in whole blocks. */
struct shvm_change {
	uint64_t offset, size; /* bytes of the disk */
};

/* Result of a comparison with a tree file. */
struct shvm_changes {
	struct shvm_change *items; /* in order; the first ones if many */
	size_t count;
	uint64_t blocks_checked, blocks_changed;
	uint8_t digest[SHVM_HASH_SIZE_MAX]; /* found by a comparison */
	uint64_t reserved[4];		    /* zeros */
};

/**
 * shvm_changes_done() - release what a comparison found
 * @changes: a filled one, or { 0 }
 */
SHVM_API void shvm_changes_done(struct shvm_changes *changes);

/**
 * shvm_hash_name() - "fs-verity-sha256" or "fs-verity-sha512", as in catalogs
 * @algorithm: which
 */
SHVM_API const char *shvm_hash_name(enum shvm_hash algorithm);

#ifdef __cplusplus
}
#endif

#endif
