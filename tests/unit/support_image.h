/* SPDX-License-Identifier: MIT */
/* Generated images, opened by the reader and held against the generator. */
#ifndef TESTS_UNIT_SUPPORT_IMAGE_H
#define TESTS_UNIT_SUPPORT_IMAGE_H

#include "tests/data/vhdx/open.h"
#include "tests/data/vhdx/vhdxgen.h"
#include "tests/unit/support.h"

/* Write the disk into the test's folder; the caller frees the path. */
char *image_write(const struct gen_disk *d, const char *name);

/* Write and open it; a refusal fails the test. */
struct source *image_make(const struct gen_disk *d, const char *name);

/*
 * The disk must be refused, with this reason and these words, and the check
 * must find the same rule broken.
 */
void image_refused(const struct gen_disk *d, const char *reason,
		   const char *says);

/* A finding of this rule and level is among those of the open image. */
bool image_has_finding(const struct source *s, const char *rule,
		       enum shvm_level level);

/*
 * All bytes are as the generator says: read at odd places and sizes, and by
 * extents, whose descriptors must lead to the same bytes.
 */
void image_reads_as(struct source *s, const struct gen_disk *d);

/*
 * The same without extents: all of a small disk, of a large one each listed
 * block's edges; and some at random places of odd lengths.
 */
void image_looks_as(struct source *s, const struct gen_disk *d,
		    const char *name);

/* Write, open, see that the log was replayed, and read all of it. */
void image_replays_as(const struct gen_disk *d);

#endif
