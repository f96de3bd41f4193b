/* SPDX-License-Identifier: MIT */
/*
 * LUKS1 headers, and opening them with a passphrase. For the well-known
 * passphrase of Linux templates, with which their root file system is examined.
 */
#ifndef GUEST_LUKS_H
#define GUEST_LUKS_H

#include "base/secret.h"
#include "source/source.h"

/* Of Linux templates, from lsvmtools' how-to; not a secret. */
#define LUKS_WELL_KNOWN "passphrase"

enum {
	LUKS_HEADER_SIZE = 592,
	LUKS_SECTOR = 512,
	LUKS_SLOTS = 8
};

struct luks_slot {
	bool enabled;
	uint32_t iterations, stripes;
	uint8_t salt[32];
	uint64_t material_at; /* bytes from the start of the volume */
};

/* Native values of a header whose every field was checked. */
struct luks_header {
	char cipher[33], mode[33], hash[33], uuid[41];
	uint32_t key_size;   /* bytes */
	uint64_t payload_at; /* bytes from the start of the volume */
	uint8_t digest[20], digest_salt[32];
	uint32_t digest_iterations;
	struct luks_slot slots[LUKS_SLOTS];
};

/* size is that of the volume. SHVM_E_FORMAT, reason "luks-header". */
int luks_header_decode(const uint8_t buf[LUKS_HEADER_SIZE], uint64_t size,
		       struct luks_header *ret, struct shvm_err *err);

/* Read and decode the header of the volume. */
int luks_header_load(struct source *volume, struct luks_header *ret,
		     struct shvm_err *err);

/* Can every slot be tried here before until? If not, SHVM_E_UNSUPPORTED. */
int luks_check_work(const struct luks_header *h, int64_t until,
		    struct shvm_err *err);

/*
 * The key of the volume if the passphrase opens one of the slots, else NULL.
 * SHVM_E_UNSUPPORTED for unknown ciphers and hashes, or if the work that the
 * header demands cannot be done before until, a time of base/clock.h.
 */
int luks_open(struct source *volume, const struct luks_header *h,
	      const char *passphrase, int64_t until, struct secret **ret,
	      struct shvm_err *err);

/*
 * The decrypted payload of the volume of size bytes at byte at of the disk,
 * which must outlive it; the key is copied.
 */
int luks_source(struct source *disk, uint64_t at, uint64_t size,
		const struct luks_header *h, const struct secret *key,
		struct source **ret, struct shvm_err *err);

#endif
