/* SPDX-License-Identifier: MIT */
/* What the files of the public digest API share. */
#ifndef HASH_VOLUME_DIGEST_H
#define HASH_VOLUME_DIGEST_H

#include "hash/digest.h"

/* The internal form of public parameters; NULL: the defaults. */
struct digest_params digest_params_of(const struct shvm_digest_params *params);
/* And the public forms of results. */
struct shvm_io_bytes io_bytes_public(const struct leaf_reader_bytes *b);
struct shvm_digest digest_public(const struct digest *d);

/* shvm_disk_compare() and shvm_disk_sample() with internal parameters. */
int volume_compare(struct shvm_disk *disk, struct shvm_span volume,
		   const struct digest_params *params,
		   const struct shvm_signed_tree *tree, size_t limit,
		   struct shvm_changes *ret, struct shvm_err *err);
int volume_sample(struct shvm_disk *disk, struct shvm_span volume,
		  const struct digest_params *params,
		  const struct shvm_signed_tree *tree, uint32_t n,
		  struct shvm_changes *ret, struct shvm_err *err);

#endif
