/* SPDX-License-Identifier: MIT */
/* Which MiB of an image file are taken, one bit each: finds every overlap. */
#ifndef VHDX_SPACE_H
#define VHDX_SPACE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct space {
	uint64_t *bits;
	uint64_t count; /* MiB */
};

/* Room for file_size bytes (at most VHDX_FILE_MAX) and one block behind. */
int space_init(struct space *s, uint64_t file_size, struct shvm_err *err);
void space_done(struct space *s);

/*
 * Take [at, at + len), whole MiB. false when a MiB of it is taken already (or
 * lies outside); *conflict is then its byte offset and those before it are
 * taken.
 */
bool space_claim(struct space *s, uint64_t at, uint64_t len,
		 uint64_t *conflict);

/* The MiB at @at will be claimed soon; it may lie anywhere. */
void space_prefetch(const struct space *s, uint64_t at);

/* First free (or taken) byte in [at, end), MiB multiples, or end. */
uint64_t space_next_free(const struct space *s, uint64_t at, uint64_t end);
uint64_t space_next_taken(const struct space *s, uint64_t at, uint64_t end);

#endif
